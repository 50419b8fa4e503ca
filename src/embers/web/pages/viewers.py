"""Looking at an item: a copy of it in the viewer for its kind, at the place a claim cites."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.case_view import Held
from embers.custody.copies.decoding import CHOICES
from embers.custody.copies.made import Made
from embers.errors import ProjectionError
from embers.pinpoint import Pinpoint, read_pinpoint
from embers.projections import models
from embers.web import copies
from embers.web.marks import Marks, marks_in, on_page
from embers.web.pages.objects import PLAYED, readable
from embers.web.passages import passages, rows
from embers.web.reader import reader_of
from embers.web.shell import Crumb, Desk, desk, page, unknown
from embers.web.viewer_words import viewer_words

_LONGEST_LOCATOR = 8_000
#: What is shown first where an item has several objects.
_ROLES = ("working-copy", "redacted", "original", "derived")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked to see: which object, where in it, and how its bytes are to be read."""

    sha256: str
    media: str
    pinpoint: Pinpoint
    number: int
    encoding: str


def item_view(request: HttpRequest, id: str) -> HttpResponse:
    """Show an item in the viewer for its kind. ``at`` is a locator, ``of`` an object of it, ``part`` a page."""
    at = desk(request)
    row = models.Item.objects.using(at.alias).filter(id=f"item:{id}").first()
    if row is None:
        raise unknown(gettext("The item"), id, [], where=reverse("items"))
    held = _objects(at, row.id)
    locator = request.GET.get("at", "")[:_LONGEST_LOCATOR]
    shown = _chosen(held, request.GET.get("of", ""))
    marks = marks_in(at, row.id)
    context: Mapping[str, object] = {}
    if shown is not None:
        readable(at, shown["sha256"])
        asked = Asked(
            shown["sha256"],
            shown["media"],
            read_pinpoint(locator),
            _number(request.GET.get("part", "")),
            request.GET.get("encoding", "")[:20],
        )
        context = _SHOWN_BY[copies.viewer_for(asked.media)](at, asked, marks)
    return page(
        request,
        "viewer.html",
        title=row.title or row.name or row.id,
        crumbs=[
            Crumb(gettext("Items"), reverse("items")),
            Crumb(row.title or row.id, reverse("item", args=[id])),
            Crumb(gettext("View")),
        ],
        row=row,
        shown=shown,
        others=[one for one in held if shown is None or one["sha256"] != shown["sha256"]],
        locator=locator,
        unread=read_pinpoint(locator).unread,
        words=viewer_words(),
        may_record=reader_of(request).may(Permission.RECORD),
        **({"viewer": copies.NONE, "marks": marks.listed, "marks_total": marks.total} | dict(context)),
    )


def _objects(at: Desk, item_id: str) -> list[dict[str, Any]]:
    found: list[Held] = list(at.view.subject(item_id).live("item-object"))
    return [dict(held.value) for held in found]


def _chosen(held: list[dict[str, Any]], sha256: str) -> dict[str, Any] | None:
    """Return the object asked for, or the one to begin with: a working copy before the original."""
    if sha256:
        found = next((one for one in held if one["sha256"] == sha256), None)
        if found is None:
            raise ProjectionError(
                "unknown",
                gettext("This item has no such object."),
                gettext("Open the item's page and choose one."),
            )
        return found
    ordered = sorted(
        held,
        key=lambda one: (copies.viewer_for(one["media"]) == copies.NONE, _rank(str(one.get("role", "")))),
    )
    return ordered[0] if ordered else None


def _rank(role: str) -> int:
    return _ROLES.index(role) if role in _ROLES else len(_ROLES)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def _picture(at: Desk, asked: Asked, marks: Marks) -> dict[str, object]:
    del marks
    made = copies.copy(at, asked.sha256, "picture")
    scene = copies.copy(at, asked.sha256, "overlay") if asked.media == copies.SCENE else None
    return {
        "viewer": copies.PICTURE,
        "facts": made.facts,
        "why_not": copies.why_not(made),
        "plan": reverse("copy-plan", args=[asked.sha256, 0]),
        "scene": scene.facts if scene and not copies.why_not(scene) else None,
        "overlay": reverse("copy-overlay", args=[asked.sha256]),
    }


