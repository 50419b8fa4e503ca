"""Who read which protected record when: for whoever looks after that."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from embers.projections.listing import Facet, Listing
from embers.web.listing import Shape, day_of, listed
from embers.web.reader import folder_of, policy_of
from embers.web.shell import Crumb, desk, page
from embers.web.wording import kind_label, names

_LISTING = Listing(
    table="case_reading",
    orders={"at": "at"},
    tie="id",
    facets=(
        Facet("reader", "reader"),
        Facet("page", "page"),
        Facet("kind", "kind"),
        Facet("signed", "signed"),
    ),
    day="at",
)


def reading_list(request: HttpRequest) -> HttpResponse:
    """List readings of protected records, the newest first: by reader, page, kind of record and day."""
    at = desk(request)
    people = names(at.alias, policy_of(folder_of(request)).with_key)
    found = listed(request, at, _shape({id: name.text for id, name in people.items()}))
    known = names(at.alias, {id for row in found.rows for id in (row.subject, row.reader)})
    return page(
        request,
        "readings.html",
        title=gettext("Who read what"),
        crumbs=[Crumb(gettext("Who read what"))],
        listed=found,
        rows=[
            (row, known[row.reader], known[row.subject], signed_label(row.signed), page_label(row.page))
            for row in found.rows
        ],
        first=day_of(request, "from"),
        last=day_of(request, "to"),
        kept=[pair for pair in found.hidden if pair[0] not in {"from", "to"}],
    )


def _shape(people: Mapping[str, str]) -> Shape:
    return Shape(
        listing=_LISTING,
        order="-at",
        columns={
            "at": gettext("Claimed time"),
            "reader": gettext("Reader"),
            "record": gettext("Record"),
            "page": gettext("Page"),
            "signed": gettext("Signed with"),
        },
        facets={
            "reader": gettext("Reader"),
            "page": gettext("Page"),
            "kind": gettext("Kind of record"),
            "signed": gettext("Signed with"),
        },
        words={
            "reader": lambda person: people.get(person, person),
            "page": page_label,
            "kind": kind_label,
            "signed": signed_label,
        },
    )


def signed_label(signed: str) -> str:
    """Return whose key a reading was recorded with, in words."""
    return gettext("the reader's own key") if signed == "reader" else gettext("the server's key")


def page_label(name: str) -> str:
    """Return the name of an address as people read it in the log: it is the same in every language."""
    return name.replace("-", " ").replace("_", " ")
