"""Load files: one row for each exhibit file, in the columns a receiver's system reads. Maps are data, not code."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from embers.custody.exhibit_row import ExhibitRow
from embers.errors import CustodyError

#: Spreadsheets take a cell that begins so for a formula and run it; an apostrophe keeps it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_QUOTE, _SEPARATOR, _NEWLINE = "\u00fe", "\u0014", "\u00ae"


@dataclass(frozen=True, slots=True)
class FieldMap:
    """The columns of one receiver. ``verified`` says whether somebody compared them with the receiver's own text."""

    id: str
    label: str
    form: str
    verified: bool
    source: str
    columns: tuple[tuple[str, str], ...]

    @property
    def file_name(self) -> str:
        """Name of the file; an unverified map says so in it."""
        return f"{self.id}{'' if self.verified else '-UNVERIFIED'}.{self.form}"


@cache
def field_maps() -> Mapping[str, FieldMap]:
    """Return every receiver's map by id."""
    text = resources.files("embers.custody").joinpath("data/loadfiles.toml").read_text(encoding="utf-8")
    return {
        row["id"]: FieldMap(
            row["id"],
            row["label"],
            row["form"],
            row["verified"],
            row["source"],
            tuple((title, field) for title, field in row["columns"]),
        )
        for row in tomllib.loads(text)["receiver"]
    }


def field_map(id: str) -> FieldMap:
    """Return a receiver's map; refuse an unknown one."""
    try:
        return field_maps()[id]
    except KeyError:
        raise CustodyError(
            "receiver", f"There is no receiver {id!r}.", f"Known: {', '.join(field_maps())}."
        ) from None


def load_file(map: FieldMap, rows: Iterable[ExhibitRow]) -> bytes:
    """Return a load file in UTF-8."""
    cells = ([row.cell(field) for _, field in map.columns] for row in rows)
    head = [title for title, _ in map.columns]
    return _dat(head, cells) if map.form == "dat" else _csv(head, cells)


def _csv(head: list[str], rows: Iterable[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _dat(head: list[str], rows: Iterable[list[str]]) -> bytes:
    lines = [_SEPARATOR.join(f"{_QUOTE}{_flat(cell)}{_QUOTE}" for cell in row) for row in (head, *rows)]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _flat(cell: str) -> str:
    """Keep the marks of the form out of the content; Icelandic thorn in a name is written as it sounds."""
    clean = cell.replace(_QUOTE, "th").replace(_SEPARATOR, " ")
    return clean.replace("\r\n", _NEWLINE).replace("\n", _NEWLINE).replace("\r", _NEWLINE)
