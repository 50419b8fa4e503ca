"""Search over everything the reader may see, crossing scripts, with the reason for each result."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext

from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.search import COUNTED, MAX_QUERY, kind_counts, read_query
from embers.projections.search import page as results
from embers.projections.search_names import asked_name, by_name_first, named, nearest_name
from embers.projections.search_why import reasons
from embers.web.listing import box_of, save_href
from embers.web.reading_words import number_words
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, kind_label, names

_LIMIT = 30
#: Records whose names are nearest to what was typed, before all that hold the words.
_NEAREST = 10
#: Records the palette offers; more would have to be read, not chosen.
_OFFERED = 12


def search(request: HttpRequest) -> HttpResponse:
    """Show what matches; an empty search shows the form and how to write one."""
    at = desk(request)
    words, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    best, after = request.GET.get("order") == "best", _number(request.GET.get("after", ""))
    box = box_of(request)
    title, crumbs = gettext("Search"), [Crumb(gettext("Search"))]
    form: dict[str, object] = {
        "words": words,
        "longest": MAX_QUERY,
        "box": request.GET.get("box", ""),
    }
    if not words and not box:
        return page(request, "search.html", title=title, crumbs=crumbs, form=form)
    query = read_query(words, kinds=(kind,) if kind else (), box=box)
    shown = results(at.database, query, after=after, limit=_LIMIT, best=best)
    counts, all_counted = kind_counts(at.database, query)
    many = sum(count for name, count in counts.items() if name in query.kinds or not query.kinds)
    meant = "" if after else asked_name(query)
    near = named(at.database, meant, kinds=query.kinds, limit=_NEAREST) if meant else []
    known = names(at.alias, (one.subject for one in (*shown.found, *(one.found for one in near))))
    return page(
        request,
        "search.html",
        title=title,
        crumbs=crumbs,
        form=form,
        found=[(one, known[one.subject], reasons(one, query)) for one in shown.found],
        near=[(one, known[one.found.subject], nearest_name(meant, one.found)) for one in near],
        meant=meant,
        kinds=[(name, _count(count, all_counted)) for name, count in counts.items()],
        chosen=query.kinds,
        many=many,
        total=_count(many, all_counted),
        of_all_kinds=_count(sum(counts.values()), all_counted),
        kind=kind,
        best=best,
        after=after,
        following=shown.following,
        save=save_href(request),
        ranked_of=shown.ranked_of,
    )


def _count(number: int, all_counted: bool) -> str:
    """Return a count: exact up to a cap, beyond it and where not all was counted with a plus."""
    if number > COUNTED:
        return f"{number_words(COUNTED)}+"
    return number_words(number) if all_counted else f"{number_words(number)}+"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


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
            found = by_name_first(at.database, words, limit=_OFFERED)
            kinds |= {one.subject: one.kind for one in found if one.subject not in kinds}
    chosen = list(kinds)[:_OFFERED]
    known = names(at.alias, chosen)
    return [(known[id], kind_label(kinds[id])) for id in chosen if known[id].href]


def _by_code(at: Desk, words: str) -> list[models.Subject]:
    """Return records whose code begins with the words as typed or in capitals: spans of the index of codes."""
    found: dict[str, models.Subject] = {}
    for beginning in dict.fromkeys((words, words.upper())):
        rows = models.Subject.objects.using(at.alias).filter(
            code__gte=beginning, code__lt=beginning + "\U0010ffff"
        )
        found |= {row.id: row for row in rows.order_by("code")[:_OFFERED]}
    return sorted(found.values(), key=lambda row: row.code)[:_OFFERED]
