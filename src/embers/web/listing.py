"""One mechanism for every list: filters with counts, orders, pages that stay; the address is the state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from embers.errors import ProjectionError
from embers.projections.listing import (
    CAPPED,
    MATCHED,
    Asked,
    Counts,
    Listing,
    Rows,
    counts,
    place_text,
    read_place,
    rows,
)
from embers.projections.search_query import DAY, read_query
from embers.web.reading_words import number_words
from embers.web.shell import Desk

PER_PAGE = 50
#: Terms of a facet shown; the others are found by words.
_TERMS = 14
_BOX = re.compile(r"-?\d{1,9}(,-?\d{1,9}){3}\Z", re.ASCII)
_PAGE = ("after", "before")
#: Lists whose searches people may save.
SAVED = ("incidents", "claims", "sources", "items", "search")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a list is shown: titles of its orders and facets, and words for the terms of a facet, or for having none."""

    listing: Listing
    order: str
    columns: Mapping[str, str]
    facets: Mapping[str, str]
    words: Mapping[str, Callable[[str], str]]
    nothing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TermShown:
    """One term of a facet with its count and the address that asks for it, or that no longer does."""

    words: str
    count: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class Narrowed:
    """One thing the list is narrowed to, the address without it, and how many rows there would be."""

    title: str
    words: str
    href: str
    count: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, ready to be shown."""

    rows: tuple[SimpleNamespace, ...]
    total: str
    facets: tuple[tuple[str, bool, tuple[TermShown, ...]], ...]
    narrowed: tuple[Narrowed, ...]
    columns: tuple[tuple[str, str, str], ...]
    first: str
    earlier: str
    later: str
    last: str
    cut: int
    hidden: tuple[tuple[str, str], ...]
    text: str
    place: str
    save: str


def listed(
    request: HttpRequest, at: Desk, shape: Shape, *, exact: Mapping[str, tuple[str, str]] | None = None
) -> Listed:
    """Return the page of a list that a request asks for.

    ``exact`` gives for a column the value rows must have and the name it has in the address. Terms, days and places in
    the list that cannot be read are refused with what to do.
    """
    asked = asked_of(request, shape, {column: value for column, (value, _) in (exact or {}).items()})
    counted = counts(at.database, shape.listing, asked)
    found = rows(at.database, shape.listing, asked, counted=counted, limit=PER_PAGE)
    facets = tuple(_facet(request, shape, asked, counted, name=name) for name in shape.facets)
    first, earlier, later, last = _pages(request, found)
    return Listed(
        rows=found.rows,
        total=count_text(counted.total(asked), counted),
        facets=facets,
        narrowed=tuple(_narrowed(request, shape, asked, counted, exact or {})),
        columns=tuple(_columns(request, shape, asked)),
        first=first,
        earlier=earlier,
        later=later,
        last=last,
        cut=MATCHED if counted.cut and asked.query else 0,
        hidden=_hidden(request),
        text=request.GET.get("q", "").strip(),
        place=request.GET.get("place", "").strip(),
        save=save_href(request),
    )


def save_href(request: HttpRequest) -> str:
    """Return where the search of a request is saved; nothing for one that cannot be."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    query = _address(request).removeprefix("?")
    if name not in SAVED or not query:
        return ""
    return f"{reverse('saved')}?{urlencode({'page': name, 'query': query})}"


def count_text(number: int, counted: Counts) -> str:
    """Return a count in words: exact, or with a plus where counting stopped."""
    if counted.cut and number:
        return f"{number_words(number)}+"
    if counted.capped and number > CAPPED:
        return f"{number_words(CAPPED)}+"
    return number_words(number)


def box_of(request: HttpRequest) -> tuple[int, int, int, int] | None:
    """Read ``box``: south, north, west, east in microdegrees."""
    text = request.GET.get("box", "")
    if not text:
        return None
    if not _BOX.match(text):
        raise ProjectionError(
            "query", f"{text[:60]!r} is no box.", "Give south, north, west, east in millionths of a degree."
        )
    south, north, west, east = map(int, text.split(","))
    return south, north, west, east


def day_of(request: HttpRequest, name: str) -> str:
    """Read a day, month or year of a request; nothing if none is given."""
    text = request.GET.get(name, "").strip()
    if text and not DAY.match(text):
        raise ProjectionError("query", f"{text[:60]!r} is no day.", "Write 2020-10-17, 2020-10 or 2020.")
    return text


