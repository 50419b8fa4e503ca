"""Another copy of the case, wherever it is: what every carrier offers, and the exchange itself.

Exchange asks for nothing but "what do you hold" and "send me that from entry N on". It can be cut anywhere: what
arrived and was proven stays, and the next exchange goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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

    @property
    def moved(self) -> int:
        """A number that grows with everything that moves."""
        return self.bytes_received + self.bytes_sent + self.keys_received + self.keys_sent


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an exchange is: how many of what were moved, and how many of them and how many bytes there are in all.

    ``of`` and ``of_bytes`` are 0 where the number is not known. Pieces that were there before count as moved.
    """

    what: str
    done: int
    of: int = 0
    bytes: int = 0
    of_bytes: int = 0


#: Called after each package and each piece.
Watch = Callable[[Progress], object]
#: Codes of errors that say that the line is gone: nothing else can be carried now.
BROKEN = frozenset({"sync.link", "sync.tls", "sync.certificate"})
#: Objects asked about in one request.
ASKED = 50_000


@dataclass(frozen=True, slots=True)
class Gone:
    """What must not exist any more: which of some wrapped keys, and which objects."""

    outdated: Callable[[Iterable[WrapName]], list[WrapName]]
    objects: Sequence[str]


class Exchange:
    """One exchange between this copy and another: both ways, entries before bytes, receipts last.

    An entry or object that is refused is named in ``done`` and does not stop the others; a broken connection raises,
    and the next exchange goes on. ``done`` counts on where an exchange that broke off stopped counting.
    """

    def __init__(self, here: Peer, there: Peer, done: Exchanged, watch: Watch) -> None:
        self._here = here
        self._there = there
        self._done = done
        self._watch = watch

    def entries(self, settle: Callable[[], object]) -> None:
        """Fetch and send entries; ``settle`` is called when all entries of the other side have arrived."""
        theirs, mine = self._there.frontier(), self._here.frontier()
        if theirs.case and mine.case and theirs.case != mine.case:
            raise SyncError("case", "The other side holds another case.", "Check the address or folder.")
        for head in _by_size(theirs.heads):
            with self._refusing():
                self._carry(head, received=True)
        settle()
        known = {(head.origin, head.root) for head in theirs.heads}
        for head in _by_size(self._here.frontier().heads):
            if (head.origin, head.root) not in known:
                with self._refusing():
                    self._carry(head, received=False)

    def objects(
        self, held: Sequence[str], wanted: Callable[[], Sequence[str]], sizes: Mapping[str, int]
    ) -> None:
        """Send those of the objects held here that the other side lacks, then fetch those wanted here."""
        batches = (held[start : start + ASKED] for start in range(0, len(held), ASKED))
        lacking = [sha256 for batch in batches for sha256 in self._there.lacking(batch)]
        self._carry_objects(lacking, sizes, received=False)
        self._carry_objects(wanted(), sizes, received=True)

    def wraps(self, gone: Gone) -> None:
        """Drop what must not exist any more on the other side, then carry wrapped keys both ways."""
        self._there.forget(gone.outdated(self._there.wraps()), gone.objects)
        self._done.keys_received += _carry_wraps(self._there, self._here)
        self._done.keys_sent += _carry_wraps(self._here, self._there)

    def receipts(self) -> None:
        """Exchange receipts: the other side gives its own over what it has just taken."""
        self._there.take_receipts(self._here.receipts())
        self._here.take_receipts(self._there.receipts())

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Name what is refused and go on, unless the line itself is gone."""
        try:
            yield
        except EmbersError as error:
            if error.code in BROKEN:
                raise
            if error.message not in self._done.refused:
                self._done.refused.append(error.message)

    def _carry(self, head: LogHead, *, received: bool) -> None:
        """Carry one history, as far as the target does not hold it."""
        source, target = self._sides(received)
        answer = target.asks(head)
        rounds = 3 * (head.size + 3)  # a sender that repeats itself is not followed for ever
        while not answer.done and rounds:
            data = source.package(head, answer.next)
            if data is None:
                break
            before, answer = answer.next, target.take(data)
            self._count_entries(max(0, answer.next - before), len(data), received=received)
            rounds -= 1
        self._done.kept_apart += bool(answer.kept_apart)

    def _carry_objects(self, digests: Sequence[str], sizes: Mapping[str, int], *, received: bool) -> None:
        total, moved, count = sum(sizes.get(sha256, 0) for sha256 in digests), 0, 0
        what = f"objects {_way(received)}"
        for sha256 in digests:
            at = moved

            def watch(there: int, at: int = at, count: int = count) -> None:
                self._watch(Progress(what, count, len(digests), at + there, total))

            with self._refusing():
                count += self._carry_object(sha256, watch, received=received)
            moved += sizes.get(sha256, 0)
            watch(moved - at, count=count)

    def _carry_object(self, sha256: str, watch: Callable[[int], None], *, received: bool) -> bool:
        """Carry one object's missing pieces; tell whether the source held it."""
        source, target = self._sides(received)
        manifest = source.manifest(sha256)
        if manifest is None:
            return False
        if manifest.sha256 != sha256:
            raise SyncError(
                "manifest", f"The pieces offered as {sha256} are of something else.", "Ask who sent it."
            )
        missing = target.offer_object(manifest)
        left = sum(manifest.length(index) for index in missing)
        there: set[str] = set()
        for index in missing:
            name = manifest.chunks[index]
            if name not in there:  # empty parts of a disk image are one piece, named many times
                data = source.chunk(manifest, index)
                if data is None:
                    return False
                target.put_chunk(name, data)
                there.add(name)
                self._count_bytes(len(data), received=received)
            left -= manifest.length(index)
            watch(manifest.size - left)
        if missing and target.offer_object(manifest):
            raise SyncError("object", f"The object {sha256} is not complete yet.", "Exchange again.")
        if received:
            self._done.objects_received += 1
        else:
            self._done.objects_sent += 1
        return True

    def _sides(self, received: bool) -> tuple[Peer, Peer]:
        return (self._there, self._here) if received else (self._here, self._there)

    def _count_entries(self, count: int, size: int, *, received: bool) -> None:
        self._count_bytes(size, received=received)
        if received:
            self._done.received += count
        else:
            self._done.sent += count
        total = self._done.received if received else self._done.sent
        self._watch(Progress(f"entries {_way(received)}", total))

    def _count_bytes(self, size: int, *, received: bool) -> None:
        if received:
            self._done.bytes_received += size
        else:
            self._done.bytes_sent += size


def _way(received: bool) -> str:
    return "received" if received else "sent"


def _by_size(heads: Sequence[LogHead]) -> list[LogHead]:
    return sorted(heads, key=lambda head: head.size)


def _carry_wraps(source: Peer, target: Peer) -> int:
    """Carry the wrapped keys one side holds and the other does not; return how many were taken."""
    known = set(target.wraps())
    names = [name for name in source.wraps() if name not in known]
    batches = (names[start : start + BATCH] for start in range(0, len(names), BATCH))
    return sum(target.take_wraps(source.fetch_wraps(batch)) for batch in batches)
