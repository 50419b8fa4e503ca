"""Craters: circular means, declination of the day, errors on to the sector, and published cases worked again."""

from __future__ import annotations

import math
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.errors import FieldworkError
from embers.fieldwork.azimuth import (
    bisector,
    circular_mean,
    difference,
    distance_and_bearing,
    mean_azimuth,
    origin_sector,
)
from embers.fieldwork.crater import crater_azimuth
from embers.fieldwork.declination import declination
from embers.fieldwork.munition import Measured, hypotheses, weapons
from embers.places import Point

ANGLES = st.floats(0, 359.999, allow_nan=False)
HERE = Point(33_520_000, 36_355_000, 25, "satellite receiver")


def bearing(degrees: float, *, by: str = "F-01", **other: Any) -> dict[str, Any]:
    """A bearing as recorded; from true north, towards the origin, unless said otherwise."""
    value = {
        "crater": "C1",
        "by": by,
        "instrument": "compass",
        "method": "body",
        "north": "true",
        "sense": "origin",
    }
    return value | {"bearing_mdeg": round(degrees * 1000), "error_mdeg": 2000} | other


# United Nations mission on the Ghouta area of Damascus, report of 2013 (A/67/997-S/2013/553), as quoted by
# francona.blogspot.com/2013/09 and eaworldview.com/2013/09 (both read): impact sites 1 and 2, 65 m apart, have azimuths
# of flight of 215 and 214 degrees and point back along 35 and 34; site 4 points back along 285, its flight was 105.


def test_the_reverse_azimuths_of_a_published_inspection_come_out() -> None:
    for flight, origin in ((215, 35), (214, 34), (105, 285)):
        found = crater_azimuth([bearing(flight, sense="flight")], HERE, day=date(2013, 8, 26))
        assert found.mean.degrees == pytest.approx(origin)


def test_two_impacts_65_metres_apart_and_one_degree_apart_are_one_direction() -> None:
    found = mean_azimuth([(35, 1.0, "a"), (34, 1.0, "b")])
    assert found.degrees == pytest.approx(34.5)
    assert found.spread == pytest.approx(math.sqrt(0.5))
    # One standard error: spread over two bearings and the stated error, added in squares.
    assert found.error == pytest.approx(math.sqrt(0.5 / 2 + 1))


# Test values published with the World Magnetic Model 2020 (NOAA/BGS technical report, table of test values):
# declination at height 0 on 2020.0.
@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"), [(80, 0, -1.28), (0, 120, 0.16), (-80, 240, 69.36)]
)
def test_declination_is_the_published_one(latitude: float, longitude: float, expected: float) -> None:
    found = declination(latitude, longitude, day=date(2020, 1, 1))
    assert found.degrees == pytest.approx(expected, abs=0.005)
    assert found.model == "WMM-2020"


def test_the_model_is_that_of_the_day_and_none_is_stretched() -> None:
    assert declination(40, 46, day=date(2019, 12, 31)).model.startswith("WMM-2015")
    assert declination(40, 46, day=date(2026, 6, 1)).model == "WMM-2025"
    for day in (date(2009, 12, 31), date(2030, 1, 1)):
        with pytest.raises(FieldworkError, match="No World Magnetic Model"):
            declination(40, 46, day=day)


def test_a_compass_bearing_is_corrected_eastwards_and_a_true_one_is_not() -> None:
    day = date(2026, 5, 4)
    east = declination(HERE.lat / 1e6, HERE.lon / 1e6, day=day)
    assert east.degrees > 1
    magnetic = crater_azimuth([bearing(100, north="magnetic")], HERE, day=day)
    assert magnetic.mean.degrees == pytest.approx(100 + east.degrees)
    assert magnetic.mean.error == pytest.approx(math.hypot(2, east.error))
    true = crater_azimuth([bearing(100)], HERE, day=day)
    assert (true.mean.degrees, true.declination) == (pytest.approx(100), None)


def test_a_side_spray_counts_by_its_bisector_also_across_north() -> None:
    spray = bearing(300, method="side-spray", second_mdeg=60_000)
    assert crater_azimuth([spray], HERE, day=date(2026, 5, 4)).mean.degrees == pytest.approx(0, abs=1e-9)
    with pytest.raises(FieldworkError, match="no middle"):
        bisector(0, 180)
    with pytest.raises(FieldworkError, match="both edges"):
        crater_azimuth([bearing(300, method="side-spray")], HERE, day=date(2026, 5, 4))


