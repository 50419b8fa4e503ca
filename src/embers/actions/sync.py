"""Exchanging a case with other copies, and telling a tired person what is safe and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.wrap_shelf import CaseShelf
from embers.case_view import LogHead
from embers.errors import SyncError
from embers.journal.entry import read_entry
from embers.journal.erasure import erased_objects, read_erasures
from embers.journal.journal import Journal
from embers.journal.keys import Keyring
from embers.journal.note import public_bytes
from embers.journal.roster import KnownCosigner, Roster
from embers.settings import INCOMING_FOLDER, without_password
from embers.surroundings import Surroundings, utc_text
from embers.sync.blobs import Blobs, FolderBlobs
from embers.sync.bucket import open_bucket
from embers.sync.chunks import CHUNK
from embers.sync.cosignature import Cosigner
from embers.sync.folder import FolderPeer
from embers.sync.https import HttpsPeer
from embers.sync.peer import BROKEN, Exchanged, Peer, Watch
from embers.sync.receipts import Receipts
from embers.sync.replica import Replica
from embers.sync.safety import Confirmed, safe_sizes
from embers.sync.state import Asked, Meeting, Receipt, SyncState

STATE_NAME = "sync.sqlite3"
_VERSIONS = "keeps versions: "
COSIGNERS = "cosigners"
#: How places begin that are reached over a line, which may break and come back.
HTTP = ("https://", "http://")
_LINES = (*HTTP, "s3://")


@dataclass(frozen=True, slots=True)
class LogStatus:
    """One log: its device, how much is here, how far it is safe, and what is wrong with it."""

    origin: str
    device: str
    own: bool
    entries: int
    with_one: int
    safe: int
    accepted: int | None
    forked: bool
    apart: int


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """An erasure that was ordered, and the logs whose devices have not confirmed it, as far as it is known here."""

    subject: str
    unconfirmed: tuple[str, ...]
    here: bool


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What is not yet safe on this computer. ``items`` counts evidence items, ``entries`` everything signed.

    ``versioned`` are buckets that were seen to keep earlier versions: what is erased stays with their owner.
    """

    items_unsafe: int
    items_nowhere_else: int
    entries_unsafe: int
    bytes_absent: int
    waiting: int
    logs: tuple[LogStatus, ...]
    erasures: tuple[OpenErasure, ...]
    versioned: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Say in one line whether this laptop may be lost."""
        if not self.entries_unsafe:
            return "Everything on this computer is safe: two keepers have confirmed all of it."
        what = f"{self.items_unsafe} item{'s' * (self.items_unsafe != 1)} " if self.items_unsafe else ""
        if not what:
            what = f"{self.entries_unsafe} entr{'ies' if self.entries_unsafe != 1 else 'y'} "
        verb = "is" if (self.items_unsafe or self.entries_unsafe) == 1 else "are"
        return f"{what}{verb} not yet safe: keep this laptop."


@dataclass(frozen=True, slots=True)
class CopiesKnown:
    """What this copy remembers of others, before anything is read of what the entries say.

    ``safe`` and ``with_one`` say by log how many of its entries two keepers, or one, have confirmed.
    """

    logs: tuple[LogStatus, ...]
    safe: Mapping[str, int]
    with_one: Mapping[str, int]
    bytes_absent: int
    waiting: int
    erasures: tuple[OpenErasure, ...]
    meetings: tuple[Meeting, ...]
    receipts: tuple[Receipt, ...]
    cosigners: tuple[KnownCosigner, ...]
    asked: tuple[Asked, ...]
    versioned: tuple[str, ...]

    @property
    def confirmed(self) -> Confirmed:
        """How far keepers have confirmed each log."""
        return Confirmed(self.safe, self.with_one)

    @property
    def entries_unsafe(self) -> int:
        """How many entries two keepers have not confirmed."""
        return sum(max(0, log.entries - log.safe) for log in self.logs)


def cosigner(ring: Keyring, role: str) -> Cosigner | None:
    """Return the key of a mirror or witness in a keyring; its name says nothing but the role."""
    if not ring.has_named(COSIGNERS, role):
        return None
    private = ring.load_named(COSIGNERS, role)
    return Cosigner(f"embers.invalid/{role}-{public_bytes(private.public_key()).hex()[:16]}", private)


def open_replica(folder: CaseFolder, journal: Journal, *, fetch: bool = False, chunk: int = CHUNK) -> Replica:
    """Open this copy of the case for an exchange. ``fetch`` asks for the bytes of every object too.

    Objects leave in pieces of ``chunk`` bytes.
    """
    if fetch and folder.key is not None:
        raise SyncError(
            "field-fetch", "A field case fetches no bytes of others.", "Exchange without --fetch."
        )
    ring, around = folder.keyring(), folder.surroundings
    receipts = Receipts(around.clock, cosigner(ring, "mirror"), cosigner(ring, "witness"))
    return Replica(
        journal,
        open_state(folder),
        folder.objects(),
        incoming=_incoming(folder),
        receipts=receipts,
        shelf=CaseShelf(folder, journal),
        # Pieces wait unencrypted until they are an object, so a field case takes none, whatever else it is.
        keep_all=fetch or (receipts.mirror is not None and folder.key is None),
        chunk=chunk,
    )


def _incoming(folder: CaseFolder) -> FolderBlobs:
    return FolderBlobs(folder.path / INCOMING_FOLDER, folder.surroundings, secret=True)


def _reader(folder: CaseFolder, journal: Journal) -> Replica:
    """Open this copy to look at it: it gives no receipts and has no wrapped keys to offer."""
    return Replica(
        journal,
        open_state(folder),
        folder.objects(),
        incoming=_incoming(folder),
        receipts=Receipts(folder.surroundings.clock),
    )


def open_state(folder: CaseFolder, *, read_only: bool = False) -> SyncState:
    """Open what this copy remembers about exchange; a reader makes no file where there is none."""
    key = folder.key.derive("sync") if folder.key else b""
    return SyncState(folder.path / STATE_NAME, key=key, read_only=read_only)


def peer_at(place: str, replica: Replica, *, token: str = "", certificate: Path | None = None) -> Peer:
    """Return the other side of an exchange: an https address, an s3 address, or a folder."""
    if place.startswith(HTTP):
        return HttpsPeer(place, token=token, certificate=certificate)
    return FolderPeer(blobs_at(place), case=replica.histories.case, contains=replica.histories.in_journal)


def blobs_at(place: str) -> Blobs:
    """Return the named bytes of a folder or a bucket."""
    return open_bucket(place) if place.startswith("s3://") else FolderBlobs(Path(place), Surroundings())


def whole_place(place: str) -> str:
    """Return a place as it can be typed again from anywhere, without a password."""
    return without_password(place) if place.startswith(_LINES) else str(Path(place).absolute())


@dataclass(frozen=True, slots=True)
class Patience:
    """How an exchange bears a broken line: it tries again, and waits longer each time nothing has moved.

    ``tries`` is how often in a row nothing may move before it gives up; 1 gives up at the first break. ``wait`` is
    called with seconds, ``told`` with those seconds and the error before each wait.
    """

    tries: int = 1
    wait: Callable[[float], object] = lambda _: None
    told: Callable[[float, SyncError], object] = lambda _seconds, _error: None


def converse(replica: Replica, place: str, peer: Peer, *, watch: Watch, patience: Patience) -> Exchanged:
    """Exchange with another copy, going on after each break of the line for as long as something moves.

    A folder is tried once: a stick that is gone does not come back by waiting.
    """
    done, failed = Exchanged(), 0
    tries = patience.tries if place.startswith(_LINES) else 1
    while True:
        before = done.moved
        try:
            return replica.exchange(peer, done=done, watch=watch)
        except SyncError as error:
            failed = 1 if done.moved > before else failed + 1
            if error.code not in BROKEN - {"sync.certificate"} or failed >= tries:
                raise
            seconds = float(2 ** (failed - 1))
            patience.told(seconds, error)
            patience.wait(seconds)


def synchronise(
    folder: CaseFolder,
    place: str,
    *,
    token: str = "",
    fetch: bool = False,
    certificate: Path | None = None,
    chunk: int = CHUNK,
    watch: Watch = lambda _: None,
    patience: Patience = Patience(),
) -> Exchanged:
    """Exchange the case with another copy, and destroy the wrapped keys here that must not exist any more."""
    journal = folder.journal()
    replica = open_replica(folder, journal, fetch=fetch, chunk=chunk)
    try:
        peer = peer_at(place, replica, token=token, certificate=certificate)
        done = converse(replica, place, peer, watch=watch, patience=patience)
        replica.index()
        with replica.state.transaction():
            met = _meeting(place, done, folder.surroundings)
            replica.state.note_meeting(met)
            if isinstance(peer, FolderPeer) and peer.keeps_versions:
                replica.state.set_mark(_VERSIONS + met.place, met.at)
        CaseShelf(folder, journal).tidy()
        return done
    finally:
        replica.state.close()
        journal.close()


def _meeting(place: str, done: Exchanged, around: Surroundings) -> Meeting:
    carrier = "https" if place.startswith(HTTP) else "folder"
    carrier = "bucket" if place.startswith("s3://") else carrier
    at = utc_text(around.clock.now())
    return Meeting(whole_place(place), carrier, at, done.received, done.sent, len(done.refused))


def versioned_places(folder: CaseFolder) -> tuple[str, ...]:
    """Return the buckets this copy exchanged with that keep earlier versions of what is removed from them."""
    state = open_state(folder, read_only=True)
    try:
        return tuple(state.marks(_VERSIONS))
    finally:
        state.close()


def status(folder: CaseFolder) -> SyncStatus:
    """Count what is safe, log by log."""
    journal = folder.journal(read_only=True)
    try:
        known = copies_known(folder, journal)
        return SyncStatus(
            items_unsafe=_items_after(journal, known.safe),
            items_nowhere_else=_items_after(journal, known.with_one),
            entries_unsafe=known.entries_unsafe,
            bytes_absent=known.bytes_absent,
            waiting=known.waiting,
            logs=known.logs,
            erasures=known.erasures,
            versioned=known.versioned,
        )
    finally:
        journal.close()


def entries_unsafe(folder: CaseFolder, heads: Sequence[LogHead]) -> int:
    """Return how many of the entries in these logs are not held by two keepers, as their receipts say.

    Without a receipt the journal is not opened: then nothing is safe.
    """
    state = open_state(folder, read_only=True)
    try:
        safe: dict[str, int] = {}
        if state.receipts():
            journal = folder.journal(read_only=True)
            try:
                safe = safe_sizes(state, journal.roster())
            finally:
                journal.close()
    finally:
        state.close()
    return sum(max(0, head.size - safe.get(head.origin, 0)) for head in heads)


def confirmed(folder: CaseFolder, journal: Journal) -> Confirmed:
    """Return how far keepers have confirmed each log. It reads files here, changes none and opens no connection."""
    state = open_state(folder, read_only=True)
    try:
        return _confirmed(state, journal.roster())
    finally:
        state.close()


def _confirmed(state: SyncState, roster: Roster) -> Confirmed:
    return Confirmed(safe_sizes(state, roster), safe_sizes(state, roster, 1))


def copies_known(folder: CaseFolder, journal: Journal) -> CopiesKnown:
    """Return what this copy remembers of others. It reads files here, changes none and opens no connection."""
    state = open_state(folder, read_only=True)
    try:
        ring, roster = folder.keyring(), journal.roster()
        held = _confirmed(state, roster)
        forked = {apart.head.origin for apart in state.apart() if apart.why == "fork"}
        logs = tuple(
            LogStatus(
                origin=log.origin,
                device=roster.devices.get(log.origin, ""),
                own=ring.has_device(log.origin),
                entries=journal.store.size(log.origin),
                with_one=held.with_one.get(log.origin, 0),
                safe=held.safe.get(log.origin, 0),
                accepted=roster.limits[log.origin].size if log.origin in roster.limits else None,
                forked=log.origin in forked,
                apart=len({leaf for a in state.apart(log.origin) for leaf in state.apart_leaves(a.head)}),
            )
            for log in journal.logs()
        )
        own = {log.origin for log in logs if log.own}
        return CopiesKnown(
            logs=logs,
            safe=held.safe,
            with_one=held.with_one,
            bytes_absent=len(_absent(folder, journal, state, own)),
            waiting=len(state.arrivals()),
            erasures=tuple(_open_erasures(journal, logs)),
            meetings=tuple(state.meetings()),
            receipts=tuple(state.receipts()),
            cosigners=tuple(roster.cosigners.values()),
            asked=tuple(state.asked()),
            versioned=tuple(state.marks(_VERSIONS)),
        )
    finally:
        state.close()


def _absent(folder: CaseFolder, journal: Journal, state: SyncState, own: Set[str]) -> list[str]:
    """Return objects that entries of other devices introduce and whose bytes are not here.

    What was recorded on this device or received by it is here, so only the others are looked for.
    """
    named = state.named()
    settled = {one.sha256 for one in named if one.origin in own}
    settled |= state.known_bytes("received") | state.known_bytes("released")
    objects = folder.objects()
    absent = [sha256 for sha256 in dict.fromkeys(one.sha256 for one in named) if sha256 not in settled]
    absent = [sha256 for sha256 in absent if not objects.has(sha256)]
    erased = erased_objects(journal.store) if absent else {}
    return [sha256 for sha256 in absent if sha256 not in erased]


def _open_erasures(journal: Journal, logs: Sequence[LogStatus]) -> Iterator[OpenErasure]:
    """Yield erasures in effect that some device has not confirmed; a device that was lost stays named."""
    for erasure in read_erasures(journal.store):
        left = [log for log in logs if log.origin not in erasure.done]
        if erasure.in_effect and left:
            devices = dict.fromkeys(log.device or log.origin for log in left)
            yield OpenErasure(erasure.subject, tuple(devices), any(log.own for log in left))


def _items_after(journal: Journal, sizes: Mapping[str, int]) -> int:
    """Count the evidence items that entries beyond these sizes bring."""
    items = set()
    for log in journal.logs():
        size, start = journal.store.size(log.origin), sizes.get(log.origin, 0)
        for first in range(start, size, 1000):
            for stored in journal.store.log_entries(log.origin, first, min(first + 1000, size)):
                said = read_entry(stored.raw).entry.assertions
                items |= {one.subject for one in said if one.predicate == "item-object"}
    return len(items)


@dataclass(frozen=True, slots=True)
class Copies:
    """What a check must know of other copies.

    ``elsewhere`` are objects of other devices whose bytes never came here, or were given up on purpose: not lost.
    ``given_up`` are the latter.
    """

    elsewhere: frozenset[str]
    given_up: frozenset[str]
    forked: tuple[str, ...]
    apart: tuple[str, ...]


def look_at_copies(folder: CaseFolder, journal: Journal) -> Copies:
    """Tell bytes that never came here from bytes that were lost, and name what is kept apart."""
    if not (folder.path / STATE_NAME).exists():
        return Copies(frozenset(), frozenset(), (), ())
    replica = _reader(folder, journal)
    state = replica.state
    absent = set(replica.missing())
    ring, here = folder.keyring(), state.known_bytes("received")
    own = cosigner(ring, "mirror")
    promised = {r.origin: r.size for r in state.receipts() if own is not None and r.cosigner == own.name}
    for named in state.named():  # taken in here, or promised by a receipt of this copy
        if ring.has_device(named.origin) or named.seq < promised.get(named.origin, 0):
            here.add(named.sha256)
    kept = state.apart()
    limits = journal.roster().limits
    forked = {apart.head.origin for apart in kept if apart.why == "fork"} - limits.keys()
    texts = tuple(
        f"log {apart.head.origin}: entries {apart.start} to {apart.head.size - 1} are kept apart ({apart.why})"
        for apart in kept
    )
    given_up = frozenset(state.known_bytes("released"))
    state.close()
    return Copies(frozenset(absent - here) | given_up, given_up, tuple(sorted(forked)), texts)
