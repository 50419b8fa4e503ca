"""Every main page has a picture that is shown with a sentence; none is heavy, none is left over."""

from __future__ import annotations

import re
from pathlib import Path

from embers.web.serve import prepare_django

prepare_django()

from embers.web.shell import NAVIGATION  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
LARGEST = 150_000


def shown() -> set[str]:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return {name for page in pages for name in re.findall(r"pictures/([\w-]+\.png)", page.read_text("utf-8"))}


def test_every_picture_is_small_and_shown_somewhere():
    found = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert found.keys() == shown()
    assert {name: size for name, size in found.items() if size >= LARGEST} == {}


def test_every_page_of_the_rail_has_a_picture():
    """After a new page: ``python tools/make_screenshots.py``, and a sentence in docs/explanation/pages.md."""
    page = (ROOT / "docs" / "explanation" / "pages.md").read_text("utf-8")
    names = {room.name for _, rooms in NAVIGATION for room in rooms}
    pictures = {"trace-of" if name == "trace" else name for name in names}
    assert {name for name in pictures if f"pictures/{name}.png" not in page} == set()
