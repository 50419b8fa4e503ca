"""Search over the whole case, crossing scripts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from embers.projections.search import MAX_QUERY
from embers.projections.search import search as find
from embers.web.shell import Crumb, desk, page
from embers.web.wording import names

_LIMIT = 60


def search(request: HttpRequest) -> HttpResponse:
    """Show what matches; an empty search shows the form."""
    at = desk(request)
    words = request.GET.get("q", "").strip()
    found = find(at.database, words, limit=_LIMIT) if words else []
    known = names(at.alias, (one.subject for one in found))
    return page(
        request,
        "search.html",
        title=gettext("Search"),
        crumbs=[Crumb(gettext("Search"))],
        words=words,
        found=[(one, known[one.subject]) for one in found],
        limit=_LIMIT,
        longest=MAX_QUERY,
    )
