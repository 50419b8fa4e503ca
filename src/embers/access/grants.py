"""Which roles count, from what people signed about roles. Pure: the set of entries decides, never their order.

A role counts if somebody with the right to give it signed it for somebody else, at their own level at most. The
founder has that right from the opening of the case, a case lead from the entry that made them one. Two questions are
kept apart, because somebody may write on a device that has not heard the news, or pretend that it has not:

- *Had the signer the right, as far as the entry itself knew?* An entry knows what its device held (``seen``). Nobody
  can know an entry that is still to come.
- *Does what they gave stand?* When a lead's role is taken back, what they gave counts only as far as the entry that
  took it back knew of it. What they sign later, on whatever device and with whatever date, gives nothing.

Taking back needs the right as the entry knew it, or that one gives up a role of one's own. It can only narrow: two
leads who take back each other's role at the same time both lose it, and the founder gives it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from embers.access.roles import LEAD, level_for
from embers.access.standing import CONFIDENTIAL, OPEN


@dataclass(frozen=True, slots=True)
class Signed:
    """Where an entry stands and what its device held; ``by`` is nobody if the entry does not count."""

    id: str
    by: str
    log: str
    seq: int
    seen: Mapping[str, int] = field(default_factory=dict, hash=False)

    def claims_to_know(self, other: Signed) -> bool:
        """Tell whether the entry says that its device held another."""
        if self.log == other.log:
            return other.seq < self.seq
        return self.seen.get(other.log, 0) > other.seq


@dataclass(frozen=True, slots=True)
class Given:
    """A role somebody was given. ``id`` is the assertion."""

    id: str
    person: str
    role: str
    level: int
    at: Signed

    @classmethod
    def read(cls, id: str, person: str, value: object, at: Signed) -> Given | None:
        """Read the value of an assertion; one of another shape gives nothing."""
        match value:
            case {"role": str(role), "level": str(level)}:
                return cls(id, person, role, level_for(role, level), at)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Taken:
    """That a role was taken back. ``grant`` is the assertion that had given it."""

    grant: str
    at: Signed


def standing_grants(given: Iterable[Given], taken: Iterable[Taken], *, founder: str) -> tuple[Given, ...]:
    """Return the roles that count now, in order of their ids."""
    return tuple(sorted(_Grants(given, taken, founder).standing(), key=lambda one: one.id))


def counted_grants(given: Iterable[Given], taken: Iterable[Taken], *, founder: str) -> tuple[Given, ...]:
    """Return the roles that were given with a right that stands, also those taken back since.

    What somebody signed in a role does not fall when they leave the team.
    """
    return tuple(sorted(_Grants(given, taken, founder).counted(), key=lambda one: one.id))


def may_give(person: str, grants: Iterable[Given], *, founder: str) -> int | None:
    """Return the highest level a person may give now, or nothing if they may give no role."""
    if person and person == founder:
        return CONFIDENTIAL
    levels = [one.level for one in grants if one.person == person and one.role == LEAD]
    return max(levels, default=None)


class _Grants:
    """One set of what was given and taken back, with answers kept: each is asked many times."""

    def __init__(self, given: Iterable[Given], taken: Iterable[Taken], founder: str) -> None:
        self._founder = founder
        self._given = {one.id: one for one in given if one.at.by}
        self._taken: dict[str, list[Taken]] = {}
        for one in taken:
            if one.at.by:
                self._taken.setdefault(one.grant, []).append(one)
        self._leads: dict[str, list[Given]] = {}
        for grant in self._given.values():
            if grant.role == LEAD:
                self._leads.setdefault(grant.person, []).append(grant)
        entries = [one.at for one in self._given.values()]
        entries += [one.at for every in self._taken.values() for one in every]
        self._knows = _Knowledge(entries)
        self._rights: dict[str, bool] = {}
        self._counts: dict[str, bool] = {}

    def counted(self) -> list[Given]:
        return [one for one in self._given.values() if self._count(one)]

    def standing(self) -> list[Given]:
        return [
            one
            for one in self.counted()
            if not any(self._may_take(back, one) for back in self._taken_back(one))
        ]

    def _taken_back(self, grant: Given) -> Sequence[Taken]:
        return self._taken.get(grant.id, ())

    def _right(self, grant: Given) -> bool:
        """Tell whether the signer had the right to give this, as far as the entry itself knew."""
        if grant.id not in self._rights:
            by_another = grant.at.by != grant.person
            self._rights[grant.id] = by_another and self._had_right(grant.at, grant.level)
        return self._rights[grant.id]

    def _had_right(self, at: Signed, level: int) -> bool:
        return at.by == self._founder or any(
            self._stood(lead, at, level) for lead in self._leads.get(at.by, ())
        )

    def _stood(self, lead: Given, at: Signed, level: int) -> bool:
        """Tell whether a lead's role counted as far as an entry knew. Looks only at what that entry knew of."""
        return (
            lead.level >= level
            and self._knows.of(at, lead.at)
            and self._right(lead)
            and not any(
                self._knows.of(at, back.at) and self._may_take(back, lead) for back in self._taken_back(lead)
            )
        )

    def _may_take(self, back: Taken, grant: Given) -> bool:
        return back.at.by == grant.person or self._had_right(back.at, OPEN)

    def _count(self, grant: Given) -> bool:
        """Tell whether a role was given with a right that stands also in the light of what came later."""
        if grant.id not in self._counts:
            self._counts[grant.id] = grant.at.by != grant.person and (
                grant.at.by == self._founder
                or any(self._reaches(lead, grant) for lead in self._leads.get(grant.at.by, ()))
            )
        return self._counts[grant.id]

    def _reaches(self, lead: Given, grant: Given) -> bool:
        return (
            self._stood(lead, grant.at, grant.level)
            and self._count(lead)
            and all(
                self._knows.of(back.at, grant.at)
                for back in self._taken_back(lead)
                if self._may_take(back, lead)
            )
        )


class _Knowledge:
    """Which entry knew of which: what entries say, and through one another.

    Entries that claim to know each other lie: none of them knows the others, so questions always come to an end.
    """

    def __init__(self, entries: Iterable[Signed]) -> None:
        every = {one.id: one for one in entries}
        self._at = {id: place for place, id in enumerate(every)}
        found = list(every.values())
        known = [
            sum(1 << place for place, other in enumerate(found) if one.claims_to_know(other)) for one in found
        ]
        for middle in range(len(found)):  # Warshall: whatever knows an entry knows what that one knew
            bit = 1 << middle
            for place, row in enumerate(known):
                if row & bit:
                    known[place] = row | known[middle]
        self._known = known

    def of(self, one: Signed, other: Signed) -> bool:
        """Tell whether an entry knew of another."""
        here, there = self._at[one.id], self._at[other.id]
        return bool(self._known[here] >> there & 1) and not self._known[there] >> here & 1
