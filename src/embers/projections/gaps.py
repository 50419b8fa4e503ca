"""What is missing of an incident or item, as far as a class of readers can know: computed when its row is.

A gap is no judgement of the work. It says where somebody can go on: each is counted on the start page and leads to the
list of the records that have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embers.case_view import Record
from embers.incidents.claim import Claim
from embers.incidents.resolution import contested, origins
from embers.law.case_ledger import IncidentLedger
from embers.law.ledger import Label
from embers.vocabulary.loader import load_vocabulary

POSITION, SECOND_SOURCE, DECISION, PINPOINT = "position", "second-source", "decision", "pinpoint"
ELEMENT_SUPPORT, ELEMENT_SECOND, QUESTION = "element-support", "element-second-source", "open-question"
WORKING_COPY, VERIFICATION = "working-copy", "verification"
OF_INCIDENTS = (
    *(POSITION, SECOND_SOURCE, DECISION, PINPOINT),
    *(ELEMENT_SUPPORT, ELEMENT_SECOND, QUESTION),
)
OF_ITEMS = (WORKING_COPY, VERIFICATION)
#: Labels of an element for which the case holds nothing that counts.
_BARE = frozenset({Label.UNSUPPORTED, Label.NOT_EXAMINED})


def incident_gaps(
    record: Record,
    claims: Sequence[Claim],
    ledgers: Sequence[IncidentLedger],
    *,
    unpinned: int,
    open_threads: int,
) -> str:
    """Return the gaps of an incident, joined. ``unpinned`` claims have no pinpoint, ``open_threads`` no answer.

    Claims and ledgers are its own and those of the incidents that were merged into it.
    """
    return ";".join(_incident(record, claims, ledgers, unpinned=unpinned, open_threads=open_threads))


def _incident(
    record: Record,
    claims: Sequence[Claim],
    ledgers: Sequence[IncidentLedger],
    *,
    unpinned: int,
    open_threads: int,
) -> Iterator[str]:
    if record.value("incident-position") is None:
        yield POSITION
    if len(origins(claims)) < 2:
        yield SECOND_SOURCE
    if _undecided(record, claims):
        yield DECISION
    if unpinned:
        yield PINPOINT
    elements = [one for ledger in ledgers for tested in ledger.without_assumed for one in tested.elements]
    if any(one.label in _BARE for one in elements):
        yield ELEMENT_SUPPORT
    if any(one.binding and one.binding.strength.components == 1 for one in elements):
        yield ELEMENT_SECOND
    if open_threads or any(one.binding.open_rivals for one in elements if one.binding):
        yield QUESTION


def unpinned_claims(record: Record, claims: Sequence[Claim]) -> int:
    """Return how many claims name no place in what they were read in: no page, no second, no row."""
    grounds = {held.id: held.grounds for held in record.held}
    return sum(1 for claim in claims if not any(ground.locator for ground in grounds[claim.id]))


def item_gaps(record: Record) -> str:
    """Return the gaps of an item, joined."""
    roles = {str(value["role"]) for value in record.values("item-object")}
    found = []
    if not roles & {"working-copy", "derived", "redacted"}:
        found.append(WORKING_COPY)
    if not record.live("item-check"):
        found.append(VERIFICATION)
    return ";".join(found)


def _undecided(record: Record, claims: Sequence[Claim]) -> bool:
    """Tell whether values disagree of which nobody decided which is shown."""
    known = load_vocabulary().predicates
    for predicate in {held.predicate for held in record.held if held.live}:
        found = known.get(predicate)
        if found and found.cardinality == "one" and record.one(predicate).contested:
            return True
    figures = {claim.field for claim in claims if claim.has_figure}
    return any(record.decision(name) is None and contested(claims, name) for name in figures)
