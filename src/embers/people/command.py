"""Who commanded what was at a place on a day, as the sources say it, with everything that is missing.

The answer never fills a gap: a unit seen there on another day, a commander whose dates are not known, a superior
nobody names are shown as such. That somebody commanded a unit that was there is no statement on what they did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from embers.case_view import CaseView, Held, Record
from embers.language import search_keys
from embers.people.holding import NO, POSSIBLY, YES, distance, holds
from embers.people.identity import Identities, identities, merged, together

#: A unit recorded at the place within so many days of the day asked for is named among the gaps.
NEAR_DAYS = 14
#: Posts one person holds at a time; several names for one of them contradict each other.
_SINGLE = frozenset({"commander", "acting-commander", "chief-of-staff"})
_TOP = "general-staff"


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing: a code of the list ``command-gap``, the subject it is about, and what speaks of it."""

    code: str
    about: str
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Controlled:
    """A party said to hold the place: how, how sure for the day, and who says so."""

    party: str
    degree: str
    sure: str
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """A person said to have held a post in a unit on the day."""

    person: str
    post: str
    rank: str
    sure: str
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class UnitThen:
    """A unit on the day: why it is named, its commanders, and the units above it with theirs."""

    unit: str
    presence: str
    sure: str
    held: tuple[Held, ...]
    commanders: tuple[Posted, ...]
    superiors: tuple[UnitThen, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """The answer for one place and day. ``ids`` are the assertions it rests on."""

    place: str
    day: date
    control: tuple[Controlled, ...]
    units: tuple[UnitThen, ...]
    gaps: tuple[Gap, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The assertions the answer rests on, each once."""
        found = [held.id for one in self.control for held in one.held]
        found += [held.id for unit in self.units for held in _behind(unit)]
        found += [held.id for gap in self.gaps for held in gap.held]
        return tuple(dict.fromkeys(found))


def who_commanded(view: CaseView, place: str, day: date) -> CommandAnswer:
    """Return which units were at a place on a day, who commanded them, and what is not known of it.

    Units, places and commanders judged to be the same are read together.
    """
    units = _Units.of(view)
    record, places = _place(view, place)
    wider = _around(view, record) - places
    control, gaps = _control(record, day)
    found: list[UnitThen] = []
    near: list[Gap] = []
    for id, unit in units.records.items():
        here = [held for held in unit.live("unit-position") if held.value["place"] in places]
        there = [held for held in unit.live("unit-position") if held.value["place"] in wider]
        now, about = _holding(here, day), _holding(there, day)
        if now or about:
            presence = Gap("wider-area", id, about) if not now else None
            found.append(_unit(units, id, now or about, day=day, above=(), first=presence))
        elif seen := [held for held in here if (distance(held.valid, day) or NEAR_DAYS + 1) <= NEAR_DAYS]:
            near.append(Gap("seen-near", id, tuple(seen)))
    if not found:
        gaps.append(Gap("no-unit", place))
    sure = {YES: 0, POSSIBLY: 1}
    found.sort(key=lambda unit: (sure[unit.sure], units.records[unit.unit].text("unit-code"), unit.unit))
    return CommandAnswer(place, day, control, tuple(found), (*gaps, *near))


@dataclass(frozen=True, slots=True)
class _Units:
    """The units of a case; those judged the same are one record under the id that stands for them."""

    view: CaseView
    records: Mapping[str, Record]
    judged: Identities

    @classmethod
    def of(cls, view: CaseView) -> _Units:
        records = view.kind("unit")
        judged = identities(records.values())
        found = {id: merged(members) for id, members in together(judged, records).items()}
        return cls(view, {id: Record(id, record.held) for id, record in found.items()}, judged)


def _place(view: CaseView, place: str) -> tuple[Record, frozenset[str]]:
    """Return a place with those judged to be the same one, and their ids."""
    records = view.kind("place")
    judged = identities(records.values())
    ids = next((group for group in judged.groups if place in group), (place,))
    found = merged([view.subject(id) for id in ids])
    return Record(place, found.held), frozenset(ids)


def _unit(
    units: _Units,
    id: str,
    held: Sequence[Held],
    *,
    day: date,
    above: tuple[str, ...],
    first: Gap | None = None,
) -> UnitThen:
    record = units.records.get(id) or Record(id, ())
    sure = _surest(held, day)
    commanders, gaps = _commanders(units.view, record, day)
    superiors, missing = _superiors(units, record, day=day, above=(*above, id))
    # The presence is the surest one's: a sighting outweighs a unit that was possibly passing.
    ordered = sorted(held, key=lambda one: (holds(one.valid, day) != YES, one.rank))
    value = ordered[0].value
    unsure = [Gap("time-unsure", id, tuple(held))] if sure == POSSIBLY else []
    return UnitThen(
        id,
        str(value["presence"]) if isinstance(value, dict) else "",
        sure,
        tuple(held),
        commanders,
        superiors,
        (*([first] if first else []), *unsure, *gaps, *missing),
    )


def _commanders(view: CaseView, record: Record, day: date) -> tuple[tuple[Posted, ...], list[Gap]]:
    by: dict[tuple[str, str], list[Held]] = {}
    named_then = _holding(record.live("unit-commander"), day)
    persons = {str(held.value["person"]) for held in named_then}
    judged = identities([view.subject(id) for id in sorted(persons)] if len(persons) > 1 else [])
    for held in named_then:
        person = judged.stands_for(str(held.value["person"]))
        by.setdefault((person, str(held.value["post"])), []).append(held)
    found = [
        Posted(
            person,
            post,
            next((str(held.value["rank"]) for held in held_ if held.value.get("rank")), ""),
            _surest(held_, day),
            tuple(held_),
        )
        for (person, post), held_ in by.items()
    ]
    found.sort(key=lambda one: (one.post != "commander", one.post, one.sure == POSSIBLY, one.person))
    gaps = []
    if not any(one.post in {"commander", "acting-commander"} for one in found):
        gaps.append(Gap("no-commander", record.id))
    for post in sorted(_SINGLE):
        named = [one for one in found if one.post == post]
        if len(named) > 1:
            gaps.append(Gap("several-commanders", record.id, tuple(h for one in named for h in one.held)))
    return tuple(found), gaps


def _superiors(
    units: _Units, record: Record, *, day: date, above: tuple[str, ...]
) -> tuple[tuple[UnitThen, ...], list[Gap]]:
    by: dict[str, list[Held]] = {}
    for held in _holding(record.live("unit-superior"), day):
        by.setdefault(units.judged.stands_for(str(held.value)), []).append(held)
    gaps = [Gap("circle", id, tuple(held)) for id, held in by.items() if id in above]
    found = [
        _unit(units, id, held, day=day, above=above) for id, held in sorted(by.items()) if id not in above
    ]
    if not by and record.value("unit-level") != _TOP:
        gaps.append(Gap("no-superior", record.id))
    if len(found) > 1:
        gaps.append(Gap("several-superiors", record.id, tuple(h for one in found for h in one.held)))
    return tuple(found), gaps


def _control(record: Record, day: date) -> tuple[tuple[Controlled, ...], list[Gap]]:
    by: dict[tuple[str, str], list[Held]] = {}
    for held in _holding(record.live("area-control"), day):
        by.setdefault((str(held.value["party"]), str(held.value["degree"])), []).append(held)
    found = tuple(
        Controlled(party, degree, _surest(held, day), tuple(held))
        for (party, degree), held in sorted(by.items())
    )
    holders = {one.party for one in found if one.degree == "held" and one.sure == YES}
    if not any(one.sure == YES for one in found):
        return found, [Gap("control-unknown", record.id, tuple(h for one in found for h in one.held))]
    if len(holders) > 1:
        return found, [Gap("control-contested", record.id, tuple(h for one in found for h in one.held))]
    return found, []


def _holding(held: Iterable[Held], day: date) -> tuple[Held, ...]:
    return tuple(one for one in held if holds(one.valid, day) != NO)


def _surest(held: Iterable[Held], day: date) -> str:
    return YES if any(holds(one.valid, day) == YES for one in held) else POSSIBLY


def _around(view: CaseView, place: Record) -> frozenset[str]:
    """Return the places a place lies within, and those these lie within."""
    found: set[str] = set()
    next_ = {str(value) for value in place.values("place-within")} - {place.id}
    while next_:
        found |= next_
        next_ = {str(value) for id in sorted(next_) for value in view.subject(id).values("place-within")}
        next_ -= found | {place.id}
    return frozenset(found)


def _behind(unit: UnitThen) -> list[Held]:
    found = list(unit.held)
    found += [held for one in unit.commanders for held in one.held]
    found += [held for one in unit.superiors for held in _behind(one)]
    found += [held for gap in unit.gaps for held in gap.held]
    return found


def control_on(view: CaseView, day: date) -> dict[str, tuple[tuple[Controlled, ...], tuple[Gap, ...]]]:
    """Return who held which place on a day, for every place anybody says it of; what is unsure is told as a gap."""
    records = view.kind("place")
    found = {}
    for id, members in together(identities(records.values()), records).items():
        record = Record(id, merged(members).held)
        if record.live("area-control"):
            control, gaps = _control(record, day)
            found[id] = (control, tuple(gaps))
    return found


def places_named(view: CaseView, text: str) -> tuple[str, ...]:
    """Return the places that go by a name, in whatever script it is written, or have this id."""
    wanted = search_keys(text)
    found = []
    for id, record in view.kind("place").items():
        keys = {key for value in record.values("place-name") for key in search_keys(str(value["name"]))}
        if id == text or wanted[0] in keys or wanted[1] in keys:
            found.append(id)
    return tuple(found)
