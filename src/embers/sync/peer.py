"""Another copy of the case, wherever it is: what every carrier offers, and the exchange itself.

Exchange asks for nothing but "what do you hold" and "send me that from entry N on". It can be cut anywhere: what
arrived and was proven stays, and the next exchange goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from embers.errors import EmbersError, SyncError
from embers.objects.wraps import WrapName
from embers.sync.chunks import Manifest
from embers.sync.wire import Answer, Frontier, LogHead
from embers.sync.wrap_exchange import BATCH, Wrapped


class Peer(Protocol):
    """One side of an exchange. Both sides offer the same, so entries and bytes flow either way."""

    def frontier(self) -> Frontier:
        """Return every head this copy holds."""
        ...

    def package(self, head: LogHead, start: int) -> bytes | None:
        """Return the package of a history from an entry on, or nothing if it is not here."""
        ...

    def asks(self, head: LogHead) -> Answer:
        """Say which entry of a history this copy needs next."""
        ...

    def take(self, data: bytes) -> Answer:
        """Check and store a package; say what is needed next."""
        ...

    def lacking(self, digests: Sequence[str]) -> list[str]:
        """Return those of these objects that this copy wants and does not hold."""
        ...

    def manifest(self, sha256: str) -> Manifest | None:
        """Return the pieces of an object held here."""
        ...

    def chunk(self, manifest: Manifest, index: int) -> bytes | None:
        """Return one piece of an object."""
        ...

    def offer_object(self, manifest: Manifest) -> list[int]:
        """Return the pieces that are missing here; when none is, make the object of them."""
        ...

    def put_chunk(self, name: str, data: bytes) -> None:
        """Keep a piece; one that is already here changes nothing."""
        ...

    def wraps(self) -> list[WrapName]:
        """Return the wrapped keys this copy holds."""
        ...

    def fetch_wraps(self, names: Sequence[WrapName]) -> list[Wrapped]:
        """Return those of these wrapped keys that are here and whole."""
        ...

    def take_wraps(self, wraps: Sequence[Wrapped]) -> int:
        """Keep wrapped keys; return how many were new."""
        ...

    def forget(self, wraps: Sequence[WrapName], objects: Sequence[str]) -> None:
        """Drop wrapped keys and objects that must not exist any more, where nobody else sees to it."""
        ...

    def receipts(self) -> list[str]:
        """Return the newest cosigned checkpoints this copy knows or can give."""
        ...

    def take_receipts(self, notes: Sequence[str]) -> None:
        """Keep the receipts that can be checked here."""
        ...


@dataclass(slots=True)
class Exchanged:
    """What one exchange moved. ``refused`` names what was not taken and why; the rest went on."""

    received: int = 0
    sent: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    objects_received: int = 0
    objects_sent: int = 0
    keys_received: int = 0
    keys_sent: int = 0
    kept_apart: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gone:
    """What must not exist any more: which of some wrapped keys, and which objects."""

    outdated: Callable[[Iterable[WrapName]], list[WrapName]]
    objects: Sequence[str]


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried of one history: entries, bytes, and why it is kept apart, if it is."""

    entries: int
    bytes: int
    kept_apart: str


def carry(source: Peer, target: Peer, head: LogHead) -> Carried:
    """Carry one history from one copy to another, as far as the target does not hold it."""
    answer = target.asks(head)
    entries = size = 0
    rounds = 3 * (head.size + 3)  # a sender that repeats itself is not followed for ever
    while not answer.done and rounds:
        data = source.package(head, answer.next)
        if data is None:
            break
        before, answer = answer.next, target.take(data)
        entries += max(0, answer.next - before)
        size += len(data)
        rounds -= 1
    return Carried(entries, size, answer.kept_apart)


def carry_object(source: Peer, target: Peer, sha256: str) -> int:
    """Carry one object's missing pieces; return the bytes moved, -1 if the source does not hold it."""
    manifest = source.manifest(sha256)
    if manifest is None:
        return -1
    moved = 0
    for index in target.offer_object(manifest):
        data = source.chunk(manifest, index)
        if data is None:
            return -1
        target.put_chunk(manifest.chunks[index], data)
        moved += len(data)
    if target.offer_object(manifest):
        raise SyncError("object", f"The object {sha256} is not complete yet.", "Exchange again.")
    return moved


def exchange(
    here: Peer,
    there: Peer,
    *,
    held: Callable[[], Sequence[str]],
    wanted: Callable[[], Sequence[str]],
    settle: Callable[[], object],
    gone: Callable[[], Gone],
) -> Exchanged:
    """Exchange entries, bytes, wrapped keys and receipts both ways.

    ``held`` and ``wanted`` name the objects to offer and to fetch, asked for once the entries have moved; ``settle``
    is called when all entries of the other side have arrived; ``gone`` then names what was erased or replaced, so that
    it is dropped and not carried on. An entry or object that is refused is named in the
    result and does not stop the others; a broken connection raises, and the next exchange goes on.
    """
    done = Exchanged()
    theirs = there.frontier()
    mine = here.frontier()
    if theirs.case and mine.case and theirs.case != mine.case:
        raise SyncError("case", "The other side holds another case.", "Check the address or folder.")
    for head in sorted(theirs.heads, key=lambda head: head.size):
        _move(done, there, here, head, received=True)
    settle()
    known = {(head.origin, head.root) for head in theirs.heads}
    for head in sorted(here.frontier().heads, key=lambda head: head.size):
        if (head.origin, head.root) not in known:
            _move(done, here, there, head, received=False)
    here.take_receipts(there.receipts())
    for sha256 in there.lacking(held()):
        moved = carry_object(here, there, sha256)
        done.objects_sent += moved >= 0
        done.bytes_sent += max(0, moved)
    for sha256 in wanted():
        moved = carry_object(there, here, sha256)
        done.objects_received += moved >= 0
        done.bytes_received += max(0, moved)
    lost = gone()
    there.forget(lost.outdated(there.wraps()), lost.objects)
    done.keys_received = _carry_wraps(there, here)
    done.keys_sent = _carry_wraps(here, there)
    there.take_receipts(here.receipts())
    here.take_receipts(there.receipts())
    return done


def _carry_wraps(source: Peer, target: Peer) -> int:
    """Carry the wrapped keys one side holds and the other does not; return how many were taken."""
    known = set(target.wraps())
    names = [name for name in source.wraps() if name not in known]
    batches = (names[start : start + BATCH] for start in range(0, len(names), BATCH))
    return sum(target.take_wraps(source.fetch_wraps(batch)) for batch in batches)


def _move(done: Exchanged, source: Peer, target: Peer, head: LogHead, *, received: bool) -> None:
    try:
        carried = carry(source, target, head)
    except ConnectionError:
        raise
    except EmbersError as error:
        if error.code == "sync.link":
            raise
        done.refused.append(error.message)
        return
    done.kept_apart += bool(carried.kept_apart)
    if received:
        done.received += carried.entries
        done.bytes_received += carried.bytes
    else:
        done.sent += carried.entries
        done.bytes_sent += carried.bytes
