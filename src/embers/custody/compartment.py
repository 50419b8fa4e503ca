"""Compartments: who can open what is sealed to them, as the journal says. Nothing secret is read here.

A compartment has one key at a time; a new one is made when a member leaves. Older keys stay with the members who
remain, because a laptop that has not heard of the new key may still seal to the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from embers.case_view import CaseView, Held, Record
from embers.errors import CustodyError
from embers.journal.roster import Roster
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
    """A compartment: its name, its keys from the oldest to the newest, and its members' public keys by person.

    ``memberships`` are the assertions by which a person is a member; who leaves, leaves all of them.
    """

    id: str
    name: str
    keys: tuple[CompartmentKey, ...]
    members: Mapping[str, str]
    memberships: Mapping[str, tuple[str, ...]]

    @property
    def newest(self) -> CompartmentKey:
        """The key to seal to."""
        return self.keys[-1]


def compartments(view: CaseView, roster: Roster) -> dict[str, Compartment]:
    """Return every compartment of a case by id.

    Whoever signs in the case could say "this is the vault's new key, and I am its member". So only what its founder
    and its members sign counts; a compartment that two people say they founded is refused, not guessed.
    """
    records = view.kind("compartment")
    signers = signers_of(view, (held for record in records.values() for held in record.held), roster)
    found = {id: _compartment(record, signers) for id, record in records.items()}
    return {id: one for id, one in found.items() if one.keys}


def compartment_named(view: CaseView, name: str, roster: Roster) -> Compartment:
    """Return a compartment by name or id; an unknown or ambiguous name is refused."""
    every = compartments(view, roster)
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


def own_recipient(view: CaseView, person: str, roster: Roster) -> str:
    """Return the newest age key a person published with their own signature, or nothing."""
    held = view.subject(person).live("encryption-key")
    signers = signers_of(view, held, roster)
    own = [one for one in held if signers[one.entry] == person]
    return str(own[-1].value["key"]) if own else ""


def signers_of(view: CaseView, held: Iterable[Held], roster: Roster) -> dict[str, str]:
    """Return by entry the person who signed it; nobody for an entry past the limit of its device or key."""
    entries = view.entries({one.entry for one in held})
    return {
        id: roster.subjects.get(entry.by, "") if roster.accepts(entry.by, entry.log, entry.seq) else ""
        for id, entry in entries.items()
    }


def _compartment(record: Record, signers: Mapping[str, str]) -> Compartment:
    named = [held for held in record.held if held.predicate == "compartment-name"]
    founders = {signers[held.entry] for held in named} - {""}
    if len(founders) != 1:
        return Compartment(record.id, record.text("compartment-name"), (), {}, {})
    trusted = _ever_members(record, signers, founders)
    members = [
        held
        for held in record.live("compartment-member")
        if signers.get(held.entry) in trusted and _let_in_by_another(held, signers, founders)
    ]
    now = founders | {str(held.value["person"]) for held in members}
    keys = sorted(
        (int(held.value["generation"]), str(held.value["recipient"]), signers[held.entry])
        for held in record.live("compartment-key")
        if signers.get(held.entry) in trusted
    )
    while keys and keys[-1][2] not in now:  # somebody who left says there is a newer key
        keys.pop()
    return Compartment(
        id=record.id,
        name=record.text("compartment-name"),
        keys=tuple(CompartmentKey(recipient, generation) for generation, recipient, _ in keys),
        members={str(held.value["person"]): str(held.value["recipient"]) for held in members},
        memberships={
            person: tuple(held.id for held in members if held.value["person"] == person)
            for person in {str(held.value["person"]) for held in members}
        },
    )


def _let_in_by_another(held: Held, signers: Mapping[str, str], founders: set[str]) -> bool:
    """Nobody but the founder lets themselves in: not before they are members, and not after they left."""
    signer = signers.get(held.entry)
    return signer in founders or signer != held.value["person"]


def _ever_members(record: Record, signers: Mapping[str, str], founders: set[str]) -> set[str]:
    """Return the founder and everybody let in by the founder or by somebody so let in."""
    trusted = set(founders)
    joined = [held for held in record.held if held.predicate == "compartment-member"]
    while (
        fresh := {str(held.value["person"]) for held in joined if signers.get(held.entry) in trusted}
        - trusted
    ):
        trusted |= fresh
    return trusted
