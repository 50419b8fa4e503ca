"""Verification of a journal by someone who trusts nobody who could write to it.

Every entry is read again from its bytes: strict form, place in its log, leaf hash, signature by a registered
person. Every tree is rebuilt and compared with its stored tile roots and every signed checkpoint. Objects are
read again. It never stops at the first problem, and each problem names its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from embers.errors import EmbersError, JournalError
from embers.journal.entry import SignedEntry, read_entry
from embers.journal.journal import TILE_LEVELS, Journal, subtree_reader
from embers.journal.keys import Keyring
from embers.journal.merkle import CompactRange, compact, leaf_hash
from embers.journal.note import read_checkpoint, read_verifier_key
from embers.journal.roster import Roster
from embers.journal.store import StoredEntry


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: where, what, and what to do."""

    where: str
    what: str
    hint: str = "Compare with another copy of the case; keep this one as it is."


@dataclass(slots=True)
class JournalReport:
    """What was checked, and every problem found. ``mark`` can be handed to the next incremental check."""

    entries: int = 0
    signatures: int = 0
    checkpoints: int = 0
    logs: int = 0
    objects: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    mark: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found wrong."""
        return not self.problems


@dataclass(slots=True)
class _Check:
    journal: Journal
    report: JournalReport
    mark: Mapping[str, tuple[int, str]]
    roster: Roster = field(default_factory=Roster)
    trees: dict[str, CompactRange] = field(default_factory=dict)
    points: dict[str, dict[int, bytes]] = field(default_factory=dict)
    nodes: dict[str, set[tuple[int, int, bytes]]] = field(default_factory=dict)
    public: dict[str, Ed25519PublicKey] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)

    def problem(self, where: str, what: str) -> None:
        self.report.problems.append(Problem(where, what))


def verify_journal(
    journal: Journal,
    *,
    keyring: Keyring | None = None,
    mark: Mapping[str, tuple[int, str]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> JournalReport:
    """Verify a journal, in full or from ``mark`` on (origin to size and root of an earlier full check).

    An incremental check reads older entries only to learn registered keys; it does not find edits in them.
    """
    check = _Check(journal, JournalReport(), dict(mark or {}))
    _logs(check)
    for count, stored in enumerate(journal.store.entries(), start=1):
        _entry(check, stored)
        if progress and count % 1000 == 0:
            progress(count)
    for log in journal.store.logs():
        _tree(check, log.origin)
        if keyring is not None:
            _memory(check, keyring, log.origin)
    return check.report


def _logs(check: _Check) -> None:
    journal = check.journal
    for log in journal.store.logs():
        check.report.logs += 1
        start, root = check.mark.get(log.origin, (0, ""))
        try:
            tree = compact(start, subtree_reader(journal.store, log.origin)) if start else CompactRange()
            if start and tree.root().hex() != root:
                check.problem(f"log {log.origin}", f"its first {start} entries differ from the last check")
        except EmbersError as error:
            check.problem(f"log {log.origin}", error.message)
            tree = CompactRange()
        check.trees[log.origin] = tree
        check.points[log.origin] = {}
        check.nodes[log.origin] = set()
        for size, note in journal.store.checkpoints(log.origin):
            _checkpoint(check, log.origin, log.vkey, size=size, note=note)


def _checkpoint(check: _Check, origin: str, vkey: str, *, size: int, note: str) -> None:
    where = f"log {origin}, checkpoint {size}"
    try:
        name, public = read_verifier_key(vkey)
        if name != origin:
            raise JournalError("key", f"the stored key belongs to {name}")
        point = read_checkpoint(note, origin, public)
    except EmbersError as error:
        check.problem(where, error.message)
        return
    if point.size != size:
        check.problem(where, f"its note speaks of {point.size} entries")
    check.points[origin][point.size] = point.root
    check.report.checkpoints += 1


def _entry(check: _Check, stored: StoredEntry) -> None:
    where = f"log {stored.origin}, entry {stored.seq}"
    tree = check.trees.get(stored.origin)
    if tree is None:
        check.problem(where, "its log is not in the table of logs")
        return
    leaf = leaf_hash(stored.raw)
    fresh = stored.seq >= check.mark.get(stored.origin, (0, ""))[0]
    if fresh:
        if stored.seq != tree.size:
            check.problem(where, f"entry {tree.size} should stand here: an entry is missing or out of order")
        if leaf != stored.leaf:
            check.problem(
                where, f"its bytes do not have the stored leaf hash {stored.leaf.hex()}: it was altered"
            )
        for level, index, hash in tree.append(leaf):
            if level and level % TILE_LEVELS == 0:
                check.nodes[stored.origin].add((level, index, hash))
    try:
        signed = read_entry(stored.raw)
    except EmbersError as error:
        check.problem(where, error.message)
        return
    try:
        check.roster.admit(signed)
        if fresh:
            _content(check, stored, signed, where)
    except EmbersError as error:
        check.problem(where, error.message)
    expected = check.points[stored.origin].get(tree.size) if fresh else None
    if expected is not None and expected != tree.root():
        check.problem(
            f"log {stored.origin}, checkpoint {tree.size}", "the entries do not have the root that was signed"
        )


def _content(check: _Check, stored: StoredEntry, signed: SignedEntry, where: str) -> None:
    entry = signed.entry
    check.report.entries += 1
    check.cases.add(entry.case)
    if (entry.log, entry.seq) != (stored.origin, stored.seq):
        check.problem(where, f"it was signed as entry {entry.seq} of {entry.log}: it was moved")
    if len(check.cases) > 1:
        check.problem(where, f"it belongs to another case, {entry.case}")
    if entry.by != signed.key:
        check.problem(where, f"it names {entry.by} but is signed with {signed.key}")
    key = check.public.get(signed.key)
    if key is None:
        key = check.public[signed.key] = Ed25519PublicKey.from_public_bytes(
            check.roster.public_key(signed.key)
        )
    try:
        key.verify(signed.signature, signed.signed_bytes())
        check.report.signatures += 1
    except InvalidSignature:
        check.problem(where, "the person's signature does not fit: the entry was altered")
    check.report.objects.update(ref.sha256 for ref in entry.objects)


def _tree(check: _Check, origin: str) -> None:
    tree, points = check.trees[origin], check.points[origin]
    known = check.roster.logs.get(origin)
    stored_key = next(log.vkey for log in check.journal.store.logs() if log.origin == origin)
    if known != stored_key:
        check.problem(f"log {origin}", "its key is not the one registered in the journal")
    if tree.size not in points:
        check.problem(f"log {origin}", f"no checkpoint covers all of its {tree.size} entries")
    for size in points:
        if size > tree.size:
            check.problem(
                f"log {origin}, checkpoint {size}", f"the log has only {tree.size} entries: it was cut"
            )
    start = check.mark.get(origin, (0, ""))[0]
    stored = {node for node in check.journal.store.nodes(origin) if (node[1] + 1) << node[0] > start}
    for level, index, _ in sorted(stored ^ check.nodes[origin]):
        check.problem(
            f"log {origin}, tile root level {level} number {index}", "it does not fit the entries below it"
        )
    check.report.mark[origin] = (tree.size, tree.root().hex())


def _memory(check: _Check, keyring: Keyring, origin: str) -> None:
    known = keyring.remembered(origin)
    tree = check.trees[origin]
    if known is None:
        return
    if known.size > tree.size:
        check.problem(
            f"log {origin}",
            f"this device signed {known.size} entries and only {tree.size} are here: cut, or restored from a back-up",
        )
    elif known.size == tree.size and known.root != tree.root().hex():
        check.problem(f"log {origin}", "this device signed another history of the same length")
