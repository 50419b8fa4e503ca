"""The frame every page stands in: the case it reads, its banner, navigation, and error pages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from embers.access.roles import Permission
from embers.actions.case_folder import CaseFolder
from embers.case_view import Record
from embers.errors import AccessDenied, EmbersError, ObjectError, ProjectionError
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.missing import own_work
from embers.projections.view import ProjectedCase
from embers.web.error_words import in_reader_words
from embers.web.reader import Reader, folder_of, reader_of
from embers.web.rules import RULES

LOG = logging.getLogger("embers.web")


@dataclass(frozen=True, slots=True)
class Room:
    """One page of the rail: its address name, its words, and the key that follows ``g``."""

    name: str
    words: str | Promise
    key: str


#: The rail, in groups: the case, what happened, what it was read in, what it means, and its keeping.
NAVIGATION = (
    (
        "",
        (
            Room("home", gettext_lazy("Overview"), "h"),
            Room("tasks", gettext_lazy("Tasks"), "k"),
            Room("reviews", gettext_lazy("Reviews"), "v"),
            Room("saved", gettext_lazy("Saved searches"), "w"),
        ),
    ),
    (
        gettext_lazy("What happened"),
        (
            Room("incidents", gettext_lazy("Incidents"), "i"),
            Room("map", gettext_lazy("Map"), "m"),
            Room("claims", gettext_lazy("Claims"), "c"),
            Room("counts", gettext_lazy("Counts"), "n"),
            Room("command", gettext_lazy("Who commanded"), "u"),
            Room("identity", gettext_lazy("Same or not"), "d"),
            Room("graph", gettext_lazy("Relations"), "g"),
            Room("records", gettext_lazy("Records"), "b"),
        ),
    ),
    (
        gettext_lazy("Material"),
        (Room("sources", gettext_lazy("Sources"), "s"), Room("items", gettext_lazy("Items"), "e")),
    ),
    (
        gettext_lazy("Meaning"),
        (
            Room("law", gettext_lazy("Law"), "l"),
            Room("report", gettext_lazy("Report"), "r"),
            Room("trace", gettext_lazy("Trace"), "t"),
        ),
    ),
    (
        gettext_lazy("Keeping"),
        (
            Room("readings", gettext_lazy("Who read what"), "o"),
            Room("sync", gettext_lazy("Copies and safety"), "y"),
        ),
    ),
)
#: Codes looked at on either side of one that is not in the case.
_NEAR = 60
_STATUS = {
    "projection.unknown": 404,
    "projection.query": 400,
    "projection.schema": 503,
    "object.missing": 404,
    "custody.copies-busy": 503,
}
_CHECKED: dict[str, int] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Desk:
    """What one request reads: the case folder, its tables, and what the case says about itself."""

    folder: CaseFolder
    database: CaseDatabase
    view: ProjectedCase
    case: Record

    @property
    def alias(self) -> str:
        """The database alias for model queries."""
        return self.database.alias


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the rail as a page shows it; ``here`` is the value of ``aria-current``, or nothing.

    ``count`` is how much waits there for whoever asks.
    """

    href: str
    words: str
    key: str
    here: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the path shown above the page; the last has no address."""

    words: str
    href: str = ""


def desk(request: HttpRequest) -> Desk:
    """Open the case this request is about; refuse tables of another version."""
    found: Desk | None = getattr(request, "embers_desk", None)
    if found is None:
        folder = folder_of(request)
        database = _database(folder).as_read_by(reader_of(request).standing)
        view = ProjectedCase(database)
        found = Desk(folder, database, view, view.subject(view.case))
        request.embers_desk = found  # type: ignore[attr-defined]
    return found


def _database(folder: CaseFolder) -> CaseDatabase:
    """Return the projection read-only. Its version is checked once for all tables put in place together."""
    database = folder.database()
    place, version = database.engine.identity, database.engine.version(database)
    with _LOCK:
        if _CHECKED.get(place) == version != -1:
            return database
        database = folder.projection_to_read()
        _CHECKED[place] = version
        return database


def page(
    request: HttpRequest, template: str, *, title: str, crumbs: Sequence[Crumb] = (), **context: object
) -> HttpResponse:
    """Render a page inside the case's frame; ``title`` is the page's own part of the title."""
    case = desk(request).case
    exercise = bool(case.value("case-exercise", False))
    frame = {
        "title": title,
        "case_title": case.text("case-title") or gettext("Untitled case"),
        "exercise": exercise,
        "notices": [str(text) for text in case.values("case-notice")],
        "crumbs": crumbs,
    }
    return render(request, template, _frame(request, _own_counts(request)) | frame | context)


def _own_counts(request: HttpRequest) -> dict[str, int]:
    """Return how much waits for whoever asks, by room, in one statement."""
    person = reader_of(request).person
    if not person:
        return {}
    tasks, reviews = own_work(desk(request).database, person)
    return {"tasks": tasks, "reviews": reviews}


def _frame(request: HttpRequest, counts: Mapping[str, int] | None = None) -> dict[str, object]:
    """Return what the frame shows of every page, also of an error page that has no case to read."""
    waiting = counts or {}
    offered = [(code, words) for code, words in settings.LANGUAGES] if len(settings.LANGUAGES) > 1 else []
    # Everybody is shown the pages they may use, and nobody who has not logged in any. The guard found out who asks; an
    # error before it is shown without the rail.
    reader: Reader | None = getattr(request, "embers_reader", None)
    steps = [
        (
            group,
            [
                _step(room, request.path, waiting.get(room.name, 0))
                for room in rooms
                if reader is not None and _may_enter(reader, room)
            ],
        )
        for group, rooms in NAVIGATION
    ]
    return {
        "nav": [(group, found) for group, found in steps if found],
        "languages": offered,
        "language_cookie": settings.LANGUAGE_COOKIE_NAME,
    }


def _may_enter(reader: Reader, room: Room) -> bool:
    needs = RULES[room.name].needs
    return isinstance(needs, Permission) and reader.may(needs)


def _step(room: Room, path: str, count: int) -> Step:
    href = reverse(room.name)
    here = "page" if path == href else "true" if href != "/" and path.startswith(f"{href}/") else ""
    return Step(href, str(room.words), room.key, here, count)


def unknown(what: str, given: str, known: Sequence[str], *, where: str) -> ProjectionError:
    """Return the error for an id no subject has, with the nearest known ones as a hint."""
    near = get_close_matches(given, known, 3)
    hint = gettext("Did you mean %(names)s?") % {"names": ", ".join(near)} if near else ""
    listed = gettext("All of them are listed on the page %(where)s.") % {"where": where}
    missing = gettext("%(what)s %(given)s is not in this case.") % {"what": what, "given": repr(given)}
    return ProjectionError("unknown", missing, f"{hint} {listed}".strip())


def known_codes(open_desk: Desk, kind: str, given: str) -> list[str]:
    """Return the codes of a kind that stand next to a given one in order, for hints."""
    rows = models.Subject.objects.using(open_desk.alias).filter(kind=kind).exclude(code="")
    codes = rows.values_list("code", flat=True)
    behind = codes.filter(code__gte=given).order_by("code")[:_NEAR]
    return [*codes.filter(code__lt=given).order_by("-code")[:_NEAR], *behind]


class EmbersErrors:
    """Turns errors into pages that say what is wrong and what to do next; never a traceback."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a page's :class:`EmbersError`; leave everything else to the page for faults."""
        return error_answer(request, error) if isinstance(error, EmbersError) else None


