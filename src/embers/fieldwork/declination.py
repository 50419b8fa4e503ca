"""Magnetic declination on a day, from the World Magnetic Model that was valid then.

The model (NOAA and British Geological Survey, public domain) comes with pygeomag, so no request is made. A bearing read
on a compass is corrected with the model of its own day: declination drifts by up to a degree in some years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pygeomag import GeoMag

from embers.errors import FieldworkError

#: First year of each model and its coefficients, newest first. Each is valid for five years.
_MODELS = ((2025, "WMM_2025"), (2020, "WMM_2020"), (2015, "WMM_2015v2"), (2010, "WMM_2010"))
_VALID_YEARS = 5


@dataclass(frozen=True, slots=True)
class Declination:
    """Degrees that magnetic north lies east of true north, one standard error, and the model they are from."""

    degrees: float
    error: float
    model: str


@lru_cache(maxsize=len(_MODELS))
def _load(name: str) -> GeoMag:
    return GeoMag(coefficients_file=f"wmm/{name}.COF")


def declination(latitude: float, longitude: float, *, day: date, height_m: float = 0.0) -> Declination:
    """Return the declination at a place on a day; a day outside every model is refused, never extrapolated.

    Close to the magnetic poles a compass says nothing: there the model's own warning is an error here.
    """
    length = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    year = day.year + (day - date(day.year, 1, 1)).days / length
    for first, name in _MODELS:
        if first <= year < first + _VALID_YEARS:
            model = _load(name)
            found = model.calculate(glat=latitude, glon=longitude, alt=height_m / 1000, time=year)
            if found.in_caution_zone or found.in_blackout_zone:
                raise FieldworkError(
                    "no-compass",
                    f"A compass says nothing at {latitude:.2f}, {longitude:.2f}: it is too near a magnetic pole.",
                    "Take bearings from true north, by satellite positions or the sun.",
                )
            return Declination(found.d, found.calculate_uncertainty().d, model.model)
    raise FieldworkError(
        "no-model",
        f"No World Magnetic Model at hand is valid on {day.isoformat()}.",
        "Give bearings from true north, or install a newer model.",
    )
