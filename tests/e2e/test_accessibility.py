"""axe-core, an independent judge, finds no violation on any page: light, dark, right-to-left, and on a phone.

What a machine cannot judge (do the words make sense, is the order right) is in test_shell.py as far as it can be. Pages
also fit the screen in every look: that is measured in the same walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import axe
import pytest
from axe import AXE, violations
from every_page import NO_PAGES, every_page
from playwright.sync_api import Browser, BrowserContext, Page
from showcase import Showcase

from embers.web.rules import RULES, Door

pytestmark = [pytest.mark.browser, pytest.mark.oracle]
WIDE, PHONE = 1180, 360


@dataclass
class Looks:
    """One page in every look: what is violated in each, and in which it is wider than the screen."""

    violated: dict[str, list[str]] = field(default_factory=dict)
    too_wide: dict[str, int] = field(default_factory=dict)
    rail_leads: dict[str, bool] = field(default_factory=dict)

    def judge(self, page: Page, look: str, *rules: str) -> None:
        """Ask axe for some rules, each by its name; for all of them by an empty one."""
        self.violated[look] = [one for rule in rules for one in violations(page, only=rule)]

    def measure(self, page: Page, width: int, direction: str) -> None:
        """See whether the page fits, and on a wide screen on which side of it the rail stands."""
        wide = "document.documentElement.scrollWidth"
        # A map follows the width a moment later; the page's policy lets no function wait in it.
        for _ in range(20):
            if (found := page.evaluate(wide)) <= width:
                break
            page.wait_for_timeout(100)
        if found > width:
            self.too_wide[f"{width} {direction}"] = found
        if width == WIDE:
            rail, main = (page.locator(which).bounding_box() for which in (".rail", "main"))
            assert rail
            assert main
            self.rail_leads[direction] = rail["x"] < main["x"]


def in_every_look(page: Page, address: str) -> Looks:
    """Open a page once, and look at it in light, in dark, from right to left, and on a phone both ways."""
    found = Looks()
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.goto(address)
    if page.locator("embers-map").count():
        page.wait_for_selector("embers-map[data-idle]")
    for look, only in axe.looks(page):
        found.judge(page, look, only)
        if look != "dark":
            found.measure(page, WIDE, "rtl" if look == "right-to-left" else "ltr")
    page.set_viewport_size({"width": PHONE, "height": 800})
    # The page hears of its new size when it draws the next frame; only then can it say what scrolls.
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    found.judge(page, "phone", "scrollable-region-focusable", "target-size")
    for direction in ("ltr", "rtl"):
        page.evaluate("direction => (document.documentElement.dir = direction)", direction)
        found.measure(page, PHONE, direction)
    return found


@pytest.fixture(scope="module")
def walked(browser: Browser, site: str, pages_case: Showcase) -> Iterator[dict[str, Looks]]:
    """Every page in every look; each is opened once, for opening them is what takes long."""
    opened = browser.new_context()
    opened.set_default_timeout(30_000)
    opened.add_init_script(path=AXE)
    page = opened.new_page()
    yield {name: in_every_look(page, site + path) for name, path in every_page(pages_case).items()}
    opened.close()


@pytest.fixture
def judge(browser: Browser, request: pytest.FixtureRequest) -> BrowserContext:
    look, width = request.param
    opened = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=look, reduced_motion="reduce"
    )
    opened.set_default_timeout(30_000)
    opened.add_init_script(path=AXE)
    yield opened
    opened.close()


def test_every_route_is_here(pages_case: Showcase):
    inside = {
        name
        for name, rule in RULES.items()
        if not isinstance(rule.needs, Door) and not name.startswith(("api-", "openrosa-"))
    }
    assert inside - NO_PAGES <= every_page(pages_case).keys()


@pytest.mark.parametrize("look", ["light", "dark", "right-to-left", "phone"])
def test_no_page_has_a_violation(walked: dict[str, Looks], look: str):
    found = {name: looks.violated[look] for name, looks in walked.items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_every_page_fits(walked: dict[str, Looks]):
    assert {name: looks.too_wide for name, looks in walked.items() if looks.too_wide} == {}


def test_the_rail_stands_where_reading_begins(walked: dict[str, Looks]):
    assert [name for name, looks in walked.items() if looks.rail_leads != {"ltr": True, "rtl": False}] == []


@pytest.mark.parametrize(
    "judge", [("light", 1180), ("dark", 360)], indirect=True, ids=["light", "dark phone"]
)
def test_what_opens_over_a_page_has_no_violation(judge: BrowserContext, site: str):
    page = judge.new_page()
    page.goto(f"{site}/law")
    page.keyboard.press("Control+k")
    page.keyboard.type("gence")
    page.get_by_role("option", name="All results for").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Display and keys").click()
    assert violations(page) == []


@pytest.mark.parametrize("judge", [("light", 1180)], indirect=True, ids=["light"])
def test_the_judge_sees_faults(judge: BrowserContext, site: str):
    """Without this, a judge that is never loaded would find no violation either."""
    page = judge.new_page()
    page.goto(f"{site}/style")
    page.evaluate("document.querySelector('label[for=style-2]').remove()")
    page.evaluate("document.documentElement.style.setProperty('--ink-quiet', '#bbb')")
    names = {one.partition(":")[0] for one in violations(page)}
    assert {"label", "color-contrast"} <= names
