"""Entries of another device's log enter the journal: checked one by one, then stored in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embers.errors import JournalError
from embers.journal.entry import read_entry
from embers.journal.entry_check import Batch, RawEntry, check_batch
from embers.journal.journal import TILE_LEVELS, subtree_reader
from embers.journal.merkle import CompactRange, compact
from embers.journal.note import read_checkpoint, read_verifier_key
from embers.journal.roster import Roster, may_register
from embers.journal.store import JournalStore, StoredLog

#: (place in the log, leaf hash, exact bytes)
Row = tuple[int, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking gave: the roster with the new keys, and keys that no entry registers yet."""

    roster: Roster
    unknown: frozenset[str]


def check_rows(log: StoredLog, rows: Sequence[Row], roster: Roster) -> Checked:
    """Check form, place, case and every person's signature, taking in keys as they are registered.

    ``roster`` is not changed. Raises :class:`JournalError` for anything a device of this case cannot have written;
    an unknown key is no such thing, because its registration may still be on its way.
    """
    trial = roster.copy()
    waiting: list[RawEntry] = []
    unknown: set[str] = set()

    def flush() -> None:
        outcome = check_batch(Batch(tuple(waiting), (), trial.persons))
        waiting.clear()
        unknown.update(outcome.unknown)
        wrong = [problem for problem in outcome.problems if not outcome.unknown]
        if wrong or set(outcome.cases) - {log.case}:
            where, what = wrong[0] if wrong else (f"log {log.origin}", "it belongs to another case")
            raise JournalError("refused", f"{where}: {what}.", "Nothing of it was stored. Ask its sender.")

    for seq, _, raw in rows:
        registering = seq == 0 or may_register(raw)
        if registering:
            flush()
            trial.admit(read_entry(raw))
        waiting.append(RawEntry(log.origin, seq, raw))
    flush()
    if not unknown and trial.logs.get(log.origin) != log.vkey:
        raise JournalError(
            "refused", f"The log {log.origin} does not register the key of its device.", "Ask its sender."
        )
    return Checked(trial, frozenset(unknown))


def store_rows(store: JournalStore, log: StoredLog, rows: Sequence[Row], *, note: str) -> None:
    """Store checked entries at the end of a log with the checkpoint that covers them, durably, all or none."""
    origin = log.origin
    with store.transaction():
        if all(known.origin != origin for known in store.logs()):
            store.add_log(log)
        tree = _tree(store, origin, rows)
        for seq, leaf, raw in rows:
            store.add_entry(origin, seq, leaf=leaf, raw=raw)
            for level, index, hash in tree.append(leaf):
                if level and level % TILE_LEVELS == 0:
                    store.add_node(origin, level, index=index, hash=hash)
        point = read_checkpoint(note, origin, read_verifier_key(log.vkey)[1])
        if (point.size, point.root) != (tree.size, tree.root()):
            raise JournalError(
                "refused", f"A checkpoint of {origin} does not cover what arrived.", "Nothing was stored."
            )
        store.add_checkpoint(origin, tree.size, note=note)


def _tree(store: JournalStore, origin: str, rows: Sequence[Row]) -> CompactRange:
    size = store.size(origin)
    if not rows or rows[0][0] != size:
        raise JournalError("moved", f"The log {origin} has grown meanwhile.", "Exchange again.")
    return compact(size, subtree_reader(store, origin))
