"""Tables of comma-, semicolon- or tab-separated values, in parts of a hundred rows."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from embers.custody.copies.decoding import decode
from embers.custody.copies.made import Made, Unreadable

PAGE = 100
_MOST_BYTES, _MOST_ROWS, _MOST_COLUMNS, _MOST_CELL = 40_000_000, 300_000, 500, 50_000
_SEPARATORS = ",;\t|"


def make(data: bytes, *, encoding: str = "") -> Made:
    """Return rows as they stand, the heading counted as row 1. Cells stay text: no number, date or formula is made."""
    if len(data) > _MOST_BYTES:
        raise Unreadable("too-long", str(len(data)))
    decoded = decode(data, encoding)
    separator = _separator(decoded.text[:20_000])
    csv.field_size_limit(_MOST_CELL)
    parts: dict[str, bytes] = {}
    rows: list[list[str]] = []
    keys: list[str] = []
    columns = 0
    try:
        for row in csv.reader(io.StringIO(decoded.text, newline=""), delimiter=separator):
            columns = max(columns, len(row))
            if len(keys) >= _MOST_ROWS or columns > _MOST_COLUMNS:
                raise Unreadable("too-long", f"{len(keys)} x {columns}")
            keys.append(row[0] if row else "")
            rows.append(row)
            if len(rows) == PAGE:
                parts[str(len(parts))] = _json(rows)
                rows = []
    except csv.Error as error:
        raise Unreadable("damaged", str(error)) from error
    if rows:
        parts[str(len(parts))] = _json(rows)
    facts = {
        "encoding": decoded.encoding,
        "how": decoded.how,
        "separator": separator,
        "rows": len(keys),
        "columns": columns,
        "per_part": PAGE,
    }
    return Made(facts, {**parts, "keys": _json(keys)})


def _separator(text: str) -> str:
    try:
        return csv.Sniffer().sniff(text, _SEPARATORS).delimiter
    except csv.Error:
        return ","


def _json(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON takes
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
