"""An interview as a trained person records it: ten answers, eight claims for an incident; then the power fails."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from browsing import PASSWORD, code_of
from playwright.sync_api import BrowserContext, Page, expect
from served_pages import _serve, free_port
from test_accessibility import AXE, violations

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.actions.heard_people import HeardPeople, Person, heard_people

pytestmark = pytest.mark.browser
PLACE = "/interviews/IV001X"
SENTENCES = [
    "The first shell fell beside the well.",
    "Four people were standing in the line for bread.",
    "I carried my neighbour to the cellar.",
    "The second one came after about a minute.",
    "The baker's cart burned until evening.",
    "I saw no soldiers on the square.",
    "There had been no siren that I heard.",
    "The glass of the school went out.",
    "We buried two on the next day.",
    "That is all I saw myself.",
]
CLAIMS = [(2, "first shell"), (3, "Four people"), (4, "my neighbour"), (5, "second one"), (6, "cart burned"),
          (7, "no soldiers"), (8, "no siren"), (9, "glass of the school")]  # fmt: skip


@dataclass
class Running:
    heard: HeardPeople
    address: str
    server: multiprocessing.process.BaseProcess

    @property
    def typed(self) -> list[str]:
        """What app.sqlite3 holds of the form, read past the server."""
        link = sqlite3.connect(f"file:{self.heard.folder.accounts_path}?mode=ro", uri=True)
        try:
            return [
                json.loads(row[0]).get("answer", "") for row in link.execute("SELECT given FROM drafts_draft")
            ]
        finally:
            link.close()


def _prepare(path: Path) -> HeardPeople:
    from embers.actions.readings import enrol_server
    from embers.web.serve import application

    heard = heard_people(path, [Person(1, frozenset({"analysis"}), "")])
    enrol_server(heard.recorder, heard.folder)
    founder = next(id for id, one in heard.view.kind("person").items() if one.text("staff-code"))
    application(heard.folder, accounts=True)  # its models need a configured Django
    from embers.web.accounts.registry import Accounts

    accounts = Accounts.of(heard.folder)
    accounts.accept(accounts.invite(founder), "staff-01", PASSWORD)
    heard.recorder.journal.close()
    heard.folder.projection().close()
    return heard


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    # Playwright keeps an event loop running in this thread, in which Django refuses to work.
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        heard = other_thread.submit(_prepare, tmp_path_factory.mktemp("interview")).result()
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(heard.folder.path, heard.folder.keyring_path, port)
    )
    server.start()
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            with urlopen(address, timeout=5):
                break
        except (URLError, ConnectionError):
            time.sleep(0.1)
    yield Running(heard, address, server)
    if server.is_alive():
        server.kill()
    server.join(10)


def _enter(page: Page, site: str) -> None:
    """Log in, set up a second factor, unlock the key."""
    page.goto(f"{site}/account/log-in")
    page.get_by_label("Username").fill("staff-01")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.goto(f"{site}/account/factors/codes/add")
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        page.goto(f"{site}/account/factors/codes/add")
    secret = page.locator("span.mono").first.inner_text()
    page.locator("input[name=code]").fill(code_of(secret))
    page.get_by_role("main").get_by_role("button").last.click()
    page.goto(f"{site}/account/key")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("Unlocked.")).to_be_visible()


def _look(page: Page, name: str) -> None:
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


SELECT = """([number, words]) => {
  const place = document.querySelector(`[data-answer="${number}"]`).firstChild;
  const range = document.createRange();
  const at = place.data.indexOf(words);
  range.setStart(place, at);
  range.setEnd(place, at + words.length);
  document.getSelection().removeAllRanges();
  document.getSelection().addRange(range);
}"""


def test_ten_answers_eight_claims_one_incident_then_the_power_fails(
    page: Page, context: BrowserContext, running: Running
) -> None:
    _enter(page, running.address)
    context.add_init_script(path=AXE)
    clicks = 0
    begun = time.monotonic()
    page.goto(f"{running.address}{PLACE}")
    for number, sentence in enumerate(SENTENCES, start=2):
        expect(page.locator("#asking")).to_have_text(f"Next answer: {number}")
        page.get_by_label("Question", exact=True).fill("And then?")
        page.get_by_label("Answer, in the person's words").fill(sentence)
        page.locator("[data-form=ask]").get_by_role("button", name="Sign and record").click()
        clicks += 1
    expect(page.locator("#asking")).to_have_text("Next answer: 12")
    for number, words in CLAIMS:
        page.evaluate(SELECT, [number, words])  # the drag of a pointer, or Shift and arrows
        clicks += 1
        expect(page.get_by_label("Words, exactly as answered")).to_have_value(words)
        page.get_by_label("Incident", exact=True).fill("X-01")
        page.locator("[data-form=claim]").get_by_role("button", name="Sign and record").click()
        clicks += 1
        expect(page.locator(f"#a{number} .claimed")).to_contain_text("X-01")
    seconds = time.monotonic() - begun
    print(f"ten answers and eight claims: {clicks} clicks and drags, {seconds:.1f} s of the machine")
    assert clicks == 26
    assert page.locator(".answers > li").count() == 11
    assert page.locator(".claimed li").count() == 9
    _look(page, "interview")
    assert violations(page) == []

    page.get_by_label("Question", exact=True).fill("Anything else?")
    page.get_by_label("Answer, in the person's words").press_sequentially("Only that the well ", delay=5)
    expect(page.locator("[data-told]")).to_contain_text("Kept at", timeout=60_000)
    page.get_by_label("Answer, in the person's words").press_sequentially("was dry.", delay=5)
    typed_at = time.monotonic()
    while "Only that the well was dry." not in running.typed:
        told = page.locator("[data-told]").inner_text()
        assert time.monotonic() - typed_at < 90, (running.typed, told)
        time.sleep(0.2)
    print(f"kept after {time.monotonic() - typed_at:.1f} s")
    running.server.kill()
    running.server.join(10)
    assert running.typed == ["Only that the well was dry."]
    page.close()
