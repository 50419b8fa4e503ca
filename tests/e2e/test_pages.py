"""The pages in a real Chromium: from a sentence to custody and back; no request leaves the machine."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from showcase import Showcase

pytestmark = pytest.mark.browser


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
    expect(page.locator("#list ~ .table-scroll tbody tr").first).to_be_visible()


def test_hostile_title_and_picture(page: Page, site: str, pages_case: Showcase):
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{site}/items/{pages_case.hostile_item.partition(':')[2]}")
    page.get_by_role("link", name="Look at it").click()
    page.wait_for_selector("embers-image[data-ready]")
    expect(page.locator("h1")).to_contain_text("<script>")
    page.goto(f"{site}/report")
    assert dialogs == []
