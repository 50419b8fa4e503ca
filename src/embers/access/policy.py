"""What one person may do and read in a case, computed from the case itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embers.access.grants import Given, Signed, Taken, counted_grants, may_give, standing_grants
from embers.access.need_to_know import memberships
from embers.access.roles import LEAD, Permission, permissions
from embers.access.standing import CONFIDENTIAL, Standing
from embers.case_view import CaseView, EntryInfo, Held
from embers.custody.compartment import compartments
from embers.journal.roster import Roster

GIVEN, TAKEN_BACK, SECOND_FACTOR = "role-given", "role-taken-back", "second-factor-for"


@dataclass(frozen=True, slots=True)
class Access:
    """A person's roles, what they may do, and what they may read. Without a role, nothing."""

    person: str
    roles: frozenset[str]
    permissions: frozenset[Permission]
    standing: Standing

    def may(self, permission: Permission) -> bool:
        """Tell whether the person may do this."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Policy:
    """The roles of a case as they count now."""

    founder: str
    grants: tuple[Given, ...]
    members: Mapping[str, frozenset[str]]
    second_factor: frozenset[str]
    with_key: frozenset[str]
    #: Every person and role that was ever given by somebody who might, also where it was taken back since.
    held_once: frozenset[tuple[str, str]] = frozenset()

    def of(self, person: str) -> Access:
        """Return what a person may do and read. Whoever has no key left that counts may do nothing."""
        known = person in self.with_key
        own = [one for one in self.grants if known and one.person == person]
        founds = known and person == self.founder
        roles = frozenset(one.role for one in own) | ({LEAD} if founds else frozenset())
        level = CONFIDENTIAL if founds else max((one.level for one in own), default=0)
        circles = self.members.get(person, frozenset()) if roles else frozenset()
        return Access(person, roles, permissions(roles), Standing(level, circles))

    def may_give(self, person: str) -> int | None:
        """Return the highest level a person may give others, or nothing if they may give no role."""
        return may_give(person, self.grants, founder=self.founder) if person in self.with_key else None

    def needs_second_factor(self, access: Access) -> bool:
        """Tell whether somebody logs in with a second factor wherever they are."""
        return access.standing.level == CONFIDENTIAL or bool(access.roles & self.second_factor)


def policy(view: CaseView, roster: Roster) -> Policy:
    """Read a case's roles. ``view`` must be the holder's: a reader's own would leave out what concerns others."""
    persons = sorted(set(roster.subjects.values()))
    held = [one for person in persons for one in view.subject(person).held if one.predicate == GIVEN]
    case = view.subject(view.case)
    asked = [one for one in case.held if one.predicate == SECOND_FACTOR]
    back = {one.id: _taking_back(view, one) for one in [*held, *asked]}
    entries = view.entries(
        {one.entry for one in [*held, *asked]} | {one.entry for every in back.values() for one in every}
    )
    signed = {id: _signed(entry, roster) for id, entry in entries.items()}
    given = [Given.read(one.id, one.subject, one.value, signed[one.entry]) for one in held]
    taken = [Taken(one.id, signed[other.entry]) for one in held for other in back[one.id]]
    known = [one for one in given if one]
    grants = standing_grants(known, taken, founder=roster.founder)
    counted = counted_grants(known, taken, founder=roster.founder)
    lead = {one.person for one in grants if one.role == LEAD} | {roster.founder}
    return Policy(
        founder=roster.founder,
        grants=grants,
        members=memberships(compartments(view, roster)),
        second_factor=frozenset(
            str(one.value)
            for one in asked
            if not any(signed[other.entry].by in lead - {""} for other in back[one.id])
        ),
        with_key=frozenset(person for person in persons if roster.has_key(person)),
        held_once=frozenset((one.person, one.role) for one in counted),
    )


def _taking_back(view: CaseView, held: Held) -> list[Held]:
    named = [(rel, target) for rel, target in (("retracts", held.id), ("supersedes", held.id))]
    return [one for one in view.naming(held.id) if any(relation in named for relation in one.relations)]


def _signed(entry: EntryInfo, roster: Roster) -> Signed:
    counts = roster.accepts(entry.by, entry.log, entry.seq)
    return Signed(
        entry.id, roster.subjects.get(entry.by, "") if counts else "", entry.log, entry.seq, entry.seen
    )
