"""Texts with columns in them, read once and filled for every row; and figures as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from embers.actions.tables.mapping import COLUMN

Json = Any
#: Cells of a row by column; a column that is split holds a list.
Cells = Mapping[str, Any]
#: What a template makes of the cells of a row; nothing if they say nothing.
Fill = Callable[[Cells], Json]
Text = Callable[[Cells], str | None]
_ONE = re.compile(r"\{([^{}]+)\}\Z")
_FIGURES = (
    (re.compile(r"(\d{1,15})\s*(?:-|–|/|\.\.|to)\s*(\d{1,15})\Z"), "between"),
    (re.compile(r"(?:>=|≥|at least|min\.?)\s*(\d{1,15})\Z|(\d{1,15})\+\Z", re.IGNORECASE), "gte"),
    (re.compile(r"(?:<=|≤|at most|up to|max\.?)\s*(\d{1,15})\Z", re.IGNORECASE), "lte"),
    (re.compile(r"(?:~|≈|about|approx\.?|ca\.?|c\.)\s*(\d{1,15})\Z", re.IGNORECASE), "approx"),
    (re.compile(r"(\d{1,15})\Z"), "eq"),
)
_SOME = frozenset({"some", "several"})
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_BLANKS = re.compile(r"[\s\u00a0\u202f']")


class Wrong(Exception):  # noqa: N818 - a sentence on its way to the row it is about
    """What is wrong with a row, and what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


def text_of(template: str) -> Text:
    """Return what puts cells into a template, in NFC; it gives nothing if one of them is empty."""
    template = unicodedata.normalize("NFC", template)
    if "{" not in template:
        return lambda _: template
    alone = _ONE.match(template)
    if alone:
        name = alone[1]
        return lambda cells: cells.get(name) or None
    names = COLUMN.findall(template)

    def filled(cells: Cells) -> str | None:
        if any(not cells.get(name) for name in names):
            return None
        text = COLUMN.sub(lambda found: str(cells[found[1]]), template)
        return text if text.isascii() else unicodedata.normalize("NFC", text)

    return filled


def each(names: tuple[str, ...], cells: Cells) -> Iterable[Cells]:
    """Return the cells once for each combination of those named that hold several values."""
    lists = [name for name in names if isinstance(cells.get(name), list)] if names else ()
    if not lists:
        return (cells,)
    chosen = product(*(cells[name] for name in lists))
    return ({**cells, **dict(zip(lists, values, strict=True))} for values in chosen)


def typed(text: Text, type: str, what: str) -> Fill:
    """Return what reads a cell as a value of a plain type."""
    read: Mapping[str, Callable[[str], Json]] = {
        "integer": lambda word: number_of(word, what),
        "yes-no": lambda word: _yes_no(word, what),
        "texts": lambda word: [word],
    }
    convert = read.get(type)
    if convert is None:
        return text

    def fill(cells: Cells) -> Json:
        word = text(cells)
        return None if word is None else convert(word)

    return fill


def number_of(text: str, what: str) -> int:
    """Return a whole number of at most 15 digits; blanks between digits are allowed."""
    bare = _BLANKS.sub("", text)
    if not re.fullmatch(r"-?\d{1,15}", bare, re.ASCII):
        raise Wrong(
            f"{what!r} is {text!r}, which is no whole number.", "Mend it; an unknown number is left empty."
        )
    return int(bare)


def _yes_no(text: str, what: str) -> bool:
    if text.casefold() not in _YES_NO:
        raise Wrong(f"{what!r} is {text!r}.", "Write yes or no, or leave it empty.")
    return _YES_NO[text.casefold()]


def figures(text: str) -> tuple[str, list[int]]:
    """Read a figure as people write it: 5, 5+, at least 5, ~5, 5-7, some. Zero is zero; empty is nothing."""
    bare = text.strip()
    if bare.casefold() in _SOME:
        return "some", []
    for pattern, op in _FIGURES:
        found = pattern.match(bare)
        if found:
            return op, [int(number) for number in found.groups() if number]
    raise Wrong(f"{text!r} is no figure.", "Write 5, 5+, 5-7, at least 5, at most 5, about 5, or some.")
