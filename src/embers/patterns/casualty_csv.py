"""A casualty table as CSV. An empty cell is not known; nought stands only where somebody said so."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from embers.custody.load_file import harmless
from embers.patterns.casualties import HARMS, CasualtyTable, Line, Tally

_TALLY = (
    "min",
    "max",
    "or_more",
    "about",
    "incidents_with_figure",
    "incidents_some_no_figure",
    "incidents_not_known",
    "incidents_contested",
    "persons_known",
)
_WHOLE = "all"


def casualty_csv(table: CasualtyTable, *, words: Callable[[str, str], str]) -> str:
    """Return the lines of a table and the line over all incidents; ``words`` names a key of a breakdown."""
    dimensions = sorted({name for line in table.lines for name, _ in line.category})
    head = [*table.by, *dimensions, "incidents", *(f"{harm}_{part}" for harm in HARMS for part in _TALLY)]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(head)
    for line in table.lines:
        keys = [words(name, key) for name, key in zip(table.by, line.key, strict=True)]
        writer.writerow([*map(harmless, keys), *_line(line, dimensions)])
    writer.writerow([*(_WHOLE for _ in table.by), *_line(table.whole, dimensions)])
    return written.getvalue()


def _line(line: Line, dimensions: list[str]) -> list[str]:
    category = dict(line.category)
    return [
        *(category.get(name, _WHOLE) for name in dimensions),
        str(line.incidents),
        *(cell for harm in HARMS for cell in _tally(line.tallies[harm])),
    ]


def _tally(tally: Tally) -> list[str]:
    span = tally.span
    ends = ["", "", "", ""]
    if span is not None:
        ends = [str(span.low), str(span.high), _yes(span.open_end), _yes(span.about)]
    counts = (tally.with_figure, tally.some, tally.unknown, tally.contested, len(tally.persons))
    return [*ends, *map(str, counts)]


def _yes(value: bool) -> str:
    return "yes" if value else "no"
