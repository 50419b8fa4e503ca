"""Pinpoints: where in an item something is, as the locator text of an assertion's basis says it.

A locator is a few words ``name=value`` with a space between them, each narrowing the one before::

    page=3                     page of a document, from 1
    paragraph=4, =4-6          paragraphs of a text, from 1
    answer=12                  answer of an interview, from 1
    row=C161                   the row of a table whose first cell is this (no spaces)
    cell=C12, =B2:D4           cells of a table: columns by letters, rows from 1, the heading counted
    seconds=12.5, =12.5-15     a moment or a stretch of a recording, to the millisecond
    box=10,20,300,200          left, top, width, height
    polygon=0,0,40,0,40,30     corners, x then y, at least three
    offset=12-57               characters of the text or paragraph, from 0, the last not included

Boxes and polygons are counted from the upper left corner: in pixels of a picture as it is to be looked at (turned as
its metadata asks), in points (1/72 inch) on a page. Locators of older entries may be any text; what cannot be read
is kept and shown as it stands, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal

Span = tuple[int, int]
Box = tuple[int, int, int, int]
Corners = tuple[tuple[int, int], ...]
#: Corners of one polygon. More are drawn by nobody.
MOST_CORNERS = 500
_WORD = re.compile(r"([a-z]+)=(\S+)")
_COUNT = r"([1-9][0-9]{0,8})"
_PLACE = r"(0|[1-9][0-9]{0,8})"
_TIME = r"((?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,3})?)"
_CELL = r"([A-Z]{1,3})([1-9][0-9]{0,8})"


@dataclass(frozen=True, slots=True)
class Cells:
    """A rectangle of cells; rows and columns count from 1, the last ones are included."""

    row: int
    column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        first = f"{column_letters(self.column)}{self.row}"
        last = f"{column_letters(self.last_column)}{self.last_row}"
        return first if first == last else f"{first}:{last}"


@dataclass(frozen=True, slots=True)
class Pinpoint:
    """What a locator says. ``unread`` holds the words that say nothing known."""

    page: int | None = None
    paragraph: Span | None = None
    answer: int | None = None
    row: str = ""
    cell: Cells | None = None
    seconds: tuple[Decimal, Decimal] | None = None
    box: Box | None = None
    polygon: Corners = ()
    offset: Span | None = None
    unread: str = ""

    @property
    def text(self) -> str:
        """The locator in its one written form; what was not read comes last."""
        words = [f"{name}={text}" for name, text in self._said()]
        return " ".join([*words, self.unread] if self.unread else words)

    @property
    def known(self) -> bool:
        """Tell whether anything of it was read."""
        return any(self._said())

    def _said(self) -> list[tuple[str, str]]:
        written = []
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name != "unread" and value not in (None, "", ()):
                written.append((one.name, _written(value)))
        return written


def _written(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    if isinstance(value[0], tuple):
        return ",".join(str(number) for corner in value for number in corner)
    if len(value) == 2:
        return str(value[0]) if value[0] == value[1] else f"{value[0]}-{value[1]}"
    return ",".join(str(number) for number in value)


def column_letters(number: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, left = divmod(number - 1, 26)
        letters = chr(ord("A") + left) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def read_pinpoint(text: str) -> Pinpoint:
    """Read a locator. Never refuses: a word that says nothing known, or the same thing twice, stays unread."""
    said: dict[str, object] = {}
    unread = []
    for word in text.split():
        found = _WORD.fullmatch(word)
        value = _READERS[found[1]](found[2]) if found and found[1] in _READERS else None
        if found is None or value is None or found[1] in said:
            unread.append(word)
        else:
            said[found[1]] = value
    return Pinpoint(**said, unread=" ".join(unread))  # type: ignore[arg-type]


def _number(text: str) -> int | None:
    found = re.fullmatch(_COUNT, text)
    return int(found[1]) if found else None


def _span(text: str) -> Span | None:
    found = re.fullmatch(f"{_COUNT}(?:-{_COUNT})?", text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    return (first, last) if first <= last else None


def _offset(text: str) -> Span | None:
    found = re.fullmatch(f"{_PLACE}-{_PLACE}", text)
    return (int(found[1]), int(found[2])) if found and int(found[1]) < int(found[2]) else None


def _seconds(text: str) -> tuple[Decimal, Decimal] | None:
    found = re.fullmatch(f"{_TIME}(?:-{_TIME})?", text)
    if not found:
        return None
    first, last = _plain(found[1]), _plain(found[2] or found[1])
    return (first, last) if first <= last else None


def _plain(text: str) -> Decimal:
    """Return a number of seconds without trailing zeros, so that one moment is written one way."""
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _box(text: str) -> Box | None:
    found = re.fullmatch(f"{_PLACE},{_PLACE},{_COUNT},{_COUNT}", text)
    return (int(found[1]), int(found[2]), int(found[3]), int(found[4])) if found else None


def _polygon(text: str) -> Corners | None:
    if not re.fullmatch(f"{_PLACE}(?:,{_PLACE}){{5,{2 * MOST_CORNERS - 1}}}", text):
        return None
    numbers = [int(part) for part in text.split(",")]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True)) if len(numbers) % 2 == 0 else None


def _cell(text: str) -> Cells | None:
    found = re.fullmatch(f"{_CELL}(?::{_CELL})?", text)
    if not found:
        return None
    row, column = int(found[2]), column_number(found[1])
    last_row = int(found[4]) if found[4] else row
    last_column = column_number(found[3]) if found[3] else column
    return Cells(row, column, last_row, last_column) if row <= last_row and column <= last_column else None


_READERS: dict[str, Callable[[str], object]] = {
    "page": _number,
    "paragraph": _span,
    "answer": _number,
    "row": str,
    "cell": _cell,
    "seconds": _seconds,
    "box": _box,
    "polygon": _polygon,
    "offset": _offset,
}
