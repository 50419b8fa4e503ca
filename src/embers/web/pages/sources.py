"""Sources: what was read, what it relays, which claims were read in it, what rests on it."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.projections import models
from embers.projections.listing import Facet, Listing
from embers.projections.trace import resting_on_record
from embers.web.at_work import at_that_time, at_work
from embers.web.grounds import explain, fields
from embers.web.listing import Shape, listed
from embers.web.reading_words import in_languages
from embers.web.shell import Crumb, desk, known_codes, page, unknown
from embers.web.wording import code_label, names, side_label

#: Claims shown on the page of a source; the list of claims has them all.
_LISTED = 100
LISTING = Listing(
    table="case_source",
    orders={
        "code": "code",
        "title": "title",
        "published": "published",
        "type": "type",
        "side": "side",
        "claims": "claims",
    },
    tie="id",
    facets=(Facet("type", "type"), Facet("side", "side")),
    day="published",
    kind="source",
)
_FIELDS = (
    "source-title",
    "source-publisher",
    "source-published",
    "source-address",
    "source-type",
    "source-side",
    "source-relays",
    "source-read",
    "source-supports",
    "same-as",
)


def source_list(request: HttpRequest) -> HttpResponse:
    """List sources with the number of claims read in each."""
    return page(
        request,
        "sources.html",
        title=gettext("Sources"),
        crumbs=[Crumb(gettext("Sources"))],
        listed=listed(request, desk(request), shape()),
    )


def shape() -> Shape:
    """Return how the list of sources is shown."""
    return Shape(
        listing=LISTING,
        order="code",
        columns={
            "code": gettext("Code"),
            "title": gettext("Title"),
            "publisher": gettext("Publisher"),
            "published": gettext("Published"),
            "type": gettext("Type"),
            "side": gettext("Side"),
            "relays": gettext("Relays"),
            "claims": gettext("Claims"),
        },
        facets={"type": gettext("Type"), "side": gettext("Side")},
        words={"type": lambda term: code_label("source-type", term), "side": side_label},
    )


def source(request: HttpRequest, code: str) -> HttpResponse:
    """Show one source. Of its address only the host name: some addresses contain names."""
    at = desk(request)
    row = models.Source.objects.using(at.alias).filter(code=code).order_by("id").first()
    if row is None:
        raise unknown(gettext("The source"), code, known_codes(at, "source", code), where=reverse("sources"))
    if then := at_that_time(request, row.id):
        return then
    record = at.view.subject(row.id)
    claims = list(
        models.Claim.objects.using(at.alias).filter(source=row.id).order_by("incident", "rank")[:_LISTED]
    )
    said = explain(at, record.held)
    naming = at.view.naming(row.id, "source-relays")
    relayed = [held.subject for held in naming if held.subject != row.id]
    known = names(at.alias, [*(claim.incident for claim in claims), *relayed])
    claimed = explain(at, at.view.held(claim.id for claim in claims).values())
    return page(
        request,
        "source.html",
        title=f"{row.code} {row.title}",
        crumbs=[Crumb(gettext("Sources"), reverse("sources")), Crumb(row.code)],
        row=row,
        titles=in_languages(record, "source-title"),
        fields=fields(record, said, _FIELDS),
        claims=[
            (claim, known[claim.incident], claimed[claim.id].shown.text)
            for claim in claims
            if claim.id in claimed
        ],
        all_claims=f"{reverse('claims')}?source={quote(row.code)}" if row.claims > len(claims) else "",
        **at_work(request, at, record),
        relayed_by=[known[id] for id in dict.fromkeys(relayed)],
        sentences=resting_on_record(at.database, row.id),
    )
