"""The frame of the pages as people use it: keys, palette, filters, light and dark, phone, right-to-left, print."""

from __future__ import annotations

import re
from urllib.request import urlopen

import pytest
from every_page import every_page
from playwright.sync_api import BrowserContext, Page, expect
from showcase import Showcase

pytestmark = pytest.mark.browser
#: Everything the browser keeps of a page.
KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"


def test_the_palette_goes_to_a_page_and_gives_the_focus_back(page: Page, site: str):
    page.goto(f"{site}/law")
    page.get_by_role("link", name="Incidents").focus()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Page, code or words")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Incidents")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("cla")
    expect(page.get_by_role("option").first).to_contain_text("Claims")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/claims")


@pytest.mark.parametrize("typed", ["K20-33", "k20-33", "scud missiles"])
def test_the_palette_finds_an_incident_by_code_or_words(page: Page, site: str, typed: str):
    page.goto(site)
    page.keyboard.press("Control+k")
    page.keyboard.type(typed)
    page.get_by_role("option", name=f"All results for {typed}", exact=True).wait_for()
    option = page.get_by_role("option", name=re.compile("^K20-33 "))
    field = page.get_by_role("combobox")
    for _ in range(13):
        if option.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/incidents/K20-33")


def test_the_palette_crosses_scripts_and_says_when_nothing_matches(page: Page, site: str):
    page.goto(site)
    page.keyboard.press("Control+k")
    page.keyboard.type("гянджа")
    expect(page.get_by_role("option", name=re.compile("^K20-33 "))).to_be_visible()
    page.get_by_role("combobox").fill("zzzzqx")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing matches.", exact=True)).to_be_visible()


def test_keys_lead_to_every_page_they_list(page: Page, site: str):
    page.goto(site)
    page.keyboard.press("?")
    listed = page.locator("#keys section:last-child dt").all_inner_texts()
    assert len(listed) == len(set(listed)) == page.locator("#rail a[data-key]").count()
    page.keyboard.press("Escape")
    for keys in listed:
        letter = keys.split()[-1]
        href = page.locator(f"#rail a[data-key={letter}]").get_attribute("href")
        page.keyboard.press("g")
        page.keyboard.press(letter)
        expect(page).to_have_url(site + str(href))
        page.wait_for_load_state()
        expect(page.locator("#rail a[aria-current=page]")).to_have_attribute("data-key", letter)


def test_keys_do_not_act_while_typing_or_when_switched_off(page: Page, site: str):
    page.goto(f"{site}/law")
    page.keyboard.press("/")
    expect(page.locator("#q-top")).to_be_focused()
    page.keyboard.type("gi?")
    expect(page.locator("#q-top")).to_have_value("gi?")
    expect(page).to_have_url(f"{site}/law")
    page.get_by_role("button", name="Display and keys").click()
    page.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_rows_are_walked_with_j_and_k_and_stay_in_view(page: Page, site: str):
    page.goto(f"{site}/incidents")
    rows = page.locator("#results tbody tr")
    # The small table of counts above the list is walked first.
    for _ in range(25):
        page.keyboard.press("j")
    focused = page.locator("tr:has(a:focus)")
    expect(focused).to_be_in_viewport()
    head, row = (page.locator(which).bounding_box() for which in ("#results thead", "tr:has(a:focus)"))
    assert head and row
    assert row["y"] >= head["y"] + head["height"] - 1, "the row is hidden under the head of the table"
    code = focused.locator("th a").inner_text()
    page.keyboard.press("k")
    assert page.locator("tr:has(a:focus) th a").inner_text() != code
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/incidents/{code}")
    assert rows.count() == 0


def test_the_head_of_a_long_table_stays_under_the_bar(page: Page, site: str):
    page.goto(f"{site}/claims")
    page.mouse.wheel(0, 3000)
    bar = page.locator(".masthead").bounding_box()
    head = page.locator("#results thead th").first
    expect(head).to_be_in_viewport()
    box = head.bounding_box()
    assert bar
    assert box
    assert abs(box["y"] - bar["height"]) < 2


