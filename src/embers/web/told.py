"""Values with who claims them, who signed them, and whether they are the reader's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from embers.case_view import Held, Record
from embers.web.grounds import Said, explain
from embers.web.reader import reader_of
from embers.web.shell import Desk
from embers.web.signers import signers_of
from embers.web.wording import Name, names


@dataclass(frozen=True, slots=True)
class Account:
    """One value with who claims it, who signed it, and what whoever asks may do about it."""

    said: Said
    claimant: Name | None
    signer: Name | None
    own: bool
    chosen: bool


def accounts_of(request: HttpRequest, at: Desk, record: Record, live: Sequence[Held]) -> list[Account]:
    """Return values of a record, each with who said so and what may be done about it, in a few queries for all."""
    said = explain(at, live, reveal=True)
    signers = signers_of(at, [one.entry for one in said.values() if one.entry])
    claimants = [
        str(one.value["claimant"]) for one in live if isinstance(one.value, dict) and "claimant" in one.value
    ]
    known = names(at.alias, claimants)
    shown = {
        target
        for decision in record.live("decision")
        for rel, target in decision.relations
        if rel == "decides"
    }
    person = reader_of(request).person
    found = []
    for held in live:
        one = said[held.id]
        signer = signers.get(one.entry.by) if one.entry else None
        claimant = known.get(str(held.value.get("claimant"))) if isinstance(held.value, dict) else None
        own = bool(person) and signer is not None and signer.id == person
        found.append(Account(one, claimant, signer, own, held.id in shown))
    return found
