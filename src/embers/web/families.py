"""Families and searches: what is recorded of a missing or separated person, and who belongs to whom."""

from __future__ import annotations

from dataclasses import dataclass

from embers.case_view import Held, Record
from embers.web.grounds import Said, explain
from embers.web.shell import Desk
from embers.web.wording import Name, names

SEARCH, FAMILY = "missing-report", "family-link"


@dataclass(frozen=True, slots=True)
class Kin:
    """One family link: the other person, and the relation. ``named_there``: the link is recorded of the other one."""

    name: Name
    relation: str
    said: Said
    named_there: bool


@dataclass(frozen=True, slots=True)
class State:
    """One state of a search, with the place it speaks of."""

    said: Said
    place: Name | None


@dataclass(frozen=True, slots=True)
class Person:
    """What the page of a person says of search and family, as far as its reader may know."""

    states: tuple[State, ...]
    family: tuple[Kin, ...]


def person(at: Desk, record: Record) -> Person:
    """Return the states of the search for a person, the earliest first, and their family from both sides."""
    searched, own = by_day(record.live(SEARCH)), record.live(FAMILY)
    there = [
        held
        for held in at.view.naming(record.id, FAMILY)
        if held.live and held.subject != record.id and held.value["person"] == record.id
    ]
    said = explain(at, [*searched, *own, *there], reveal=True)
    others = [str(held.value["person"]) for held in own] + [held.subject for held in there]
    known = names(at.alias, [*others, *(str(held.value.get("place", "")) for held in searched)])
    return Person(
        tuple(State(said[held.id], known.get(str(held.value.get("place", "")))) for held in searched),
        (
            *(_kin(said[held.id], known[str(held.value["person"])], there=False) for held in own),
            *(_kin(said[held.id], known[held.subject], there=True) for held in there),
        ),
    )


def by_day(searched: list[Held] | tuple[Held, ...]) -> list[Held]:
    """Return states of a search by the day they begin; those without one stand where they were recorded."""
    return sorted(searched, key=lambda held: (str(held.value.get("since", "")), held.rank))


def _kin(said: Said, name: Name, *, there: bool) -> Kin:
    return Kin(name, str(said.held.value["relation"]), said, there)
