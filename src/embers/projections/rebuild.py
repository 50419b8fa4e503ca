"""Throws a projection away and computes it again; compares two projections in full."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from embers.journal.journal import Journal
from embers.journal.place import Place
from embers.objects.store import ObjectStore
from embers.projections.database import CaseDatabase
from embers.projections.engine import Engine, engine_of
from embers.projections.projector import Projector
from embers.projections.tables import columns_of, models_of_case

#: Where a projection notes which limits on logs it was computed with.
LIMITS = "limits"
#: Entries that are never too many to be added one after the other.
_MANY = 1000


def rebuild(journal: Journal, objects: ObjectStore, place: Place, *, key: bytes = b"") -> int:
    """Build a new projection beside the old one and put it in its place; return the entries applied.

    A crash leaves the old projection, or the new one, never half of one.
    """
    engine = engine_of(place, key=key)
    with engine.building():
        return _build(journal, objects, engine, key)


def _build(journal: Journal, objects: ObjectStore, engine: Engine, key: bytes) -> int:
    fresh = engine.beside("new")
    fresh.remove()
    database = CaseDatabase(fresh, key=key, unfinished=True)
    try:
        engine.require_case(database, _case_of(journal))
        database.create_tables()
        fresh.require_case(database, _case_of(journal))
        applied = Projector(database, objects).fill(journal)
        if mark := journal.limits_mark():
            database.set_meta(LIMITS, mark)
        database.finish()
    finally:
        database.close()
    engine.replace_by(fresh)
    return applied


def _case_of(journal: Journal) -> str:
    return next((log.case for log in journal.store.logs()), "")


def bring_up_to_date(
    journal: Journal, objects: ObjectStore, place: Place, *, key: bytes = b""
) -> CaseDatabase:
    """Return a projection that holds every entry, to be read: caught up if current, else rebuilt."""
    database = CaseDatabase(place, key=key)
    database.engine.require_case(database, _case_of(journal))
    if not _fits(database, journal):
        database.close()
        with database.engine.building():
            # Another process may have built them while this one waited to.
            if not _fits(database, journal):
                database.close()
                _build(journal, objects, database.engine, key)
    Projector(database, objects).catch_up(journal)
    database.close()
    return CaseDatabase(place, read_only=True, key=key)


def _fits(database: CaseDatabase, journal: Journal) -> bool:
    """Tell whether entries can be added to these tables, and are not far more than what they hold.

    A limit on a log takes back what was applied: only a fresh computation leaves it out. After a large import into a
    small case, filling empty tables takes half the time of adding to those there, whose indexes grow row by row.
    """
    if not database.current() or (database.meta(LIMITS) or "") != journal.limits_mark():
        return False
    held = int(database.meta("position") or 0)
    return journal.store.last_position() - held < max(_MANY, 2 * held)


def dump(database: CaseDatabase) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield every row of every table in a fixed order, for all readers, as (table, row)."""
    where = database.engine.tables
    for model in models_of_case():
        table, columns = model._meta.db_table, columns_of(model)
        order = "1, seen_by" if "seen_by" in columns else "1"
        names = ", ".join(f'"{name}"' for name in columns)
        for row in database.rows(f"SELECT {names} FROM {where}.{table} ORDER BY {order}"):
            yield table, row
    for table, query in database.engine.index.dumps.items():
        for row in database.rows(query.format(where)):
            yield table, row


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
