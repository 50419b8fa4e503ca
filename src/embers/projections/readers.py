"""What a class of readers finds where the projector put its tables: views that leave out what is not for them.

The views are temporary, belong to one connection, and bear the names of the tables they stand before, so every query
of that connection goes through them: lists, details, counts, search, maps, exports. There is no second place where
access to records is decided; what is marked for everybody, by the number of its document, is counted without a look
(:data:`~embers.projections.search_index.RESTRICTED`). The bit of the class is looked up when a statement runs, in the
same snapshot as the rows, so bits may be given out anew at any time; a class that is gone reads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from embers.errors import ProjectionError
from embers.projections.tables import columns_of, models_of_case

_CLASS = re.compile(r"[a-z]+(-[0-9a-f]{16})?\Z")


def views_for(reader: str) -> Iterator[str]:
    """Yield the statements that put the views of one class of readers before the tables of an SQLite file."""
    bit = f"(SELECT bit FROM main.case_readerclass WHERE name = '{class_of(reader)}')"
    for table, columns in masked_tables():
        yield f'CREATE TEMP VIEW "{table}" AS {seen(f"main.{table}", columns, bit)}'
    for table in ("search_subject", "search_day"):
        yield f"CREATE TEMP VIEW {table} AS {seen(f'main.{table}', (), bit)}"


def class_of(reader: str) -> str:
    """Return the name of a class of readers; refuse what is none."""
    if not _CLASS.match(reader):
        raise ProjectionError("reader", f"{reader!r} names no class of readers.", "Open the case again.")
    return reader


def masked_tables() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the tables that say of each row who may read it, with their columns."""
    for model in models_of_case():
        columns = columns_of(model)
        if "seen_by" in columns:
            yield model._meta.db_table, columns


def seen(table: str, columns: Sequence[str], bit: str) -> str:
    """Return a query for the rows of a table that the class with a bit may read, and in them what it may read."""
    hidden = "reason_seen_by" in columns
    names = ", ".join(_column(name, bit, hidden=hidden) for name in columns) or "*"
    return f"SELECT {names} FROM {table} WHERE seen_by & {bit} <> 0"


def _column(name: str, bit: str, *, hidden: bool) -> str:
    if name == "reason" and hidden:
        return f"CASE WHEN reason_seen_by & {bit} <> 0 THEN reason ELSE '' END AS reason"
    return f'"{name}"'
