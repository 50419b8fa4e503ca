"""What a class of readers finds where the projector put its tables: views that leave out what is not for them.

The views are temporary, belong to one connection, and bear the names of the tables they stand before, so every query
of that connection goes through them: lists, details, counts, search, maps, exports. There is no second place where
access to records is decided. The bit of the class is looked up when a statement runs, in the same snapshot as the
rows, so bits may be given out anew at any time; a class that is gone reads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.apps import apps

from embers.errors import ProjectionError

_CLASS = re.compile(r"[a-z]+(-[0-9a-f]{16})?\Z")
#: Tables of the search that carry a mask and are no Django models.
_SEARCH = ("search_subject",)


def views_for(reader: str) -> Iterator[str]:
    """Yield the statements that put the views of one class of readers before the tables."""
    if not _CLASS.match(reader):
        raise ProjectionError("reader", f"{reader!r} names no class of readers.", "Open the case again.")
    bit = f"(SELECT bit FROM main.case_readerclass WHERE name = '{reader}')"
    for model in apps.get_app_config("case").get_models():
        names = [field.column for field in model._meta.local_fields if field.column]
        if "seen_by" in names:
            columns = [_column(name, bit, hidden="reason_seen_by" in names) for name in names]
            yield _view(model._meta.db_table, ", ".join(columns), bit)
    for table in _SEARCH:
        yield _view(table, "*", bit)


def _column(name: str, bit: str, *, hidden: bool) -> str:
    if name == "reason" and hidden:
        return f"CASE WHEN reason_seen_by & {bit} THEN reason ELSE '' END AS reason"
    return f'"{name}"'


def _view(table: str, columns: str, bit: str) -> str:
    return f'CREATE TEMP VIEW "{table}" AS SELECT {columns} FROM main."{table}" WHERE seen_by & {bit}'
