"""The map element in a real browser: drawn offline, listed, usable by keyboard, no outside request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Page

STATIC = Path(__file__).resolve().parents[2] / "src" / "embers" / "web" / "static"
POLICY = "default-src 'self'; worker-src 'self'; img-src 'self' data: blob:; style-src 'self'"
HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Map</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/embers.css">
<link rel="stylesheet" href="/static/vendor/maplibre-gl/maplibre-gl.css">
<link rel="stylesheet" href="/static/elements/embers-map.css">
<script type="module" src="/static/elements/embers-map.js"></script></head>
<body class="shell"><main><h1>Map</h1><embers-map data-source="SOURCE"></embers-map></main></body></html>"""


def feature(number: int, at: tuple[float, float] | None, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": at and {"type": "Point", "coordinates": at},
        "properties": {
            "id": f"incident:{number}",
            "title": f"Training incident {number}",
            "code": f"T-{number:02d}",
            "date": "2020-10-17",
            "alleged": "Party A",
            "precision_m": 5000,
            "url": f"/incidents/{number}",
            "place_names": {"az": "Birinci", "hy": "Առաջին"},
            **properties,
        },
    }


INCIDENTS = [
    feature(1, (46.36, 40.68)),
    feature(2, (46.36, 40.68), alleged="Party B"),
    feature(3, (46.75, 39.82), alleged="Party B", precision_m=12000),
    feature(4, (47.11, 39.79), alleged=""),
    feature(5, (46.02, 39.51)),
    feature(6, None, title="<img src=x onerror=alert(1)>"),
]


class Handler(SimpleHTTPRequestHandler):
    """The static folder, one page with the house's content security policy, and one GeoJSON."""

    extensions_map: ClassVar[dict[str, str]] = {
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".css": "text/css",
        "": "application/octet-stream",
    }

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            self.path = self.path.removeprefix("/static")
            super().do_GET()
        elif self.path == "/map.geojson":
            self._send(
                json.dumps({"type": "FeatureCollection", "features": INCIDENTS}), "application/geo+json"
            )
        elif self.path == "/empty.geojson":
            self._send(json.dumps({"type": "FeatureCollection", "features": []}), "application/geo+json")
        elif self.path.startswith("/page?"):
            self._send(HTML.replace("SOURCE", self.path.removeprefix("/page?")), "text/html; charset=utf-8")
        else:
            self.send_error(404)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        """Keep the test output readable."""

    def _send(self, text: str, media: str) -> None:
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def map_page(page: Page, site: str) -> Page:
    page.goto(f"{site}/page?/map.geojson")
    page.wait_for_selector("embers-map[data-idle]")
    return page


