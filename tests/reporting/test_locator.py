"""Static maps: true scale, honest areas, nothing that a renderer must fetch, the same bytes each time."""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pyproj import Geod

from embers.errors import ReportError
from embers.places import Box, Point, distance_m
from embers.reporting.basemap.ground import Projection, ground
from embers.reporting.faces import font_folder
from embers.reporting.labelling import Labels, text_width
from embers.reporting.locator import LocatorPoint, locator_svg, overview_svg

SVG = "{http://www.w3.org/2000/svg}"
GANJA = LocatorPoint(40_682_780, 46_360_560, 5000, "Ganja / Gəncə")
SHUSHA = LocatorPoint(39_760_060, 46_749_900, 2000, "Shusha / Shushi")
CAPITAL = LocatorPoint(39_815_300, 46_752_780, 2000, "Khankendi / Stepanakert")


def found(svg: bytes, name: str, kind: str) -> list[ET.Element]:
    return [node for node in ET.fromstring(svg).iter(SVG + name) if node.get("class") == kind]


def metres_per_mm(svg: bytes) -> float:
    (bar,) = found(svg, "g", "scale")
    return float(bar.attrib["data-metres"]) / float(bar.attrib["data-mm"])


def at(node: ET.Element) -> tuple[float, float]:
    return float(node.attrib["cx"]), float(node.attrib["cy"])


def test_same_input_gives_the_same_bytes() -> None:
    assert locator_svg(points=[GANJA]) == locator_svg(points=[GANJA])
    assert overview_svg([GANJA, SHUSHA]) == overview_svg([SHUSHA, GANJA])


@pytest.mark.parametrize("svg", [locator_svg(points=[GANJA]), overview_svg([GANJA, SHUSHA, CAPITAL])])
def test_nothing_a_renderer_would_have_to_fetch_or_interpret(svg: bytes) -> None:
    root = ET.fromstring(svg)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg", "title", "g", "path", "circle", "rect", "text", "clipPath",
    }  # fmt: skip
    names = {key for node in root.iter() for key in node.attrib}
    assert not {key for key in names if "href" in key or key == "style" or key.startswith("on")}
    assert re.findall(rb"url\((?!#(map|inset)-frame\))", svg) == []


def test_precision_circle_has_its_radius_at_the_map_scale() -> None:
    svg = locator_svg(points=[GANJA])
    (circle,) = found(svg, "circle", "precision")
    assert float(circle.attrib["r"]) * metres_per_mm(svg) == pytest.approx(5000, rel=0.005)


def test_two_places_are_as_far_apart_as_on_the_ellipsoid() -> None:
    svg = overview_svg([GANJA, SHUSHA])
    (x1, y1), (x2, y2) = (at(node) for node in found(svg, "circle", "precision"))
    drawn = math.hypot(x2 - x1, y2 - y1) * metres_per_mm(svg)
    true = Geod(ellps="WGS84").inv(46.36056, 40.68278, 46.7499, 39.76006)[2]
    # The sphere differs from the ellipsoid by up to 0.56 %.
    assert drawn == pytest.approx(true, rel=0.006)


def test_one_symbol_for_a_shared_position_and_a_circle_for_each_precision() -> None:
    again = LocatorPoint(GANJA.lat_microdeg, GANJA.lon_microdeg, 300, "Ganja / Gəncə")
    other = LocatorPoint(GANJA.lat_microdeg, GANJA.lon_microdeg, 5000, "Ganja, bus station")
    svg = overview_svg([GANJA, again, other])
    (symbol,) = found(svg, "circle", "incident")
    assert "".join(symbol.itertext()) == "Ganja / Gəncə; Ganja, bus station"
    assert len(found(svg, "circle", "precision")) == 2
    texts = [node.text for node in ET.fromstring(svg).iter(SVG + "text")]
    assert "3" in texts
    assert [node.text for node in found(svg, "text", "label")] == ["Ganja / Gəncə"]


def test_symbols_never_cover_each_other_and_a_moved_one_has_a_leader() -> None:
    far = LocatorPoint(40_400_000, 49_850_000, 5000, "Baku / Bakı")
    svg = overview_svg([SHUSHA, SHUSHA, CAPITAL, CAPITAL, CAPITAL, far])
    symbols = found(svg, "circle", "incident")
    for one, two in combinations(symbols, 2):
        assert math.dist(at(one), at(two)) >= float(one.attrib["r"]) + float(two.attrib["r"])
    assert len(found(svg, "path", "leader")) == 2


def test_names_do_not_overlap_and_those_without_room_are_explained_below() -> None:
    crowd = []
    for row in range(6):
        for column in range(6):
            lat, lon = 39_800_000 + row * 9000, 46_700_000 + column * 9000
            crowd.append(LocatorPoint(lat, lon, 500, f"Village {row}{column} / Gyugh {row}{column}"))
    svg = overview_svg(crowd)
    boxes = []
    for node in found(svg, "text", "label"):
        left, base = float(node.attrib["x"]), float(node.attrib["y"])
        boxes.append((left, base - 2.1, left + text_width(node.text or "", 2.7), base + 0.5))
    for one, two in combinations(boxes, 2):
        assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
    everything = " ".join("".join(node.itertext()) for node in ET.fromstring(svg).iter(SVG + "text"))
    missing = [point.label for point in crowd if " ".join(point.label.split()) not in everything]
    assert missing == []


