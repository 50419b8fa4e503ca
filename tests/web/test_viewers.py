"""The viewers' pages: a copy and never the original, the place a claim cites, and a sentence where there is no copy."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from urllib.parse import quote

import pytest
from answers import reader
from material import CAMERA, CITED, HOSTILE, Material
from PIL import Image

from embers.web.serve import application


@pytest.fixture(scope="module")
def material(tmp_path_factory) -> Material:
    return Material(tmp_path_factory.mktemp("viewers"))


@pytest.fixture(scope="module")
def look(material):
    get = reader(application(material.folder))

    def at(name: str, locator: str = "", **query: str):
        more = "".join(f"&{key}={quote(value)}" for key, value in query.items())
        return get(material.address(name, locator) + (more if locator else more.replace("&", "?", 1)))

    at.get = get  # type: ignore[attr-defined]
    return at


@pytest.mark.parametrize("name", ["photo", "paper", "sound", "words", "table", "page", "scene", "capture"])
def test_every_kind_has_a_viewer_with_its_frame(look, name):
    answer = look(name)
    assert answer.status == 200
    assert answer.text.count("<h1") == 1
    assert "No copy can be shown" not in answer.text
    assert "There is no viewer" not in answer.text
    assert "style=" not in answer.text
    assert "onclick" not in answer.text
    assert json.loads(unescape(re.search(r'id="viewer-words"[^>]*>(.*?)</script>', answer.text)[1]))


@pytest.mark.parametrize("name", ["broken", "program"])
def test_what_cannot_be_shown_is_said_with_what_to_do(look, name):
    answer = look(name)
    assert answer.status == 200
    assert "tool of your own" in answer.text
    assert "embers-image" not in answer.text.replace("embers-image.js", "")


def test_a_photo_is_seen_as_a_turned_copy_without_metadata(look, material):
    sha256 = material.digests["photo"]
    assert CAMERA in look.get(f"/objects/{sha256}").body
    plan = json.loads(look.get(f"/copies/{sha256}/0/plan.json").body)
    assert (plan["width"], plan["height"]) == (1600, 1200)
    tile = look.get(f"/copies/{sha256}/0/0/1/0.jpg")
    assert tile.headers["Content-Type"] == "image/jpeg"
    assert CAMERA not in tile.body
    assert b"Exif" not in tile.body
    # The orange frame that was drawn at 700..900 by 300..450 lies where its box says.
    image = Image.open(io.BytesIO(tile.body))
    red, _, blue = image.convert("RGB").getpixel((704 - 512, 400))
    assert red > 180 > 90 > blue
    assert "orientation 6" in look("photo").text


def test_no_page_shows_an_original_in_place(look, material):
    for name in ("photo", "paper", "scene"):
        item = look.get(f"/items/{material.items[name].partition(':')[2]}").text
        for text in (item, look(name).text):
            assert f'src="/objects/{material.digests[name]}' not in text


@pytest.mark.parametrize(
    "path",
    ["0/9/0/0.jpg", "0/0/99/0.jpg", "0/0/0/99999999999999999999.jpg", "7/plan.json", "1/0/0/0.jpg"],
)
def test_parts_that_are_not_there_are_refused_in_words(look, material, path):
    answer = look.get(f"/copies/{material.digests['photo']}/{path}")
    assert answer.status in {400, 404}
    assert "Traceback" not in answer.text


def test_copies_of_what_the_case_does_not_hold_are_not_made(look):
    for path in ("0/plan.json", "0/0/0/0.jpg", "overlay.png"):
        assert look.get(f"/copies/{'0' * 64}/{path}").status == 404


@pytest.mark.parametrize(("name", "locator"), [(name, one) for name, all_ in CITED.items() for one in all_])
def test_from_a_claim_one_click_opens_the_place_it_cites(look, material, name, locator):
    claim = look.get(f"/claims/{material.claims[locator]}").text
    (href,) = set(re.findall(r'href="(/items/[^"]+/view\?at=[^"]+)"', claim))
    opened = look.get(unescape(href))
    assert opened.status == 200
    assert f'<code class="mono">{locator}</code>' in opened.text
    assert ("is no place that can be shown" in opened.text) is (locator == "upper left, near the tree")


def test_a_page_of_a_document_opens_at_the_page_cited(look):
    text = look("paper", "page=2 box=30,30,120,40").text
    assert 'data-prefix="page=2"' in text
    assert "Second page: Gəncə." in text
    assert "What stands at page=1" in text
    assert 'data-prefix="page=3"' in look("paper", part="3").text
    assert "no such page" in look("paper", part="9").text


def test_a_passage_is_marked_and_its_encoding_named(look):
    text = look("words", "paragraph=3 offset=5-14").text
    assert "<mark>" in text
    marked = "".join(re.findall(r"<mark>(.*?)</mark>", text))
    assert marked == "Абзац 3: наблюдатели"[5:14]
    assert "windows-1251" in text
    assert "a guess" in text
    later = look("words", "paragraph=120").text
    assert 'id="paragraph-120" data-paragraph="120" data-cited' in later
    assert 'id="paragraph-3"' not in later
    assert 'data-line="239"' in later  # lines are numbered through the whole text
    chosen = look("words", encoding="koi8-r").text
    assert "chosen by you" in chosen
    assert "Абзац 3" not in chosen


def test_an_offset_over_a_line_break_is_marked_on_both_lines(look):
    first = "Абзац 4: наблюдатели записали всё, что видели."
    text = look("words", f"paragraph=4 offset={len(first) - 7}-{len(first) + 7}").text
    assert re.findall(r"<mark>(.*?)</mark>", text) == ["видели.", "Вторая"]


def test_a_row_is_found_by_its_first_cell_and_nothing_becomes_a_formula(look):
    text = look("table", "row=C161").text
    row = re.search(r'<tr data-row="162".*?</tr>', text)[0]
    assert row.count("data-cited") == 4
    assert "=SUM(A1:A9)" in row
    assert "claim_id" in text  # the heading is repeated on later parts
    assert "No row of this table" in look("table", "row=C999").text
    cell = look("table", "cell=B3:C4").text
    assert cell.count("data-cited") == 4


def test_a_capture_is_listed_and_not_replayed(look):
    text = look("capture").text
    assert "https://example.invalid/a" in text
    assert "<td>404</td>" in text
    assert 'href="https://example.invalid' not in text
    assert "<iframe" not in text


@pytest.mark.parametrize("name", ["hostile", "page", "capture"])
def test_markup_in_material_stays_text(look, name):
    text = look(name).text
    assert HOSTILE not in text
    assert "<img src=x" not in text


def test_markup_in_an_address_stays_text(look):
    for locator in (HOSTILE, '" onmouseover="alert(1)', "javascript:alert(1)", "page=1\r\nSet-Cookie: a=b"):
        for name in ("photo", "words", "table", "paper", "sound"):
            answer = look(name, locator)
            assert answer.status == 200
            assert "<img src=x" not in answer.text
            assert 'onmouseover="alert' not in answer.text
    for part in ("-1", "0", "9999999999", "x", "١"):
        assert look("words", part=part).status == 200
    assert look("words", encoding="../../etc").status == 200


def test_an_object_of_another_item_is_not_shown_as_this_one(look, material):
    answer = look("words", of=material.digests["photo"])
    assert answer.status == 404
    assert look("words", of="x' OR 1=1 --").status == 404


def test_a_scene_lies_on_the_map(look, material):
    text = look("scene").text
    west, south, east, north = map(float, re.search(r'data-bounds="([^"]+)"', text)[1].split(","))
    assert -95 < west < east < -94
    assert 36.9 < south < north < 37.2
    overlay = look.get(f"/copies/{material.digests['scene']}/overlay.png")
    assert overlay.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(overlay.body)).mode == "RGBA"
    assert "No copy" not in text


def test_a_recording_is_played_by_ranges_from_the_preserved_bytes(look, material):
    sha256 = material.digests["sound"]
    assert f'src="/objects/{sha256}"' in look("sound").text
    part = look.get(f"/objects/{sha256}", HTTP_RANGE="bytes=0-11")
    assert (part.status, part.headers["Content-Type"]) == (206, "audio/wav")
    assert part.body[:4] + part.body[8:] == b"RIFFWAVE"
    assert "attachment" not in part.headers["Content-Disposition"]
    assert "media-src 'self'" in look("sound").headers["Content-Security-Policy"]


def test_looking_leaves_no_plaintext_on_a_field_laptop(tmp_path, monkeypatch):
    """The copies of a field case are in memory only: nothing new is on the disk, and nothing on it is legible."""
    material = Material(tmp_path, field=True)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    get = reader(application(material.folder))
    for name in ("photo", "paper", "words", "sound"):
        assert get(material.address(name)).status == 200
        assert "No copy can be shown" not in get(material.address(name)).text
    assert get(f"/objects/{material.digests['sound']}", HTTP_RANGE="bytes=8-11").body == b"WAVE"
    assert get(f"/copies/{material.digests['photo']}/0/0/1/0.jpg").body.startswith(b"\xff\xd8\xff")
    after = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.name for path in after - before} <= {"case.sqlite3-wal", "case.sqlite3-shm"}
    for path in after:
        data = path.read_bytes()
        assert b"%PDF" not in data
        assert CAMERA not in data
