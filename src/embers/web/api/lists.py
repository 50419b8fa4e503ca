"""Lists: the same filters, orders and counts as on the pages, with a cursor that stays while rows come."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.listing import Asked, Listing, counts, place_text, read_place, rows
from embers.projections.search_query import read_query
from embers.web.listing import box_of, day_of
from embers.web.pages import claims, incidents, items, sources
from embers.web.shell import Desk, desk

router = Router(tags=["Lists"])
MOST = 200
_TERMS = 100
#: Columns that are how a list is made, not what it says.
_OWN = frozenset({"seen_by", "cell", "pk"})


class Page(Schema):
    """How a list is asked for."""

    sort: str = Field(
        "", max_length=20, description="An order of the list; with a minus the other way round."
    )
    after: str = Field("", max_length=2000, description="The cursor of the page before.")
    limit: int = Field(50, ge=1, le=MOST)


class Words(Page):
    """How a list is narrowed by words, place and part of the map."""

    q: str = Field("", max_length=500)
    place: str = Field("", max_length=200)
    box: str = Field("", max_length=60, description="South, north, west, east in millionths of a degree.")


class IncidentQuery(Words):
    """How incidents are asked for."""

    party: str = Field("", max_length=200)
    month: str = Field("", max_length=200)
    conduct: str = Field("", max_length=200)
    weapon: str = Field("", max_length=200)
    allegation: str = Field("", max_length=200)
    corroboration: str = Field("", max_length=200)
    first: str = Field("", alias="from", max_length=10, description="Day, month or year.")
    last: str = Field("", alias="to", max_length=10, description="Day, month or year.")


class ClaimQuery(Page):
    """How claims are asked for. ``incident`` and ``source`` are codes."""

    field: str = Field("", max_length=200)
    side: str = Field("", max_length=200)
    incident: str = Field("", max_length=60)
    source: str = Field("", max_length=60)


class SourceQuery(Words):
    """How sources are asked for."""

    type: str = Field("", max_length=200)
    side: str = Field("", max_length=200)
    first: str = Field("", alias="from", max_length=10, description="Day, month or year.")
    last: str = Field("", alias="to", max_length=10, description="Day, month or year.")


class ItemQuery(Words):
    """How items are asked for."""

    media: str = Field("", max_length=200)
    role: str = Field("", max_length=200)


class RowsOut(Schema):
    """One page of a list. ``next`` is the cursor of the next page, also given as a Link header."""

    rows: list[dict[str, Any]]
    next: str | None
    total: int
    exact: bool = Field(description="Whether the total is exact, or counting stopped at it.")
    facets: dict[str, dict[str, int]]


@router.get("/incidents", url_name="api-incidents", response=RowsOut, operation_id="listIncidents")
def incident_list(request: HttpRequest, response: HttpResponse, query: Query[IncidentQuery]) -> RowsOut:
    """List incidents."""
    return list_page(request, response, incidents.LISTING, query=query, order="when")


@router.get("/claims", url_name="api-claims", response=RowsOut, operation_id="listClaims")
def claim_list(request: HttpRequest, response: HttpResponse, query: Query[ClaimQuery]) -> RowsOut:
    """List claims about incidents."""
    at = desk(request)
    given = {"incident": query.incident, "source": query.source}
    exact = {kind: _subject(at, kind, code) for kind, code in given.items() if code}
    return list_page(request, response, claims.LISTING, query=query, order="incident", exact=exact)


@router.get("/sources", url_name="api-sources", response=RowsOut, operation_id="listSources")
def source_list(request: HttpRequest, response: HttpResponse, query: Query[SourceQuery]) -> RowsOut:
    """List sources."""
    return list_page(request, response, sources.LISTING, query=query, order="code")


@router.get("/items", url_name="api-items", response=RowsOut, operation_id="listItems")
def item_list(request: HttpRequest, response: HttpResponse, query: Query[ItemQuery]) -> RowsOut:
    """List items."""
    return list_page(request, response, items.LISTING, query=query, order="title")


def _subject(at: Desk, kind: str, code: str) -> str:
    row = models.Subject.objects.using(at.alias).filter(kind=kind, code=code).order_by("id").first()
    return row.id if row else ""


def list_page(
    request: HttpRequest,
    response: HttpResponse,
    listing: Listing,
    *,
    query: Page,
    order: str,
    exact: dict[str, str] | None = None,
) -> RowsOut:
    """Return one page of a list as it was asked for."""
    at = desk(request)
    asked = _asked(request, listing, query, order=order, exact=exact or {})
    counted = counts(at.database, listing, asked)
    found = rows(at.database, listing, asked, counted=counted, limit=query.limit)
    after = place_text(found.after) if found.after else None
    link_next(request, response, after)
    return RowsOut(
        rows=[{name: value for name, value in vars(row).items() if name not in _OWN} for row in found.rows],
        next=after,
        total=counted.total(asked),
        exact=not (counted.cut or counted.capped),
        facets={
            facet.name: dict(list(counted.of(facet.name, asked, joined=facet.joined).items())[:_TERMS])
            for facet in listing.facets
        },
    )


def _asked(
    request: HttpRequest, listing: Listing, query: Page, *, order: str, exact: dict[str, str]
) -> Asked:
    sort = query.sort or order
    down, column = sort.startswith("-"), sort.removeprefix("-")
    if column not in listing.orders:
        known = ", ".join(listing.orders)
        raise ProjectionError("query", f"This list has no order {column!r}.", f"Choose from: {known}.")
    words = str(getattr(query, "q", "")).strip()
    if where := str(getattr(query, "place", "")).strip().replace('"', ""):
        words = f'{words} place:"{where}"'.strip()
    box = box_of(request) if listing.kind else None
    return Asked(
        order=column,
        down=down,
        terms={facet.name: str(getattr(query, facet.name, "")) for facet in listing.facets},
        exact=exact,
        first=day_of(request, "from") if listing.day else "",
        last=day_of(request, "to") if listing.day else "",
        query=read_query(words, box=box) if listing.kind and (words or box) else None,
        place=read_place(query.after) if query.after else None,
    )


def link_next(request: HttpRequest, response: HttpResponse, after: str | None) -> None:
    """Name the next page in a Link header (RFC 8288)."""
    if after:
        kept = {name: value for name, value in request.GET.items() if name != "after"}
        response.headers["Link"] = f'<{request.path}?{urlencode({**kept, "after": after})}>; rel="next"'
