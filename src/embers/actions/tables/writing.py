"""Writes an extract as CSV, XLSX, JSON lines, GeoJSON and GeoPackage. Each writer returns the rows of each file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from embers.actions.tables.extract import Extract, Named
from embers.case_view import Held
from embers.custody.load_file import harmless
from embers.errors import ActionError
from embers.places import degrees_text

#: The file an import of an export reads.
ASSERTIONS = "assertions"
#: What a cell of a spreadsheet holds at most, and a sheet.
_XLSX_CELL = 32_767
_XLSX_ROWS = 1_048_576
#: Cells the JSON of one assertion is spread over: an entry holds at most 65,535 bytes.
PIECES = 3
#: Columns of assertions that hold JSON.
JSON_COLUMNS = ("value", "basis", "relations")
_COLUMNS = ("id", "subject", "predicate", "value", "valid", "confidence", "marking", "basis", "relations")
#: What XML cannot hold, halves of characters included.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def written(held: Held) -> dict[str, Any]:
    """Return an assertion as it stands in an export."""
    return {
        "id": held.id,
        "subject": held.subject,
        "predicate": held.predicate,
        "value": held.value,
        "valid": held.valid,
        "confidence": held.confidence,
        "marking": held.marking,
        "basis": [[ground.target, ground.locator] for ground in held.grounds],
        "relations": [list(pair) for pair in held.relations],
    }


def write_json(extract: Extract, folder: Path) -> Mapping[str, int]:
    """Write every assertion that stands, one JSON object a line."""
    count = 0
    with (folder / f"{ASSERTIONS}.jsonl").open("x", encoding="utf-8", newline="\n") as handle:
        for held in extract.standing():
            handle.write(_dump(written(held)) + "\n")
            count += 1
    return {f"{ASSERTIONS}.jsonl": count}


def write_csv(extract: Extract, folder: Path) -> Mapping[str, int]:
    """Write a table for each kind, for people, and one of every assertion, for an import."""
    counts: dict[str, int] = {}
    for kind in extract.kinds():
        counts[f"{kind}.csv"] = _table(folder / f"{kind}.csv", _kind_rows(extract, kind))
    counts[f"{ASSERTIONS}.csv"] = _table(folder / f"{ASSERTIONS}.csv", _assertion_rows(extract))
    return counts


def _table(path: Path, rows: Iterator[list[str]]) -> int:
    with path.open("x", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        count = -1
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _assertion_rows(extract: Extract) -> Iterator[list[str]]:
    yield list(_COLUMNS)
    for held in extract.standing():
        told = written(held)
        # JSON begins with a quotation mark, a bracket, a digit or a word: never with what a formula begins with,
        # save for a negative number, which is one.
        yield [_dump(told[name]) if name in JSON_COLUMNS else harmless(told[name] or "") for name in _COLUMNS]


def _kind_rows(extract: Extract, kind: str) -> Iterator[list[str]]:
    predicates = extract.predicates(kind)
    yield ["subject", "code", "label", *(predicate.id for predicate in predicates)]
    for one in extract.named(kind):
        cells = [one.id, one.code, one.label]
        for predicate in predicates:
            values = dict.fromkeys(
                extract.words(predicate, value) for value in one.record.values(predicate.id)
            )
            cells.append("\n".join(values))
        yield [harmless(cell) for cell in cells]


def write_xlsx(extract: Extract, folder: Path) -> Mapping[str, int]:
    """Write one workbook with a sheet for each kind. Every cell is text: nothing in it is computed or followed."""
    from openpyxl import Workbook  # noqa: PLC0415 - slow to import, and of no use to the other forms

    book = Workbook(write_only=True)
    counts: dict[str, int] = {}
    for kind in extract.kinds():
        counts[f"case.xlsx: {kind}"] = _sheet(book.create_sheet(kind), _kind_rows(extract, kind))
    counts[f"case.xlsx: {ASSERTIONS}"] = _sheet(book.create_sheet(ASSERTIONS), _pieces(extract))
    book.save(folder / "case.xlsx")
    return counts


def _sheet(sheet: Any, rows: Iterator[list[str]]) -> int:  # noqa: ANN401 - openpyxl is not typed
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    count = -1
    for row in rows:
        cells = []
        for text in row:
            clean = _NOT_IN_XML.sub("\ufffd", text)
            if len(clean) > _XLSX_CELL:
                clean = clean[: _XLSX_CELL - 2] + " …"
            cell = WriteOnlyCell(sheet, clean)
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
        count += 1
        if count >= _XLSX_ROWS:
            raise ActionError(
                "export-sheet", f"A sheet holds at most {_XLSX_ROWS} rows.", "Export csv or json instead."
            )
    return count


def _pieces(extract: Extract) -> Iterator[list[str]]:
    """Yield the rows of assertions, JSON in pieces a cell can hold and in characters a spreadsheet can."""
    header: list[str] = []
    for name in _COLUMNS:
        header += [f"{name} {number}" for number in range(1, PIECES + 1)] if name in JSON_COLUMNS else [name]
    yield header
    for held in extract.standing():
        told = written(held)
        cells: list[str] = []
        for name in _COLUMNS:
            if name in JSON_COLUMNS:
                text = _dump(told[name])
                if _NOT_IN_XML.search(text):
                    text = json.dumps(told[name], separators=(",", ":"), sort_keys=True)
                # To a spreadsheet _x0041_ is a character it must not find.
                cells += _cut(text.replace("_x", "\\u005fx"))
            else:
                cells.append(harmless(told[name] or ""))
        yield cells


def _cut(text: str) -> list[str]:
    if len(text) > PIECES * _XLSX_CELL:
        raise ActionError(
            "export-sheet",
            "An assertion is longer than a spreadsheet can hold.",
            "Export csv or json instead.",
        )
    return [text[_XLSX_CELL * number : _XLSX_CELL * (number + 1)] for number in range(PIECES)]


def points(extract: Extract) -> Iterator[tuple[str, Named, Held]]:
    """Yield every position that stands as (kind, subject, assertion)."""
    for kind in extract.kinds():
        at = [predicate.id for predicate in extract.predicates(kind) if predicate.type == "point"]
        for one in extract.named(kind) if at else ():
            for predicate in at:
                for held in one.record.live(predicate):
                    yield kind, one, held


def _properties(kind: str, one: Named, held: Held) -> dict[str, Any]:
    return {
        "subject": one.id,
        "kind": kind,
        "code": one.code,
        "label": one.label,
        "date": str(one.record.value("occurred", "")),
        "precision_m": held.value["precision_m"],
        "method": held.value["method"],
        "contested": one.record.one(held.predicate).contested,
        "assertion": held.id,
    }


def write_geojson(extract: Extract, folder: Path) -> Mapping[str, int]:
    """Write every position as a point (RFC 7946), with how exact it is and whether it is contested."""
    count = 0
    with (folder / "positions.geojson").open("x", encoding="utf-8", newline="\n") as handle:
        handle.write('{"type":"FeatureCollection","features":[')
        for kind, one, held in points(extract):
            lon, lat = degrees_text(held.value["lon"]), degrees_text(held.value["lat"])
            handle.write(
                ("," if count else "")
                + f'\n{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{lon},{lat}]}},"properties":'
                + _dump(_properties(kind, one, held))
                + "}"
            )
            count += 1
        handle.write("\n]}\n")
    return {"positions.geojson": count}


def write_gpkg(extract: Extract, folder: Path) -> Mapping[str, int]:
    """Write every position as a GeoPackage, one layer for each kind."""
    try:
        import numpy as np  # noqa: PLC0415 - only this form needs them
        import shapely  # noqa: PLC0415
        from pyogrio.raw import write  # noqa: PLC0415
    except ImportError as error:
        raise ActionError(
            "export-part", "GeoPackages need pyogrio.", "Install embers[geo], or export geojson."
        ) from error
    layers: dict[str, list[tuple[Named, Held]]] = {}
    for kind, one, held in points(extract):
        layers.setdefault(kind, []).append((one, held))
    counts: dict[str, int] = {}
    for kind, found in layers.items():
        told = [_properties(kind, one, held) for one, held in found]
        geometry = shapely.to_wkb(
            shapely.points([(held.value["lon"] / 1e6, held.value["lat"] / 1e6) for _, held in found])
        )
        fields = list(told[0])
        write(
            str(folder / "positions.gpkg"),
            geometry,
            [np.array([row[name] for row in told], dtype=_column(told[0][name])) for name in fields],
            fields,
            layer=kind,
            driver="GPKG",
            geometry_type="Point",
            crs="EPSG:4326",
            append=bool(counts),
        )
        counts[f"positions.gpkg: {kind}"] = len(found)
    if not counts:
        raise ActionError("export-empty", "Nothing has a position.", "Export another form.")
    return counts


def _column(value: object) -> Any:  # noqa: ANN401 - what numpy takes as a type
    return {bool: bool, int: "int64"}.get(type(value), object)
