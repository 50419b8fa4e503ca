"""Reads the claims of an incident out of its record, with each claimant's name and root origins."""

from __future__ import annotations

from collections.abc import Mapping

from embers.case_view import Held, Record
from embers.incidents.claim import Claim, claim_of
from embers.incidents.displayed import Decision


def is_claim(held: Held) -> bool:
    """Tell whether an assertion's value is a claim envelope."""
    return isinstance(held.value, dict) and {"is", "claimant", "side", "scope", "reading"} <= set(held.value)


def claims_of(incident: Record, organisations: Mapping[str, Record]) -> tuple[Claim, ...]:
    """Return the live claims of an incident; a claimant without a recorded origin is its own origin."""
    found = []
    for held in incident.held:
        if held.live and is_claim(held):
            claimant = organisations.get(held.value["claimant"])
            name = claimant.text("organisation-name") if claimant else ""
            origins = tuple(sorted(map(str, claimant.values("root-origin")))) if claimant else ()
            found.append(
                claim_of(
                    held,
                    claimant_name=name or held.value["claimant"],
                    origins=origins or (held.value["claimant"],),
                )
            )
    return tuple(found)


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
