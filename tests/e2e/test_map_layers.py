"""The team's own layers and what belongs together, on the map in a real browser, switched with the keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Locator, Page, expect
from served_pages import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def joined_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from joined_case import Joined
    from sample_layers import archive, picture

    def build() -> Joined:
        case = Joined(tmp_path_factory.mktemp("joined"))
        case.folder.projection().close()
        case.people.close()
        folder = case.folder.path / "layers"
        folder.mkdir()
        archive(folder / "plan.pmtiles", zooms=3, attribution="<img src=x onerror=alert(1)>© Planners")
        whole = archive(folder / "torn.pmtiles", zooms=3, name="Torn").read_bytes()
        # The head and the directories stay, the tiles become noise.
        torn = bytearray(whole)
        tiles = int.from_bytes(whole[56:64], "little")
        torn[tiles:] = b"\x07" * (len(whole) - tiles)
        (folder / "torn.pmtiles").write_bytes(torn)
        picture(folder / "scene.tif", west=6.0, north=46.3)
        (folder / "broken.tif").write_bytes(b"II*\x00nothing")
        return case

    with ThreadPoolExecutor(max_workers=1) as other_thread:  # see pages_case
        case = other_thread.submit(build).result()
    with served(case.folder) as address:
        yield address
    shutil.rmtree(case.folder.path, ignore_errors=True)


def opened(page: Page, address: str) -> None:
    page.goto(f"{address}/map")
    page.wait_for_selector("embers-map[data-idle]")
    page.wait_for_selector("embers-layers[data-ready]")
    page.wait_for_selector("embers-groups[data-ready]")


def box(page: Page, title: str) -> Locator:
    return page.get_by_role("checkbox", name=title)


def settled(page: Page) -> None:
    """Wait until every tile asked for has come; the policy of the pages lets a test wait for no expression."""
    for _ in range(200):
        if page.evaluate("document.querySelector('embers-map').map.areTilesLoaded()"):
            return
        page.wait_for_timeout(50)
    pytest.fail("tiles did not come")


def layer_ids(page: Page, beginning: str) -> list[str]:
    ids: list[str] = page.evaluate(
        "document.querySelector('embers-map').map.getStyle().layers.map(l => l.id)"
    )
    return [id for id in ids if id.startswith(beginning)]


def test_layers_are_switched_moved_and_remembered_with_the_keyboard(page: Page, joined_site: str):
    opened(page, joined_site)
    assert page.locator(".embers-layers").inner_text().count("Not shown") == 1
    assert "© Planners" in page.locator(".embers-layers").inner_text()
    assert page.locator(".embers-layers img").count() == 0
    box(page, "scene").focus()
    page.keyboard.press("Space")
    box(page, "Town plan").focus()
    page.keyboard.press("Space")
    settled(page)
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("© Planners")
    first = layer_ids(page, "own-")
    page.get_by_role("button", name="Move up: Town plan").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    assert page.evaluate(
        "document.activeElement.ariaLabel ?? document.activeElement.getAttribute('aria-label')"
    ) == ("Move up: Town plan")
    moved = layer_ids(page, "own-")
    assert set(moved) == set(first)
    assert moved != first
    page.reload()
    opened(page, joined_site)
    assert layer_ids(page, "own-") == moved
    kept = page.evaluate("localStorage.getItem('embers-layers')")
    assert "plan" not in kept
    assert "scene" not in kept


def test_a_picture_is_drawn_on_the_map_below_the_incidents(page: Page, joined_site: str):
    opened(page, joined_site)
    box(page, "scene").check()
    (drawn,) = layer_ids(page, "own-")
    settled(page)
    order = page.evaluate("document.querySelector('embers-map').map.getStyle().layers.map(l => l.id)")
    assert order.index("land") < order.index(drawn) < order.index("area-fill")


def test_a_layer_whose_tiles_are_noise_says_so_and_harms_nothing(page: Page, joined_site: str, traffic):
    opened(page, joined_site)
    box(page, "Torn").check()
    page.get_by_text("A part of this layer cannot be drawn").wait_for()
    assert page.evaluate("document.querySelector('embers-map').drawn('incident').length") == 4
    box(page, "Torn").uncheck()
    # The browser itself notes each answer of 400; nothing else may go wrong.
    traffic.errors[:] = [text for text in traffic.errors if "400 (Bad Request)" not in text]


def test_series_and_missions_are_switched_listed_and_narrowed_by_the_timeline(page: Page, joined_site: str):
    opened(page, joined_site)
    box(page, "Related incident").check()
    box(page, "Missions").check()
    assert {"together-related-incident-line", "together-mission-line"} <= set(layer_ids(page, "together-"))
    page.get_by_text("Related incident (1)").click()
    group = page.locator("#together-related-incident")
    assert group.locator("li").count() == 3
    page.wait_for_selector("embers-timeline[data-ready]")
    page.get_by_role("slider", name="To").focus()
    page.keyboard.press("Home")
    group.locator("li").nth(2).wait_for(state="detached")
    assert box(page, "Missions").count() == 0
    assert box(page, "Related incident").is_checked()


def test_the_drawing_of_relations_is_walked_with_tab_and_enter(page: Page, joined_site: str):
    page.goto(f"{joined_site}/graph/EX-1")
    page.locator(".graph").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('graph-box')")
    for _ in range(12):
        if "Brigade" in page.evaluate("document.activeElement.textContent"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Relations of Exercise Brigade Lusaber").wait_for()
