"""What imports of one table recorded, read back row by row, so that a later import adds only what differs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from embers.projections.database import CaseDatabase
from embers.projections.view import batches

#: The predicate that says of an item that it is a table, and which one.
TABLE_IMPORT = "table-import"
_STEP = 5000


@dataclass(frozen=True, slots=True)
class Recorded:
    """One assertion that rests on a row of a table. ``live``: nobody corrected it or took it back."""

    id: str
    locator: str
    subject: str
    predicate: str
    value: Any
    valid: str | None
    confidence: str | None
    marking: str | None
    sources: tuple[tuple[str, str], ...]
    live: bool


def imports(database: CaseDatabase) -> list[tuple[str, dict[str, Any]]]:
    """Return every import of a table as (item, what was said of it), oldest first."""
    sql = (
        "SELECT subject, value FROM case_assertion WHERE kind = 'item' AND predicate = %s AND status = 'live' "
        "ORDER BY rank"
    )
    return [(str(item), json.loads(value)) for item, value in database.rows(sql, [TABLE_IMPORT])]


def recorded(database: CaseDatabase, items: Sequence[str]) -> Iterator[Recorded]:
    """Yield what rests on rows of these items, in bounded memory. What was undone with a whole import is left out."""
    # A retraction that stands on an item takes back a whole import; one on the subject is a person's correction.
    sql = (
        "SELECT a.id, l.locator, a.subject, a.predicate, a.value, a.valid, a.confidence, a.marking, "
        "a.status = 'live' FROM case_link l JOIN case_assertion a ON a.id = l.assertion_id "
        "WHERE l.target = %s AND l.how = 'item' AND a.id > %s AND a.kind <> 'item' AND NOT EXISTS ("
        "SELECT 1 FROM case_link r JOIN case_assertion c ON c.id = r.assertion_id "
        "WHERE r.target = a.id AND r.how = 'retracts' AND c.kind = 'item') ORDER BY a.id LIMIT %s"
    )
    for item in items:
        last = ""
        while rows := database.rows(sql, [item, last, _STEP]):
            sources = _sources(database, [row[0] for row in rows], item)
            for id, locator, subject, predicate, value, valid, confidence, marking, live in rows:
                yield Recorded(
                    *(id, locator, subject, predicate, json.loads(value), valid, confidence, marking),
                    tuple(sources[id]),
                    bool(live),
                )
            last = rows[-1][0]


def _sources(database: CaseDatabase, ids: list[str], table: str) -> dict[str, list[tuple[str, str]]]:
    """Return what assertions rest on beside the table: sources, and items that came with it."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for batch in batches(ids):
        marks = ",".join(["%s"] * len(batch))
        sql = (
            "SELECT assertion_id, target, locator FROM case_link "
            f"WHERE how IN ('source', 'item') AND target <> %s AND assertion_id IN ({marks}) "
            "ORDER BY assertion_id, ordinal"
        )
        for assertion, target, locator in database.rows(sql, [table, *batch]):
            found[assertion].append((target, locator))
    return found


def subjects_coded(database: CaseDatabase, code: str) -> list[str]:
    """Return the subjects with this code or this id, each once."""
    sql = "SELECT DISTINCT id FROM case_subject WHERE code = %s OR id = %s LIMIT 10"
    return [str(row[0]) for row in database.rows(sql, [code, code])]


def subjects_there(database: CaseDatabase, ids: Sequence[str]) -> set[str]:
    """Return those of these subjects the case has."""
    marks = ",".join(["%s"] * len(ids))
    return {
        str(row[0]) for row in database.rows(f"SELECT id FROM case_subject WHERE id IN ({marks})", list(ids))
    }
