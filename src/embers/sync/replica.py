"""This copy of the case as one side of an exchange: journal, objects, and what it remembers of others."""

from __future__ import annotations

from collections.abc import Sequence

from embers.errors import SyncError
from embers.journal.entry import read_entry
from embers.journal.erasure import erased_objects
from embers.journal.journal import Journal
from embers.objects.store import ObjectStore
from embers.objects.wraps import WrapName
from embers.sync.blobs import Blobs
from embers.sync.chunks import CHUNK, Manifest, manifest_of, read_chunk
from embers.sync.histories import Histories
from embers.sync.incoming import Incoming
from embers.sync.intake import Intake
from embers.sync.peer import Exchange, Exchanged, Gone, Peer, Watch
from embers.sync.receipts import Receipts
from embers.sync.safety import index_objects, safe_sizes
from embers.sync.state import Named, SyncState
from embers.sync.wire import WIDTH, Answer, Frontier, LogHead
from embers.sync.wrap_exchange import NoWraps, Wrapped, WrapShelf, require_wrap


class Replica:
    """One copy. ``keep_all`` says that it wants the bytes of every object, as an office does.

    ``chunk`` and ``width`` are the sizes of pieces and packages it makes; it takes those of others as they are.
    """

    def __init__(
        self,
        journal: Journal,
        state: SyncState,
        objects: ObjectStore,
        *,
        incoming: Blobs,
        receipts: Receipts,
        shelf: WrapShelf | None = None,
        keep_all: bool = False,
        chunk: int = CHUNK,
        width: int = WIDTH,
    ) -> None:
        self.journal = journal
        self.state = state
        self.objects = objects
        self.histories = Histories(journal, state, width=width)
        self._intake = Intake(journal, state, self.histories)
        self._incoming = Incoming(incoming, objects)
        self._receipts = receipts
        self._shelf: WrapShelf = shelf or NoWraps()
        self.keep_all = keep_all
        self._chunk = chunk
        self._manifests: dict[str, Manifest] = {}

    # --- entries ------------------------------------------------------------------------------------

    def frontier(self) -> Frontier:
        """Return every head held here."""
        return self.histories.frontier()

    def package(self, head: LogHead, start: int) -> bytes | None:
        """Return a package of a history held here."""
        return self.histories.package(head, start)

    def asks(self, head: LogHead) -> Answer:
        """Say which entry of a history is needed next."""
        return self._intake.asks(head)

    def take(self, data: bytes) -> Answer:
        """Check and store a package."""
        answer = self._intake.take(data)
        if answer.done and self.state.arrivals():
            self._intake.retry()
        return answer

    def settle(self) -> int:
        """Store what was waiting for something that has arrived meanwhile."""
        return self._intake.retry()

    # --- bytes --------------------------------------------------------------------------------------

    def index(self) -> None:
        """Index which objects the entries introduce, from where the last call ended."""
        index_objects(self.journal, self.state)

    def missing(self) -> list[str]:
        """Return the objects that entries introduce and whose bytes are neither here nor let go on purpose.

        What was erased is not missing: nobody asks for it again, whoever may still hold it.
        """
        self.index()
        gone = self.state.known_bytes("released") | erased_objects(self.journal.store).keys()
        named = dict.fromkeys(named.sha256 for named in self.state.named())
        return [sha256 for sha256 in named if sha256 not in gone and not self.objects.has(sha256)]

    def wanted(self) -> list[str]:
        """Return the objects this copy would fetch."""
        return self.missing() if self.keep_all else []

    def to_offer(self) -> list[str]:
        """Return the objects held here that are not covered by receipts of two operators."""
        self.index()
        covered = safe_sizes(self.state, self.journal.roster())
        open_ = (n for n in self.state.named() if n.seq >= covered.get(n.origin, 0))
        return [sha256 for sha256 in dict.fromkeys(n.sha256 for n in open_) if self.objects.has(sha256)]

    def sizes(self) -> dict[str, int]:
        """Return the size of every object that entries here introduce."""
        self.index()
        return {named.sha256: named.size for named in self.state.named()}

    def lacking(self, digests: Sequence[str]) -> list[str]:
        """Return those of these objects that this copy wants and does not hold."""
        wanted = set(self.wanted())
        return [sha256 for sha256 in digests if sha256 in wanted]

    def manifest(self, sha256: str) -> Manifest | None:
        """Return the pieces of an object held here; computed once."""
        if not self.objects.has(sha256):
            return None
        if sha256 not in self._manifests:
            self._manifests[sha256] = manifest_of(self.objects, sha256, self._chunk)
        return self._manifests[sha256]

    def chunk(self, manifest: Manifest, index: int) -> bytes | None:
        """Return one piece of an object held here."""
        if not self.objects.has(manifest.sha256) or not 0 <= index < len(manifest.chunks):
            return None
        return read_chunk(self.objects, manifest, index)

    def offer_object(self, manifest: Manifest) -> list[int]:
        """Return the missing pieces of an object that entries here introduce; make the object when none is."""
        if self.objects.has(manifest.sha256) or manifest.sha256 in erased_objects(self.journal.store):
            return []
        size = next((n.size for n in self.state.named() if n.sha256 == manifest.sha256), None)
        if size != manifest.size:
            raise SyncError(
                "unnamed",
                f"No entry here introduces the object {manifest.sha256}.",
                "Send the entries first.",
            )
        missing = self._incoming.missing(manifest)
        if not missing:
            self._incoming.assemble(manifest)
            with self.state.transaction():
                self.state.note_bytes(manifest.sha256, "received")
            self._incoming.drop(manifest)
        return missing

    def put_chunk(self, name: str, data: bytes) -> None:
        """Keep a piece under its SHA-256."""
        self._incoming.put(name, data)

    def tidy(self) -> int:
        """Remove pieces of objects that arrived another way, or were erased meanwhile; return how many."""
        wanted = set(self.missing())
        return self._incoming.tidy(wanted.__contains__)

    # --- wrapped keys -------------------------------------------------------------------------------

    def wraps(self) -> list[WrapName]:
        """Return the wrapped keys held here."""
        return self._shelf.held()

    def fetch_wraps(self, names: Sequence[WrapName]) -> list[Wrapped]:
        """Return those of these wrapped keys that are here and have a right to exist."""
        outdated = set(self._shelf.outdated(names))
        found = ((name, self._shelf.get(name)) for name in names if name not in outdated)
        return [(name, data) for name, data in found if data is not None]

    def take_wraps(self, wraps: Sequence[Wrapped]) -> int:
        """Keep wrapped keys the journal has a place for."""
        for name, data in wraps:
            require_wrap(name, data)
        self.index()
        known = {named.sha256 for named in self.state.named()}
        return self._shelf.take([one for one in wraps if not one[0].of_object or one[0].opens in known])

    def forget(self, wraps: Sequence[WrapName], objects: Sequence[str]) -> None:
        """Do nothing: this copy's own journal says what it must drop, and its own people see to it."""
        del wraps, objects

    # --- receipts -----------------------------------------------------------------------------------

    def receipts(self) -> list[str]:
        """Return the newest receipts known here, with this copy's own if it is a mirror or witness."""
        self.index()
        with self.state.transaction():
            erased = erased_objects(self.journal.store)
            self._receipts.issue(
                self.journal,
                self.state,
                self.histories,
                held=lambda named: named.sha256 in erased or self._whole(named),
                flush=self._flush,
            )
            return [receipt.note for receipt in self.state.receipts()]

    def _whole(self, named: Named) -> bool:
        """Tell whether an object is here, and if it is sealed, wrapped keys by which members can open it."""
        if not self.objects.has(named.sha256):
            return False
        stored = self.journal.store.log_entries(named.origin, named.seq, named.seq + 1)[0]
        refs = read_entry(stored.raw).entry.objects
        sealed = any(ref.commitment for ref in refs if ref.sha256 == named.sha256)
        return not sealed or self._shelf.opens(named.sha256)

    def _flush(self, heads: Sequence[LogHead]) -> None:
        """Flush what these heads promise: a killed process may have stored it and not flushed it."""
        self.journal.store.flush()
        self._shelf.flush()
        named = (one for head in heads for one in self.state.named(head.origin) if one.seq < head.size)
        self.objects.flush([sha256 for sha256 in {one.sha256 for one in named} if self.objects.has(sha256)])

    def take_receipts(self, notes: Sequence[str]) -> None:
        """Keep the receipts that can be checked here."""
        with self.state.transaction():
            self._receipts.take(notes, self.journal, self.state, self.histories)

    def exchange(
        self, there: Peer, *, done: Exchanged | None = None, watch: Watch = lambda _: None
    ) -> Exchanged:
        """Exchange entries, bytes, wrapped keys and receipts with another copy; see :class:`Exchange`."""
        done = Exchanged() if done is None else done
        both = Exchange(self, there, done, watch)
        self.tidy()
        both.entries(self.settle)
        self.take_receipts(there.receipts())
        both.objects(self.to_offer(), self.wanted, self.sizes())
        both.wraps(Gone(self._shelf.outdated, tuple(erased_objects(self.journal.store))))
        both.receipts()
        return done
