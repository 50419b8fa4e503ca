"""Whether an assertion stands, from what others say of it: the one rule for tables, pages and views of the past.

An assertion is *retracted* if a retraction counts that names it, *superseded* if a replacement does, and *disputed* if
a dispute does. What is itself retracted counts no more, so taking back a retraction, a replacement or a dispute
restores what was there before; only what an act of its own says (an erasure, a role) cannot be taken back so. The
answer depends on which assertions there are, never on the order in which they came. Assertions that take each other
back in a circle were made to confuse: they all count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

#: Relations that change how the assertion they name stands.
CHANGING = ("supersedes", "retracts", "disputes")
#: One relation: the assertion that carries it, what it says, and the assertion it names.
Relating = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Status:
    """How an assertion stands: ``live``, ``superseded`` or ``retracted``; and whether somebody disputes it."""

    word: str = "live"
    disputed: bool = False


def statuses(
    ids: Iterable[str],
    naming: Callable[[Iterable[str]], Iterable[Relating]],
    undoable: Callable[[Iterable[str]], Iterable[str]],
) -> Mapping[str, Status]:
    """Return how each assertion stands.

    ``naming`` returns every changing relation that names one of some assertions; ``undoable`` those of some that can be
    taken back: not what an act of its own said, such as an erasure, which a later word does not undo.
    """
    wanted = list(dict.fromkeys(ids))
    relations = list(naming(wanted))
    known, asked = list(relations), set(wanted)
    above = {carrier for carrier, _, _ in relations} - asked
    while above:  # what takes back the relations, and what takes that back
        asked |= above
        found = [one for one in naming(sorted(undoable(sorted(above)))) if one[1] == "retracts"]
        known += found
        above = {carrier for carrier, _, _ in found} - asked
    gone = _taken_back(known)
    said: dict[str, set[str]] = {}
    for carrier, how, target in relations:
        if carrier not in gone:
            said.setdefault(target, set()).add(how)
    return {id: _status(said.get(id, set())) for id in wanted}


def _status(said: set[str]) -> Status:
    # A retraction outweighs a replacement: the value was taken back, whatever stood in its place.
    word = "retracted" if "retracts" in said else "superseded" if "supersedes" in said else "live"
    return Status(word, "disputes" in said)


def _taken_back(relations: Iterable[Relating]) -> set[str]:
    """Return the assertions that a counting retraction names."""
    by: dict[str, set[str]] = {}
    for carrier, how, target in relations:
        if how == "retracts":
            by.setdefault(target, set()).add(carrier)
    gone: set[str] = set()
    counting: set[str] = set()
    open_ = set(by) | {carrier for carriers in by.values() for carrier in carriers}
    while open_:
        now_counting = {id for id in open_ if by.get(id, set()) <= gone}
        now_gone = {id for id in open_ if by.get(id, set()) & (counting | now_counting)}
        if not now_counting and not now_gone:
            break  # circles are left: none of them is taken back
        counting |= now_counting
        gone |= now_gone
        open_ -= now_counting | now_gone
    return gone
