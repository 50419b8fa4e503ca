"""Bearings at craters as read in the field, turned into azimuths to the origin from true north."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from embers.case_view import Record
from embers.errors import FieldworkError
from embers.fieldwork.azimuth import MeanAzimuth, OriginSector, bisector, mean_azimuth, normal, origin_sector
from embers.fieldwork.declination import Declination, declination
from embers.places import MICRO, Point

MILLI = 1000


@dataclass(frozen=True, slots=True)
class Bearing:
    """One bearing as read: degrees, north it is counted from, where it points, stated error."""

    crater: str
    by: str
    instrument: str
    method: str
    degrees: float
    second: float | None
    north: str
    sense: str
    error: float

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Bearing:
        """Read a recorded bearing; a side spray with one edge, or another method with two, is refused."""
        second = value.get("second_mdeg")
        if (second is not None) != (value["method"] == "side-spray"):
            raise FieldworkError(
                "edges",
                f"The bearing by {value['by']} at {value['crater']} needs "
                f"{'both edges of the spray' if second is None else 'one reading'}.",
                "Side spray: read both edges, the bisector counts. Other methods: one reading.",
            )
        if value["error_mdeg"] <= 0:
            raise FieldworkError(
                "no-error",
                f"The bearing by {value['by']} at {value['crater']} has no error.",
                "State the standard error of instrument and method together; none is without.",
            )
        return cls(
            value["crater"],
            value["by"],
            value["instrument"],
            value["method"],
            value["bearing_mdeg"] / MILLI,
            None if second is None else second / MILLI,
            value["north"],
            value["sense"],
            value["error_mdeg"] / MILLI,
        )

    def to_origin(self, correction: float) -> float:
        """Return the azimuth to the origin from true north; ``correction`` is the declination in degrees east."""
        read = self.degrees if self.second is None else bisector(self.degrees, self.second)
        from_true = read + (correction if self.north == "magnetic" else 0.0)
        return normal(from_true + (180.0 if self.sense == "flight" else 0.0))


@dataclass(frozen=True, slots=True)
class CraterAzimuth:
    """The mean azimuth to the origin at one crater, with the declination that was applied, if any."""

    crater: str
    mean: MeanAzimuth
    declination: Declination | None


def crater_azimuth(values: Sequence[Mapping[str, Any]], position: Point, *, day: date) -> CraterAzimuth:
    """Return the mean azimuth of the bearings at one crater, read on one day at one position."""
    bearings = [Bearing.read(value) for value in values]
    if len({one.crater for one in bearings}) > 1:
        raise FieldworkError("craters", "Bearings of several craters have no mean.", "Give those of one.")
    magnetic = any(one.north == "magnetic" for one in bearings)
    found = declination(position.lat / MICRO, position.lon / MICRO, day=day) if magnetic else None
    correction, shared = (found.degrees, found.error) if found else (0.0, 0.0)
    mean = mean_azimuth(
        [(one.to_origin(correction), one.error, one.by) for one in bearings], shared_error=shared
    )
    return CraterAzimuth(bearings[0].crater if bearings else "", mean, found)


def bearings_at(visit: Record, crater: str) -> list[Mapping[str, Any]]:
    """Return the recorded bearings at one crater of a visit."""
    return [value for value in visit.values("crater-bearing") if value["crater"] == crater]


def sectors_of(site: Record) -> list[OriginSector]:
    """Return the origin sectors of a site that have ranges, in the order they were worked out."""
    position = site.value("site-position")
    if position is None:
        return []
    here = Point.from_json(position)
    found = []
    for value in site.values("origin-sector"):
        if "range_max_m" in value:
            mean = MeanAzimuth(
                value["azimuth_mdeg"] / MILLI,
                value["error_mdeg"] / MILLI,
                None,
                value["bearings"],
                value["measurers"],
            )
            nearest, farthest = value.get("range_min_m", 0), value["range_max_m"]
            found.append(
                origin_sector(
                    here.lat / MICRO, here.lon / MICRO, mean, nearest_m=nearest, farthest_m=farthest
                )
            )
    return found
