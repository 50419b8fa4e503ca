"""How people, units, incidents and other records are joined: drawn, and the same as a table that names who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language_bidi, gettext

from embers.case_view import Held, Record
from embers.projections import models
from embers.projections.neighbourhood import DEEPEST, LAW, Edge, Neighbourhood, neighbourhood
from embers.projections.trace import find
from embers.vocabulary.relations import of_type
from embers.web.graph_drawing import HEIGHT, WIDTH, Box, drawing
from embers.web.grounds import Said, explain
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, kind_label, label, names, plural_label

#: Letters of a name that fit into a box, and records offered to begin with of each kind.
_FITS, _OFFERED = 27, 40
_KINDS = ("unit", "person", "organisation", "party", "mission")


@dataclass(frozen=True, slots=True)
class Shape:
    """One record as it is drawn."""

    box: Box
    kind: str
    words: str
    whole: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class Joint:
    """One relation in words: what names what, who says so, and how that stands."""

    edge: Edge
    words: str
    first: str
    second: str
    first_href: str
    second_href: str
    said: Said

    @property
    def open(self) -> bool:
        """Tell whether the relation is contested or disputed."""
        return self.edge.contested or self.edge.disputed


def start(request: HttpRequest) -> HttpResponseBase:
    """Ask where to start, or go there."""
    text = request.GET.get("id", "").strip()[:200]
    if text:
        return HttpResponseRedirect(reverse("graph-of", args=[text]))
    at = desk(request)
    offered = []
    for kind in _KINDS:
        rows = models.Subject.objects.using(at.alias).filter(kind=kind).order_by("code", "id")[:_OFFERED]
        named = [(Name(row.id, row.code, row.label), reverse("graph-of", args=[row.id])) for row in rows]
        if named:
            offered.append((plural_label(kind), named))
    return page(
        request,
        "graph_start.html",
        title=gettext("Relations"),
        crumbs=[Crumb(gettext("Relations"))],
        offered=offered,
    )


def graph(request: HttpRequest, id: str) -> HttpResponseBase:
    """Draw what surrounds a record, one or two steps far."""
    at = desk(request)
    kind, start_id = find(at.database, id)
    if kind == "assertion":
        start_id = at.view.held([start_id])[start_id].subject
    depth = 1 if request.GET.get("steps") == "1" else DEEPEST
    of_law = start_id.partition(":")[0] in LAW
    with_law = of_law or request.GET.get("law") == "1"
    found = neighbourhood(at.database, start_id, depth, without=frozenset() if with_law else LAW)
    known = names(at.alias, found.steps)
    called = _called(at, known)
    joints = _joints(at, found, called)
    order = {one: f"{one.partition(':')[0]} {called[one]} {one}" for one in found.steps}
    drawn = drawing(found, order, from_right=get_language_bidi())
    hrefs = {joint.edge.subject: joint.first_href for joint in joints}
    hrefs |= {joint.edge.target: joint.second_href for joint in joints}
    return page(
        request,
        "graph.html",
        title=gettext("Relations of %(what)s") % {"what": called[start_id]},
        crumbs=[Crumb(gettext("Relations"), reverse("graph")), Crumb(called[start_id])],
        what=called[start_id],
        kind_words=kind_label(start_id.partition(":")[0]),
        page_of_it=known[start_id].href,
        depth=depth,
        with_law=with_law,
        of_law=of_law,
        more=found.more,
        drawn=drawn,
        box=(WIDTH, HEIGHT),
        shapes=[_shape(box, called[box.id], hrefs.get(box.id, ""), found.start) for box in drawn.boxes],
        lines=list(zip(drawn.lines, joints, strict=True)),
        joints=joints,
    )


def _shape(box: Box, words: str, href: str, start_id: str) -> Shape:
    short = words if len(words) <= _FITS else f"{words[: _FITS - 1]}…"
    return Shape(box, kind_label(box.id.partition(":")[0]), short, words, href, box.id == start_id)


def _called(at: Desk, known: Mapping[str, Name]) -> dict[str, str]:
    """Return what each record is called; what only joins others is called by its own words, such as a role."""
    bare = [id for id, name in known.items() if not (name.code or name.label) or name.label == id]
    records = at.view.subjects(bare)
    return {
        id: _own_words(records[id]) or kind_label(id.partition(":")[0]) if id in records else name.text
        for id, name in known.items()
    }


def _own_words(record: Record) -> str:
    for predicate in (*of_type(record.kind, "text"), *of_type(record.kind, "lang-text")):
        if words := record.text(predicate):
            return words
    return ""


def _joints(at: Desk, found: Neighbourhood, called: Mapping[str, str]) -> list[Joint]:
    held: Mapping[str, Held] = at.view.held(edge.said for edge in found.edges)
    said = explain(at, held.values())

    def href(id: str) -> str:
        return reverse("graph-of", args=[id])

    return [
        Joint(
            edge,
            label(edge.predicate),
            called[edge.subject],
            called[edge.target],
            href(edge.subject),
            href(edge.target),
            said[edge.said],
        )
        for edge in found.edges
    ]
