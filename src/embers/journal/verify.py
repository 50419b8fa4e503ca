"""Verification of a journal by someone who trusts nobody who could write to it.

Every entry is read again from its bytes: strict form, place in its log, leaf hash, signature by a person whose
key an earlier entry registered. Every tree is rebuilt and compared with its stored tile roots and every signed
checkpoint, and with what this device remembers of it. It never stops at the first problem, and each problem
names its place. Memory does not grow with the number of entries, only with that of objects and logs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from embers.errors import EmbersError, JournalError
from embers.journal.check_pool import CheckPool
from embers.journal.entry import read_entry
from embers.journal.entry_check import Batch, Outcome, RawEntry, SignedNote, entry_place
from embers.journal.journal import TILE_LEVELS, Journal, subtree_reader
from embers.journal.keys import Keyring
from embers.journal.merkle import CompactRange, compact, leaf_hash
from embers.journal.note import read_verifier_key
from embers.journal.roster import OPENING, Roster, may_register
from embers.journal.store import StoredEntry, StoredLog

#: Entries handed to a worker at a time.
BATCH = 256


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: where, what, and what to do."""

    where: str
    what: str
    hint: str = "Compare with another copy of the case; keep this one as it is."


@dataclass(frozen=True, slots=True)
class JournalReport:
    """What was checked, and every problem found. ``mark`` can be handed to the next incremental check."""

    entries: int
    signatures: int
    checkpoints: int
    logs: int
    objects: frozenset[str]
    problems: tuple[Problem, ...]
    mark: Mapping[str, tuple[int, str]]

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found wrong."""
        return not self.problems


@dataclass(slots=True)
class _Log:
    """What is being rebuilt of one log."""

    stored: StoredLog
    tree: CompactRange
    notes: Iterator[tuple[int, str]]
    start: int = 0
    expected: int = 0
    note: tuple[int, str] | None = None
    checkpoints: int = 0
    wrong_roots: list[int] = field(default_factory=list)
    covered: int = 0


@dataclass(slots=True)
class _Check:
    journal: Journal
    pool: CheckPool
    roster: Roster = field(default_factory=Roster)
    logs: dict[str, _Log] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    cases: dict[str, str] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)
    waiting: list[RawEntry] = field(default_factory=list)
    notes: list[SignedNote] = field(default_factory=list)
    entries: int = 0
    signatures: int = 0
    opened: bool = False

    def problem(self, where: str, what: str) -> None:
        self.problems.append(Problem(where, what))

    def flush(self) -> None:
        if self.waiting or self.notes:
            batch = Batch(tuple(self.waiting), tuple(self.notes), dict(self.roster.persons))
            self.waiting.clear()
            self.notes.clear()
            self.pool.submit(batch, self.take)

    def take(self, outcome: Outcome) -> None:
        self.problems += [Problem(where, what) for where, what in outcome.problems]
        for origin, size in outcome.wrong_roots:
            self.logs[origin].wrong_roots.append(size)
        for case, where in outcome.cases.items():
            self.cases.setdefault(case, where)
        self.objects |= outcome.objects
        self.signatures += outcome.signatures


def verify_journal(
    journal: Journal,
    *,
    keyring: Keyring | None = None,
    mark: Mapping[str, tuple[int, str]] | None = None,
    progress: Callable[[int], None] | None = None,
    workers: int | None = None,
) -> JournalReport:
    """Verify a journal, in full or from ``mark`` on (origin to size and root of an earlier full check).

    An incremental check proves that the log still begins with what was checked, by its stored hashes, and reads
    older entries only to learn registered keys; it does not find edits in them. ``workers`` is the number of
    helping processes: none for a small journal, one per core for a large one.
    """
    with journal.store.snapshot(), CheckPool(workers, _entries_left(journal, mark or {})) as pool:
        check = _Check(journal, pool)
        for log in journal.store.logs():
            _begin(check, log, (mark or {}).get(log.origin, (0, "")))
        for count, stored in enumerate(journal.store.entries(), start=1):
            _entry(check, stored)
            if progress and count % 1000 == 0:
                progress(count)
        check.flush()
        pool.finish()
        for found in check.logs.values():
            _end(check, found, keyring)
        for origin in (mark or {}).keys() - check.logs.keys():
            check.problem(f"log {origin}", "it was here at the last check and is gone")
    for case in list(check.cases)[1:]:
        check.problem(check.cases[case], f"it belongs to another case, {case}")
    return _report(check)


def _report(check: _Check) -> JournalReport:
    return JournalReport(
        entries=check.entries,
        signatures=check.signatures,
        checkpoints=sum(log.checkpoints for log in check.logs.values()),
        logs=len(check.logs),
        objects=frozenset(check.objects),
        problems=tuple(check.problems),
        mark={origin: (log.tree.size, log.tree.root().hex()) for origin, log in check.logs.items()},
    )


def _entries_left(journal: Journal, mark: Mapping[str, tuple[int, str]]) -> int:
    sizes = {log.origin: journal.store.size(log.origin) for log in journal.store.logs()}
    return sum(max(0, size - mark.get(origin, (0, ""))[0]) for origin, size in sizes.items())


def _begin(check: _Check, stored: StoredLog, mark: tuple[int, str]) -> None:
    start, root = mark
    where = f"log {stored.origin}"
    store = check.journal.store
    tree = CompactRange()
    try:
        if read_verifier_key(stored.vkey)[0] != stored.origin:
            check.problem(where, "the key in the table of logs belongs to another log")
        if start:
            tree = compact(start, subtree_reader(store, stored.origin))
            if tree.root().hex() != root:
                check.problem(where, f"its first {start} entries differ from the last check")
    except EmbersError as error:
        check.problem(where, error.message)
        tree = CompactRange(start)
    if stored.case:
        check.cases.setdefault(stored.case, where)
    log = _Log(stored, tree, store.checkpoints(stored.origin), start=start, expected=start)
    check.logs[stored.origin] = log
    _next_note(log, after=start)


def _next_note(log: _Log, *, after: int = -1) -> None:
    log.note = next(((size, note) for size, note in log.notes if size > after), None)


def _entry(check: _Check, stored: StoredEntry) -> None:
    where = entry_place(stored.origin, stored.seq)
    log = check.logs.get(stored.origin)
    if log is None:
        check.problem(where, "its log is not in the table of logs")
        return
    fresh = stored.seq >= log.start
    if fresh:
        check.entries += 1
        _grow(check, log, stored, where)
    if not check.opened or stored.seq == 0 or may_register(stored.raw):
        _registering(check, log, stored, fresh=fresh)
    elif fresh:
        check.waiting.append(RawEntry(stored.origin, stored.seq, stored.raw))
        if len(check.waiting) >= BATCH:
            check.flush()


def _grow(check: _Check, log: _Log, stored: StoredEntry, where: str) -> None:
    if stored.seq != log.expected:
        check.problem(where, f"entry {log.expected} should stand here: one is missing or out of order")
    log.expected = stored.seq + 1
    leaf = leaf_hash(stored.raw)
    if leaf != stored.leaf:
        check.problem(
            where, f"its bytes do not have the stored leaf hash {stored.leaf.hex()}: it was altered"
        )
    # The tree is built over the stored hash: so one altered entry does not make every later root look wrong.
    for level, index, hash in log.tree.append(stored.leaf):
        if level and level % TILE_LEVELS == 0:
            _tile_root(check, log, level=level, index=index, hash=hash)
    while log.note and log.note[0] <= log.tree.size:
        size, note = log.note
        root = log.tree.root() if size == log.tree.size else b""
        check.notes.append(SignedNote(stored.origin, log.stored.vkey, size, note, root))
        log.checkpoints += 1
        log.covered = size
        _next_note(log)


def _tile_root(check: _Check, log: _Log, *, level: int, index: int, hash: bytes) -> None:
    origin = log.stored.origin
    if list(check.journal.store.hashes(origin, level, start=index, end=index + 1)) != [hash]:
        check.problem(
            f"log {origin}, tile root level {level} number {index}", "it does not fit the entries below it"
        )


def _registering(check: _Check, log: _Log, stored: StoredEntry, *, fresh: bool) -> None:
    """Take in an entry that may register keys, before anything that comes after it is checked."""
    check.flush()
    where = entry_place(stored.origin, stored.seq)
    first, check.opened = not check.opened, True
    try:
        signed = read_entry(stored.raw)
        check.roster.admit(signed)
        if not first and signed.entry.act == OPENING:
            check.problem(where, "it opens a case that is already open")
        if stored.seq == 0 and check.roster.logs.get(stored.origin) != log.stored.vkey:
            check.problem(where, "it begins a log but does not register the key of its device")
    except EmbersError as error:
        check.problem(where, error.message)
    if fresh:
        check.waiting.append(RawEntry(stored.origin, stored.seq, stored.raw))
        check.flush()


def _end(check: _Check, log: _Log, keyring: Keyring | None) -> None:
    origin, size = log.stored.origin, log.tree.size
    where = f"log {origin}"
    if check.roster.logs.get(origin) != log.stored.vkey:
        check.problem(where, "its key is not the one registered in the journal")
    if max(log.covered, log.start) != size or not size:
        check.problem(where, f"no checkpoint covers all of its {size} entries")
    if log.wrong_roots:
        others = f" (and {len(log.wrong_roots) - 1} later ones)" if len(log.wrong_roots) > 1 else ""
        check.problem(
            f"{where}, checkpoint {min(log.wrong_roots)}",
            f"the entries do not have the root that was signed{others}: an entry up to here was altered",
        )
    while log.note:
        check.problem(f"{where}, checkpoint {log.note[0]}", f"the log has only {size} entries: it was cut")
        _next_note(log)
    for level, index, _ in check.journal.store.nodes(origin):
        if not level or level % TILE_LEVELS or (index + 1) << level > size:
            check.problem(f"{where}, tile root level {level} number {index}", "there is no such full tile")
    if keyring is not None:
        try:
            _memory(check, log, keyring)
        except JournalError as error:
            check.problem(where, error.message)


def _memory(check: _Check, log: _Log, keyring: Keyring) -> None:
    origin, size = log.stored.origin, log.tree.size
    known = keyring.remembered(origin)
    if known is None:
        return
    if known.size > size:
        check.problem(
            f"log {origin}",
            f"this device signed {known.size} entries and only {size} are here: cut, or restored from a back-up",
        )
    elif known.root != compact(known.size, subtree_reader(check.journal.store, origin)).root().hex():
        check.problem(
            f"log {origin}", f"this device signed another history of its first {known.size} entries"
        )
