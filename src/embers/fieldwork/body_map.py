"""The body map: an outline of our own from the front and the back, its regions, and where findings are marked on it.

A mark stands in the region a finding names; it is no measured position. Left and right are the person's own.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

FRONT, BACK = "front", "back"
VIEWS = (FRONT, BACK)
#: The words under each view where a drawing stands alone.
CAPTIONS = {FRONT: "from the front: left is on the right", BACK: "from behind: left is on the left"}
WIDTH, HEIGHT = 200, 420
_MIDDLE = WIDTH / 2
_LEFT, _RIGHT, _LINE, _BOTH = "left", "right", "middle", "both"
#: Marks in one shape stand this far apart, so that no number hides another.
_APART = 13.0
_RADIUS = 8.0
_UPPER = _RADIUS
_PAPER, _LINE_COLOUR, _INK = "#ffffff", "#8a8a8a", "#1c1c1c"

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One region on one view and one side: its corners, in units of the drawing."""

    region: str
    view: str
    side: str
    corners: Corners

    @property
    def path(self) -> str:
        """The outline as an SVG path."""
        points = " L".join(f"{_number(x)} {_number(y)}" for x, y in self.corners)
        return f"M{points} Z"

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box around it."""
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


@dataclass(frozen=True, slots=True)
class Mark:
    """The number of a finding at its place on one view."""

    code: str
    view: str
    x: float
    y: float

    @property
    def left(self) -> str:
        """How far from the left edge, as an SVG writes it in every language."""
        return _number(self.x)

    @property
    def top(self) -> str:
        """How far from the upper edge."""
        return _number(self.y)


@lru_cache(maxsize=1)
def shapes() -> tuple[Shape, ...]:
    """Return every region of both views and sides, large ones before those that lie on them."""
    text = (files("embers.fieldwork") / "data" / "body_map.toml").read_text(encoding="utf-8")
    found = []
    for row in tomllib.loads(text)["shape"]:
        corners = tuple((float(x), float(y)) for x, y in row["path"])
        if row.get("middle"):
            found.append(Shape(row["region"], row["view"], _LINE, corners))
            continue
        other = tuple((WIDTH - x, y) for x, y in corners)
        # From the front the person faces us: their left lies to the right of the page.
        right_of_page, left_of_page = (_LEFT, _RIGHT) if row["view"] == FRONT else (_RIGHT, _LEFT)
        found.append(Shape(row["region"], row["view"], right_of_page, corners))
        found.append(Shape(row["region"], row["view"], left_of_page, other))
    return tuple(found)


def places_of(finding: Mapping[str, Any]) -> tuple[Shape, ...]:
    """Return the shapes a finding lies in: on the view of its aspect, where the region is drawn there.

    A finding of several regions, of the whole body or inside it lies in none: the list tells it.
    """
    region = [one for one in shapes() if one.region == finding["region"]]
    wanted = BACK if finding["aspect"] == BACK else FRONT
    view = [one for one in region if one.view == wanted] or region
    side = str(finding["side"])
    exact = [one for one in view if one.side == side or (side == _BOTH and one.side != _LINE)]
    whole = [one for one in view if one.side == _LINE]
    # A region drawn on both sides that a finding calls its middle is marked on the middle line.
    return tuple(exact or whole or ([_across(view)] if side == _LINE and view else []))


def _across(view: list[Shape]) -> Shape:
    first = view[0]
    corners = tuple((2 * _MIDDLE - x if index % 2 else x, y) for index, (x, y) in enumerate(first.corners))
    xs = [x for x, _ in corners] + [2 * _MIDDLE - x for x, _ in corners]
    ys = [y for _, y in corners]
    box = ((min(xs), min(ys)), (max(xs), min(ys)), (max(xs), max(ys)), (min(xs), max(ys)))
    return Shape(first.region, first.view, _LINE, box)


def marks(findings: Iterable[Mapping[str, Any]]) -> tuple[Mark, ...]:
    """Return where the numbers of findings stand, in the order of the findings. What was not examined has no mark."""
    taken: Counter[tuple[str, str, str]] = Counter()
    found = []
    for finding in findings:
        if finding["kind"] in {"none-seen", "not-examined"}:
            continue
        for shape in places_of(finding):
            key = (shape.region, shape.view, shape.side)
            x, y = shape.centre
            found.append(Mark(str(finding["code"]), shape.view, x, max(y + _APART * taken[key], _UPPER)))
            taken[key] += 1
    return tuple(found)


def body_map_svg(findings: Iterable[Mapping[str, Any]], *, captions: Mapping[str, str]) -> str:
    """Return both views side by side with the findings marked, as an SVG of its own for print.

    ``captions`` are the words under each view.
    """
    known = tuple(findings)
    placed = marks(known)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * 2} {HEIGHT + 24}" '
        f'width="{WIDTH * 2}" height="{HEIGHT + 24}" font-family="Noto Sans" font-size="9">'
    ]
    for column, view in enumerate(VIEWS):
        parts.append(f'<g transform="translate({column * WIDTH} 0)">')
        parts += [
            f'<path d="{shape.path}" fill="{_PAPER}" stroke="{_LINE_COLOUR}" stroke-width="0.8"/>'
            for shape in shapes()
            if shape.view == view
        ]
        for mark in placed:
            if mark.view == view:
                x, y = mark.left, mark.top
                parts.append(
                    f'<circle cx="{x}" cy="{y}" r="{_number(_RADIUS)}" fill="{_PAPER}" stroke="{_INK}"/>'
                )
                parts.append(
                    f'<text x="{x}" y="{_number(mark.y + 2.4)}" text-anchor="middle" font-size="7" fill="{_INK}">'
                    f"{escape(mark.code)}</text>"
                )
        parts.append(
            f'<text x="{_number(_MIDDLE)}" y="{HEIGHT + 14}" text-anchor="middle" fill="{_INK}">'
            f"{escape(captions[view])}</text></g>"
        )
    return "".join([*parts, "</svg>"])


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
