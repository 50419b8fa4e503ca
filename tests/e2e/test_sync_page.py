"""The page about copies in a real browser: a real office and laptop that exchanged over a stick."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from exercise_team import Team
from playwright.sync_api import Page, expect
from served_pages import served

pytestmark = pytest.mark.browser


@pytest.fixture
def exchanged(tmp_path, monkeypatch) -> Team:
    def make() -> Team:
        team = Team(tmp_path, monkeypatch)
        case = ("--case", team.root / "office")
        team.run("office", "key", "cosigner", "mirror", "--operator", "the office", *case)
        team.take_in("laptop", b"\xff\xd8" + b"picture " * 999)
        for who in ("laptop", "office", "laptop"):
            team.exchange(who)
        team.folder("laptop").projection().close()
        return team

    with ThreadPoolExecutor(max_workers=1) as other_thread:  # Playwright's loop runs in this one
        return other_thread.submit(make).result()


def test_a_tired_person_finds_what_to_type(page: Page, exchanged: Team):
    page.set_viewport_size({"width": 360, "height": 740})
    with served(exchanged.folder("laptop")) as site:
        page.goto(site)
        page.keyboard.press("g")
        page.keyboard.press("y")
        expect(page.locator("h1")).to_have_text("Copies and safety")
        expect(page.locator(".lead .state")).to_contain_text("Not yet safe: 1 item")
        expect(page.locator(".lead .state")).to_be_in_viewport()
        command = page.locator("#next + .steps code").first
        expect(command).to_be_in_viewport()
        expect(command).to_contain_text(f"embers sync with {exchanged.root / 'stick'}")
        expect(page.locator("#items + .table-scroll tbody tr")).to_contain_text("by one keeper")
        expect(page.locator("#unsent + .table-scroll tbody tr").first).to_contain_text("by one keeper")
        expect(page.locator("#met + .table-scroll tbody tr")).to_contain_text("folder or stick")
        expect(page.get_by_text("this computer").first).to_be_visible()
