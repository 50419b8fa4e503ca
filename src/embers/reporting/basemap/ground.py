"""Reads the packaged base map and projects it around a centre.

The projection is azimuthal equidistant on the mean sphere: distances and directions from the centre are true,
and within 300 km of it the scale is off by less than 0.1 % in any direction, so a circle stays a circle.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise

from embers.places import MEAN_RADIUS_M

Position = tuple[float, float]  #: longitude and latitude in degrees
Line = tuple[Position, ...]
#: Longest step, in degrees, along the edge of a clipped area before it is bent by the projection.
_STEP = 2.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One ring or line with its bounds in degrees."""

    points: Line
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class CountryName:
    """Where a country's name may stand; ``detailed`` ones are for maps of a region."""

    name: str
    lon: float
    lat: float
    detailed: bool
    size: float


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole base map: shapes by kind (``land lake coast border undetermined``) and country names."""

    layers: dict[str, tuple[Shape, ...]]
    names: tuple[CountryName, ...]


@lru_cache(maxsize=1)
def ground() -> Ground:
    """Return the packaged base map; read once per process."""
    packaged = resources.files("embers.reporting.basemap").joinpath("world.json")
    data = json.loads(packaged.read_text(encoding="utf-8"))
    per_degree = data["units_per_degree"]
    layers = {
        kind: tuple(_shape(steps, per_degree) for steps in rows) for kind, rows in data["layers"].items()
    }
    return Ground(layers, tuple(CountryName(*row) for row in data["names"]))


def _shape(steps: Sequence[int], per_degree: int) -> Shape:
    points: list[Position] = []
    x = y = 0
    for index in range(0, len(steps), 2):
        x, y = x + steps[index], y + steps[index + 1]
        points.append((x / per_degree, y / per_degree))
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return Shape(tuple(points), min(lons), min(lats), max(lons), max(lats))


@dataclass(frozen=True, slots=True)
class Window:
    """Bounds in degrees of what can be seen; ``west`` may be below -180 and ``east`` above 180."""

    west: float
    south: float
    east: float
    north: float

    def rings(self, shapes: Iterable[Shape]) -> Iterator[Line]:
        """Yield rings cut to the window, with the cut edges in steps short enough to be projected."""
        for shape, shift in self._near(shapes):
            ring: Sequence[Position] = [(lon + shift, lat) for lon, lat in shape.points]
            for axis, limit, sign in (
                (0, self.west, 1),
                (0, self.east, -1),
                (1, self.south, 1),
                (1, self.north, -1),
            ):
                ring = _cut(ring, axis, limit=limit, sign=sign)
            if len(ring) > 2:
                yield tuple(_stepped([*ring, ring[0]]))

    def lines(self, shapes: Iterable[Shape]) -> Iterator[Line]:
        """Yield the runs of each line whose segments touch the window (not cut at its edge)."""
        for shape, shift in self._near(shapes):
            run: list[Position] = []
            for start, end in pairwise((lon + shift, lat) for lon, lat in shape.points):
                if self._touches(start, end):
                    run = run or [start]
                    run.append(end)
                elif run:
                    yield tuple(run)
                    run = []
            if run:
                yield tuple(run)

    def _near(self, shapes: Iterable[Shape]) -> Iterator[tuple[Shape, int]]:
        for shape in shapes:
            if shape.north < self.south or shape.south > self.north:
                continue
            for shift in (-360, 0, 360):
                if shape.east + shift >= self.west and shape.west + shift <= self.east:
                    yield shape, shift

    def _touches(self, start: Position, end: Position) -> bool:
        return (
            max(start[0], end[0]) >= self.west
            and min(start[0], end[0]) <= self.east
            and max(start[1], end[1]) >= self.south
            and min(start[1], end[1]) <= self.north
        )


def _cut(ring: Sequence[Position], axis: int, *, limit: float, sign: int) -> list[Position]:
    """Keep the part of a ring on one side of a line (one step of Sutherland and Hodgman's method)."""
    kept: list[Position] = []
    for start, end in zip(ring, [*ring[1:], *ring[:1]], strict=True):
        start_in, end_in = sign * (start[axis] - limit) >= 0, sign * (end[axis] - limit) >= 0
        if start_in:
            kept.append(start)
        if start_in != end_in:
            share = (limit - start[axis]) / (end[axis] - start[axis])
            kept.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
    return kept


def _stepped(points: Sequence[Position]) -> Iterator[Position]:
    yield points[0]
    for start, end in pairwise(points):
        count = math.ceil(max(abs(end[0] - start[0]), abs(end[1] - start[1])) / _STEP)
        for step in range(1, count + 1):
            share = step / count
            yield start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


@dataclass(frozen=True, slots=True)
class Projection:
    """Azimuthal equidistant projection around a centre (degrees); answers are metres east and north."""

    lon: float
    lat: float

    def project(self, lon: float, lat: float) -> tuple[float, float]:
        """Return metres east and north of the centre."""
        turn, up, centre = math.radians(lon - self.lon), math.radians(lat), math.radians(self.lat)
        cosine = math.sin(centre) * math.sin(up) + math.cos(centre) * math.cos(up) * math.cos(turn)
        angle = math.acos(max(-1.0, min(1.0, cosine)))
        # sin(angle) is zero at the centre (factor 1) and at its antipode, which no frame of ours reaches.
        factor = MEAN_RADIUS_M * (angle / math.sin(angle) if 1e-9 < angle < math.pi - 1e-9 else 1.0)
        east = math.cos(up) * math.sin(turn)
        north = math.cos(centre) * math.sin(up) - math.sin(centre) * math.cos(up) * math.cos(turn)
        return factor * east, factor * north

    def window(self, half_width_m: float, half_height_m: float) -> Window:
        """Return bounds that certainly hold a frame of this size around the centre, with a margin."""
        angle = min(math.pi, 1.08 * math.hypot(half_width_m, half_height_m) / MEAN_RADIUS_M)
        reach, up = math.degrees(angle), math.radians(abs(self.lat))
        wide = 180.0
        if up + angle < math.radians(89):
            wide = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(up))))
        south, north = max(-90.0, self.lat - reach), min(90.0, self.lat + reach)
        return Window(self.lon - wide, south, self.lon + wide, north)


def centre_of(positions: Sequence[Position]) -> Position:
    """Return the middle of positions on the sphere, safe across the antimeridian."""
    total = [0.0, 0.0, 0.0]
    for lon, lat in positions:
        turn, up = math.radians(lon), math.radians(lat)
        total[0] += math.cos(up) * math.cos(turn)
        total[1] += math.cos(up) * math.sin(turn)
        total[2] += math.sin(up)
    flat = math.hypot(total[0], total[1])
    if flat < 1e-9 and abs(total[2]) < 1e-9:
        return positions[0]
    return math.degrees(math.atan2(total[1], total[0])), math.degrees(math.atan2(total[2], flat))