def eventually(holds: Callable[[], bool]) -> None:
    """Wait up to ten seconds; the page's security policy forbids waiting inside it with evaluated text."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "the page did not get there in ten seconds"
        time.sleep(0.05)


def drawn(page: Page, layer: str) -> list[dict[str, Any]]:
    script = "layer => document.querySelector('embers-map').drawn(layer).map(f => f.properties)"
    return page.evaluate(script, layer)


def click_point(page: Page, lon: float, lat: float) -> None:
    """Click the map where a coordinate is drawn."""
    canvas = page.locator("embers-map canvas").bounding_box()
    at = page.evaluate(
        "at => {const p = document.querySelector('embers-map').map.project(at); return [p.x, p.y]}",
        [lon, lat],
    )
    assert canvas
    page.mouse.click(canvas["x"] + at[0], canvas["y"] + at[1])


def test_incidents_and_base_map_are_drawn(map_page: Page) -> None:
    incidents = drawn(map_page, "incident")
    assert sorted(row["count"] for row in incidents) == [1, 1, 1, 2]
    for layer in ("land", "border", "lake", "area-fill"):
        assert drawn(map_page, layer), f"nothing drawn in layer {layer}"


def test_marks_bear_both_names_of_their_place(map_page: Page) -> None:
    names = {row["name"] for row in drawn(map_page, "incident-place")}
    assert "Birinci / Առաջին" in names


def test_parties_get_different_shapes_and_shared_points_neither(map_page: Page) -> None:
    shapes = {row["shape"] for row in drawn(map_page, "incident")}
    assert shapes == {"mixed", "circle", "diamond", "none"}


def test_precision_is_a_true_circle_in_metres(map_page: Page) -> None:
    measured = map_page.evaluate(
        """async () => {
          const {LngLat} = await import('/static/vendor/maplibre-gl/maplibre-gl.mjs');
          const rows = await document.querySelector('embers-map').map.getSource('areas').getData();
          return rows.features.map((row) => {
            const at = (corner) => new LngLat(...row.geometry.coordinates[0][corner]);
            return [at(0).distanceTo(at(36)), at(18).distanceTo(at(54))];
          });
        }"""
    )
    for (north_south, east_west), radius in zip(measured, (5000, 12000, 5000, 5000), strict=True):
        assert north_south == pytest.approx(2 * radius, rel=0.001)
        assert east_west == pytest.approx(2 * radius, rel=0.001)


def test_list_alternative_holds_every_incident_even_without_position(map_page: Page) -> None:
    map_page.locator("embers-map .embers-map-list summary").click()
    rows = map_page.locator("embers-map .embers-map-list li")
    assert rows.count() == len(INCIDENTS)
    assert "no usable position" in rows.nth(5).inner_text()
    assert rows.nth(5).locator("button").count() == 0
    assert "Birinci / Առաջին" in rows.nth(0).inner_text()
    assert rows.nth(0).locator("span[lang=hy]").inner_text() == "Առաջին"


def test_markup_in_data_stays_text(map_page: Page) -> None:
    map_page.locator("embers-map .embers-map-list summary").click()
    assert map_page.locator("embers-map img").count() == 0
    assert "<img src=x" in map_page.locator("embers-map .embers-map-list").inner_text()


def test_clicking_a_shared_point_lists_its_incidents_with_links(map_page: Page) -> None:
    click_point(map_page, 46.36, 40.68)
    popup = map_page.locator(".maplibregl-popup")
    popup.wait_for()
    assert "2 incidents recorded at this point" in popup.inner_text()
    assert "precision 5 km" in popup.inner_text()
    links = popup.locator("a").evaluate_all("rows => rows.map(row => row.getAttribute('href'))")
    assert links == ["/incidents/1", "/incidents/2"]


def test_keyboard_reaches_the_map_point_through_the_list(map_page: Page) -> None:
    map_page.locator("embers-map .embers-map-list summary").focus()
    map_page.keyboard.press("Enter")
    map_page.locator("embers-map .embers-map-list button").nth(2).focus()
    map_page.keyboard.press("Enter")
    popup = map_page.locator(".maplibregl-popup")
    popup.wait_for()
    assert "Training incident 3" in popup.inner_text()
    assert map_page.evaluate("document.activeElement.closest('.maplibregl-popup') !== null")


def test_legend_scale_and_attribution_are_there(map_page: Page) -> None:
    legend = map_page.locator(".embers-map-legend").inner_text()
    assert "alleged against: Party A" in legend
    assert "alleged against: Party B" in legend
    assert "disputed or undetermined" in legend
    assert "km" in map_page.locator(".maplibregl-ctrl-scale").inner_text()
    credit = map_page.locator(".maplibregl-ctrl-attrib").inner_text()
    assert "Natural Earth" in credit
    assert "GeoNames (CC BY 4.0)" in credit


def test_empty_source_still_shows_a_map(page: Page, site: str) -> None:
    page.goto(f"{site}/page?/empty.geojson")
    page.wait_for_selector("embers-map[data-idle]")
    assert drawn(page, "land")


def test_source_on_another_host_is_refused_without_a_request(page: Page, site: str) -> None:
    page.goto(f"{site}/page?https://example.org/map.geojson")
    page.wait_for_selector(".embers-map-failed")
    assert "not on this machine's origin" in page.locator("embers-map [role=status]").inner_text()


@pytest.mark.parametrize("colour_scheme", ["dark"])
def test_dark_pages_get_a_dark_map_and_follow_a_change(map_page: Page) -> None:
    water = "document.querySelector('embers-map').map.getPaintProperty('water', 'background-color')"
    assert map_page.evaluate(water) == "#10161a"
    map_page.emulate_media(color_scheme="light")
    eventually(lambda: map_page.evaluate(water) == "#dfe6ea")
    eventually(lambda: len(drawn(map_page, "incident")) == 4)
