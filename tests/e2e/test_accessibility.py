"""axe-core, an independent judge, finds no violation on any page: light, dark, right-to-left, and on a phone.

What a machine cannot judge (do the words make sense, is the order right) is in test_shell.py as far as it can be.
"""

from __future__ import annotations

import pytest
from axe import AXE, violations
from every_page import NO_PAGES, every_page
from playwright.sync_api import Browser, BrowserContext
from showcase import Showcase

from embers.web.rules import RULES, Door

pytestmark = [pytest.mark.browser, pytest.mark.oracle]


def judged(context: BrowserContext, address: str, *, direction: str = "", only: str = "") -> list[str]:
    """Open a page and return what it violates."""
    page = context.new_page()
    page.goto(address)
    if page.locator("embers-map").count():
        page.wait_for_selector("embers-map[data-idle]")
    if direction:
        page.evaluate("direction => (document.documentElement.dir = direction)", direction)
    found = violations(page, only=only)
    page.close()
    return found


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


@pytest.mark.parametrize(
    ("judge", "direction", "only"),
    [
        (("light", 1180), "", ""),
        # Dark changes colours and nothing else.
        (("dark", 1180), "", "color-contrast"),
        (("light", 1180), "rtl", ""),
        (("light", 360), "", "scrollable-region-focusable"),
        (("light", 360), "", "target-size"),
    ],
    indirect=["judge"],
    ids=["light", "dark", "right-to-left", "phone: scrolling", "phone: targets"],
)
def test_no_page_has_a_violation(judge, direction: str, only: str, site: str, pages_case: Showcase):
    pages = every_page(pages_case).items()
    found = {name: judged(judge, site + path, direction=direction, only=only) for name, path in pages}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


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
