"""Search over the whole case, crossing scripts."""

from __future__ import annotations

from contextlib import suppress

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext

from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.search import MAX_QUERY
from embers.projections.search import search as search_case
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, kind_label, names

_LIMIT = 60
#: Records the palette offers; more would have to be read, not chosen.
_OFFERED = 12


def search(request: HttpRequest) -> HttpResponse:
    """Show what matches; an empty search shows the form."""
    at = desk(request)
    words = request.GET.get("q", "").strip()
    found = search_case(at.database, words, limit=_LIMIT) if words else []
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


def find(request: HttpRequest) -> HttpResponse:
    """Return the records a person may mean while typing: by the beginning of a code first, then by words.

    JSON: ``{"found": [{"text", "kind", "href"}]}``, at most twelve; nothing for words that cannot be searched.
    """
    at = desk(request)
    given = request.GET.get("q", "")[:MAX_QUERY]
    words = "".join(sign for sign in given if sign.isprintable()).strip()
    found = [{"text": name.text, "kind": kind, "href": name.href} for name, kind in _meant(at, words)]
    return JsonResponse({"found": found})


def _meant(at: Desk, words: str) -> list[tuple[Name, str]]:
    if not words:
        return []
    kinds = {row.id: row.kind for row in _by_code(at, words)}
    if len(kinds) < _OFFERED:
        with suppress(ProjectionError):  # signs without a word: no record is meant
            found = search_case(at.database, words, limit=_OFFERED)
            kinds |= {one.subject: one.kind for one in found if one.subject not in kinds}
    chosen = list(kinds)[:_OFFERED]
    known = names(at.alias, chosen)
    return [(known[id], kind_label(kinds[id])) for id in chosen if known[id].href]


def _by_code(at: Desk, words: str) -> QuerySet[models.Subject]:
    rows = models.Subject.objects.using(at.alias).filter(code__istartswith=words)
    return rows.order_by("code")[:_OFFERED]
