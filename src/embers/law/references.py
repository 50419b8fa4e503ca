"""Reads the legal tables and refuses them if one row names another that does not exist."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from embers.errors import LawError

Rows = dict[str, list[dict[str, Any]]]

FILES = (
    "instruments",
    "ratifications",
    "parties",
    "provisions",
    "custom",
    "context",
    "crimes_war_iac",
    "crimes_war_niac",
    "crimes_humanity",
    "violations",
    "liability",
    "proof",
    "standards",
    "seed_map",
    "vocab",
)
CRIME_FILES = ("crimes_war_iac", "crimes_war_niac", "crimes_humanity")
#: Column -> what its ids name. A column means the same in every file.
_NAMES: Mapping[str, str] = {
    "instrument": "instrument",
    "party": "party",
    "parties": "party",
    "acts_attributed_to": "party",
    "sovereign": "party",
    "custom": "rule",
    "treaty": "provision",
    "crimes": "charge",
    "charges": "charge",
    "also": "charge",
    "template": "template",
    "topic": "topic",
    "means": "means",
    "schemes": "scheme",
    "standard": "standard",
    "single_source_topics": "topic",
    "kinds_exempt_topics": "topic",
}
_KINDS = {"crime": "charge", "violation": "charge"}
#: Not ids: a front that moved has no single holder.
_PLAIN_WORDS = {("party", "contested")}


@lru_cache(maxsize=32)
def read_table(name: str) -> Rows:
    """Return the rows of one packaged file by table name; files of another format are refused."""
    path = files("embers.law") / "data" / f"{name}.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    if data.get("format") != "embers-law/1":
        raise LawError(
            "format", f"{name}.toml is not in the format embers-law/1.", "Install a matching version."
        )
    return {key: rows for key, rows in data.items() if isinstance(rows, list)}


def read_tables() -> dict[str, Rows]:
    """Return every packaged table by file name."""
    return {name: read_table(name) for name in FILES}


def dangling(tables: Mapping[str, Rows]) -> list[str]:
    """Return a sentence for every id that names nothing, in the order of the files."""
    known: dict[str, set[str]] = {}
    for rows in tables.values():
        for kind, table in rows.items():
            known.setdefault(_KINDS.get(kind, kind), set()).update(row["id"] for row in table if "id" in row)
    return [
        f"{place} names the {kind} {id!r}, which does not exist"
        for name, rows in tables.items()
        for table in rows.values()
        for row in table
        for place, kind, id in _references(f"{name}.toml: {row.get('id', '')}", row)
        if id not in known.get(kind, set()) and (kind, id) not in _PLAIN_WORDS
    ]


def _references(place: str, row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for column, value in row.items():
        values = value if isinstance(value, list) else [value]
        for part in values:
            if isinstance(part, dict):
                yield from _references(place, part)
            elif column in _NAMES and isinstance(part, str):
                yield place, _NAMES[column], part
    numbers = {f"e{element['n']}" for element in row.get("element", ())}
    for element in row.get("element", ()):
        mental = element.get("mental", "art30")
        if mental != "art30" and mental not in numbers:
            yield place, "mental element", mental


def check_references(tables: Mapping[str, Rows]) -> None:
    """Raise :class:`LawError` naming the first row that points nowhere."""
    wrong = dangling(tables)
    if wrong:
        raise LawError(
            "reference",
            f"{wrong[0]}{f' (and {len(wrong) - 1} more)' if len(wrong) > 1 else ''}.",
            "Mend the legal data.",
        )
