"""What is safe: held by mirrors of two different operators, as their receipts say.

A device counts what is not, and may give up the bytes of what is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embers.journal.entry import read_entry
from embers.journal.erasure import erased_objects
from embers.journal.journal import Journal
from embers.journal.roster import Roster
from embers.objects.store import ObjectStore
from embers.sync.state import SyncState

#: Receipts of so many different operators make entries and bytes safe.
OPERATORS = 2
_INDEXED = "objects indexed up to"


def safe_sizes(state: SyncState, roster: Roster, operators: int = OPERATORS) -> dict[str, int]:
    """Return how far each log is held by mirrors of so many different operators."""
    sizes: dict[str, dict[str, int]] = {}
    for receipt in state.receipts():
        known = roster.cosigners.get(receipt.cosigner)
        if known is not None and known.role == "mirror":
            of_log = sizes.setdefault(receipt.origin, {})
            of_log[known.operator] = max(receipt.size, of_log.get(known.operator, 0))
    return {
        origin: sorted(of_log.values(), reverse=True)[operators - 1]
        for origin, of_log in sizes.items()
        if len(of_log) >= operators
    }


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How many entries of each log keepers of two different operators, or one keeper, have confirmed."""

    safe: Mapping[str, int]
    with_one: Mapping[str, int]

    def state(self, origin: str, seq: int) -> str:
        """Tell where an entry stands: ``done`` (safe), ``part`` (one keeper has it), ``open`` (nobody said so)."""
        if seq < self.safe.get(origin, 0):
            return "done"
        return "part" if seq < self.with_one.get(origin, 0) else "open"


def index_objects(journal: Journal, state: SyncState) -> None:
    """Index which objects the entries introduce, from where the last call ended."""
    after = int(state.mark(_INDEXED) or 0)
    last = journal.store.last_position()
    if last == after:
        return
    rows = []
    for stored in journal.store.entries(after):
        if b'"objects":[]' not in stored.raw:
            refs = read_entry(stored.raw).entry.objects
            rows += [(ref.sha256, stored.origin, stored.seq, ref.size) for ref in refs]
        last = stored.position
    with state.transaction():
        state.name_objects(rows)
        state.set_mark(_INDEXED, str(last))


@dataclass(frozen=True, slots=True)
class SafeObjects:
    """The objects held in one copy with their sizes in bytes: safe ones, and those whose loss would be a loss."""

    safe: Mapping[str, int]
    unsafe: Mapping[str, int]


def safe_objects(journal: Journal, state: SyncState, objects: ObjectStore) -> SafeObjects:
    """Tell which objects held here may be given up: mirrors of two different operators have receipted an entry of each.

    What was erased is neither: it must not be here at all.
    """
    index_objects(journal, state)
    erased = erased_objects(journal.store)
    covered = safe_sizes(state, journal.roster())
    safe: dict[str, int] = {}
    held: dict[str, int] = {}
    for named in state.named():
        if named.sha256 not in erased and objects.has(named.sha256):
            held[named.sha256] = named.size
            if named.seq < covered.get(named.origin, 0):
                safe[named.sha256] = named.size
    return SafeObjects(safe, {sha256: size for sha256, size in held.items() if sha256 not in safe})
