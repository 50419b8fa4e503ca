"""Pinpoints as people paste them: in the grammar of locators, or as they would write them beside a quotation."""

from __future__ import annotations

import re

from django.utils.translation import gettext

from embers.pinpoint import read_pinpoint

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,3}):(\d\d(?:\.\d{1,3})?)"
_SPAN = re.compile(rf"{_CLOCK}(?:\s*[-–—]\s*{_CLOCK})?\Z", re.ASCII)
_PAGE = re.compile(r"(?:p|pp|pg|page)\.?\s*(\d{1,6})\Z", re.ASCII | re.IGNORECASE)
_PARAGRAPH = re.compile(
    r"(?:§|para|paragraph)\.?\s*(\d{1,6})(?:\s*[-–—]\s*(\d{1,6}))?\Z", re.ASCII | re.IGNORECASE
)
_SECONDS = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)(?:\s*[-–—]\s*(\d{1,7}(?:\.\d{1,3})?))?\s*s\Z", re.ASCII)


def read_pasted(text: str) -> str:
    """Return the locator somebody means; a text that is none comes back as it was given."""
    text = text.strip()
    if found := _PAGE.match(text):
        return f"page={int(found[1])}"
    if found := _PARAGRAPH.match(text):
        return f"paragraph={int(found[1])}" + (f"-{int(found[2])}" if found[2] else "")
    if found := _SPAN.match(text):
        first, last = _seconds(*found.groups()[:3]), _seconds(*found.groups()[3:]) if found[5] else ""
        return f"seconds={first}-{last}" if last else f"seconds={first}"
    if found := _SECONDS.match(text):
        return f"seconds={found[1]}-{found[2]}" if found[2] else f"seconds={found[1]}"
    return read_pinpoint(text).text if text and not read_pinpoint(text).unread else text


def why_not(locator: str) -> str:
    """Return why a locator does not lead into an item; nothing if it does."""
    if not locator or not read_pinpoint(locator).unread:
        return ""
    return gettext(
        "This is no place in an item. Write page=3, seconds=12.5-15, box=10,20,300,200 or paste its address."
    )


def _seconds(hours: str | None, minutes: str, seconds: str) -> str:
    whole, _, part = seconds.partition(".")
    total = int(hours or 0) * 3600 + int(minutes) * 60 + int(whole)
    return f"{total}.{part}" if part.strip("0") else str(total)
