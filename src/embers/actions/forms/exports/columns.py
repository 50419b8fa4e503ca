"""From columns of an export to answers: group paths, positions in four columns, choices in one column each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from embers.actions.tables.mapping import TableMapping
from embers.fieldwork.forms.question import Form

#: Central joins the names of groups with a hyphen, Kobo with a slash; names of questions here hold neither.
_PATH = re.compile(r"[/-]")
_POSITION = ("Latitude", "Longitude", "Altitude", "Accuracy")


def plain_table(name: str, *, sheet: str = "") -> TableMapping:
    """Return how a table of an export is read: every cell as text."""
    return TableMapping(name, name, "", "", "", sheet, "", "utf-8", "", True, (), frozenset(), {}, ())


def last(path: str) -> str:
    """Return the name of the question a column path ends with."""
    return _PATH.split(path)[-1]


def answers_in(form: Form, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield name and text of every answer in a row. Kobo's columns with an underscore before them are none."""
    positions: dict[str, dict[str, str]] = {}
    for column, text in cells.items():
        parts = _PATH.split(column)
        if column.startswith("_") or not text:
            continue
        if parts[-1] in _POSITION and len(parts) > 1:
            positions.setdefault(parts[-2], {})[parts[-1]] = text
        elif len(parts) > 1 and (asked := form.questions.get(parts[-2])) and asked.choices:
            continue  # one choice of a question whose answer stands in a column of its own
        elif parts[-1] in form.questions:
            yield parts[-1], text
    for name, found in positions.items():
        yield name, " ".join(found.get(part, "0") for part in _POSITION)
