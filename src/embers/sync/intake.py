"""How a copy takes in what others send: proven before it is stored, resumable, and never overwriting.

A package that does not fit the entries held here may be damaged, or its device may have two histories. To tell
these apart the history is asked for from the log's first entry: when its own signed root comes out and still
differs from what is held, the device's key has signed two histories. Both are kept, one in the journal and one
apart, and nothing more of that log enters the journal until a person has said how far it is accepted.
"""

from __future__ import annotations

from embers.errors import JournalError, SyncError
from embers.journal.entry import read_entry
from embers.journal.intake import Row, check_rows, store_rows
from embers.journal.journal import Journal, subtree_reader
from embers.journal.merkle import CompactRange, compact, leaf_hash, verify_consistency
from embers.journal.roster import Roster
from embers.journal.store import StoredLog
from embers.sync.histories import Histories
from embers.sync.state import BEYOND, FORK, Apart, Arriving, SyncState
from embers.sync.wire import Answer, LogHead, Package, read_package

RESTORED = (
    "another copy holds entries of it that are not here: this case was restored from a back-up or cloned"
)
FORKED = "its key has signed two different histories"


class Intake:
    """Takes packages into one copy."""

    def __init__(self, journal: Journal, state: SyncState, histories: Histories) -> None:
        self._journal = journal
        self._state = state
        self._histories = histories

    def asks(self, head: LogHead) -> Answer:
        """Say which entry of a history is needed next."""
        self._require_key(head)
        with self._state.transaction():
            return self._asks(head)

    def take(self, data: bytes) -> Answer:
        """Take a package: check it, store what it proves, say what is needed next."""
        package = read_package(data)
        self._require_ours(package)
        with self._state.transaction():
            answer = self._asks(package.head)
            if answer.done or package.start > answer.next:
                return answer
            answer = self._take(package, answer.next)
        return answer

    def retry(self) -> int:
        """Store what was waiting for a key or a statement that has arrived meanwhile; return how many histories."""
        done, again = 0, True
        while again:
            again = False
            for arriving in self._state.arrivals():
                if self._histories.holds(arriving.head):
                    with self._state.transaction():  # it came another way
                        self._state.forget(arriving.head.origin, arriving.head.root)
                elif arriving.complete and self._finish_waiting(arriving):
                    done, again = done + 1, True
            for apart in self._state.apart():
                if self._accepted_now(apart):
                    self._readmit(apart)
                    done, again = done + 1, True
        return done

    def _require_ours(self, package: Package) -> None:
        head, case = package.head, self._histories.case
        if case and package.case != case:
            raise SyncError(
                "case", f"The package belongs to another case, {package.case}.", "Check the carrier."
            )
        self._require_key(head)

    def _require_key(self, head: LogHead) -> None:
        known = next((log.vkey for log in self._journal.logs() if log.origin == head.origin), None)
        known = known or self._journal.roster().logs.get(head.origin)
        if known is not None and known != head.vkey:
            raise SyncError(
                "key", f"The package names another key for the log {head.origin}.", "Ask who sent it."
            )

    def _asks(self, head: LogHead) -> Answer:
        if self._histories.holds(head):
            self._state.forget(head.origin, head.root)
            return Answer(head.size, done=True)
        self._end_if_own(head.origin, RESTORED)
        size = self._histories.size(head.origin)
        arriving = self._state.arrival(head.origin, head.root)
        if arriving is None or (not arriving.scratch and head.size <= size):
            arriving = self._expect(head, size)
        elif arriving.complete:
            return Answer(head.size, done=True)
        base = 0 if arriving.scratch else size
        self._state.trim(head, base)  # the journal may have grown another way meanwhile
        return Answer(base + len(self._state.staged_leaves(head)), done=False)

    def _expect(self, head: LogHead, size: int) -> Arriving:
        """Begin to take a history: after what the journal holds, or from the start if it cannot go on there."""
        scratch = head.size <= size
        self._state.expect(head, scratch=scratch)
        if not scratch:
            self._state.inherit(head, size)
        return Arriving(head, scratch=scratch, complete=False)

    def _end_if_own(self, origin: str, why: str) -> None:
        if origin in self._journal.own_logs():
            self._journal.end_log(origin, why)

    def _take(self, package: Package, wanted: int) -> Answer:
        head = package.head
        arriving = self._state.arrival(head.origin, head.root)
        if arriving is None:
            raise SyncError("state", "An arrival was lost.", "Exchange again.")
        tree, known = self._tree(arriving)
        if tree.size != wanted:
            return self._restart(arriving, scratch=False)
        rows = [(package.start + n, leaf_hash(raw), raw) for n, raw in enumerate(package.entries)]
        overlap = [leaf for seq, leaf, _ in rows if seq < wanted]
        fresh = [row for row in rows if row[0] >= wanted]
        if overlap != known[package.start : wanted] or not self._proven(package, tree, fresh):
            return self._diverged(arriving)
        if package.end < head.size:
            self._state.stage(head, fresh)
            return Answer(package.end, done=False)
        return self._finish(arriving, [*self._state.staged(head), *fresh])

    def _tree(self, arriving: Arriving) -> tuple[CompactRange, _Leaves]:
        """Return the tree of what is here of an arriving history, and its leaves."""
        origin, staged = arriving.head.origin, self._state.staged_leaves(arriving.head)
        base = 0 if arriving.scratch else self._histories.size(origin)
        tree = compact(base, subtree_reader(self._journal.store, origin))
        for leaf in staged:
            tree.append(leaf)
        return tree, _Leaves(self._journal, origin, base, staged)

    def _proven(self, package: Package, tree: CompactRange, fresh: list[Row]) -> bool:
        for _, leaf, _ in fresh:
            tree.append(leaf)
        size, root = package.head.size, bytes.fromhex(package.head.root)
        return verify_consistency(tree.size, tree.root(), size, root, package.proof)

    def _restart(self, arriving: Arriving, *, scratch: bool) -> Answer:
        self._state.expect(arriving.head, scratch=scratch)
        return Answer(0 if scratch else self._histories.size(arriving.head.origin), done=False)

    def _diverged(self, arriving: Arriving) -> Answer:
        """What arrived does not fit: forget what is unproven, then ask from the first entry, then refuse."""
        head = arriving.head
        staged = bool(self._state.staged_leaves(head))
        if not arriving.scratch and (staged or self._histories.size(head.origin)):
            return self._restart(arriving, scratch=not staged)
        if arriving.scratch and staged:
            return self._restart(arriving, scratch=True)
        raise SyncError(
            "proof",
            f"Entries of the log {head.origin} do not fit the checkpoint they came with.",
            "They were damaged on the way or forged; nothing of them was stored. Send them again.",
        )

    def _finish(self, arriving: Arriving, rows: list[Row]) -> Answer:
        """Every entry of a history is here and proven: store it, keep it apart, or let it wait for a key."""
        head, size = arriving.head, self._histories.size(arriving.head.origin)
        if arriving.scratch:
            same = self._same(head, rows)
            if same < min(size, head.size):
                return self._keep_apart(head, rows[same:], FORK)
            rows = rows[size:]
        if not rows:
            self._state.forget(head.origin, head.root)
            return Answer(head.size, done=True)
        why = self._store(head, rows)
        if why is None:
            staged = {row[0] for row in self._state.staged(head)}
            self._state.stage(head, [row for row in rows if row[0] not in staged])
            self._state.complete(head)
            return Answer(head.size, done=True)
        if why:
            return self._keep_apart(head, rows, why)
        self._state.forget(head.origin, head.root)
        return Answer(head.size, done=True)

    def _same(self, head: LogHead, rows: list[Row]) -> int:
        """Return how many entries a history has in common with the journal's."""
        held = self._journal.store.hashes(head.origin, 0, start=0, end=len(rows))
        return next(
            (n for n, (leaf, row) in enumerate(zip(held, rows, strict=False)) if leaf != row[1]),
            min(len(held), len(rows)),
        )

    def _store(self, head: LogHead, rows: list[Row]) -> str | None:
        """Store checked entries. Returns why they must be kept apart, ``None`` if a key is still unknown."""
        case = self._histories.case or read_entry(rows[0][2]).entry.case
        log = StoredLog(head.origin, head.vkey, case)
        try:
            if not self._journal.logs() and rows[0][0] == 0:
                self._require_opening(rows[0][2])
            checked = check_rows(log, rows, self._journal.roster())
        except _NotYet:
            return None
        except JournalError:
            self._state.forget(head.origin, head.root)
            raise
        if checked.unknown:
            return None
        why = self._why_apart(head, rows, checked.roster)
        if not why:
            store_rows(self._journal.store, log, rows, note=head.note)
        return why

    def _require_opening(self, raw: bytes) -> None:
        if read_entry(raw).entry.act != "case.open":
            raise _NotYet

    def _why_apart(self, head: LogHead, rows: list[Row], roster: Roster) -> str:
        limit = roster.limits.get(head.origin)
        if limit is not None:
            return BEYOND if head.size > limit.size else ""
        if any(apart.why == FORK for apart in self._state.apart(head.origin)):
            return FORK
        if roster.ended:  # only then is it worth reading whose entries these are
            for seq, _, raw in rows:
                if not roster.accepts(read_entry(raw).key, head.origin, seq):
                    return BEYOND
        return ""

    def _keep_apart(self, head: LogHead, rows: list[Row], why: str) -> Answer:
        self._state.keep_apart(Apart(head, rows[0][0], why), rows)
        self._state.forget(head.origin, head.root)
        if why == FORK:
            self._end_if_own(head.origin, FORKED)
        return Answer(head.size, done=True, kept_apart=why)

    def _finish_waiting(self, arriving: Arriving) -> bool:
        with self._state.transaction():
            rows = self._state.staged(arriving.head)
            size = self._histories.size(arriving.head.origin)
            if not rows or rows[0][0] != (0 if arriving.scratch else size):
                self._state.forget(arriving.head.origin, arriving.head.root)
                return False
            self._finish(arriving, rows)
            left = self._state.arrival(arriving.head.origin, arriving.head.root)
            return left is None

    def _accepted_now(self, apart: Apart) -> bool:
        limit = self._journal.roster().limits.get(apart.head.origin)
        fits = apart.start == self._histories.size(apart.head.origin)
        return limit is not None and apart.head.size <= limit.size and fits

    def _readmit(self, apart: Apart) -> None:
        """A person has said that the log is accepted this far: what was kept apart enters the journal."""
        head = apart.head
        with self._state.transaction():
            raws = self._state.apart_entries(head, apart.start, head.size)
            rows = [(apart.start + n, leaf_hash(raw), raw) for n, raw in enumerate(raws)]
            if self._store(head, rows) == "":
                self._state.release_apart(head)


class _NotYet(Exception):  # noqa: N818 - not an error: the beginning of the case has not arrived yet
    pass


class _Leaves:
    """The leaf hashes of what is here of a history, read only where they are asked for."""

    def __init__(self, journal: Journal, origin: str, base: int, staged: list[bytes]) -> None:
        self._journal, self._origin, self._base, self._staged = journal, origin, base, staged

    def __getitem__(self, part: slice) -> list[bytes]:
        start, end = part.start, part.stop
        held = self._journal.store.hashes(self._origin, 0, start=start, end=min(end, self._base))
        staged = self._staged[max(0, start - self._base) : max(0, end - self._base)]
        return [*held, *staged]
