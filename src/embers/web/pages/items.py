"""Items: preserved material with digests, custody, checks, derivatives, and what rests on it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.case_view import Held
from embers.projections import models
from embers.projections.listing import Facet, Listing
from embers.projections.trace import resting_on
from embers.web.at_work import at_that_time, at_work
from embers.web.grounds import explain, fields
from embers.web.listing import Shape, listed
from embers.web.shell import Crumb, desk, page, unknown
from embers.web.team_words import gap_label
from embers.web.wording import code_label, names

LISTING = Listing(
    table="case_item",
    orders={
        "title": "title",
        "name": "name",
        "media": "media",
        "size": "size",
        "custody": "custody_events",
    },
    tie="id",
    facets=(Facet("media", "media"), Facet("role", "role"), Facet("missing", "gaps", joined=True)),
    nullable=frozenset({"size"}),
    kind="item",
)
_FIELDS = ("item-title", "item-origin", "item-digest-given", "item-warning", "note")
#: Rows listed of what was read in an item; a table of claims has one for each of its rows.
_LISTED = 300


def item_list(request: HttpRequest) -> HttpResponse:
    """List items with their main objects."""
    found = listed(request, desk(request), shape())
    return page(
        request,
        "items.html",
        title=gettext("Items"),
        crumbs=[Crumb(gettext("Items"))],
        listed=found,
        rows=[(row, reverse("item", args=[row.id.partition(":")[2]])) for row in found.rows],
    )


def shape() -> Shape:
    """Return how the list of items is shown."""
    return Shape(
        listing=LISTING,
        order="title",
        columns={
            "title": gettext("Item"),
            "name": gettext("Name at intake"),
            "media": gettext("Kind of data"),
            "role": gettext("Role"),
            "size": gettext("Bytes"),
            "digest": "SHA-256",
            "custody": gettext("Custody events"),
        },
        facets={
            "media": gettext("Kind of data"),
            "role": gettext("Role"),
            "missing": gettext("What is missing"),
        },
        words={"role": lambda term: code_label("material-role", term), "missing": gap_label},
        nothing={"missing": gettext("nothing")},
    )


def item(request: HttpRequest, id: str) -> HttpResponse:
    """Show one item: objects, custody in order, checks, parents and derivatives, and what rests on it."""
    at = desk(request)
    subject = id if ":" in id else f"item:{id}"
    row = models.Item.objects.using(at.alias).filter(id=subject).first()
    if row is None:
        raise unknown(gettext("The item"), id, [], where=reverse("items"))
    if then := at_that_time(request, row.id):
        return then
    record = at.view.subject(row.id)
    naming = [held for held in at.view.naming(row.id) if held.subject != row.id]
    said = explain(at, record.held)
    derived = [held.subject for held in naming if held.predicate == "derived-from"]
    read = [held for held in naming if held.predicate != "derived-from"]
    known_names = names(at.alias, [*derived, *(held.subject for held in read[:_LISTED])])
    return page(
        request,
        "item.html",
        title=row.title or row.name or row.id,
        crumbs=[Crumb(gettext("Items"), reverse("items")), Crumb(row.title or row.id)],
        row=row,
        fields=fields(record, said, _FIELDS),
        objects=[said[held.id] for held in record.live("item-object")],
        custody=[said[held.id] for held in record.live("custody-event")],
        checks=[said[held.id] for held in record.live("item-check")],
        parents=[said[held.id] for held in record.live("derived-from")],
        derivatives=[known_names[one] for one in dict.fromkeys(derived)],
        read=[(held, known_names[held.subject], _locators(held, row.id)) for held in read[:_LISTED]],
        read_count=len(read),
        **at_work(request, at, record),
        sentences=resting_on(at.database, [held.id for held in [*record.held, *naming]]),
    )


def _locators(held: Held, item_id: str) -> str:
    return "; ".join(ground.locator for ground in held.grounds if ground.target == item_id)
