"""Throws a projection away and computes it again; compares two projections in full."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from embers.journal.journal import Journal
from embers.objects.store import ObjectStore
from embers.projections.database import CaseDatabase, close_connections, remove_database
from embers.projections.projector import Projector

#: Surrogate keys of full-text and box tables depend on the order of insertion, so they are compared by subject.
_SEARCH_DUMPS = {
    "search_text": "SELECT s.subject, s.seen_by, s.kind, s.parts, t.label, t.body, t.folded, t.place, t.marks "
    "FROM main.search_subject s "
    "JOIN search_text t ON t.rowid = s.id ORDER BY s.subject, s.seen_by",
    "search_box": "SELECT s.subject, s.seen_by, b.lat0, b.lat1, b.lon0, b.lon1 FROM main.search_subject s "
    "JOIN search_box b ON b.id = s.id ORDER BY s.subject, s.seen_by",
}


#: Where a projection notes which limits on logs it was computed with.
LIMITS = "limits"


def rebuild(journal: Journal, objects: ObjectStore, path: Path, *, key: bytes = b"") -> int:
    """Build a new projection beside the old one and put it in its place; return the entries applied.

    A crash leaves the old projection, or the new one, never half of one.
    """
    fresh = path.with_name(path.name + ".new")
    remove_database(fresh)
    database = CaseDatabase(fresh, key=key, unfinished=True)
    try:
        database.create_tables()
        applied = Projector(database, objects).fill(journal)
        if mark := journal.limits_mark():
            database.set_meta(LIMITS, mark)
        database.finish()
    finally:
        database.close()
    close_connections(path)
    remove_database(path)
    fresh.replace(path)
    return applied


def bring_up_to_date(journal: Journal, objects: ObjectStore, path: Path, *, key: bytes = b"") -> CaseDatabase:
    """Return a projection that holds every entry, to be read: caught up if current, else rebuilt."""
    database = CaseDatabase(path, key=key)
    # A limit on a log takes back what was applied: only a fresh computation leaves it out.
    if not database.current() or (database.meta(LIMITS) or "") != journal.limits_mark():
        database.close()
        rebuild(journal, objects, path, key=key)
        database = CaseDatabase(path, key=key)
    Projector(database, objects).catch_up(journal)
    database.close()
    return CaseDatabase(path, read_only=True, key=key)


def dump(database: CaseDatabase) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield every row of every table in a fixed order, for all readers, as (table, row)."""
    with database.connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'case\\_%' ESCAPE '\\'"
        )
        for table in sorted(row[0] for row in cursor.fetchall()):
            cursor.execute(f"SELECT name FROM pragma_table_info('{table}') WHERE name = 'seen_by'")
            order = "1, seen_by" if cursor.fetchone() else "1"
            cursor.execute(f"SELECT * FROM main.{table} ORDER BY {order}")
            for row in cursor.fetchall():
                yield table, tuple(row)
        for table, query in _SEARCH_DUMPS.items():
            cursor.execute(query)
            for row in cursor.fetchall():
                yield table, tuple(row)


def differences(one: CaseDatabase, other: CaseDatabase, limit: int = 20) -> list[str]:
    """Compare two projections in full; return sentences naming the first differing rows."""
    found: list[str] = []
    left, right = (dict.fromkeys(dump(database)) for database in (one, other))
    for table, row in left:
        if (table, row) not in right and len(found) < limit:
            found.append(f"{table}: {row!r} is not in the other projection")
    for table, row in right:
        if (table, row) not in left and len(found) < limit:
            found.append(f"{table}: {row!r} is only in the other projection")
    return found


def digest(database: CaseDatabase) -> str:
    """Return one SHA-256 over all rows of all tables."""
    total = hashlib.sha256()
    for table, row in dump(database):
        total.update(repr((table, row)).encode())
    return total.hexdigest()
