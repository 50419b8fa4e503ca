"""Incidents: the list with both parties side by side, and one incident with everything held about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.case_view import Record
from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.search import search
from embers.projections.trace import resting_on
from embers.web.figures import Accounts, accounts
from embers.web.grounds import Said, explain, fields
from embers.web.pages.charges import charges_of_incident
from embers.web.shell import Crumb, Desk, desk, known_codes, page, unknown
from embers.web.wording import side_label

#: Sortable columns: name in the address and the columns of the table behind it.
SORTS = {
    "code": ("code",),
    "when": ("earliest", "code"),
    "title": ("title", "code"),
    "alleged": ("alleged", "earliest", "code"),
    "killed": ("killed_max", "code"),
    "injured": ("injured_max", "code"),
    "claims": ("claims", "code"),
}
_HEAD = ("occurred", "occurred-note", "alleged-party", "conduct", "incident-place", "incident-position")
_MORE = (
    "incident-account",
    "incident-territory",
    "control",
    "protected-object-hit",
    "victim-status",
    "weapon-reported",
    "weapon-class-reported",
    "nearest-objective",
    "allegation",
    "corroboration",
    "related-incident",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of incidents is narrowed to; empty means everything."""

    party: str
    month: str
    text: str
    sort: str
    down: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        """Read the filters of a request; an unknown column sorts by date."""
        sort = request.GET.get("sort", "when")
        return cls(
            request.GET.get("party", "")[:20],
            request.GET.get("month", "")[:7],
            request.GET.get("q", "").strip()[:400],
            sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "when",
            sort.startswith("-"),
        )


def incident_list(request: HttpRequest) -> HttpResponse:
    """List incidents, filtered by alleged party, month and text."""
    at, asked = desk(request), Filters.of(request)
    everything = models.Incident.objects.using(at.alias)
    rows = list(_narrow(at, everything.all(), asked))
    overview = list(everything.values_list("alleged", "earliest", "killed_max"))
    parties = Counter(alleged or "unknown" for alleged, _, _ in overview)
    return page(
        request,
        "incidents.html",
        title=gettext("Incidents"),
        crumbs=[Crumb(gettext("Incidents"))],
        rows=rows,
        asked=asked,
        parties=sorted((code, side_label(code), count) for code, count in parties.items()),
        months=sorted({earliest[:7] for _, earliest, _ in overview if earliest}),
        total=len(overview),
        columns=_columns(request, asked),
    )


def _narrow(
    at: Desk, rows: QuerySet[models.Incident], asked: Filters
) -> QuerySet[models.Incident] | list[models.Incident]:
    if asked.party:
        rows = rows.filter(alleged=asked.party)
    if asked.month:
        rows = rows.filter(earliest__lte=f"{asked.month}-31", latest__gte=asked.month)
    if asked.text:
        try:
            found = search(at.database, asked.text, kinds=["incident"], limit=500)
        except ProjectionError:
            return []
        rows = rows.filter(id__in=[one.subject for one in found])
    first, *rest = SORTS[asked.sort]
    ordered = F(first).desc(nulls_last=True) if asked.down else F(first).asc(nulls_last=True)
    return rows.order_by(ordered, *rest)


def _columns(request: HttpRequest, asked: Filters) -> list[tuple[str, str, str]]:
    """Return (words, address, aria-sort) of every column; a second click turns the order round."""
    titles = {
        "code": gettext("Code"),
        "when": gettext("When"),
        "title": gettext("What is alleged to have happened"),
        "alleged": gettext("Alleged author"),
        "killed": gettext("Killed"),
        "injured": gettext("Injured"),
        "claims": gettext("Claims"),
    }
    columns = []
    for name, words in titles.items():
        query = request.GET.copy()
        here = asked.sort == name
        query["sort"] = f"-{name}" if here and not asked.down else name
        order = ("descending" if asked.down else "ascending") if here else ""
        columns.append((words, f"?{query.urlencode()}", order))
    return columns


def incident(request: HttpRequest, code: str) -> HttpResponse:
    """Show one incident: claims, ranges, contested values, both sides' words, law, sentences, history."""
    at = desk(request)
    row = models.Incident.objects.using(at.alias).filter(code=code).order_by("id").first()
    if row is None:
        raise unknown(gettext("The incident"), code, known_codes(at, "incident"), where=reverse("incidents"))
    record = at.view.subject(row.id)
    said = explain(at, record.held)
    told: Accounts = accounts(at, record, said)
    names = _place_names(at, row.place)
    return page(
        request,
        "incident.html",
        title=f"{row.code} {row.title}",
        crumbs=[Crumb(gettext("Incidents"), reverse("incidents")), Crumb(row.code)],
        row=row,
        heads=fields(record, said, _HEAD),
        more=fields(record, said, _MORE),
        names=names,
        headline=list({name.name: name for name in names}.values()),
        told=told,
        answers=fields(record, said, ("answer-of-accused",)),
        charges=charges_of_incident(at, row.id),
        sentences=resting_on(at.database, [held.id for held in record.held]),
        history=_history(record, said),
    )


def _place_names(at: Desk, place: str) -> list[models.PlaceName]:
    return list(
        models.PlaceName.objects.using(at.alias).filter(place=place).order_by("used_by", "lang", "name")
    )


def _history(record: Record, said: dict[str, Said]) -> list[tuple[Said, int]]:
    """Return one assertion of each entry about this incident with the number of its assertions."""
    entries: dict[str, list[Said]] = {}
    for held in record.held:
        entries.setdefault(held.entry, []).append(said[held.id])
    return [(members[0], len(members)) for members in entries.values()]
