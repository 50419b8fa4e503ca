"""Incidents: the list with both parties side by side, and one incident with everything held about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.case_view import Record
from embers.incidents.reading import is_claim
from embers.projections import models
from embers.projections.listing import Facet, Listing
from embers.projections.trace import resting_on
from embers.web.at_work import at_that_time, at_work
from embers.web.figures import Accounts, accounts
from embers.web.grounds import Field, explain, fields
from embers.web.listing import Shape, listed
from embers.web.pages.charges import Tested, charges_of_incident
from embers.web.reader import reader_of
from embers.web.reading_words import in_languages
from embers.web.replies import replies
from embers.web.shell import Crumb, Desk, desk, known_codes, page, unknown
from embers.web.team_words import gap_label, review_label
from embers.web.team_work import work_on
from embers.web.wording import side_label

LISTING = Listing(
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
_ACT = ("act-kind", "act-time", "act-place", "location-result")


@dataclass(frozen=True, slots=True)
class ActTold:
    """One act: what was done, when and where in each role, and how many involvements are recorded."""

    id: str
    summary: str
    told: list[Field]
    involvements: int


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
    "former-code",
    "split-from",
    "incident-relation",
    "incident-qualification",
    "location-result",
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
        listing=LISTING,
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
        if into := _merged_into(at, code):
            return HttpResponseRedirect(reverse("incident", args=[into]))
        raise unknown(
            gettext("The incident"), code, known_codes(at, "incident", code), where=reverse("incidents")
        )
    if then := at_that_time(request, row.id):
        return then
    merged = at.view.absorbed([row.id]).get(row.id, ())
    record = _with_merged(at, at.view.subject(row.id), merged)
    said = explain(at, record.held)
    told: Accounts = accounts(at, record, said)
    names = _place_names(at, row.place)
    return page(
        request,
        "incident.html",
        title=f"{row.code} {row.title}",
        crumbs=[Crumb(gettext("Incidents"), reverse("incidents")), Crumb(row.code)],
        row=row,
        titles=in_languages(record, "incident-title"),
        heads=fields(record, said, _HEAD),
        more=fields(record, said, _MORE),
        names=names,
        headline=list({name.name: name for name in names}.values()),
        told=told,
        acts=_acts(at, [row.id, *merged]),
        replies=replies(at, record, said),
        answers=fields(record, said, ("answer-of-accused",)),
        tested=_tested(at, row.id, merged),
        sentences=resting_on(at.database, [held.id for held in record.held]),
        work=work_on(at, row.id),
        may_assign=reader_of(request).may(Permission.ASSIGN),
        **at_work(request, at, record),
    )


def _merged_into(at: Desk, code: str) -> str:
    """Return the code of the incident that one with this code was merged into, through however many, or nothing."""
    named = models.Subject.objects.using(at.alias).filter(kind="incident", code=code).first()
    seen: set[str] = set()
    id = named.id if named else ""
    while id and id not in seen:
        seen.add(id)
        if row := models.Incident.objects.using(at.alias).filter(id=id).first():
            return row.code
        id = at.view.subject(id).text("merged-into")
    return ""


def _tested(at: Desk, incident: str, merged: Sequence[str]) -> list[Tested]:
    """Return the charges tested for an incident, and for those merged into it where there are any."""
    further = [charges_of_incident(at, one) for one in merged]
    return [charges_of_incident(at, incident), *(one for one in further if one.tables)]


def _with_merged(at: Desk, record: Record, merged: Sequence[str]) -> Record:
    """Return an incident with the claims of those merged into it; whatever else they hold stays theirs."""
    records = at.view.subjects(merged).values()
    claims = [held for one in records for held in one.held if is_claim(held)]
    return Record(record.id, (*record.held, *claims))


def _acts(at: Desk, incidents: Sequence[str]) -> list[ActTold]:
    """Return the acts of an incident, and of those merged into it, with how many took part as far as recorded."""
    ids = [held.subject for one in incidents for held in at.view.naming(one, "act-incident") if held.live]
    found = []
    for id, record in at.view.subjects(ids).items():
        told = fields(record, explain(at, record.held), _ACT)
        taking_part = [held for held in at.view.naming(id, "involvement-act") if held.live]
        found.append(ActTold(id, record.text("act-summary"), told, len(taking_part)))
    return found


def _place_names(at: Desk, place: str) -> list[models.PlaceName]:
    return list(
        models.PlaceName.objects.using(at.alias).filter(place=place).order_by("used_by", "lang", "name")
    )
