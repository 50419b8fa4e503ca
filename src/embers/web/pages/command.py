"""Who commanded what was here then: one place, one day, with sources and everything that is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from embers.access.standing import CONFIDENTIAL
from embers.case_view import Held
from embers.errors import ProjectionError
from embers.people.candidates import names_of
from embers.people.command import CommandAnswer, Gap, UnitThen, control_on, places_named, who_commanded
from embers.people.holding import YES
from embers.web.grounds import Said, explain
from embers.web.reader import reader_of
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, code_label, day_words, names


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of the answer: whom or what it names, in which words, how sure, and who says so."""

    name: Name
    called: str
    words: str
    sure: bool
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class UnitTold:
    """A unit with its commanders, what is missing, and the units above it."""

    line: Line
    commanders: tuple[Line, ...]
    gaps: tuple[Line, ...]
    superiors: tuple[UnitTold, ...]


@dataclass(slots=True)
class _Teller:
    """Words and sources of everything the answer names, fetched once."""

    called: dict[str, str]
    names: dict[str, Name]
    said: dict[str, Said]

    def line(self, subject: str, words: str, sure: str, held: Iterable[Held]) -> Line:
        return Line(
            self.names[subject],
            self.called.get(subject, ""),
            words,
            sure == YES,
            tuple(self.said[one.id] for one in held),
        )

    def gap(self, gap: Gap) -> Line:
        return self.line(gap.about, code_label("command-gap", gap.code), YES, gap.held)

    def unit(self, unit: UnitThen) -> UnitTold:
        commanders = tuple(
            self.line(
                one.person,
                ", ".join(filter(None, (code_label("command-post", one.post), one.rank))),
                one.sure,
                one.held,
            )
            for one in unit.commanders
        )
        return UnitTold(
            self.line(unit.unit, code_label("presence", unit.presence), unit.sure, unit.held),
            commanders,
            tuple(map(self.gap, unit.gaps)),
            tuple(map(self.unit, unit.superiors)),
        )


def command(request: HttpRequest) -> HttpResponse:
    """Ask for a place and a day; tell the units there, their commanders, who held the place, and the gaps."""
    at = desk(request)
    place, day = request.GET.get("place", "").strip(), request.GET.get("day", "").strip()
    found = places_named(at.view, place) if place else ()
    standing = reader_of(request).standing
    hidden = standing is not None and standing.level < CONFIDENTIAL
    answer = None
    if len(found) == 1 and day:
        answer = who_commanded(at.view, found[0], _day(day))
    return page(
        request,
        "command.html",
        title=gettext("Who commanded"),
        crumbs=[Crumb(gettext("Who commanded"))],
        place=place,
        day=day,
        day_words=day_words(day) if answer or not place else "",
        none=bool(place) and not found,
        several=list(names(at.alias, found).values()) if len(found) > 1 else [],
        where=names(at.alias, found)[found[0]] if answer else None,
        told=_told(at, answer, hidden=hidden) if answer else None,
        held=_held(at, _day(day)) if day and not place else None,
        hidden=hidden,
    )


@dataclass(frozen=True, slots=True)
class AnswerTold:
    """The answer in words."""

    control: Sequence[Line]
    units: Sequence[UnitTold]
    gaps: Sequence[Line]


def _told(at: Desk, answer: CommandAnswer, *, hidden: bool) -> AnswerTold:
    """Put an answer into words; somebody who may not read of units is not told that there is none."""
    held = at.view.held(answer.ids)
    subjects = {answer.place, *(one.party for one in answer.control), *(gap.about for gap in answer.gaps)}
    for unit in answer.units:
        subjects |= _named(unit)
    records = at.view.subjects(sorted(subjects))
    teller = _Teller(
        {id: " / ".join(names_of(record)) for id, record in records.items() if record.kind != "place"},
        names(at.alias, subjects),
        explain(at, held.values()),
    )
    return AnswerTold(
        [
            teller.line(one.party, code_label("control-degree", one.degree), one.sure, one.held)
            for one in answer.control
        ],
        [teller.unit(unit) for unit in answer.units],
        [teller.gap(gap) for gap in answer.gaps if not (hidden and gap.code == "no-unit")],
    )


def _held(at: Desk, day: date) -> list[tuple[Name, list[Line]]]:
    """Return every place somebody says a party held on the day or not, with who says so."""
    found = control_on(at.view, day)
    subjects = {*found, *(one.party for control, _ in found.values() for one in control)}
    spoken: list[Held] = []
    for control, gaps in found.values():
        spoken += [held for one in control for held in one.held]
        spoken += [held for gap in gaps for held in gap.held]
    said = explain(at, spoken)
    teller = _Teller({}, names(at.alias, subjects), said)
    return [
        (
            teller.names[id],
            [
                *(
                    teller.line(one.party, code_label("control-degree", one.degree), one.sure, one.held)
                    for one in control
                ),
                *map(teller.gap, gaps),
            ],
        )
        for id, (control, gaps) in found.items()
    ]


def _named(unit: UnitThen) -> set[str]:
    found = {unit.unit, *(one.person for one in unit.commanders), *(gap.about for gap in unit.gaps)}
    for above in unit.superiors:
        found |= _named(above)
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProjectionError(
            "query",
            gettext("%(text)s is not a day.") % {"text": text[:40]},
            gettext("Write it like 2020-10-17."),
        ) from None
