"""Judging pairs by the keyboard in a real Chromium: one key judges, one takes back, and the journal holds both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from served_pages import served
from velmora import Velmora, happenings, units, velmora, with_account

pytestmark = pytest.mark.browser
PASSWORD = "seven plain words drawn by dice"


def _build(path: Path) -> Velmora:
    made = velmora(path)
    units(made)
    happenings(made)
    with_account(made, "analyst", PASSWORD)
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Velmora:
    # Playwright keeps an event loop running in this thread, in which Django refuses to work.
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        return other_thread.submit(_build, tmp_path_factory.mktemp("e2e-identity")).result()


@pytest.fixture(scope="module")
def address(made: Velmora) -> Iterator[str]:
    with served(made.folder) as found:
        yield found


def look(page: Page, name: str) -> None:
    """Keep a picture of a page for people who look at it, where a folder for them is named."""
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/account/log-in")
    page.fill("[name=login]", "analyst")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "log-in" not in url)
    page.goto(f"{address}/account/key")
    page.get_by_role("button", name="Unlock").click()
    page.wait_for_url(lambda url: not url.endswith("/account/key"))


def press(page: Page, key: str) -> None:
    """Press a key once the page and what listens to its keys is there."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def test_pairs_are_judged_and_taken_back_without_a_mouse(made: Velmora, page: Page, address: str) -> None:
    log_in(page, address)
    page.goto(f"{address}/identity?kind=person")
    look(page, "identity")
    count = page.locator("#count")
    expect(count).to_contain_text("Pair 1 of 2")
    press(page, "ArrowRight")
    expect(count).to_contain_text("Pair 2 of 2")
    press(page, "ArrowLeft")
    page.wait_for_url("**at=0")
    expect(count).to_contain_text("Pair 1 of 2")
    press(page, "1")
    expect(count).to_contain_text("Pair 1 of 1")
    expect(page.locator("#judged + .table-scroll tbody tr")).to_have_count(1)
    expect(page.locator("#judged + .table-scroll")).to_contain_text("the same harm in the same incident")
    look(page, "identity-judged")
    press(page, "0")
    expect(count).to_contain_text("of 2")
    expect(page.locator("#judged + p")).to_have_text("None.")
    page.focus("#f-reasons")
    page.keyboard.type("2")  # a digit in the field of reasons judges nothing
    expect(count).to_contain_text("of 2")
    page.locator("#count").click()
    press(page, "2")
    expect(count).to_contain_text("of 1")
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        acts = other_thread.submit(
            lambda: [s.entry.act for _, s in made.folder.journal(read_only=True).entries()]
        )
        assert acts.result()[-3:] == ["identity.judge", "identity.take-back", "identity.judge"]


def test_counts_and_command_as_people_see_them(page: Page, address: str) -> None:
    log_in(page, address)
    page.goto(f"{address}/counts")
    page.select_option("#f-by", "incident")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr").first).to_contain_text("6 to 8")
    look(page, "counts")
    page.goto(f"{address}/command")
    page.fill("#f-place", "Карсель")
    page.fill("#f-day", "2031-05-07")
    page.press("#f-day", "Enter")
    expect(page.locator("#answer")).to_contain_text("7 May 2031")
    look(page, "command")
    page.goto(f"{address}/incidents/V-1")
    look(page, "incident")
