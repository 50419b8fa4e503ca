"""Which tables and columns there are, read off the models: whatever works on all of them asks here."""

from __future__ import annotations

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
    counted = {field.column for field in model._meta.local_fields if isinstance(field, AutoField | BigAutoField)}
    return tuple(name for name in columns_of(model) if name not in counted)


@cache
def text_columns(table: str) -> frozenset[str]:
    """Return the columns of a table that hold text; an unknown table has none."""
    return frozenset(
        field.column
        for model in models_of_case()
        if model._meta.db_table == table
        for field in model._meta.local_fields
        if isinstance(field, CharField | TextField)
    )
