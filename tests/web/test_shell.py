"""The frame of the pages without a browser: policy, language, the palette's look-up, the style page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import translation

from embers.web import languages
from embers.web.element_words import ELEMENT_WORDS, element_words
from embers.web.shell import NAVIGATION

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "embers" / "web" / "static"
PAGES = ["/", "/incidents", "/incidents/K20-33", "/claims", "/map", "/report", "/sync", "/style", "/nowhere"]


class Tags(HTMLParser):
    """Collects the elements of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_nothing_the_policy_would_have_to_excuse(get, path):
    text = get(path).text
    tags = Tags()
    tags.feed(text)
    assert len(tags.found) > 50
    for name, attributes in tags.found:
        assert name != "style"
        assert name != "script" or "src" in attributes
        assert not [one for one in attributes if one == "style" or one.startswith("on")], name
        fetched = attributes.get("src") or (attributes.get("href") if name == "link" else "") or "/"
        assert fetched.startswith("/"), name
    assert '"allowEval":false' in text
    assert '"historyCacheSize":0' in text


def test_the_rail_marks_where_one_is(get):
    assert re.search(r'href="/incidents"[^>]* aria-current="page"', get("/incidents").text)
    assert re.search(r'href="/incidents"[^>]* aria-current="true"', get("/incidents/K20-33").text)
    assert 'href="/incidents" data-key="i"' in get("/nowhere").text
    keys = [room.key for _, rooms in NAVIGATION for room in rooms]
    assert len(keys) == len(set(keys))


def test_languages_are_offered_when_they_have_a_catalogue(get, tmp_path):
    assert languages.offered(tmp_path) == [("en", "English")]
    (tmp_path / "ar" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "ar" / "LC_MESSAGES" / "django.mo").write_bytes(b"")
    assert languages.offered(tmp_path) == [("en", "English"), ("ar", "العربية")]
    assert '<html lang="en" dir="ltr">' in get("/", HTTP_ACCEPT_LANGUAGE="fa").text


def test_a_chosen_language_turns_the_page(get):
    with override_settings(LANGUAGES=[("en", "English"), ("ar", "العربية")]):
        asked = get("/", HTTP_ACCEPT_LANGUAGE="ar")
        assert '<html lang="ar" dir="rtl">' in asked.text
        chosen = get("/", HTTP_COOKIE="django_language=ar")
        assert '<html lang="ar" dir="rtl">' in chosen.text
        assert '<option value="ar" lang="ar" selected>العربية</option>' in chosen.text
        assert "Set-Cookie" not in chosen.headers


@pytest.mark.parametrize(
    ("words", "first"), [("K20-33", "K20-33"), ("k20-33", "K20-33"), ("s22", "S22"), ("scud", "K20-33")]
)
def test_the_palette_looks_up_codes_and_words(get, words, first):
    found = json.loads(get(f"/find.json?q={words}").body)["found"]
    assert any(one["text"].startswith(first) for one in found[: 1 if words != "scud" else 12])
    assert 0 < len(found) <= 12
    assert get(found[0]["href"]).status == 200


@pytest.mark.parametrize("words", ["", "%20", "%22", "()", "%00", "*" * 2000])
def test_words_that_cannot_be_searched_find_nothing(get, words):
    answer = get(f"/find.json?q={words}")
    assert answer.status == 200
    assert json.loads(answer.body) == {"found": []}


def test_the_style_page_shows_every_component(get):
    """A class of the style sheets that no one can see on /style would be judged by nobody."""
    shown = set(re.findall(r"[\w-]+", " ".join(re.findall(r'class="([^"]*)"', get("/style").text))))
    sheet = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / "embers.css").read_text(), flags=re.DOTALL)
    styled = set(re.findall(r"\.([a-z][\w-]*)", sheet))
    # Told apart by where they stand, shown on the pages that use them, or set while htmx waits.
    elsewhere = {"htmx-request", "panel", "filters", "acts", "search", "visually-hidden"}
    elsewhere |= {"plain", "mono"}
    assert styled - shown - elsewhere == set()


def test_typefaces_are_as_recorded(tmp_path):
    tool = [sys.executable, str(ROOT / "tools" / "build_web_fonts.py"), "--check", "--folder"]
    assert subprocess.run([*tool, str(STATIC / "fonts")], check=False).returncode == 0
    for path in (STATIC / "fonts").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    changed = tmp_path / "sans-400-latin.woff2"
    changed.write_bytes(changed.read_bytes() + b"x")
    done = subprocess.run([*tool, str(tmp_path)], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "sans-400-latin.woff2: differs" in done.stderr


def test_the_judge_of_accessibility_is_as_pinned():
    tool = [sys.executable, str(ROOT / "tools" / "vendor_assets.py"), "--check", "--vendor"]
    assert subprocess.run([*tool, str(ROOT / "tests/e2e/vendor")], check=False).returncode == 0


@pytest.mark.parametrize(
    ("language", "direction", "incidents", "killed"),
    [
        ("hy", "ltr", "Դեպքեր", "Սպանված"),
        ("az", "ltr", "Hadisələr", "Həlak olanlar"),
        ("ru", "ltr", "Происшествия", "Убитые"),
        ("uk", "ltr", "Інциденти", "Загиблі"),
        ("ar", "rtl", "الحوادث", "القتلى"),
    ],
)
def test_pages_speak_the_readers_language_and_keep_the_words_of_the_case(
    get, language, direction, incidents, killed
):
    page = get("/incidents", HTTP_ACCEPT_LANGUAGE=language).text
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert incidents in page
    assert killed in page
    for english in (">Incidents<", ">Killed<", "Skip to the content"):
        assert english not in page
    english = get("/incidents", HTTP_ACCEPT_LANGUAGE="en").text
    title = re.search(r'<td><a href="/incidents/[^"]+">([^<]+)</a></td>', english)
    assert title
    assert title[1] in page  # what the case holds is shown as it was written
    missing = get("/incidents/none", HTTP_ACCEPT_LANGUAGE=language)
    assert missing.status == 404
    assert f'lang="{language}"' in missing.text


@pytest.mark.parametrize("element", ["embers-map", "embers-timeline", "embers-layers", "embers-groups"])
def test_every_word_of_an_element_is_given_in_the_readers_language(get, element):
    source = (STATIC / "elements" / f"{element}.js").read_text(encoding="utf-8")
    listed = source[source.index("const TEXTS = {") : source.index("};")]
    known = dict(re.findall(r'(\w+):\s*"([^"]*)"', listed))
    with translation.override("en"):
        assert known == {name: str(text) for name, text in ELEMENT_WORDS[element].items()}
    with translation.override("hy"):
        words = element_words(element, "label")
        assert all(str(text) not in known.values() for text in ELEMENT_WORDS[element].values())
    assert words in get("/map", HTTP_ACCEPT_LANGUAGE="hy").text
    assert words.count("data-text-") == len(known.keys() - {"label"})
