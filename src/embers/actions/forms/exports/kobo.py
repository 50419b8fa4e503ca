"""KoboToolbox: the JSON of its API (version 2), and its XLSX and CSV exports with XML values as headers and choices."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from embers.actions.forms.exports.columns import answers_in, last, plain_table
from embers.actions.forms.exports.found import Found, Media, Unread, form_of
from embers.actions.tables.sheets import rows_of
from embers.errors import ActionError, EmbersError, FieldworkError
from embers.fieldwork.forms.filled import fill
from embers.fieldwork.forms.question import Form
from embers.journal.canonical import encode
from embers.surroundings import Surroundings

#: Bytes of JSON read at once; a larger export is asked for in pages, as Kobo's API gives it.
_MOST = 256 * 1024 * 1024
_INDEX, _PARENT = "_index", "_parent_index"


def media_beside(folder: Path, surroundings: Surroundings) -> Media:
    """Return the files below a folder, as Kobo's download of media packs them."""
    return Media(
        (path.relative_to(folder).as_posix(), partial(surroundings.disk.read, path))
        for path in surroundings.disk.walk(folder)
        if path.is_file() and not path.is_symlink()
    )


def submissions_in_json(
    path: Path, surroundings: Surroundings, media: Media, *, form: str = ""
) -> Iterator[Found | Unread]:
    """Yield every submission in the answer of ``/api/v2/assets/.../data/``, or in a list of such submissions."""
    with surroundings.disk.read(path) as handle:
        data = handle.read(_MOST + 1)
    try:
        if len(data) > _MOST:
            raise ValueError
        told = json.loads(data)
        results = told["results"] if isinstance(told, dict) else told
        if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
            raise ValueError
    except (ValueError, KeyError, RecursionError) as error:
        raise FieldworkError(
            "export", f"{path.name} is no JSON of Kobo's API.", "Give the answer of /api/v2/assets/UID/data/."
        ) from error
    asked = form_of((last(name) for one in results for name in one), form)
    for number, one in enumerate(results, start=1):
        cells = {name: _text(value) for name, value in one.items() if not isinstance(value, list | dict)}
        rounds = {name: _rounds(one, name) for name in asked.repeats}
        yield _found(asked, cells, rounds, media, where=f"submission {number}", record=one)


def _rounds(one: Mapping[str, Any], repeat: str) -> list[dict[str, str]]:
    each = next(
        (value for name, value in one.items() if last(name) == repeat and isinstance(value, list)), []
    )
    return [
        {name: _text(value) for name, value in found.items() if not isinstance(value, list | dict)}
        for found in each
        if isinstance(found, dict)
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def submissions_in_table(
    path: Path, surroundings: Surroundings, media: Media, *, form: str = ""
) -> Iterator[Found | Unread]:
    """Yield every submission of an XLSX or CSV export. A CSV of Kobo has no repeats: what is in them is not there."""
    rows = list(rows_of(path, plain_table(path.name), surroundings))
    asked = form_of((last(column) for row in rows[:1] for column in row.cells), form)
    repeats = {name: _by_parent(path, name, surroundings) for name in asked.repeats}
    for row in rows:
        if row.wrong:
            yield Unread(f"row {row.number}", row.wrong[0][0])
            continue
        index = row.cells.get(_INDEX, "")
        rounds = {name: found.get(index, []) for name, found in repeats.items()}
        record = {"row": dict(row.cells), "repeats": rounds}
        yield _found(asked, row.cells, rounds, media, where=f"row {row.number}", record=record)


def _by_parent(path: Path, sheet: str, surroundings: Surroundings) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    if path.suffix.lower() != ".xlsx":
        return found
    try:
        for row in rows_of(path, plain_table(path.name, sheet=sheet), surroundings):
            found.setdefault(row.cells.get(_PARENT, ""), []).append(dict(row.cells))
    except ActionError as error:
        if error.code != "action.table-sheet":
            raise
    return found


def _found(
    asked: Form,
    cells: Mapping[str, str],
    rounds: Mapping[str, Sequence[Mapping[str, str]]],
    media: Media,
    *,
    where: str,
    record: Mapping[str, Any],
) -> Found | Unread:
    try:
        filled = fill(
            asked,
            answers_in(asked, cells),
            {name: [answers_in(asked, one) for one in each] for name, each in rounds.items()},
            version=cells.get("__version__", "")[:40],
            instance=cells.get("meta/instanceID") or cells.get("_uuid", ""),
            replaces=cells.get("meta/deprecatedID", ""),
            root=cells.get("meta/rootUuid", ""),
        )
        text = encode(_without_floats(record))
    except EmbersError as error:
        return Unread(where, error.message)
    return Found(filled, text, f"{filled.instance}.json", original=False, files=media.of(filled))


def _without_floats(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {str(name): _without_floats(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_floats(part) for part in value]
    return value
