"""Where the records of a graph stand and how its lines run: columns by steps from the chosen record, always alike.

The drawing is made on the server as SVG: nothing moves by itself, the same records stand at the same places for
everybody, it prints, and every record in it is a link that the Tab key reaches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from embers.projections.neighbourhood import BETWEEN, Edge, Neighbourhood

#: Size of a box, room between rows and columns, and about the whole, in units of the drawing (pixels at its own size).
WIDTH, HEIGHT, _ROW, _COLUMN, _EDGE = 196, 46, 66, 312, 22
#: How far a line between two boxes of one column swings out.
_SWING = 60
#: Times the columns are put in order by what they are joined to.
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """One record: the upper left corner of its box."""

    id: str
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class Line:
    """One relation: the path of its line, and where its words stand."""

    edge: Edge
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole, with its size."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


def drawing(found: Neighbourhood, order: Mapping[str, str], *, from_right: bool = False) -> Drawing:
    """Place records in columns; ``order`` sorts those that nothing else tells apart. ``from_right`` turns it round."""
    columns = _columns(found, order)
    rows = max(len(column) for column in columns)
    width = _COLUMN * (len(columns) - 1) + WIDTH + 2 * _EDGE + _SWING
    height = rows * _ROW + 2 * _EDGE
    places: dict[str, tuple[int, int]] = {}
    for number, column in enumerate(columns):
        above = (rows - len(column)) * _ROW // 2 + _EDGE
        left = _EDGE + number * _COLUMN
        for row, id in enumerate(column):
            places[id] = (width - left - WIDTH if from_right else left, above + row * _ROW)
    boxes = tuple(Box(id, *places[id]) for column in columns for id in column)
    return Drawing(boxes, tuple(_lines(found.edges, places, from_right=from_right)), width, height)


def _columns(found: Neighbourhood, order: Mapping[str, str]) -> list[list[str]]:
    """Return the columns: each step, before it what only joins it; in order of what each is joined to."""
    by_place: dict[int, list[str]] = defaultdict(list)
    for id, step in found.steps.items():
        joins = step > 0 and id.partition(":")[0] in BETWEEN
        by_place[2 * step - 1 if joins else 2 * step].append(id)
    columns = [sorted(by_place[place], key=lambda id: order[id]) for place in sorted(by_place)]
    near: dict[str, list[str]] = defaultdict(list)
    for edge in found.edges:
        near[edge.subject].append(edge.target)
        near[edge.target].append(edge.subject)
    for sweep in range(_SWEEPS):
        for number in range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns))):
            others = [columns[n] for n in (number - 1, number + 1) if 0 <= n < len(columns)]
            rank = {id: row - len(column) / 2 for column in others for row, id in enumerate(column)}
            here = {id: row - len(columns[number]) / 2 for row, id in enumerate(columns[number])}
            columns[number].sort(key=lambda id: (_middle(rank, near[id], here[id]), order[id]))
    return columns


def _middle(rank: Mapping[str, float], near: Sequence[str], own: float) -> float:
    joined = [rank[id] for id in near if id in rank]
    return sum(joined) / len(joined) if joined else own


def _lines(
    edges: Iterable[Edge], places: Mapping[str, tuple[int, int]], *, from_right: bool
) -> Iterator[Line]:
    """Yield the lines. Several between the same two records lie beside each other; none runs through a box."""
    before: dict[frozenset[str], int] = defaultdict(int)
    for edge in edges:
        pair = frozenset((edge.subject, edge.target))
        shift = before[pair] * 15
        before[pair] += 1
        (x1, y1), (x2, y2) = places[edge.subject], places[edge.target]
        y1, y2 = y1 + HEIGHT // 2 + shift, y2 + HEIGHT // 2 + shift
        if x1 == x2:
            side = x1 if from_right else x1 + WIDTH
            out = side - _SWING if from_right else side + _SWING
            path = f"M{side} {y1}C{out} {y1} {out} {y2} {side} {y2}"
            yield Line(edge, path, (side + 3 * out) // 4, (y1 + y2) // 2)
        else:
            start, end = (x1 + WIDTH, x2) if x1 < x2 else (x1, x2 + WIDTH)
            yield _across(edge, (start, y1), (end, y2), places)


def _across(
    edge: Edge, start: tuple[int, int], end: tuple[int, int], places: Mapping[str, tuple[int, int]]
) -> Line:
    """Return the line between two columns. One that passes columns goes between their boxes."""
    (x1, y1), (x2, y2) = start, end
    inside = [place for place in places.values() if min(x1, x2) < place[0] < max(x1, x2)]
    if not inside:
        middle = (x1 + x2) // 2
        return Line(edge, f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}", middle, (y1 + y2) // 2)
    lane = _lane([top for _, top in inside], (y1 + y2) // 2)
    gap = (_COLUMN - WIDTH) if x1 < x2 else WIDTH - _COLUMN
    near, far = x1 + gap, x2 - gap
    first = f"M{x1} {y1}C{x1 + gap // 2} {y1} {x1 + gap // 2} {lane} {near} {lane}"
    last = f"L{far} {lane}C{x2 - gap // 2} {lane} {x2 - gap // 2} {y2} {x2} {y2}"
    return Line(edge, first + last, x1 + gap // 2, (y1 + lane) // 2)


def _lane(tops: Sequence[int], wanted: int) -> int:
    """Return the height nearest to the wanted one that lies between boxes, above all or below all."""
    half = (_ROW - HEIGHT) // 2
    lanes = {top - half for top in tops} | {top + HEIGHT + half for top in tops}
    free = [lane for lane in lanes if not any(top <= lane <= top + HEIGHT for top in tops)]
    return min(free, key=lambda lane: (abs(lane - wanted), lane))