def test_furniture_and_attribution() -> None:
    svg = locator_svg(points=[GANJA])
    text = svg.decode()
    assert "Natural Earth (public domain)" in text
    assert "GeoNames (CC BY 4.0)" in text
    assert "No line is a statement on status." in " ".join(text.split())
    for kind in ("scale", "north", "inset"):
        assert len(found(svg, "g", kind)) == 1
    assert "41°N" in text
    assert "AZERBAIJAN" in text
    assert text.count(">AZERBAIJAN<") <= 2  # once in the map, once in the inset


def test_country_names_are_left_out_in_other_languages() -> None:
    assert b"AZERBAIJAN" not in locator_svg(points=[GANJA], language="hy")


def test_land_borders_and_lakes_of_the_region_are_drawn() -> None:
    svg = overview_svg([GANJA, SHUSHA])
    for kind in ("land", "lake", "border"):
        assert found(svg, "path", kind), kind


def test_frame_is_visible_whole() -> None:
    box = Box(38_000_000, 44_000_000, 42_000_000, 51_000_000)
    svg = overview_svg([GANJA], frame=box)
    width_m = 160 * metres_per_mm(svg)
    assert width_m >= distance_m(Point(40_000_000, 44_000_000, 1, "t"), Point(40_000_000, 51_000_000, 1, "t"))


def test_empty_map_is_refused() -> None:
    with pytest.raises(ReportError) as caught:
        overview_svg([])
    assert caught.value.code == "report.locator-empty"


@pytest.mark.parametrize(("lat", "lon", "precision"), [(90_000_001, 0, 1), (0, 180_000_001, 1), (0, 0, 0)])
def test_impossible_positions_are_refused(lat: int, lon: int, precision: int) -> None:
    with pytest.raises(ReportError) as caught:
        LocatorPoint(lat, lon, precision, "nowhere")
    assert caught.value.code == "report.locator-position"


def test_markup_in_a_name_stays_text() -> None:
    svg = locator_svg(points=[LocatorPoint(40_000_000, 46_000_000, 100, "<script>&")])
    assert "<script>&" in [node.text for node in found(svg, "text", "label")]


@settings(max_examples=40, deadline=None)
@given(
    lat=st.integers(-90_000_000, 90_000_000),
    lon=st.integers(-180_000_000, 180_000_000),
    precision=st.integers(1, 2_000_000),
)
def test_every_place_on_earth_gives_a_readable_map(lat: int, lon: int, precision: int) -> None:
    svg = locator_svg(points=[LocatorPoint(lat, lon, precision, "Place")])
    (symbol,) = found(svg, "circle", "incident")
    assert at(symbol) == pytest.approx((60, 37.2), abs=0.05)
    assert b"nan" not in svg
    assert b"inf" not in svg


def test_both_sides_of_the_antimeridian_are_on_one_map() -> None:
    svg = overview_svg(
        [
            LocatorPoint(-16_800_000, 179_800_000, 1000, "West"),
            LocatorPoint(-16_800_000, -179_800_000, 1000, "East"),
        ]
    )
    west, east = sorted(found(svg, "circle", "incident"), key=lambda node: float(node.attrib["cx"]))
    assert "".join(west.itertext()) == "West"
    assert (at(east)[0] - at(west)[0]) * metres_per_mm(svg) == pytest.approx(42_570, rel=0.01)
    assert found(svg, "path", "land")


def test_projection_agrees_with_proj() -> None:
    from pyproj import Proj

    peer = Proj(proj="aeqd", lon_0=46.5, lat_0=40.0, R=6_371_008.8)
    ours = Projection(46.5, 40.0)
    for lon, lat in ((46.5, 40.0), (49.9, 40.4), (30.0, 60.0), (-60.0, -20.0)):
        assert ours.project(lon, lat) == pytest.approx(peer(lon, lat), abs=0.01)


def test_no_line_of_the_base_map_runs_across_the_antimeridian() -> None:
    for kind in ("coast", "border", "undetermined"):
        for shape in ground().layers[kind]:
            steps = zip(shape.points, shape.points[1:], strict=False)
            assert all(abs(start[0] - end[0]) < 90 for start, end in steps)


def test_reviewed_lines_are_dashed_in_the_base_map() -> None:
    boxes = {(shape.west, shape.south, shape.east, shape.north) for shape in ground().layers["undetermined"]}
    for lon, lat in ((34.0, 46.1), (-11.0, 27.6), (35.3, 32.2), (75.0, 34.6), (33.5, 35.1), (20.9, 42.6)):
        near = [box for box in boxes if box[0] - 1 < lon < box[2] + 1 and box[1] - 1 < lat < box[3] + 1]
        assert near, f"no dashed line near {lat} N {lon} E"


def test_typst_sets_the_map_with_the_vendored_faces() -> None:
    source = b'#set page(width: 170mm, height: auto)\n#image(bytes(sys.inputs.map), format: "svg")'
    drawing = locator_svg(points=[GANJA]).decode()
    pdf = typst.compile(
        source, sys_inputs={"map": drawing}, font_paths=[str(font_folder())], ignore_system_fonts=True
    )
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "Ganja / Gəncə" in text
    assert "Natural Earth" in text


def test_label_room_is_never_given_twice_nor_outside() -> None:
    labels = Labels(40, 20)
    places = [labels.around(20, 10, 8, 3, radius=1) for _ in range(12)]
    given_out = [place for place in places if place]
    assert len(given_out) == len(set(given_out)) >= 4
    assert None in places
    for left, top, right, bottom in labels.taken:
        assert left >= 0 and top >= 0 and right <= 40 and bottom <= 20
