"""Records kept in a compartment: who said so, and whether it was taken back by somebody who may.

Anybody on the team may put a record into a compartment: that only narrows its circle. Only a member of the
compartment lets it out again; whatever anybody else writes, the record stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from embers.case_view import CaseView, Held, Record
from embers.custody.compartment import Compartment, signers_of
from embers.journal.roster import Roster

KEPT_IN = "kept-in"


def memberships(compartments: Mapping[str, Compartment]) -> dict[str, frozenset[str]]:
    """Return by person the compartments they are a member of now."""
    found: dict[str, set[str]] = {}
    for one in compartments.values():
        for person in one.members:
            found.setdefault(person, set()).add(one.id)
    return {person: frozenset(ids) for person, ids in found.items()}


def kept_in(
    view: CaseView, records: Iterable[Record], compartments: Mapping[str, Compartment], roster: Roster
) -> dict[str, frozenset[str]]:
    """Return by subject the compartments its record is kept in; a reader must be a member of each.

    A compartment nobody founded properly still keeps: then only the holder of the folder reads the record.
    """
    found: dict[str, frozenset[str]] = {}
    for record in records:
        said = [held for held in record.held if held.predicate == KEPT_IN]
        ids = {
            str(held.value) for held in said if held.live or not _let_out(view, held, compartments, roster)
        }
        if ids:
            found[record.id] = frozenset(ids)
    return found


def _let_out(view: CaseView, held: Held, compartments: Mapping[str, Compartment], roster: Roster) -> bool:
    compartment = compartments.get(str(held.value))
    if compartment is None:
        return False
    back = [
        one
        for one in view.naming(held.id)
        if any(rel in {"retracts", "supersedes"} and target == held.id for rel, target in one.relations)
    ]
    signers = signers_of(view, back, roster)
    return any(signers[one.entry] in compartment.members for one in back)