def test_bearings_that_agree_on_nothing_have_no_mean_and_none_is_without_error() -> None:
    with pytest.raises(FieldworkError, match="no direction"):
        mean_azimuth([(0, 1, "a"), (120, 1, "b"), (240, 1, "c")])
    with pytest.raises(FieldworkError, match="has no error"):
        crater_azimuth([bearing(10, error_mdeg=0)], HERE, day=date(2026, 5, 4))


@given(ANGLES, st.floats(-30, 30), st.floats(-30, 30))
def test_turning_every_bearing_turns_the_mean(angle: float, one: float, other: float) -> None:
    mean, _ = circular_mean([one, other])
    turned, _ = circular_mean([one + angle, other + angle])
    assert difference(turned, mean + angle) == pytest.approx(0, abs=1e-6)


def test_the_sector_holds_the_true_origin_about_as_often_as_it_promises() -> None:
    """Simulated teams: an instrument error all readings share, a reading error each; two standard errors: ~95 %."""
    random = Random(20260504)
    inside, runs = 0, 600
    for _ in range(runs):
        shared = random.gauss(0, 2)
        bearings = [(40 + shared + random.gauss(0, 1.5), 2.0, f"m{n}") for n in range(4)]
        found = origin_sector(10, 20, mean_azimuth(bearings), nearest_m=5_000, farthest_m=20_000)
        inside += found.holds(*_ahead(10, 20, 40, 12_000))
    assert 0.92 <= inside / runs <= 0.99


def _ahead(latitude: float, longitude: float, azimuth: float, metres: float) -> tuple[float, float]:
    from pyproj import Geod

    east, north, _ = Geod(ellps="WGS84").fwd(longitude, latitude, azimuth, metres)
    return north, east


def test_the_sector_grows_with_distance_and_ends_at_the_ranges() -> None:
    mean = mean_azimuth([(285, 1.5, "a"), (285, 1.5, "b")])
    sector = origin_sector(33.52, 36.355, mean, nearest_m=3_800, farthest_m=9_800)
    assert sector.width_at_farthest_m == pytest.approx(2 * math.radians(3) * 9_800, rel=1e-6)
    assert sector.holds(*_ahead(33.52, 36.355, 285, 9_500))
    assert not sector.holds(*_ahead(33.52, 36.355, 285, 3_000))
    assert not sector.holds(*_ahead(33.52, 36.355, 289, 9_500))
    assert sector.holds(*_ahead(33.52, 36.355, 289, 9_500), within_m=300)
    for latitude, longitude in sector.corners:
        metres, azimuth = distance_and_bearing(33.52, 36.355, latitude, longitude)
        assert 3_799 < metres < 9_801
        assert difference(azimuth, 285) < 3.01


def test_candidates_come_with_what_fits_and_what_speaks_against_them() -> None:
    found = hypotheses(Measured(diameter_mm=122, length_mm=600, error_mm=2, markings="illegible"))
    assert found[0].fits == ("Diameter 122 mm ± 2 mm; table 122 mm, source grade A.",)
    assert any("shorter than the whole" in text for text in found[0].open)
    assert {one.place for one in found} == set(range(1, len(found) + 1))
    against = [len(one.against) for one in found]
    assert against == sorted(against)
    assert not any(one.weapon.id == "r17" for one in found)


def test_a_length_beyond_the_whole_speaks_against_a_candidate() -> None:
    found = {one.weapon.id: one for one in hypotheses(Measured(diameter_mm=122, length_mm=3_400, error_mm=5))}
    assert found["grad"].against


def test_nothing_measured_leaves_no_list() -> None:
    assert hypotheses(Measured(markings="9M")) == ()


def test_every_weapon_of_the_table_has_a_sound_range() -> None:
    for weapon in weapons().values():
        if weapon.nearest_m is not None and weapon.farthest_m is not None:
            assert 0 < weapon.nearest_m < weapon.farthest_m <= 1_000_000, weapon.id
