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
from embers.sync.chunks import CHUNK, ChunkStream, Manifest, manifest_of, read_chunk, require_chunk
from embers.sync.histories import Histories
from embers.sync.intake import Intake
from embers.sync.peer import Exchanged, Gone, Peer, exchange
from embers.sync.receipts import Receipts
from embers.sync.state import SyncState
from embers.sync.wire import WIDTH, Answer, Frontier, LogHead
from embers.sync.wrap_exchange import NoWraps, Wrapped, WrapShelf, require_wrap

_INDEXED = "objects indexed up to"


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
        self._incoming = incoming
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
        after = int(self.state.mark(_INDEXED) or 0)
        last = self.journal.store.last_position()
        if last == after:
            return
        rows = []
        for stored in self.journal.store.entries(after):
            if b'"objects":[]' not in stored.raw:
                refs = read_entry(stored.raw).entry.objects
                rows += [(ref.sha256, stored.origin, stored.seq, ref.size) for ref in refs]
            last = stored.position
        with self.state.transaction():
            self.state.name_objects(rows)
            self.state.set_mark(_INDEXED, str(last))

    def missing(self) -> list[str]:
        """Return the objects that entries introduce and whose bytes are neither here nor let go on purpose.

        What was erased is not missing: nobody asks for it again, whoever may still hold it.
        """
        self.index()
        released = self.state.known_bytes("released") | erased_objects(self.journal.store).keys()
        named = dict.fromkeys(named.sha256 for named in self.state.named())
        absent = [sha256 for sha256 in named if sha256 not in released and not self.objects.has(sha256)]
        erased = erased_objects(self.journal.store) if absent else {}
        return [sha256 for sha256 in absent if sha256 not in erased]

    def wanted(self) -> list[str]:
        """Return the objects this copy would fetch."""
        return self.missing() if self.keep_all else []

    def to_offer(self) -> list[str]:
        """Return the objects held here that are not covered by receipts of two operators."""
        self.index()
        covered = self._receipts.safe_sizes(self.state, self.journal.roster())
        open_ = (n for n in self.state.named() if n.seq >= covered.get(n.origin, 0))
        return [sha256 for sha256 in dict.fromkeys(n.sha256 for n in open_) if self.objects.has(sha256)]

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
        missing = [
            index for index, name in enumerate(manifest.chunks) if not self._incoming.has(f"chunk/{name}")
        ]
        if not missing:
            self._assemble(manifest)
        return missing

    def put_chunk(self, name: str, data: bytes) -> None:
        """Keep a piece under its SHA-256."""
        require_chunk(name, data)
        self._incoming.put(f"chunk/{name}", data)

    def _assemble(self, manifest: Manifest) -> None:
        stream = ChunkStream(manifest, lambda name: self._incoming.get(f"chunk/{name}"))
        self.objects.put(stream, sha256=manifest.sha256, size=manifest.size)  # type: ignore[arg-type]
        with self.state.transaction():
            self.state.note_bytes(manifest.sha256, "received")
        for name in dict.fromkeys(manifest.chunks):
            self._incoming.drop(f"chunk/{name}")

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

    def gone(self) -> Gone:
        """Return what must not exist any more, as far as the entries here say."""
        return Gone(self._shelf.outdated, tuple(erased_objects(self.journal.store)))

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
                held=lambda sha256: sha256 in erased or self.objects.has(sha256),
            )
            return [receipt.note for receipt in self.state.receipts()]

    def take_receipts(self, notes: Sequence[str]) -> None:
        """Keep the receipts that can be checked here."""
        with self.state.transaction():
            self._receipts.take(notes, self.journal, self.state, self.histories)

    def exchange(self, there: Peer) -> Exchanged:
        """Exchange entries, bytes and receipts with another copy."""
        return exchange(
            self, there, held=self.to_offer, wanted=self.wanted, settle=self.settle, gone=self.gone
        )
