"""The viewers in a real Chromium, by mouse and by keyboard: from a place to its locator and back."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in ("web", "actions"))

from material import Material
from served_pages import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def material(tmp_path_factory) -> Material:
    with ThreadPoolExecutor(max_workers=1) as other_thread:  # Django refuses to work beside Playwright's loop
        return other_thread.submit(Material, tmp_path_factory.mktemp("e2e-viewers")).result()


@pytest.fixture(scope="module")
def site(material) -> Iterator[str]:
    with served(material.folder) as address:
        yield address


@pytest.fixture
def opened(page: Page, site: str, material: Material):
    def open_at(name: str, locator: str = "") -> Page:
        page.goto(site + material.address(name, locator))
        return page

    return open_at


def picture(page: Page) -> Locator:
    page.wait_for_selector("embers-image[data-ready]")
    return page.locator("embers-image .viewer-stage")


def view(page: Page) -> dict[str, Any]:
    return page.evaluate("document.querySelector('embers-image').view")


def field(page: Page) -> Locator:
    return page.get_by_label("Locator", exact=True)


def seen_colour(page: Page) -> list[int]:
    """Return the colour drawn in the middle of the picture, once a tile is there."""
    script = """() => {
      const canvas = document.querySelector('embers-image canvas');
      const at = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
      return [...at];
    }"""
    for _ in range(100):
        colour = page.evaluate(script)
        if colour[3]:
            return colour
        page.wait_for_timeout(50)
    pytest.fail("no tile was drawn")


def test_a_picture_opens_at_the_box_a_claim_cites(opened):
    page = opened("photo", "box=700,300,200,150")
    picture(page)
    seen = view(page)
    assert seen["x"] < 700 < 900 < seen["x"] + seen["width"]
    assert seen["y"] < 300 < 450 < seen["y"] + seen["height"]
    assert seen["width"] < 1200
    expect(page.locator(".viewer-own")).to_have_count(1)
    expect(page.locator("svg .viewer-shape")).to_have_count(2)
    expect(field(page)).to_have_value("box=700,300,200,150")
    seen_colour(page)


def test_a_box_drawn_with_the_mouse_is_a_locator_that_leads_back(opened):
    page = opened("photo")
    stage = picture(page)
    page.get_by_role("button", name="Draw a box").click()
    frame, before = stage.bounding_box(), view(page)
    assert frame
    page.mouse.move(frame["x"] + 300, frame["y"] + 200)
    page.mouse.down()
    page.mouse.move(frame["x"] + 400, frame["y"] + 260, steps=4)
    page.mouse.up()
    locator = field(page).input_value()
    x, _, width, height = map(int, locator.removeprefix("box=").split(","))
    scale = before["scale"]
    assert abs(x - (before["x"] + 299 / scale)) < 3 / scale + 1
    assert abs(width - 100 / scale) < 2
    assert abs(height - 60 / scale) < 2
    page.reload()
    picture(page)
    expect(field(page)).to_have_value(locator)
    assert view(page)["x"] < x < view(page)["x"] + view(page)["width"]


def test_a_polygon_drawn_by_keyboard_alone(opened):
    page = opened("photo")
    stage = picture(page)
    stage.focus()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Draw a polygon")).to_have_attribute("aria-pressed", "true")
    for keys in (["Enter"], ["ArrowRight"] * 4, ["Enter"], ["ArrowDown"] * 4, ["Enter"], ["f"]):
        for key in keys:
            page.keyboard.press(key)
    expect(field(page)).not_to_have_value("")
    locator = field(page).input_value()
    assert locator.startswith("polygon=")
    corners = [int(one) for one in locator.removeprefix("polygon=").split(",")]
    assert len(corners) == 6
    assert corners[0] < corners[2] == corners[4]
    assert corners[1] == corners[3] < corners[5]
    expect(page.locator("embers-image [role=status]")).to_contain_text("Drawn")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('viewer-shape')")
    page.keyboard.press("Enter")
    expect(page.locator(".viewer-marks li[data-current]")).to_have_count(1)


def test_keys_move_and_zoom_and_escape_stops(opened):
    page = opened("photo")
    picture(page).focus()
    start = view(page)
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert view(page)["scale"] > start["scale"] * 1.4
    at = view(page)["x"]
    page.keyboard.press("ArrowRight")
    assert view(page)["x"] > at
    page.keyboard.press("0")
    assert view(page)["scale"] == pytest.approx(start["scale"])
    page.keyboard.press("1")
    assert view(page)["scale"] == pytest.approx(1)
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    expect(page.locator(".viewer-stage")).to_have_attribute("data-mode", "move")


def test_a_typed_locator_is_shown_and_a_wrong_one_is_told(opened):
    page = opened("photo")
    picture(page)
    field(page).fill("box=100,100,50,50")
    page.get_by_role("button", name="Show", exact=True).click()
    assert view(page)["x"] < 100 < view(page)["x"] + view(page)["width"]
    field(page).fill("page=1")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("embers-image [role=status]")).to_contain_text("no place")


def test_lists_and_shapes_point_at_each_other(opened):
    page = opened("photo")
    picture(page)
    page.locator(".viewer-marks li[data-at^='polygon'] a").first.focus()
    expect(page.locator("svg .viewer-shape[data-current]")).to_have_count(1)
    page.locator(".viewer-marks li[data-at^='polygon'] [data-place]").click()
    expect(field(page)).to_have_value("polygon=100,100,400,120,300,400")


def test_copying_a_locator(opened, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened("photo", "box=700,300,200,150")
    picture(page)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("embers-image [role=status]")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "box=700,300,200,150"


def test_a_box_on_a_page_is_counted_in_points(opened):
    page = opened("paper", "page=2 box=30,30,120,40")
    stage = picture(page)
    assert view(page)["x"] < 30 < 150 < view(page)["x"] + view(page)["width"]
    stage.focus()
    for key in ["0", "b", "Enter", *["ArrowRight"] * 3, *["ArrowDown"] * 3, "Enter"]:
        page.keyboard.press(key)
    expect(field(page)).not_to_have_value("page=2 box=30,30,120,40")
    assert field(page).input_value().startswith("page=2 box=")
    page.get_by_text("Text of this page").click()
    expect(page.get_by_text("Second page: Gəncə.")).to_be_visible()
    page.get_by_role("link", name="Page after").first.click()
    picture(page)
    expect(page.locator("embers-image")).to_have_attribute("data-prefix", "page=3")


def test_a_recording_opens_at_its_moment_steps_and_marks(opened):
    page = opened("sound", "seconds=1.5-2.25")
    page.wait_for_selector("embers-media[data-ready]")
    clock = "document.querySelector('audio').currentTime"
    assert page.evaluate(clock) == pytest.approx(1.5)
    button = lambda name: page.get_by_role("button", name=name)  # noqa: E731
    button("One frame on").click()
    assert page.evaluate(clock) == pytest.approx((1.5 * 25 // 1 + 1.5) / 25)
    button("One frame back").click()
    assert page.evaluate(clock) == pytest.approx((1.5 * 25 // 1 + 0.5) / 25)
    page.evaluate("document.querySelector('audio').currentTime = 0.5")
    button("Mark the beginning").click()
    page.evaluate("document.querySelector('audio').currentTime = 0.75")
    button("Mark the end").click()
    expect(field(page)).to_have_value("seconds=0.5-0.75")
    page.locator(".viewer-marks [data-place]").click()
    expect(field(page)).to_have_value("seconds=1.5-2.25")
    assert page.evaluate(clock) == pytest.approx(1.5)


def test_a_stretch_is_played_and_stops_at_its_end(opened):
    page = opened("sound", "seconds=1.5-2.25")
    page.wait_for_selector("embers-media[data-ready]")
    page.get_by_role("button", name="Play what is marked").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 2.2")
    expect(page.locator("audio")).to_have_js_property("paused", True)
    assert page.evaluate("document.querySelector('audio').currentTime") < 3.5


def test_selected_words_become_a_locator(opened):
    page = opened("words", "paragraph=3 offset=5-14")
    page.wait_for_selector("embers-passage[data-ready]")
    expect(page.locator("mark")).to_be_in_viewport()
    page.evaluate(
        """() => {
          const [one, two] = document.querySelectorAll('#paragraph-5 .viewer-line');
          getSelection().setBaseAndExtent(one.firstChild, 6, two.firstChild, 6);
        }"""
    )
    first = "Абзац 5: наблюдатели записали всё, что видели."
    expect(field(page)).to_have_value(f"paragraph=5 offset=6-{len(first) + 1 + 6}")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_selector("embers-passage[data-ready]")
    assert "".join(page.locator("#paragraph-5 mark").all_inner_texts()) == first[6:] + "Вторая"


def test_cells_are_chosen_by_keyboard(opened):
    page = opened("table", "cell=B3")
    page.wait_for_selector("embers-passage[data-ready]")
    page.locator("td[data-cited]").focus()
    page.keyboard.press("ArrowRight")
    expect(field(page)).to_have_value("cell=C3")
    page.keyboard.press("Shift+ArrowDown")
    expect(field(page)).to_have_value("cell=C3:C4")
    expect(page.locator("td[data-chosen]")).to_have_count(2)


def test_a_scene_is_laid_on_the_map(opened):
    page = opened("scene")
    page.wait_for_selector("embers-overlay[data-ready]")
    assert page.evaluate("!!document.querySelector('embers-map').map.getLayer('scene')")
    picture(page)


@pytest.mark.parametrize(
    "name", ["photo", "paper", "sound", "words", "table", "page", "capture", "hostile", "broken"]
)
def test_nothing_in_material_runs(opened, name):
    dialogs: list[str] = []
    page = opened(name)
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.wait_for_load_state("networkidle")
    assert dialogs == []


@pytest.mark.parametrize("colour_scheme", ["dark"])
def test_right_to_left_and_dark_pages_draw_as_well(opened):
    page = opened("photo", "box=700,300,200,150")
    page.evaluate("document.documentElement.dir = 'rtl'")
    picture(page)
    seen_colour(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


@pytest.mark.parametrize(
    ("name", "locator"),
    [
        ("photo", "box=700,300,200,150"),
        ("photo", "polygon=100,100,400,120,300,400"),
        ("paper", "page=2"),
        ("table", "row=C161"),
        ("words", "paragraph=3"),
    ],
)
def test_one_click_begins_a_claim_at_the_place(opened, name, locator):
    page = opened(name, locator)
    page.wait_for_selector("[data-ready]")
    page.get_by_role("button", name="Record this place").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Record what was read here")
    expect(page.get_by_label("Place in it").first).to_have_value(locator)
    expect(page.locator("#f-b0-choices input[type=radio]")).to_be_checked()
    expect(page.locator("#f-v")).to_be_visible()
    # What was recorded from the same item before is offered first.
    expect(page.locator("#f-about-choices")).to_contain_text("EX-1")


def test_a_claim_begins_at_the_second_that_is_heard(opened):
    page = opened("sound")
    page.wait_for_selector("embers-media[data-ready]")
    page.get_by_role("button", name="5 seconds on").click()
    expect(page.locator("[name='b0.at']")).not_to_have_value("seconds=0")
    page.get_by_role("button", name="Record this place").click()
    expect(page.get_by_label("Place in it").first).to_have_value(re.compile(r"^seconds=\d"))


def test_selected_words_are_quoted_in_the_claim_begun_there(opened):
    page = opened("words", "paragraph=5")
    page.wait_for_selector("embers-passage[data-ready]")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#paragraph-5 .viewer-line'))")
    expect(page.locator("[name='b0.at']")).to_have_value(re.compile("^paragraph=5 offset=0-"))
    quoted = page.locator("#paragraph-5 .viewer-line").first.inner_text()
    page.get_by_role("button", name="Record this place").click()
    expect(page.get_by_label("In the words of the source")).to_have_value(quoted)
