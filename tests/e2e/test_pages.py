"""The pages in a real Chromium: from a sentence to custody and back; no request leaves the machine."""

from __future__ import annotations

import multiprocessing
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from showcase import Showcase, build

from embers.actions.case_folder import CaseFolder
from embers.surroundings import Surroundings
from embers.web.serve import Listening, run

pytestmark = pytest.mark.browser


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(path: Path, keys: Path, port: int) -> None:
    run(CaseFolder(path, keys, Surroundings()), Listening(port=port))


@pytest.fixture(scope="module")
def pages_case(tmp_path_factory) -> Showcase:
    # Playwright keeps an event loop running in this thread, in which Django refuses to work.
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        path = tmp_path_factory.mktemp("e2e-pages")
        return other_thread.submit(build, path, exercise=True).result()


@pytest.fixture(scope="module")
def site(pages_case) -> Iterator[str]:
    """The real server, as `embers serve` starts it, in a process of its own."""
    port = _free_port()
    folder = pages_case.folder
    spawn = multiprocessing.get_context("spawn")
    server = spawn.Process(target=_serve, args=(folder.path, folder.keyring_path, port))
    server.start()
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            with urlopen(address, timeout=5):
                break
        except (URLError, ConnectionError):
            time.sleep(0.1)
    else:
        pytest.fail("the server did not answer within a minute")
    yield address
    server.terminate()
    server.join(10)


def test_from_a_sentence_to_custody_and_back(page: Page, site: str, pages_case: Showcase):
    page.goto(f"{site}/report")
    expect(page.locator(".exercise")).to_be_visible()
    page.get_by_role("link", name="A figure was stated by a named claimant.").click()
    expect(page).to_have_url(f"{site}/trace/{pages_case.sentence}")
    steps = page.locator("ol.trace > li")
    expect(steps).to_have_count(7)
    expect(steps.nth(1)).to_contain_text("row=C161")
    expect(steps.nth(4)).to_contain_text("received")
    expect(steps.nth(5)).to_contain_text("signature and place checked now")
    page.get_by_role("link", name="Table claims").first.click()
    expect(page.locator("h1")).to_have_text("Table claims")
    expect(page.locator("#custody")).to_be_visible()
    page.get_by_role("link", name="A figure was stated by a named claimant.").click()
    expect(page).to_have_url(f"{site}/trace/{pages_case.sentence}")
    page.get_by_role("link", name="Read it in its place in the report").click()
    expect(page.locator(f"[data-sentence='{pages_case.sentence}']")).to_be_in_viewport()


def test_incident_with_map_and_keyboard(page: Page, site: str):
    page.goto(f"{site}/incidents?q=gence")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.get_by_role("link", name="K20-33").first.click()
    expect(page.locator("embers-map canvas")).to_be_visible()
    page.wait_for_selector("embers-map[data-idle]")
    details = page.locator("details", has_text="Basis").first
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(details.get_by_text("Recorded")).to_be_visible()


def test_map_page_lists_what_it_draws(page: Page, site: str):
    page.goto(f"{site}/map")
    page.wait_for_selector("embers-map[data-idle]")
    expect(page.locator("#list + .table-scroll tbody tr").first).to_be_visible()


def test_hostile_title_and_picture(page: Page, site: str, pages_case: Showcase):
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{site}/items/{pages_case.hostile_item.partition(':')[2]}")
    picture = page.locator("figure img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 64)
    page.goto(f"{site}/report")
    assert dialogs == []


@pytest.mark.parametrize(
    "path",
    ["/", "/incidents", "/incidents/K20-33", "/claims", "/sources", "/law", "/report", "/trace/ganja.1"],
)
def test_pages_fit_a_narrow_screen(page: Page, site: str, path: str):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(site + path)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 391, f"{path} is {width} pixels wide"
