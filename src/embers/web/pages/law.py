"""Law: which instruments bound whom in the days of the case, and what was tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from embers.case_view import Record
from embers.dates import parse
from embers.errors import DateError
from embers.law.applicability import InstrumentAnswer, members, overview
from embers.law.library import Law, load_law
from embers.projections import models
from embers.web.grounds import explain, fields
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, names, side_label


@dataclass(frozen=True, slots=True)
class Answers:
    """What bound one party against another on one day."""

    author: str
    adverse: str
    day: date
    rows: tuple[InstrumentAnswer, ...]


def law(request: HttpRequest) -> HttpResponse:
    """Show the legal frame of the case: profile, standard, instruments by party and day, charges tested."""
    at, library = desk(request), load_law()
    said = explain(at, at.case.held)
    profile = library.profiles.get(str(at.case.value("case-profile", "")))
    return page(
        request,
        "law.html",
        title=gettext("Law"),
        crumbs=[Crumb(gettext("Law"))],
        frame=fields(at.case, said, ("case-classification", "case-profile", "case-party", "case-period")),
        profile=profile,
        standards=list(library.standards.values()),
        answers=_answers(at, library),
        tested=_tested(at, library),
    )


def _days(case: Record) -> list[date]:
    """Return the first and the last day of the case's period, without repeating one."""
    try:
        period = parse(str(case.value("case-period", "")))
    except DateError:
        return []
    return list(dict.fromkeys(day for day in (period.earliest, period.latest) if day))


def _answers(at: Desk, library: Law) -> list[Answers]:
    """Ask, for each alleged author in the case and each side it faced, what bound it."""
    sides = models.Incident.objects.using(at.alias).order_by("alleged").values_list("alleged", flat=True)
    parties = list(dict.fromkeys(part for side in sides.distinct() for part in members(side)))
    known = [party for party in parties if party in library.parties]
    return [
        Answers(library.parties[author].name, library.parties[adverse].name, day, tuple(rows))
        for author, adverse in _pairs(known, library)
        for day in _days(at.case)
        if (rows := overview(library, author=author, adverse=adverse, day=day))
    ]


def _pairs(parties: Sequence[str], library: Law) -> list[tuple[str, str]]:
    """Return pairs that a classification of the conflict puts against each other, in both directions."""
    facing = {frozenset(found.parties) for found in library.classifications.values()}
    return [(a, b) for a in parties for b in parties if a != b and frozenset((a, b)) in facing]


def _tested(at: Desk, library: Law) -> list[tuple[str, str, str, Name | None]]:
    """Return (rule, citation, alleged author, incident) of every charge tested in the case."""
    records = at.view.kind("charge").values()
    known = names(at.alias, (str(record.value("charge-incident", "")) for record in records))
    found = []
    for record in records:
        rule = str(record.value("charge-rule", ""))
        charge = library.charges.get(rule)
        found.append(
            (
                charge.title if charge else rule,
                charge.citation if charge else "",
                side_label(str(record.value("charge-author", "unknown"))),
                known.get(str(record.value("charge-incident", ""))),
            )
        )
    return found
