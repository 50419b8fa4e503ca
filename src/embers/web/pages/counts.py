"""Counts: casualties by party, place, month and category, as ranges, beside the people known to the case."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from embers.errors import ProjectionError
from embers.patterns.casualties import (
    BREAKDOWNS,
    HARMS,
    CasualtyTable,
    Line,
    Reconciled,
    Span,
    Tally,
    casualty_table,
)
from embers.patterns.casualty_csv import casualty_csv
from embers.projections import models
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import CATEGORY_LISTS, code_label, names, side_label

#: Every claim of the case is read for a table; beyond this many incidents the command line does it.
MOST_INCIDENTS = 5_000
_CATEGORIES = ("status", "age", "sex", "cause")


@dataclass(frozen=True, slots=True)
class TallyTold:
    """One cell: the span in words, and what else is known or not."""

    words: str
    known: bool
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineTold:
    """One line in words."""

    keys: tuple[str, ...]
    category: str
    incidents: int
    cells: tuple[TallyTold, ...]


@dataclass(frozen=True, slots=True)
class DiffersTold:
    """An incident whose people known do not fit any figure."""

    code: str
    words: str


def counts(request: HttpRequest) -> HttpResponse:
    """Show the table that is asked for, and the incidents where people known and figures differ."""
    at = desk(request)
    by, category = _asked(request)
    table, words = _table(at, by, category)
    return page(
        request,
        "counts.html",
        title=gettext("Counts"),
        crumbs=[Crumb(gettext("Counts"))],
        by=by,
        category=category,
        breakdowns=[(name, _breakdown(name)) for name in BREAKDOWNS],
        categories=[("", gettext("nothing")), *((name, _category(name)) for name in _CATEGORIES)],
        heads=[_breakdown(name) for name in table.by],
        harms=[code_label("harm", harm) for harm in HARMS],
        lines=[_line(line, table, words) for line in table.lines],
        whole=_line(table.whole, table, words),
        differing=_differing(table),
        csv_href=f"{reverse('counts-csv')}?by={by}&category={category}",
    )


def counts_csv(request: HttpRequest) -> HttpResponse:
    """Return the same table as CSV."""
    at = desk(request)
    by, category = _asked(request)
    table, words = _table(at, by, category)
    text = casualty_csv(table, words=lambda name, key: words.get(key, key) if name == "place" else key)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="counts.csv"'
    return answer


def _asked(request: HttpRequest) -> tuple[str, str]:
    by = request.GET.get("by", BREAKDOWNS[0])
    category = request.GET.get("category", "")
    return (
        by if by in BREAKDOWNS else BREAKDOWNS[0],
        category if category in _CATEGORIES else "",
    )


def _table(at: Desk, by: str, category: str) -> tuple[CasualtyTable, dict[str, str]]:
    if models.Incident.objects.using(at.alias).count() > MOST_INCIDENTS:
        raise ProjectionError(
            "query",
            gettext("The case holds too many incidents to count them on a page."),
            gettext("Run `embers counts --csv` on the computer that holds the case."),
        )
    table = casualty_table(at.view, by=[by], category=[category] if category else [])
    places = {key for line in table.lines for key in line.key if ":" in key}
    return table, {id: name.text for id, name in names(at.alias, places).items()}


def _line(line: Line, table: CasualtyTable, words: dict[str, str]) -> LineTold:
    keys = [_key(name, key, words) for name, key in zip(table.by, line.key, strict=False)] or [
        gettext("All incidents")
    ] * len(table.by)
    told = ", ".join(code_label(CATEGORY_LISTS[name], value) for name, value in line.category)
    cells = tuple(_tally(line.tallies[harm], line.incidents) for harm in HARMS)
    return LineTold(tuple(keys), told or gettext("everybody"), line.incidents, cells)


def _key(name: str, key: str, words: dict[str, str]) -> str:
    if name == "party":
        return "; ".join(side_label(part) for part in key.split("; "))
    return words.get(key, gettext("not known") if key == "not known" else key)


def _tally(tally: Tally, incidents: int) -> TallyTold:
    more = []
    if tally.some:
        more.append(
            ngettext(
                "%(count)s incident with people harmed and no figure",
                "%(count)s incidents with people harmed and no figure",
                tally.some,
            )
            % {"count": tally.some}
        )
    if tally.unknown and tally.unknown < incidents:
        more.append(
            ngettext(
                "%(count)s incident of which nothing is known",
                "%(count)s incidents of which nothing is known",
                tally.unknown,
            )
            % {"count": tally.unknown}
        )
    if tally.contested:
        more.append(
            ngettext("%(count)s incident contested", "%(count)s incidents contested", tally.contested)
            % {"count": tally.contested}
        )
    if known := len(tally.persons):
        more.append(
            ngettext("%(count)s person known to the case", "%(count)s people known to the case", known)
            % {"count": known}
        )
    return TallyTold(_span(tally.span), tally.span is not None, tuple(more))


def _span(span: Span | None) -> str:
    if span is None:
        return gettext("not known")
    if span.open_end:
        words = (
            gettext("at least %(low)s") if span.low == span.high else gettext("%(low)s to %(high)s or more")
        )
    elif span.high == 0:
        words = gettext("none")
    else:
        words = "%(low)s" if span.low == span.high else gettext("%(low)s to %(high)s")
    words %= {"low": span.low, "high": span.high}
    return gettext("about %(figure)s") % {"figure": words} if span.about else words


def _differing(table: CasualtyTable) -> list[DiffersTold]:
    return [
        DiffersTold(one.code, _difference(one))
        for one in table.each
        if one.state in {"more-known", "fewer-known"} and not one.category
    ]


def _difference(one: Reconciled) -> str:
    told = {
        "harm": code_label("harm", one.harm),
        "known": len(one.tally.persons),
        "figure": _span(one.tally.span),
    }
    if one.state == "more-known":
        return gettext("%(harm)s: %(known)s people known, more than any figure (%(figure)s).") % told
    return gettext("%(harm)s: %(known)s people known, fewer than any figure (%(figure)s).") % told


def _breakdown(name: str) -> str:
    return {
        "party": gettext("Alleged author"),
        "place": gettext("Place"),
        "month": gettext("Month"),
        "incident": gettext("Incident"),
    }[name]


def _category(name: str) -> str:
    return {
        "status": gettext("Status"),
        "age": gettext("Age"),
        "sex": gettext("Sex"),
        "cause": gettext("Cause"),
    }[name]
