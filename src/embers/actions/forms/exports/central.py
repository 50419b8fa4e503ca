"""ODK Central's CSV export: a zip with one table for the form, one for each repeat, and the media."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from embers.actions.forms.exports.columns import answers_in, last, plain_table
from embers.actions.forms.exports.found import Found, Media, Unread, form_of
from embers.actions.tables.sheets import SheetRow, rows_in
from embers.errors import EmbersError, FieldworkError
from embers.fieldwork.forms.filled import fill
from embers.journal.canonical import encode

KEY, PARENT = "KEY", "PARENT_KEY"


def submissions_in(archive: zipfile.ZipFile, *, form: str = "") -> Iterator[Found | Unread]:
    """Yield every submission of an export. Central keeps the first id of a row of edits as KEY."""
    tables = {
        PurePosixPath(name).stem: name
        for name in archive.namelist()
        if name.lower().endswith(".csv") and not name.startswith("media/")
    }
    main = min(tables, key=len, default="")
    if not main:
        raise FieldworkError("export", "The archive holds no table.", "Give the zip that Central exports.")
    rows = list(_rows(archive, tables[main]))
    columns = {last(column) for row in rows[:1] for column in row.cells}
    asked = form_of(columns, form or main)
    repeats = {
        name: _by_parent(_rows(archive, tables[f"{main}-{name}"]))
        for name in asked.repeats
        if f"{main}-{name}" in tables
    }
    media = Media(
        (name, partial(archive.open, name))
        for name in archive.namelist()
        if name.startswith("media/") and name[-1] != "/"
    )
    for row in rows:
        if row.wrong:
            yield Unread(f"row {row.number}", row.wrong[0][0])
            continue
        key = row.cells.get(KEY, "")
        rounds = {name: found.get(key, []) for name, found in repeats.items()}
        meta = {last(column): text for column, text in row.cells.items() if column.startswith("meta-")}
        try:
            filled = fill(
                asked,
                answers_in(asked, row.cells),
                {name: [answers_in(asked, one) for one in each] for name, each in rounds.items()},
                version=row.cells.get("FormVersion", ""),
                instance=meta.get("instanceID") or key,
                replaces=meta.get("deprecatedID", ""),
                root=key,
            )
        except EmbersError as error:
            yield Unread(f"row {row.number}", error.message)
            continue
        record = encode(
            {
                "row": dict(row.cells),
                "repeats": {name: [dict(one) for one in each] for name, each in rounds.items()},
            }
        )
        yield Found(filled, record, f"{filled.instance}.json", original=False, files=media.of(filled))


def _rows(archive: zipfile.ZipFile, name: str) -> Iterator[SheetRow]:
    with archive.open(name) as handle:
        yield from rows_in(Path(name), handle, plain_table(name))  # type: ignore[arg-type]  # it reads and seeks


def _by_parent(rows: Iterator[SheetRow]) -> dict[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        if not row.wrong:
            found.setdefault(row.cells.get(PARENT, ""), []).append(row.cells)
    return found
