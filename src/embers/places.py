"""Points on the Earth with their precision and how they were obtained.

Coordinates are WGS 84 whole microdegrees (0.11 m at the equator), so that a journal entry holds no
floating-point number and text goes back and forth without change. A point without precision and method
is refused: "somewhere in the town" and "the crater" must never look alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from embers.errors import PlaceError

MICRO = 1_000_000
#: Mean Earth radius in metres (IUGG 1980). Distances on this sphere are within 0.56 % of the ellipsoid.
MEAN_RADIUS_M = 6_371_008.8
#: Smallest radius of curvature of the WGS 84 ellipsoid (along the meridian, at the equator): with it a
#: box is never too small.
SMALLEST_RADIUS_M = 6_335_439.0
#: Half the circumference: no precision can be worse.
LARGEST_PRECISION_M = 20_037_508
_DECIMAL = re.compile(r"^([+-]?)(\d{1,3})(?:\.(\d+))?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Box:
    """South-west and north-east corners in microdegrees; ``west > east`` means it crosses 180 degrees."""

    south: int
    west: int
    north: int
    east: int

    def parts(self) -> tuple[Box, ...]:
        """Return one box, or two that do not cross the antimeridian (for an R*Tree)."""
        if self.west <= self.east:
            return (self,)
        return (
            Box(self.south, self.west, self.north, 180 * MICRO),
            Box(self.south, -180 * MICRO, self.north, self.east),
        )

    def holds(self, lat: int, lon: int) -> bool:
        """Tell whether a position in microdegrees lies inside or on the border."""
        return any(part.south <= lat <= part.north and part.west <= lon <= part.east for part in self.parts())


@dataclass(frozen=True, slots=True)
class Point:
    """A position in microdegrees with a precision in metres (radius) and the method that gave it.

    Raises :class:`PlaceError` for values out of range, a precision below 1 m or an empty method.
    """

    lat: int
    lon: int
    precision_m: int
    method: str

    def __post_init__(self) -> None:
        _check_range("latitude", self.lat, 90)
        _check_range("longitude", self.lon, 180)
        if type(self.precision_m) is not int or not 1 <= self.precision_m <= LARGEST_PRECISION_M:
            raise PlaceError(
                "precision",
                f"A precision of {self.precision_m!r} m is not usable.",
                "Give the radius in whole metres, at least 1, within which the place certainly lies.",
            )
        if not isinstance(self.method, str) or not self.method.strip():
            raise PlaceError(
                "method",
                "The point does not say how it was obtained.",
                "Give a method such as 'settlement centroid', 'GNSS fix' or 'geolocated from video'.",
            )

    def to_json(self) -> dict[str, int | str]:
        """Return the journal form; no floating-point number."""
        return {"lat": self.lat, "lon": self.lon, "precision_m": self.precision_m, "method": self.method}

    @classmethod
    def from_json(cls, value: object) -> Point:
        """Read the journal form; raise :class:`PlaceError` for missing or surplus keys."""
        if not isinstance(value, Mapping) or set(value) != {"lat", "lon", "precision_m", "method"}:
            raise PlaceError(
                "shape", f"{value!r} is not a point.", "It needs lat, lon, precision_m and method."
            )
        return cls(value["lat"], value["lon"], value["precision_m"], value["method"])

    @classmethod
    def from_text(cls, lat: str, lon: str, *, precision_m: int, method: str) -> Point:
        """Build a point from decimal degrees as text, exactly."""
        return cls(microdegrees(lat), microdegrees(lon), precision_m, method)


def _check_range(name: str, value: object, limit: int) -> None:
    # bool is an int in Python; True is not a latitude.
    if type(value) is not int or not -limit * MICRO <= value <= limit * MICRO:
        raise PlaceError(
            "range",
            f"The {name} {value!r} is not within {limit} degrees.",
            "Coordinates are whole microdegrees: 40681570 for 40.68157.",
        )


def microdegrees(text: str) -> int:
    """Turn decimal degrees as text into microdegrees, exactly; refuse what would lose digits."""
    match = _DECIMAL.fullmatch(text.strip())
    if not match:
        raise PlaceError("decimal", f"{text!r} is not a decimal number of degrees.", "Write 40.68157.")
    fraction = (match[3] or "").rstrip("0")
    if len(fraction) > 6:
        raise PlaceError(
            "decimal",
            f"{text!r} has more than six decimals.",
            "Six decimals are 0.11 m; round before recording, and let precision_m say how well it is known.",
        )
    size = int(match[2]) * MICRO + int(fraction.ljust(6, "0"))
    return -size if match[1] == "-" else size


def degrees_text(value: int) -> str:
    """Turn microdegrees into the shortest exact decimal text: ``40681570`` gives ``40.68157``."""
    whole, fraction = divmod(abs(value), MICRO)
    digits = f"{fraction:06d}".rstrip("0")
    return ("-" if value < 0 else "") + str(whole) + (f".{digits}" if digits else "")


def distance_m(first: Point, second: Point) -> float:
    """Return the great-circle distance in metres (haversine); within 0.56 % of the ellipsoid."""
    lat1, lat2 = math.radians(first.lat / MICRO), math.radians(second.lat / MICRO)
    half_lat, half_lon = (lat2 - lat1) / 2, math.radians((second.lon - first.lon) / MICRO) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2 * MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def may_be_same_place(first: Point, second: Point) -> bool:
    """Tell whether the two circles of precision touch; false means they are certainly apart."""
    reach = first.precision_m + second.precision_m
    return distance_m(first, second) * (1 - 0.0056) <= reach


def bounding_box(point: Point) -> Box:
    """Return a box around the circle of precision: never too small, correct at poles and antimeridian."""
    angle = point.precision_m / SMALLEST_RADIUS_M
    lat = math.radians(point.lat / MICRO)
    # An eighth of a millionth is added by rounding outwards; one more unit covers floating-point error.
    reach = math.ceil(math.degrees(angle) * MICRO) + 1
    south, north = max(point.lat - reach, -90 * MICRO), min(point.lat + reach, 90 * MICRO)
    if abs(lat) + angle >= math.pi / 2:
        return Box(south, -180 * MICRO, north, 180 * MICRO)
    width = math.ceil(math.degrees(math.asin(math.sin(angle) / math.cos(lat))) * MICRO) + 1
    if width >= 180 * MICRO:
        return Box(south, -180 * MICRO, north, 180 * MICRO)
    return Box(south, _wrap(point.lon - width), north, _wrap(point.lon + width))


def _wrap(lon: int) -> int:
    if lon < -180 * MICRO:
        return lon + 360 * MICRO
    return lon - 360 * MICRO if lon > 180 * MICRO else lon


def method_words(method: str) -> str:
    """Return how a position was found in plain words: published sets mark a stand-in with ``PROXY:``."""
    return f"stand-in, {method.removeprefix('PROXY:').strip()}" if method.startswith("PROXY:") else method


def geojson_geometry(point: Point) -> dict[str, object]:
    """Return the RFC 7946 geometry: longitude first, degrees, at most six decimals."""
    return {"type": "Point", "coordinates": [point.lon / MICRO, point.lat / MICRO]}


def geojson_feature(point: Point, identifier: str, *, properties: Mapping[str, object]) -> dict[str, object]:
    """Return an RFC 7946 feature; precision and method always travel with the point."""
    own = {"precision_m": point.precision_m, "method": point.method}
    return {
        "type": "Feature",
        "id": identifier,
        "geometry": geojson_geometry(point),
        "properties": {**properties, **own},
    }
