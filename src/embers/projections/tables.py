"""Which tables and columns there are, read off the models: whatever works on all of them asks here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.db.models import AutoField, BigAutoField, CharField, Model, TextField


@cache
def models_of_case() -> tuple[type[Model], ...]:
    """Return every model of the case, by name of its table."""
    found = apps.get_app_config("case").get_models()
    return tuple(sorted(found, key=lambda model: model._meta.db_table))


@cache
def columns_of(model: type[Model]) -> tuple[str, ...]:
    """Return the columns of a table; a composite key has none."""
    return tuple(field.column for field in model._meta.local_fields if field.column)


@cache
def written_columns(model: type[Model]) -> tuple[str, ...]:
    """Return the columns somebody has to give: all but a number the database counts."""
    counted = {
        field.column for field in model._meta.local_fields if isinstance(field, AutoField | BigAutoField)
    }
    return tuple(name for name in columns_of(model) if name not in counted)


@cache
def text_columns(table: str) -> frozenset[str]:
    """Return the columns of a table that hold text; an unknown table has none."""
    return frozenset(
        str(field.column)
        for model in models_of_case()
        if model._meta.db_table == table
        for field in model._meta.local_fields
        if isinstance(field, CharField | TextField)
    )


#: Bytes a row of an index can hold in PostgreSQL, with some to spare; SQLite has no limit.
_INDEX_ROW = 2600
#: Bytes of a number or a yes or no in it.
_NUMBER = 10


@cache
def indexed_bytes(table: str) -> dict[str, int]:
    """Return how many bytes of a text its indexes can hold, by column. What people write may be of any length."""
    limits: dict[str, int] = {}
    texts = text_columns(table)
    for model in models_of_case():
        if model._meta.db_table != table:
            continue
        for columns in _indexes(model):
            inside = [name for name in columns if name in texts]
            for name in inside:
                share = (_INDEX_ROW - _NUMBER * (len(columns) - len(inside))) // len(inside)
                limits[name] = min(limits.get(name, share), share)
    return limits


def _indexes(model: type[Model]) -> Iterator[list[str]]:
    columns = {field.name: str(field.column) for field in model._meta.local_fields}
    for index in model._meta.indexes:
        yield [columns[name.lstrip("-")] for name in index.fields]
    for field in model._meta.local_fields:
        if getattr(field, "db_index", False):
            yield [columns[field.name]]
