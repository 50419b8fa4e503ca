from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from embers.errors import PlaceError
from embers.places import (
    MICRO,
    Point,
    bounding_box,
    degrees_text,
    distance_m,
    geojson_feature,
    may_be_same_place,
    microdegrees,
)

WGS84 = Geod(ellps="WGS84")
LATS = st.integers(-90 * MICRO, 90 * MICRO)
LONS = st.integers(-180 * MICRO, 180 * MICRO)


def point(lat: str, lon: str, precision_m: int = 100) -> Point:
    return Point.from_text(lat, lon, precision_m=precision_m, method="test")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40.68157", 40681570),
        ("46.36134", 46361340),
        ("-0.5", -500000),
        ("0", 0),
        ("+7", 7000000),
        ("39.7", 39700000),
        ("180", 180000000),
        ("1.0000000", 1000000),
        ("0.000001", 1),
    ],
)
def test_decimal_text_is_exact(text: str, value: int) -> None:
    assert microdegrees(text) == value
    assert microdegrees(degrees_text(value)) == value


@given(st.integers(-180 * MICRO, 180 * MICRO))
def test_text_and_microdegrees_round_trip(value: int) -> None:
    text = degrees_text(value)
    assert microdegrees(text) == value
    assert not text.endswith(("0", ".")) or "." not in text


@pytest.mark.parametrize(
    "text", ["", "north", "40,68157", "1e2", "40.", ".5", "40.6815701", "٤٠", "1 2", "--1"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(PlaceError):
        microdegrees(text)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((90_000_001, 0, 1, "x"), "place.range"),
        ((0, -180_000_001, 1, "x"), "place.range"),
        ((40.5, 0, 1, "x"), "place.range"),
        ((True, 0, 1, "x"), "place.range"),
        ((0, 0, 0, "x"), "place.precision"),
        ((0, 0, 1.5, "x"), "place.precision"),
        ((0, 0, None, "x"), "place.precision"),
        ((0, 0, 30_000_000, "x"), "place.precision"),
        ((0, 0, 1, "  "), "place.method"),
        ((0, 0, 1, None), "place.method"),
    ],
)
def test_unusable_points_are_refused(arguments: tuple[object, ...], code: str) -> None:
    with pytest.raises(PlaceError) as caught:
        Point(*arguments)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_journal_form_round_trips_and_is_strict() -> None:
    ganja = point("40.68157", "46.36134", 5000)
    assert Point.from_json(json.loads(json.dumps(ganja.to_json()))) == ganja
    for wrong in (None, [], {"lat": 1}, {**ganja.to_json(), "alt": 3}):
        with pytest.raises(PlaceError):
            Point.from_json(wrong)


@given(LATS, LONS, LATS, LONS)
def test_distance_agrees_with_the_ellipsoid(lat1: int, lon1: int, lat2: int, lon2: int) -> None:
    first, second = Point(lat1, lon1, 1, "test"), Point(lat2, lon2, 1, "test")
    exact = WGS84.inv(lon1 / MICRO, lat1 / MICRO, lon2 / MICRO, lat2 / MICRO)[2]
    assert distance_m(first, second) == pytest.approx(exact, rel=0.0058, abs=0.01)
    assert distance_m(first, second) == pytest.approx(distance_m(second, first))


@given(
    LATS,
    LONS,
    st.one_of(st.integers(1, 60_000), st.integers(1, 9_000_000)),
    st.floats(0, 360),
    st.floats(0, 1),
)
def test_box_holds_the_whole_circle(lat: int, lon: int, precision: int, azimuth: float, share: float) -> None:
    box = bounding_box(Point(lat, lon, precision, "test"))
    found_lon, found_lat, _ = WGS84.fwd(lon / MICRO, lat / MICRO, azimuth, precision * share)
    assert box.holds(round(found_lat * MICRO), round(found_lon * MICRO))
    assert box.south <= box.north
    assert all(part.west <= part.east for part in box.parts())
    assert box.south >= -90 * MICRO
    assert box.north <= 90 * MICRO


def test_box_is_not_much_too_large() -> None:
    box = bounding_box(point("40.68157", "46.36134", 5000))
    corner = Point(box.south, box.west, 1, "test")
    edge = Point(box.south, 46361340, 1, "test")
    assert 5000 <= distance_m(point("40.68157", "46.36134"), edge) <= 5050
    assert 5000 <= distance_m(corner, edge) <= 5060


def test_box_across_the_antimeridian_and_round_a_pole() -> None:
    across = bounding_box(point("0", "179.999", 1000))
    assert across.west > across.east
    assert len(across.parts()) == 2
    assert across.holds(0, -179_995_000)
    assert not across.holds(0, 0)
    pole = bounding_box(point("-89.999", "12", 1000))
    assert (pole.south, pole.west, pole.east) == (-90 * MICRO, -180 * MICRO, 180 * MICRO)


def test_places_within_each_others_precision() -> None:
    town, proxy = point("40.34201", "46.93161", 2500), point("40.37577", "47.12619", 20000)
    assert may_be_same_place(town, proxy)
    assert not may_be_same_place(town, point("40.37577", "47.12619", 3000))


def test_geojson_puts_longitude_first_and_keeps_precision() -> None:
    feature = geojson_feature(
        point("40.68157", "46.36134", 5000), "incident:1", properties={"method": "hidden"}
    )
    assert json.loads(json.dumps(feature)) == {
        "type": "Feature",
        "id": "incident:1",
        "geometry": {"type": "Point", "coordinates": [46.36134, 40.68157]},
        "properties": {"precision_m": 5000, "method": "test"},
    }