def asked_of(request: HttpRequest, shape: Shape, exact: Mapping[str, str]) -> Asked:
    """Read what a request asks of a list; ``exact`` gives the value rows must have in a column."""
    sort = request.GET.get("sort", shape.order)
    down, order = sort.startswith("-"), sort.removeprefix("-")
    if order not in shape.listing.orders:
        down, order = shape.order.startswith("-"), shape.order.removeprefix("-")
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    place = None if before == "end" or not (before or after) else read_place(before or after)
    words = request.GET.get("q", "").strip()
    if where := request.GET.get("place", "").strip().replace('"', ""):
        words = f'{words} place:"{where}"'.strip()
    box = box_of(request)
    return Asked(
        order=order,
        down=down,
        terms={name: request.GET.get(name, "")[:200] for name in shape.facets},
        exact=exact,
        first=day_of(request, "from") if shape.listing.day else "",
        last=day_of(request, "to") if shape.listing.day else "",
        query=read_query(words, box=box) if shape.listing.kind and (words or box) else None,
        place=place,
        backwards=bool(before),
    )


def _address(request: HttpRequest, **changes: str) -> str:
    """Return the address of the same list with some of its state changed; a change begins at the first page."""
    query: QueryDict = request.GET.copy()
    for name in _PAGE:
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
        if not value:
            del query[name]
    return "?" + query.urlencode()


def _facet(
    request: HttpRequest, shape: Shape, asked: Asked, counted: Counts, *, name: str
) -> tuple[str, bool, tuple[TermShown, ...]]:
    joined = next(facet.joined for facet in shape.listing.facets if facet.name == name)
    found = counted.of(name, asked, joined=joined)
    chosen = asked.terms.get(name, "")
    shown = list(found)[:_TERMS]
    if chosen and chosen not in shown:
        shown.append(chosen)
    if name == "month":
        shown.sort()
    terms = [
        TermShown(
            _words(shape, name, term),
            count_text(found.get(term, 0), counted),
            _address(request, **{name: "" if term == chosen else term}) if term else "",
            term == chosen != "",
        )
        for term in shown
    ]
    return shape.facets[name], bool(chosen), tuple(terms)


def _words(shape: Shape, name: str, term: str) -> str:
    if not term:
        return shape.nothing.get(name) or gettext("not stated")
    return shape.words[name](term) if name in shape.words else term


def _narrowed(
    request: HttpRequest,
    shape: Shape,
    asked: Asked,
    counted: Counts,
    exact: Mapping[str, tuple[str, str]],
) -> list[Narrowed]:
    found = []
    for name, term in asked.terms.items():
        if term:
            looser = counted.total(asked, without=name)
            href = _address(request, **{name: ""})
            words = _words(shape, name, term)
            found.append(Narrowed(shape.facets[name], words, href, count_text(looser, counted)))
    plain = {
        "q": gettext("Words"),
        "place": gettext("Place"),
        "from": gettext("Begins on or after") if shape.listing.kind else gettext("From"),
        "to": gettext("Begins on or before") if shape.listing.kind else gettext("To"),
        "box": gettext("Part of the map"),
    }
    for name, title in plain.items():
        given = request.GET.get(name, "").strip()
        if given and (shape.listing.kind or name not in {"q", "place", "box"}):
            shown = gettext("as drawn") if name == "box" else given
            found.append(Narrowed(title, shown, _address(request, **{name: ""}), ""))
    for _, name in exact.values():
        found.append(Narrowed(name, request.GET.get(name, ""), _address(request, **{name: ""}), ""))
    return found


def _columns(request: HttpRequest, shape: Shape, asked: Asked) -> list[tuple[str, str, str]]:
    """Return (words, address, aria-sort) of every column; a second click turns the order round."""
    columns = []
    for name, words in shape.columns.items():
        if name not in shape.listing.orders:
            columns.append((words, "", ""))
            continue
        here = asked.order == name
        order = ("descending" if asked.down else "ascending") if here else ""
        turned = f"-{name}" if here and not asked.down else name
        columns.append((words, _address(request, sort=turned), order))
    return columns


def _pages(request: HttpRequest, found: Rows) -> tuple[str, str, str, str]:
    earlier = _address(request, before=place_text(found.before)) if found.before else ""
    later = _address(request, after=place_text(found.after)) if found.after else ""
    first = _address(request) if found.before else ""
    return first, earlier, later, _address(request, before="end") if found.after else ""


def _hidden(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """Return the state that a form of words takes along."""
    left_out = {*_PAGE, "q", "place"}
    return tuple((name, str(value)) for name, value in request.GET.items() if name not in left_out and value)
