"""Compartments: who can open what is sealed to them, as the journal says. Nothing secret is read here.

A compartment has one key at a time; a new one is made when a member leaves. Older keys stay with the members who
remain, because a laptop that has not heard of the new key may still seal to the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embers.case_view import CaseView, Record
from embers.errors import CustodyError
from embers.objects.age_key import fingerprint


@dataclass(frozen=True, slots=True)
class CompartmentKey:
    """One generation of a compartment's public key."""

    recipient: str
    generation: int

    @property
    def name(self) -> str:
        """The key's fingerprint, by which wraps name it."""
        return fingerprint(self.recipient)


@dataclass(frozen=True, slots=True)
class Compartment:
    """A compartment: its name, its keys from the oldest to the newest, and its members' public keys by person."""

    id: str
    name: str
    keys: tuple[CompartmentKey, ...]
    members: Mapping[str, str]
    memberships: Mapping[str, str]

    @property
    def newest(self) -> CompartmentKey:
        """The key to seal to."""
        return self.keys[-1]


def compartments(view: CaseView) -> dict[str, Compartment]:
    """Return every compartment of a case by id."""
    found = {id: _compartment(record) for id, record in view.kind("compartment").items()}
    return {id: one for id, one in found.items() if one.keys}


def compartment_named(view: CaseView, name: str) -> Compartment:
    """Return a compartment by name or id; an unknown or ambiguous name is refused."""
    every = compartments(view)
    found = [one for one in every.values() if name in (one.name, one.id)]
    if len(found) != 1:
        known = ", ".join(sorted(one.name for one in every.values())) or "none yet"
        raise CustodyError(
            "compartment",
            f"There is no compartment {name!r}."
            if not found
            else f"Several compartments are named {name!r}.",
            f"Known: {known}. Make one with `embers compartment new`.",
        )
    return found[0]


def _compartment(record: Record) -> Compartment:
    keys = [
        CompartmentKey(str(held.value["recipient"]), int(held.value["generation"]))
        for held in record.live("compartment-key")
    ]
    members = record.live("compartment-member")
    return Compartment(
        id=record.id,
        name=record.text("compartment-name"),
        keys=tuple(sorted(keys, key=lambda key: (key.generation, key.recipient))),
        members={str(held.value["person"]): str(held.value["recipient"]) for held in members},
        memberships={str(held.value["person"]): held.id for held in members},
    )