def _document(at: Desk, asked: Asked, marks: Marks) -> dict[str, object]:
    number = asked.number or asked.pinpoint.page or 1
    made = copies.copy(at, asked.sha256, "document", page=number)
    count = made.facts.get("pages", 0)
    return {
        "viewer": copies.DOCUMENT,
        "facts": made.facts,
        "why_not": copies.why_not(made),
        "number": number,
        "place": f"page={number}",
        "earlier": number - 1 if number > 1 else 0,
        "later": number + 1 if number < count else 0,
        "text": made.parts["text"].decode() if "text" in made.parts else "",
        "plan": reverse("copy-plan", args=[asked.sha256, number]),
        "here": on_page(marks.listed, number),
        "elsewhere": [mark for mark in marks.listed if mark.pinpoint.page != number],
    }


def _recording(at: Desk, asked: Asked, marks: Marks) -> dict[str, object]:
    del at, marks
    return {
        "viewer": copies.RECORDING,
        "film": asked.media.startswith("video/"),
        "played": asked.media in PLAYED,
    }


def _text(at: Desk, asked: Asked, marks: Marks) -> dict[str, object]:
    markup = asked.media == copies.MARKUP
    made = copies.copy(at, asked.sha256, "passages", markup=markup, encoding=asked.encoding)
    return {
        "viewer": copies.TEXT,
        "facts": made.facts,
        "why_not": copies.why_not(made),
        "encodings": CHOICES,
        "encoding": asked.encoding,
        **passages(made, asked.pinpoint, asked.number, marks),
    }


def _table(at: Desk, asked: Asked, marks: Marks) -> dict[str, object]:
    made = copies.copy(at, asked.sha256, "table", encoding=asked.encoding)
    return {
        "viewer": copies.TABLE,
        "facts": made.facts,
        "why_not": copies.why_not(made),
        "encodings": CHOICES,
        "encoding": asked.encoding,
        **rows(made, asked.pinpoint, asked.number, marks),
    }


def _capture(at: Desk, asked: Asked, marks: Marks) -> dict[str, object]:
    del marks
    made = copies.copy(at, asked.sha256, "capture")
    parts = -(-made.facts.get("resources", 0) // made.facts.get("per_part", 1))
    part = min(max(1, asked.number), max(1, parts))
    return {
        "viewer": copies.CAPTURE,
        "facts": made.facts,
        "why_not": copies.why_not(made),
        "pages": json.loads(made.parts.get("pages", b"[]")),
        "resources": json.loads(made.parts.get(str(part - 1), b"[]")),
        "part": part,
        "parts": parts,
    }


def _none(at: Desk, asked: Asked, marks: Marks) -> dict[str, object]:
    del at, asked, marks
    return {}


_SHOWN_BY = {
    copies.PICTURE: _picture,
    copies.DOCUMENT: _document,
    copies.RECORDING: _recording,
    copies.TEXT: _text,
    copies.TABLE: _table,
    copies.CAPTURE: _capture,
    copies.NONE: _none,
}


def copy_plan(request: HttpRequest, sha256: str, number: int) -> HttpResponse:
    """Return size and levels of a picture (0) or of a page of a document (from 1)."""
    made = copies.required(_pictured(request, sha256, number))
    plan = {name: made.facts[name] for name in ("width", "height", "tile", "levels")}
    return JsonResponse(plan)


def copy_tile(
    request: HttpRequest, sha256: str, number: int, *, level: int, column: int, row: int
) -> HttpResponse:
    """Return one tile of a picture or page."""
    made = copies.required(_pictured(request, sha256, number))
    return _part(made, f"{level}/{column}/{row}", "image/jpeg")


def copy_overlay(request: HttpRequest, sha256: str) -> HttpResponse:
    """Return a georeferenced picture as it lies on the map."""
    at = desk(request)
    readable(at, sha256)
    return _part(copies.required(copies.copy(at, sha256, "overlay")), "overlay", "image/png")


def _pictured(request: HttpRequest, sha256: str, number: int) -> Made:
    at = desk(request)
    readable(at, sha256)
    if number:
        return copies.copy(at, sha256, "document", page=number)
    return copies.copy(at, sha256, "picture")


def _part(made: Made, name: str, media: str) -> HttpResponse:
    if name not in made.parts:
        raise ProjectionError(
            "unknown", gettext("The picture has no such part."), gettext("Open the picture again.")
        )
    return HttpResponse(made.parts[name], content_type=media)
