"""Incidents: the list with both parties side by side, and one incident with everything held about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.case_view import Record
from embers.projections import models
from embers.projections.listing import Facet, Listing
from embers.projections.trace import resting_on
from embers.web.figures import Accounts, accounts
from embers.web.grounds import Said, explain, fields
from embers.web.listing import Shape, listed
from embers.web.pages.charges import charges_of_incident
from embers.web.reader import reader_of
from embers.web.shell import Crumb, Desk, desk, known_codes, page, unknown
from embers.web.team_words import gap_label, review_label
from embers.web.team_work import work_on
from embers.web.wording import side_label

_LISTING = Listing(
    table="case_incident",
    orders={
        "code": "code",
        "when": "earliest",
        "title": "title",
        "alleged": "alleged",
        "killed": "killed_max",
        "injured": "injured_max",
        "claims": "claims",
    },
    tie="id",
    facets=(
        Facet("party", "alleged", joined=True),
        Facet("month", "month", begins="earliest"),
        Facet("conduct", "conduct"),
        Facet("weapon", "weapon"),
        Facet("allegation", "allegations", joined=True),
        Facet("corroboration", "corroboration"),
        Facet("missing", "gaps", joined=True, aside=True),
        Facet("review", "review", aside=True),
    ),
    nullable=frozenset({"killed_max", "injured_max"}),
    led=frozenset({("alleged", "earliest"), ("conduct", "earliest")}),
    day="earliest",
    kind="incident",
)
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


def incident_list(request: HttpRequest) -> HttpResponse:
    """List incidents: by words, place, party, month, conduct, weapon, allegation, corroboration, part of the map."""
    kept = request.GET.copy()
    for name in ("after", "before", "sort"):
        kept.pop(name, None)
    return page(
        request,
        "incidents.html",
        title=gettext("Incidents"),
        crumbs=[Crumb(gettext("Incidents"))],
        listed=listed(request, desk(request), shape()),
        map_href=f"{reverse('map')}?{kept.urlencode()}" if kept else reverse("map"),
    )


def shape() -> Shape:
    """Return how the list of incidents is shown."""
    return Shape(
        listing=_LISTING,
        order="when",
        columns={
            "code": gettext("Code"),
            "when": gettext("When"),
            "title": gettext("What is alleged to have happened"),
            "alleged": gettext("Alleged author"),
            "killed": gettext("Killed"),
            "injured": gettext("Injured"),
            "claims": gettext("Claims"),
            "place": gettext("Place"),
        },
        facets={
            "party": gettext("Alleged author"),
            "month": gettext("Month in which it begins"),
            "conduct": gettext("Kind of conduct"),
            "weapon": gettext("Class of weapon"),
            "allegation": gettext("Allegation tested"),
            "corroboration": gettext("Corroboration"),
            "missing": gettext("What is missing"),
            "review": gettext("Review"),
        },
        words={"party": side_label, "missing": gap_label, "review": review_label},
        nothing={"missing": gettext("nothing"), "review": gettext("never reviewed")},
    )


def incident(request: HttpRequest, code: str) -> HttpResponse:
    """Show one incident: claims, ranges, contested values, both sides' words, law, sentences, history."""
    at = desk(request)
    row = models.Incident.objects.using(at.alias).filter(code=code).order_by("id").first()
    if row is None:
        raise unknown(
            gettext("The incident"), code, known_codes(at, "incident", code), where=reverse("incidents")
        )
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
        work=work_on(at, row.id),
        may_assign=reader_of(request).may(Permission.ASSIGN),
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