def error_answer(request: HttpRequest, error: EmbersError) -> HttpResponse:
    """Return the page that says what is wrong and what to do next."""
    return _error_page(request, status_of(error), error.message, error.hint, error.code)


def status_of(error: EmbersError) -> int:
    """Return the status an error is answered with, on a page and by the API."""
    if isinstance(error, ObjectError) and error.code not in _STATUS:
        LOG.error("%s %s", error.code, error.message)
        return 409
    return 403 if isinstance(error, AccessDenied) else _STATUS.get(error.code, 400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that names nothing."""
    del exception  # its text is written for programmers
    message = gettext("There is no page at this address.")
    return _error_page(request, 404, message, gettext("Start from the case, or search it."), "web.not-found")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that could not be read."""
    del exception
    return _error_page(request, 400, gettext("The request could not be read."), "", "web.request")


def fault(request: HttpRequest) -> HttpResponse:
    """Answer after a programming error; the details are in the server's own output."""
    message = gettext("Embers could not make this page.")
    hint = gettext(
        "The case itself is unharmed: pages only read it. The server's output says what went wrong."
    )
    return _error_page(request, 500, message, hint, "web.fault")


def _error_page(request: HttpRequest, status: int, message: str, hint: str, code: str) -> HttpResponse:
    told = in_reader_words(code, message, hint)
    context = {"status": status, "code": code, "title": told.message, "told": told}
    return render(request, "error.html", _frame(request) | context, status=status)
