"""Mean and spread of several bearings, and where they point back to.

Angles are degrees clockwise from true north. Means are circular (Mardia and Jupp, Directional Statistics, 2000,
sections 2.2 and 2.3): the mean of 359 and 1 is 0, not 180.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pyproj import Geod

from embers.errors import FieldworkError

_GEOD = Geod(ellps="WGS84")
#: A sector is drawn two standard errors to each side: about 95 %.
SECTOR_ERRORS = 2.0
#: Below this length of the mean vector the bearings agree on no direction.
_LEAST_AGREEMENT = 0.5
_ARC_STEPS = 24


def normal(angle: float) -> float:
    """Return an angle as 0 up to, not including, 360."""
    found = angle % 360.0
    return 0.0 if found == 360.0 else found


def difference(one: float, other: float) -> float:
    """Return the smaller angle between two directions, 0 to 180."""
    apart = abs(normal(one) - normal(other))
    return min(apart, 360.0 - apart)


def bisector(left: float, right: float) -> float:
    """Return the direction in the middle of the smaller angle between two edges; opposite edges are refused."""
    if difference(left, right) > 179.0:
        raise FieldworkError(
            "edges",
            f"The edges {left:g} and {right:g} are opposite: they have no middle.",
            "Read them again.",
        )
    return circular_mean([left, right])[0]


def circular_mean(angles: Sequence[float]) -> tuple[float, float]:
    """Return the mean direction and the length of the mean vector (1: all alike, 0: no direction)."""
    east = math.fsum(math.sin(math.radians(angle)) for angle in angles) / len(angles)
    north = math.fsum(math.cos(math.radians(angle)) for angle in angles) / len(angles)
    return normal(math.degrees(math.atan2(east, north))), min(1.0, math.hypot(east, north))


@dataclass(frozen=True, slots=True)
class MeanAzimuth:
    """Mean azimuth to the origin, its standard error, and the spread of the bearings (none for a single one)."""

    degrees: float
    error: float
    spread: float | None
    bearings: int
    measurers: int


def mean_azimuth(bearings: Sequence[tuple[float, float, str]], *, shared_error: float = 0.0) -> MeanAzimuth:
    """Return the mean of (azimuth, stated error, measurer); bearings that agree on no direction are refused.

    The spread shrinks with the number of bearings. What an instrument or the method gets wrong it gets wrong each
    time, so the largest stated error and ``shared_error`` (declination) do not shrink. Errors are standard errors in
    degrees and are added in squares.
    """
    if not bearings:
        raise FieldworkError("no-bearing", "There is no bearing at this crater.", "Take at least one.")
    mean, length = circular_mean([angle for angle, _, _ in bearings])
    if length < _LEAST_AGREEMENT:
        raise FieldworkError(
            "no-direction",
            f"The {len(bearings)} bearings point everywhere: they agree on no direction.",
            "Look for one read as flight instead of origin, or leave the azimuth open.",
        )
    stated = max(error for _, error, _ in bearings)
    count = len(bearings)
    spread = None
    if count > 1:
        # Sample spread about the circular mean: for the few degrees of a crater it is that of the line.
        squares = math.fsum(difference(angle, mean) ** 2 for angle, _, _ in bearings)
        spread = math.sqrt(squares / (count - 1))
    error = math.sqrt((spread or 0.0) ** 2 / count + stated**2 + shared_error**2)
    return MeanAzimuth(mean, error, spread, count, len({who for _, _, who in bearings}))


@dataclass(frozen=True, slots=True)
class OriginSector:
    """Where something may have come from: a sector on the ellipsoid, ``corners`` as (latitude, longitude)."""

    latitude: float
    longitude: float
    azimuth: float
    half_width: float
    nearest_m: float
    farthest_m: float

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The outline: out along the far arc, back along the near one."""
        far = [self._point(self._ray(step), self.farthest_m) for step in range(_ARC_STEPS + 1)]
        near = [self._point(self._ray(step), self.nearest_m) for step in reversed(range(_ARC_STEPS + 1))]
        return (*far, *near)

    @property
    def width_at_farthest_m(self) -> float:
        """Length of the far arc in metres: what an error of some degrees means on the ground."""
        return 2 * math.radians(self.half_width) * self.farthest_m

    def holds(self, latitude: float, longitude: float, *, within_m: float = 0.0) -> bool:
        """Tell whether a position lies in the sector, or may, being known to ``within_m`` metres."""
        bearing, _, distance = _GEOD.inv(self.longitude, self.latitude, longitude, latitude)
        loose = math.degrees(math.atan2(within_m, distance)) if distance else 180.0
        return (
            self.nearest_m - within_m <= distance <= self.farthest_m + within_m
            and difference(bearing, self.azimuth) <= self.half_width + loose
        )

    def _ray(self, step: int) -> float:
        return self.azimuth - self.half_width + 2 * self.half_width * step / _ARC_STEPS

    def _point(self, azimuth: float, distance_m: float) -> tuple[float, float]:
        longitude, latitude, _ = _GEOD.fwd(self.longitude, self.latitude, azimuth, distance_m)
        return latitude, longitude


def origin_sector(
    latitude: float, longitude: float, mean: MeanAzimuth, *, nearest_m: float, farthest_m: float
) -> OriginSector:
    """Return the sector two standard errors wide to each side, between the ranges of a munition.

    Straight flight is assumed: drift and wind are not corrected. Not for guided or loitering munitions, which turn.
    """
    return OriginSector(latitude, longitude, mean.degrees, SECTOR_ERRORS * mean.error, nearest_m, farthest_m)


def distance_and_bearing(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> tuple[float, float]:
    """Return metres and degrees from true north from one position to another, on the ellipsoid."""
    bearing, _, distance = _GEOD.inv(longitude, latitude, other_longitude, other_latitude)
    return distance, normal(bearing)
