"""Saved searches: one's own and those shared with the case, each with what is new since one last looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.standing import INTERNAL
from embers.errors import ActionError, ProjectionError
from embers.projections import listing as lists
from embers.projections import search
from embers.projections.search_query import read_query
from embers.web.acting import person_of
from embers.web.environment import ACCOUNTS_KEY
from embers.web.listing import SAVED, Shape, asked_of, box_of
from embers.web.pages import claims, incidents, items, sources
from embers.web.reader import reader_of
from embers.web.saved.models import Look, SavedSearch
from embers.web.shell import Crumb, Desk, desk, page, unknown

#: Lists a search is of: how they are shown, and the kind of their rows; claims are assertions.
_LISTS: Mapping[str, tuple[Callable[[], Shape], str]] = {
    "incidents": (incidents.shape, "incident"),
    "claims": (claims.shape, ""),
    "sources": (sources.shape, "source"),
    "items": (items.shape, "item"),
}
#: Searches one person keeps, and characters of one.
_MOST, _LONGEST = 50, 2000


@dataclass(frozen=True, slots=True)
class SearchShown:
    """One saved search: where it is opened, what is new in words, and whether it is the reader's own."""

    search: SavedSearch
    href: str
    fresh: int
    more: bool
    own: bool
    looked: bool
    broken: bool = False


def saved(request: HttpRequest) -> HttpResponse:
    """List saved searches with what is new; save one, share it, delete it."""
    at, me = desk(request), person_of(request)
    if request.META.get(ACCOUNTS_KEY) is None:
        raise ActionError(
            "no-accounts",
            gettext("Searches are kept beside the accounts, and this server has none."),
            gettext("Start it with `embers serve`."),
        )
    if request.method == "POST":
        _change(request, me)
        return HttpResponseRedirect(reverse("saved"))
    looks = dict(Look.objects.filter(person=me).values_list("search_id", "position"))
    found = [_shown(at, one, me, looks.get(one.pk)) for one in _readable(request, me)]
    new = {name: request.GET.get(name, "") for name in ("page", "query")}
    return page(
        request,
        "saved.html",
        title=gettext("Saved searches"),
        crumbs=[Crumb(gettext("Saved searches"))],
        searches=found,
        new=new if new["page"] in SAVED else None,
    )


def look(request: HttpRequest, number: int) -> HttpResponse:
    """Open a saved search and note that everything so far was seen; one that is not the reader's is not there."""
    at, me = desk(request), person_of(request)
    found = None
    if request.META.get(ACCOUNTS_KEY) is not None:
        found = _readable(request, me).filter(pk=number).first()
    if found is None:
        raise unknown(gettext("The saved search"), str(number), [], where=reverse("saved"))
    position = int(at.database.meta("position") or 0)
    Look.objects.update_or_create(search=found, person=me, defaults={"position": position})
    return HttpResponseRedirect(f"{reverse(found.page)}?{found.query}")


def _readable(request: HttpRequest, me: str) -> QuerySet[SavedSearch]:
    """Return one's own searches and, for the team, shared ones: their names are for the team."""
    standing = reader_of(request).standing
    team = standing is None or standing.level >= INTERNAL
    wanted = Q(owner=me) | Q(shared=True) if team else Q(owner=me)
    return SavedSearch.objects.filter(wanted).order_by("name", "pk")


def _change(request: HttpRequest, me: str) -> None:
    act = request.POST.get("act", "")
    if act == "save":
        _save(request, me)
        return
    number = request.POST.get("number", "")
    own = SavedSearch.objects.filter(
        owner=me, pk=int(number) if number.isdecimal() and len(number) < 10 else 0
    )
    if not own:
        raise unknown(gettext("The saved search"), number[:20], [], where=reverse("saved"))
    if act == "delete":
        own.delete()
    elif act in {"share", "keep"}:
        own.update(shared=act == "share")


def _save(request: HttpRequest, me: str) -> None:
    name, where, query = (request.POST.get(one, "").strip() for one in ("name", "page", "query"))
    if not name or len(name) > 80 or where not in SAVED or len(query) > _LONGEST:
        raise ActionError(
            "saved-search",
            gettext("This search cannot be saved."),
            gettext("Give it a name of at most 80 letters, from a list or a search."),
        )
    if SavedSearch.objects.filter(owner=me).count() >= _MOST:
        raise ActionError(
            "saved-search-many", gettext("You keep too many searches."), gettext("Delete one first.")
        )
    position = int(desk(request).database.meta("position") or 0)
    clean = QueryDict(query, mutable=True)
    for part in ("after", "before"):
        clean.pop(part, None)
    with transaction.atomic():
        made = SavedSearch.objects.create(
            owner=me, name=name, page=where, query=clean.urlencode(), shared="shared" in request.POST
        )
        Look.objects.create(search=made, person=me, position=position)


def _shown(at: Desk, one: SavedSearch, me: str, position: int | None) -> SearchShown:
    href = reverse("saved-look", args=[one.pk])
    try:
        fresh, more = _fresh(at, one, position) if position is not None else (0, False)
    except ProjectionError:  # a list this version reads otherwise: opening it says so
        return SearchShown(one, href, 0, False, one.owner == me, position is not None, broken=True)
    return SearchShown(one, href, fresh, more, one.owner == me, position is not None)


def _fresh(at: Desk, one: SavedSearch, position: int) -> tuple[int, bool]:
    asking = HttpRequest()
    asking.GET = QueryDict(one.query)
    if one.page == "search":
        kind = asking.GET.get("kind", "")
        words, box = asking.GET.get("q", "").strip(), box_of(asking)
        if not words and not box:
            return 0, False
        query = read_query(words, kinds=(kind,) if kind else (), box=box)
        return search.changed_since(at.database, query, position)
    shape, kind = _LISTS[one.page]
    exact = claims.exact_of(asking, at) if one.page == "claims" else {}
    asked = asked_of(asking, shape(), {column: value for column, (value, _) in exact.items()})
    return lists.changed_since(at.database, shape().listing, asked, position, kind=kind)
