"""Brings an export back into a case: what stood in the one stands in the other, under the same ids."""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from embers.actions.recorder import Act, Recorder
from embers.actions.tables.exporting import FORMAT, MANIFEST
from embers.actions.tables.reach import within_reach
from embers.actions.tables.sheets import sheet_rows
from embers.actions.tables.writing import ASSERTIONS, JSON_COLUMNS, PIECES
from embers.errors import ActionError, EmbersError
from embers.ids import kind_of
from embers.journal.assertion import Assertion, Basis, Relation
from embers.journal.canonical import encode
from embers.projections.database import CaseDatabase

_ENTRY_BYTES = 50_000
_ENTRIES = 64
_HINT = "Take the export as it was made, whole. Nothing was recorded."
#: A manifest is small, and a line of an export holds one assertion.
_MAX_MANIFEST = 10_000_000


def import_export(recorder: Recorder, database: CaseDatabase, folder: Path) -> int:
    """Record every assertion of an export that the case does not hold; return how many.

    Files that are not what the manifest says, and anything an export never holds, are refused before anything is
    written. Whoever runs this signs for it: the signatures of the other case do not come with an export.
    """
    path = _checked(folder)
    seen: set[str] = set()
    for number, said in _read(recorder, path):
        if said.id in seen:
            raise ActionError("export-broken", f"{path.name}, line {number}: {said.id} comes twice.", _HINT)
        if any(relation.id not in seen for relation in said.relations):
            raise ActionError(
                "export-broken", f"{path.name}, line {number}: it relates to nothing before it.", _HINT
            )
        seen.add(said.id)
    known = {str(row[0]) for row in database.rows("SELECT id FROM case_assertion")} & seen
    acts: list[Act] = []
    gathered: list[Assertion] = []
    size = count = 0
    for _, said in _read(recorder, path):
        if said.id in known:
            continue
        length = len(encode(said.to_json())) + 1
        if gathered and size + length > _ENTRY_BYTES:
            acts.append(Act("table.import", tuple(gathered), reason="Import of an export."))
            gathered, size = [], 0
            if len(acts) == _ENTRIES:
                recorder.record_all(acts)
                acts = []
        gathered.append(said)
        size += length
        count += 1
    if gathered:
        acts.append(Act("table.import", tuple(gathered), reason="Import of an export."))
    if acts:
        recorder.record_all(acts)
    return count


def _checked(folder: Path) -> Path:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes()[:_MAX_MANIFEST])
        if manifest["format"] != FORMAT:
            raise ActionError(
                "export-broken", f"{folder} has the form {manifest['format']!r}.", f"Known: {FORMAT}."
            )
        files = {one["name"]: one["sha256"] for one in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ActionError(
            "export-broken", f"{folder} has no manifest of an export: {error!r}.", _HINT
        ) from error
    known = (f"{ASSERTIONS}.jsonl", f"{ASSERTIONS}.csv", "case.xlsx")
    name = next((name for name in known if name in files), "")
    if not name:
        raise ActionError(
            "export-kind", f"{folder} cannot be imported.", "Exports of json, csv and xlsx can."
        )
    digest = _digest(folder / name) if (folder / name).exists() else ""
    if digest != files[name]:
        raise ActionError("export-broken", f"{name} is not what the manifest says.", _HINT)
    return folder / name


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return file_digest(handle, "sha256").hexdigest()


def _read(recorder: Recorder, path: Path) -> Iterator[tuple[int, Assertion]]:
    forms = {".jsonl": _lines, ".csv": _cells, ".xlsx": _sheet}
    for number, told in forms[path.suffix](path):
        try:
            kind = kind_of(told["subject"])
            if not within_reach(kind, recorder.vocabulary.predicate(told["predicate"])):
                raise ActionError(
                    "export-reach", f"An export never says {told['predicate']!r} of a {kind}.", _HINT
                )
            basis = [
                Basis(item=target, locator=locator)
                if target.startswith(("item:", "interview:"))
                else Basis(source=target, locator=locator)
                for target, locator in told["basis"]
            ]
            yield (
                number,
                recorder.new_assertion(
                    told["subject"],
                    told["predicate"],
                    told["value"],
                    basis=basis,
                    valid=told["valid"] or None,
                    confidence=told["confidence"] or None,
                    marking=told["marking"] or None,
                    relations=[Relation(rel, id) for rel, id in told["relations"]],
                    id=str(uuid.UUID(told["id"])),
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ActionError("export-broken", f"{path.name}, line {number}: {error!r}.", _HINT) from error
        except EmbersError as error:
            raise ActionError(
                "export-broken", f"{path.name}, line {number}: {error.message}", error.hint or _HINT
            ) from error


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise ActionError("export-broken", f"{path.name}, line {number}: {error}.", _HINT) from error


def _cells(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle, strict=True), start=2):
            yield number, _told(path, number, row)


def _sheet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = sheet_rows(path, ASSERTIONS)
    header = next(rows, [])
    for number, cells in enumerate(rows, start=2):
        row = dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False))
        for name in JSON_COLUMNS:
            row[name] = "".join(row.pop(f"{name} {piece}", "") for piece in range(1, PIECES + 1))
        yield number, _told(path, number, row)


def _told(path: Path, number: int, row: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = dict(row)
    try:
        for name in JSON_COLUMNS:
            told[name] = json.loads(row[name])
    except (ValueError, KeyError, TypeError) as error:
        raise ActionError("export-broken", f"{path.name}, line {number}: {error!r}.", _HINT) from error
    return told
