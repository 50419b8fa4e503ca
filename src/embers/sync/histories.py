"""What a copy can show of each log: its heads, and packages of any history it holds, with proofs."""

from __future__ import annotations

from collections.abc import Callable

from embers.journal.journal import Journal, subtree_reader
from embers.journal.merkle import compact, consistency_proof, node_hash
from embers.sync.state import Apart, SyncState
from embers.sync.wire import WIDTH, Frontier, LogHead, Package, head_of


class Histories:
    """Read access to every history of every log of one copy."""

    def __init__(self, journal: Journal, state: SyncState, *, width: int = WIDTH) -> None:
        self._journal = journal
        self._width = width
        self._state = state
        self._shown: dict[tuple[str, str], LogHead] = {}

    @property
    def case(self) -> str:
        """The case's id, empty before the first log has arrived."""
        logs = self._journal.logs()
        return logs[0].case if logs else ""

    def frontier(self) -> Frontier:
        """Return every head: the journal's, and those kept apart."""
        heads = [head for log in self._journal.logs() for head in self._main(log.origin, log.vkey)]
        heads += [apart.head for apart in self._state.apart()]
        self._shown = {(head.origin, head.root): head for head in heads}
        return Frontier(self.case, tuple(heads))

    def _main(self, origin: str, vkey: str) -> list[LogHead]:
        """Return the newest head, and before it the newest one within the log's limit, if there is a limit."""
        store = self._journal.store
        last = store.last_checkpoint(origin)
        if last is None:
            return []
        limit = self._journal.roster().limits.get(origin)
        notes = [last[1]]
        if limit is not None and last[0] > limit.size:
            within = [note for size, note in store.checkpoints(origin) if size <= limit.size]
            notes = [*within[-1:], *notes]
        return [head_of(vkey, note) for note in notes]

    def accepted_head(self, origin: str, vkey: str) -> LogHead | None:
        """Return the newest head of a log within its limit, or nothing if there is none."""
        limit = self._journal.roster().limits.get(origin)
        heads = [head for head in self._main(origin, vkey) if limit is None or head.size <= limit.size]
        return heads[0] if heads else None

    def proof(self, origin: str, old: int, size: int) -> list[bytes]:
        """Return the proof that the first ``size`` entries of a log begin with its first ``old``; 1 <= old <= size."""
        return consistency_proof(old, size, subtree_reader(self._journal.store, origin))

    def size(self, origin: str) -> int:
        """Return the number of entries the journal holds of a log."""
        return self._journal.store.size(origin)

    def root(self, origin: str, size: int) -> str:
        """Return the root of the first ``size`` entries the journal holds of a log."""
        return compact(size, subtree_reader(self._journal.store, origin)).root().hex()

    def holds(self, head: LogHead) -> bool:
        """Tell whether the history of a head is here, in the journal or kept apart."""
        if self.in_journal(head):
            return True
        return any(apart.head.root == head.root for apart in self._state.apart(head.origin))

    def in_journal(self, head: LogHead) -> bool:
        """Tell whether the journal's own history of the log begins with that of a head."""
        return head.size <= self.size(head.origin) and self.root(head.origin, head.size) == head.root

    def package(self, head: LogHead, start: int) -> bytes | None:
        """Return the package of a history from an entry on; nothing if this history is not here."""
        apart = next((a for a in self._state.apart(head.origin) if a.head.root == head.root), None)
        shown = apart.head if apart else self._shown.get((head.origin, head.root), head)
        if not 0 <= start < shown.size or (apart is None and not self.in_journal(shown)):
            return None
        end = min(start + self._width, shown.size)
        entries = self._entries(shown, apart, start=start, end=end)
        if len(entries) != end - start:
            return None
        proof = consistency_proof(end, shown.size, self._subtrees(shown, apart))
        return Package(self.case, shown, start, tuple(entries), tuple(proof)).data()

    def _entries(self, head: LogHead, apart: Apart | None, *, start: int, end: int) -> list[bytes]:
        middle = end if apart is None else min(max(start, apart.start), end)
        entries = [row.raw for row in self._journal.store.log_entries(head.origin, start, middle)]
        return entries + (self._state.apart_entries(head, middle, end) if middle < end else [])

    def _subtrees(self, head: LogHead, apart: Apart | None) -> Callable[[int, int], bytes]:
        base = subtree_reader(self._journal.store, head.origin)
        if apart is None:
            return base
        start, leaves = apart.start, self._state.apart_leaves(head)

        def read(level: int, index: int) -> bytes:
            if (index + 1) << level <= start:
                return base(level, index)
            if level == 0:
                return leaves[index - start]
            return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

        return read
