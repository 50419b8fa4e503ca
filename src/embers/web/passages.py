"""Parts of texts and tables as pages show them: numbered, with what is cited marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from embers.custody.copies.made import Made
from embers.pinpoint import Cells, Pinpoint, column_letters
from embers.web.marks import Marks


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of a line; ``cited`` ones lie inside the locator's offset."""

    text: str
    cited: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its number through the whole text."""

    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph; ``cited`` says that the locator names it, ``marks`` how many claims do."""

    number: int
    lines: tuple[Line, ...]
    cited: bool
    marks: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; each cell with whether the locator names it."""

    number: int
    cells: tuple[tuple[str, bool], ...]
    marks: int


def passages(made: Made, at: Pinpoint, part: int, marks: Marks) -> dict[str, object]:
    """Return one part of a text: the one asked for, or the one the locator points into."""
    count, size = made.facts.get("paragraphs", 0), made.facts.get("per_part", 1)
    first = at.paragraph[0] if at.paragraph else 1
    part, parts = _part(part, first, count, size)
    found: Sequence[list[str]] = json.loads(made.parts.get(str(part - 1), b"[]"))
    line = (made.facts.get("lines_before") or [0])[part - 1 : part]
    number, shown = (line[0] if line else 0) + 1, []
    cited_by = [mark.pinpoint.paragraph for mark in marks.listed if mark.pinpoint.paragraph]
    for place, lines in enumerate(found, (part - 1) * size + 1):
        cited = bool(at.paragraph and at.paragraph[0] <= place <= at.paragraph[1])
        offset = at.offset if cited and at.paragraph and at.paragraph[0] == place else None
        told = _lines(lines, number, offset)
        shown.append(Passage(place, told, cited, sum(one[0] <= place <= one[1] for one in cited_by)))
        number += len(lines)
    return {"passages": shown, "part": part, "parts": parts}


def _lines(lines: Sequence[str], number: int, offset: tuple[int, int] | None) -> tuple[Line, ...]:
    """Cut lines where the offset begins and ends; it counts characters, a line break as one."""
    found: list[Line] = []
    begins = 0
    for line in lines:
        low, high = (max(0, min(len(line), edge - begins)) for edge in offset or (0, 0))
        pieces = ((line[:low], False), (line[low:high], True), (line[high:], False))
        found.append(Line(number + len(found), tuple(Piece(*piece) for piece in pieces if piece[0])))
        begins += len(line) + 1
    return tuple(found)


def rows(made: Made, at: Pinpoint, part: int, marks: Marks) -> dict[str, object]:
    """Return one part of a table under its heading; ``row=`` finds the first row that begins with that cell."""
    count, size = made.facts.get("rows", 0), made.facts.get("per_part", 1)
    keys: list[str] = json.loads(made.parts.get("keys", b"[]"))
    columns = made.facts.get("columns", 0)
    cells = at.cell or _row_cells(keys, at.row, columns)
    part, parts = _part(part, cells.row if cells else 1, count, size)
    found: Sequence[list[str]] = json.loads(made.parts.get(str(part - 1), b"[]"))
    cited: dict[int, int] = {}
    places = {key: place for place, key in reversed(list(enumerate(keys, 1)))}
    for mark in marks.listed:
        place = mark.pinpoint.cell.row if mark.pinpoint.cell else places.get(mark.pinpoint.row, 0)
        cited[place] = cited.get(place, 0) + 1
    shown = [
        Row(place, _cells(row, place, columns, cells), cited.get(place, 0))
        for place, row in enumerate(found, (part - 1) * size + 1)
    ]
    heading: list[str] = json.loads(made.parts["0"])[0] if part > 1 else []
    return {
        "rows": shown,
        "columns": [(column_letters(number), _at(heading, number)) for number in range(1, columns + 1)],
        "part": part,
        "parts": parts,
        "row_missing": bool(at.row and not cells),
    }


def _at(heading: Sequence[str], column: int) -> str:
    return heading[column - 1] if column <= len(heading) else ""


def _row_cells(keys: Sequence[str], key: str, columns: int) -> Cells | None:
    if key and key in keys:
        place = keys.index(key) + 1
        return Cells(place, 1, place, max(1, columns))
    return None


def _cells(row: Sequence[str], place: int, columns: int, cells: Cells | None) -> tuple[tuple[str, bool], ...]:
    filled = [*row, *[""] * (columns - len(row))]
    inside = cells is not None and cells.row <= place <= cells.last_row
    return tuple(
        (text, inside and cells is not None and cells.column <= column <= cells.last_column)
        for column, text in enumerate(filled, 1)
    )


def _part(part: int, first: int, count: int, size: int) -> tuple[int, int]:
    """Return which part is shown and how many there are."""
    parts = max(1, -(-count // size))
    return min(parts, max(1, part or -(-first // size))), parts