def test_a_filter_acts_at_once_keeps_its_address_and_leaves_nothing_behind(page: Page, site: str):
    page.goto(f"{site}/incidents")
    rows = page.locator("#results tbody tr")
    before = rows.count()
    page.locator("summary", has_text="Alleged author").click()
    page.get_by_role("link", name="Azerbaijan", exact=True).click()
    page.wait_for_url(re.compile(r"/incidents\?party=AZE"))
    expect(page.get_by_role("link", name="remove Alleged author")).to_be_visible()
    shown = rows.count()
    assert 0 < shown < before
    expect(page.locator("#count")).to_contain_text(f"{shown} incidents")
    page.get_by_role("searchbox", name="Words").fill("stepanakert")
    expect(rows).not_to_have_count(shown)
    expect(page).to_have_url(re.compile("party=AZE.*q=stepanakert|q=stepanakert.*party=AZE"))
    page.reload()
    expect(page.get_by_role("searchbox", name="Words")).to_have_value("stepanakert")
    for _ in range(4):  # typing may have left more than one step
        if page.url.endswith("/incidents"):
            break
        page.evaluate("history.back()")
        page.wait_for_timeout(500)
    expect(rows).to_have_count(before)
    kept = page.evaluate(KEPT)
    assert "K20-" not in kept
    assert "Stepanakert" not in kept


def test_a_choice_of_colours_is_kept_without_a_cookie(page: Page, context: BrowserContext, site: str):
    page.goto(f"{site}/map")
    page.wait_for_selector("embers-map[data-idle]")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Display and keys").click()
    page.get_by_label("Dark").check()
    assert page.evaluate(paper) != light
    water = "document.querySelector('embers-map').map.getPaintProperty('water', 'background-color')"
    assert page.evaluate(water) == "#10161a"
    page.goto(f"{site}/law")
    assert page.evaluate(paper) != light
    page.emulate_media(color_scheme="light")
    assert page.evaluate(paper) != light, "the choice comes before the device"
    page.get_by_role("button", name="Display and keys").click()
    page.get_by_label("As this device asks").check()
    assert page.evaluate(paper) == light
    assert context.cookies() == []


def test_a_phone_shows_rows_as_blocks_and_the_rail_on_demand(page: Page, site: str):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/incidents")
    row = page.locator("#results tbody tr").first
    expect(row).to_have_css("display", "block")
    expect(row.get_by_role("cell").first).to_have_attribute("data-head", "When")
    expect(page.get_by_role("navigation", name="Case")).to_be_hidden()
    page.get_by_role("button", name="Pages").click()
    page.get_by_role("link", name="Sources").click()
    expect(page).to_have_url(f"{site}/sources")
    page.get_by_role("link", name="Go to a page or record").click()
    expect(page.get_by_role("combobox")).to_be_focused()


def test_paper_shows_the_matter_and_not_the_frame(page: Page, site: str):
    page.goto(f"{site}/incidents/K20-33")
    page.emulate_media(media="print", color_scheme="dark")
    for frame in (".rail", ".tools", ".crumbs"):
        expect(page.locator(frame)).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".exercise")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_pages_are_light_to_load(page: Page, site: str, pages_case: Showcase):
    """Under 300 kB with typefaces and scripts; the map's own library and base map come only with a map."""
    library = ("/static/vendor/maplibre-gl/", "/static/basemap/", "/objects/", "/map.geojson")
    used = "() => performance.getEntriesByType('resource').map((one) => one.name)"
    sizes: dict[str, int] = {}

    def size(address: str) -> int:
        if address not in sizes:
            sizes[address] = 0 if any(one in address for one in library) else len(urlopen(address).read())
        return sizes[address]

    weights = {}
    for name, path in every_page(pages_case).items():
        if name != "error":
            page.goto(site + path)
            weights[name] = size(site + path) + sum(size(one) for one in set(page.evaluate(used)))
    print(weights)
    assert all(120_000 < weight < 300_000 for weight in weights.values()), weights


def test_a_task_with_the_keyboard_only(page: Page, site: str, pages_case: Showcase):
    """From the start to the preserved bytes behind a figure, without a mouse."""
    page.goto(site)
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page).to_have_url(f"{site}/report")
    page.wait_for_load_state()
    sentence = page.locator(
        f"[data-sentence='{pages_case.sentence}'] a, a[href$='{pages_case.sentence}']"
    ).first
    for _ in range(60):
        page.keyboard.press("Tab")
        if sentence.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/trace/{pages_case.sentence}")
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.pathname || ''").startswith("/items/"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Table claims")
    expect(page.locator(".digest").first).to_be_visible()
