"""A full task with the keyboard only, drafts that outlive browser and server, and forms that work while one types."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from served_pages import free_port
from showcase import Showcase, build
from test_accessibility import AXE, violations

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from editors import PASSWORD, add_editors
from served import serve

pytestmark = pytest.mark.browser


class Served:
    """The showcase behind a real `embers serve`, which can be killed and started again at the same address."""

    def __init__(self, case: Showcase) -> None:
        self.case, self.port = case, free_port()
        self.server: subprocess.Popen[bytes] = serve(case.folder, self.port)

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def record(self) -> str:
        return f"/records/{self.case.ganja.replace(':', '/')}"

    def kill(self) -> None:
        """Kill it as a power cut does, with the process that answers."""
        os.killpg(os.getpgid(self.server.pid), signal.SIGKILL)
        self.server.wait(10)

    def start_again(self) -> None:
        self.server = serve(self.case.folder, self.port)


def _build(path: Path) -> Showcase:
    case = build(path, exercise=True)
    add_editors(case.folder, "staff-01", ["editor-1"])
    return case


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    # Playwright keeps an event loop running in this thread, in which Django refuses to work.
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        case = other_thread.submit(_build, tmp_path_factory.mktemp("e2e-records")).result()
    running = Served(case)
    yield running
    running.kill()


class Keyboard:
    """Counts what a person presses. Nothing else moves the page."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
        self.pressed += times

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def tab_to(self, name: str, *, most: int = 60) -> None:
        """Press Tab until the thing with this name has the focus."""
        for _ in range(most):
            if self._at(name):
                return
            self.press("Tab")
        raise AssertionError(f"{name!r} was not reached with {most} tabs")

    def _at(self, name: str) -> bool:
        found: str = self.page.evaluate(
            "() => { const at = document.activeElement; "
            "return at === document.body ? '' : at.labels?.[0]?.textContent ?? at.textContent }"
        )
        return name in found


def log_in(page: Page, site: str) -> None:
    page.goto(f"{site}/account/log-in")
    page.get_by_label("Username").fill("editor-1")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/account/key")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("Unlocked.")).to_be_visible()
    page.goto(f"{site}/")


def test_a_full_task_with_the_keyboard_only(page: Page, served: Served, record_property):
    """Open an incident, add a claim with its pinpoint, decide between values, undo the decision."""
    log_in(page, served.site)
    keys = Keyboard(page)
    # Open the incident.
    keys.press("Control+k")
    keys.type("K20-33")
    page.get_by_role("option", name=re.compile("^K20-33 ")).wait_for()
    keys.press("Enter")
    page.wait_for_url(re.compile("/incidents/K20-33$"))
    # Add a claim: what about, the number, who says so, where it was read.
    keys.press("n")
    page.wait_for_url(re.compile("/add$"))
    keys.type("kil")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_url(re.compile("field=killed"))
    keys.type("at l")
    keys.press("Tab")
    keys.type("19")
    keys.tab_to("Claimant")
    keys.type("amnesty int")
    page.locator("#f-claimant-choices input[type=radio]").first.wait_for()
    keys.press("ArrowDown")
    keys.tab_to("Item or source")
    keys.type("S20")
    page.locator("#f-b0-choices input[type=radio]").first.wait_for()
    keys.press("ArrowDown")
    keys.tab_to("Place in it")
    keys.type("p. 4")
    keys.press("Enter")
    expect(
        page.get_by_role("status").filter(has_text="Recorded: Killed: at least 19 persons")
    ).to_be_visible()
    added = keys.pressed
    # Decide between the values that stand there.
    keys.tab_to("Compare and decide Killed")
    keys.press("Enter")
    page.wait_for_url(re.compile("/values/killed$"))
    keys.press("Space")
    keys.tab_to("Reason")
    keys.type("The first official toll.")
    keys.tab_to("Sign the decision")
    keys.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Decided.")).to_be_visible()
    decided = keys.pressed
    # And undo it.
    page.wait_for_load_state("load")  # the keys act once their script has come
    keys.press("u")
    expect(page.get_by_role("status").filter(has_text="Taken back.")).to_be_visible()
    record_property("keystrokes", {"add": added, "decide": decided - added, "undo": keys.pressed - decided})
    print(f"keystrokes: add {added}, decide {decided - added}, undo {keys.pressed - decided}")
    assert keys.pressed < 200
    page.goto(f"{served.site}{served.record}/history")
    for words in ("at least 19 persons", "page=4", "The first official toll.", "took back"):
        expect(page.locator(".story")).to_contain_text(words)


def test_what_was_typed_outlives_browser_and_server(page: Page, served: Served, traffic):
    log_in(page, served.site)
    path = f"{served.site}{served.record}/add?field=damage"
    page.goto(path)
    page.keyboard.type("Roof of the school, eastern half")
    expect(page.locator("span[data-kept]")).to_contain_text("Kept at", timeout=10_000)
    served.kill()
    page.keyboard.type(", and the gate")
    expect(page.locator("span[data-kept]")).to_contain_text("Not kept", timeout=10_000)
    expect(page.locator("#f-v")).to_have_value("Roof of the school, eastern half, and the gate")
    # Left while nobody answers: what the page sends as it goes must not come to the server after the cookies are gone.
    page.goto("about:blank")
    traffic.errors.clear()  # nobody answered, as was meant
    served.start_again()
    page.context.clear_cookies()
    log_in(page, served.site)
    page.goto(path)
    expect(page.locator("#f-v")).to_have_value("")
    page.get_by_role("link", name="Go on with what was kept").click()
    expect(page.locator("#f-v")).to_have_value("Roof of the school, eastern half")


def test_forms_of_somebody_logged_in_have_no_violation(page: Page, served: Served, traffic):
    """The other judge opens every page as a reader; these are what a writer sees."""
    page.add_init_script(path=AXE)
    log_in(page, served.site)
    page.goto(f"{served.site}{served.record}/add?field=killed")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.locator("#f-claimant").fill("amn")
    page.locator("#f-claimant-choices input[type=radio]").first.wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Sign and record").click()
    expect(page.get_by_text("Nothing was signed yet.")).to_be_visible()
    traffic.errors.clear()  # a browser calls an answer of 422 an error
    assert violations(page) == []
    page.goto(f"{served.site}{served.record}/values/killed")
    assert violations(page) == []
    page.goto(f"{served.site}/records/drafts")
    assert violations(page) == []


def test_ten_pages_fit_a_telephone(browser: Browser, served: Served):
    """Logged in, nothing of the masthead lies over anything else of it, and no page scrolls sideways."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    log_in(page, served.site)
    pages = (
        "/",
        "/incidents",
        "/incidents/K20-33",
        "/map",
        "/claims",
        "/tasks",
        "/reviews",
        "/sources",
        "/search?q=gence",
    )
    for path in (*pages, f"{served.record}/add?field=killed"):
        page.goto(f"{served.site}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate(OVERLAPS) == [], path
    context.close()


OVERLAPS = """() => {
  const shown = [...document.querySelectorAll(".masthead :is(a, button)")]
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, at]) => at.width > 1 && at.height > 1);
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return shown.flatMap(([one, at], number) =>
    shown.slice(number + 1).filter(([, other]) => over(at, other)).map(([other]) => [one.outerHTML, other.outerHTML]));
}"""
