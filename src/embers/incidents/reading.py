"""Reads the claims of an incident out of its record, with each claimant's name and root origins.

Claimants are organisations, and persons heard in an interview. A person goes by their code, or by no name at all.
"""

from __future__ import annotations

from collections.abc import Mapping

from embers.case_view import Held, Record
from embers.incidents.claim import Claim, claim_of
from embers.incidents.displayed import Decision


def is_claim(held: Held) -> bool:
    """Tell whether an assertion's value is a claim envelope."""
    return isinstance(held.value, dict) and {"is", "claimant", "side", "scope", "reading"} <= set(held.value)


#: How a person is called whose code may not be told.
UNNAMED_PERSON = "a person interviewed"


def claims_of(incident: Record, claimants: Mapping[str, Record]) -> tuple[Claim, ...]:
    """Return the live claims of an incident; a claimant without a recorded origin is its own origin."""
    found = []
    for held in incident.held:
        if held.live and is_claim(held):
            claimant = claimants.get(held.value["claimant"])
            origins = tuple(sorted(map(str, claimant.values("root-origin")))) if claimant else ()
            found.append(
                claim_of(
                    held,
                    claimant_name=_name(held.value["claimant"], claimant),
                    origins=origins or (held.value["claimant"],),
                )
            )
    return tuple(found)


def _name(id: str, claimant: Record | None) -> str:
    name = claimant.text("organisation-name") if claimant else ""
    if name or not id.startswith("person:"):
        return name or id
    code = claimant.text("person-code") if claimant else ""
    return f"witness {code}" if code else UNNAMED_PERSON


def claimants_of(incident: Record) -> tuple[str, ...]:
    """Return the organisations that make claims about an incident, each once."""
    return tuple(
        dict.fromkeys(held.value["claimant"] for held in incident.held if held.live and is_claim(held))
    )


def decisions_of(record: Record) -> tuple[Decision, ...]:
    """Return the standing decisions about a record, one for each assertion it chooses."""
    return tuple(
        Decision(held.id, str(held.value.get("predicate", "")), target)
        for held in record.live("decision")
        for relation, target in held.relations
        if relation == "decides"
    )


def shown_claims(incident: Record) -> frozenset[str]:
    """Return the ids of claims that a person decided to show in short lists."""
    return frozenset(decision.chosen for decision in decisions_of(incident))
