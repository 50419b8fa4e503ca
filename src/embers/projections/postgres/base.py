"""Django's PostgreSQL engine, in which tables behave as they do in SQLite.

Text is compared by code points whatever the server's language, and may be of any length; numbers have eight bytes;
a NUL, which PostgreSQL cannot store and anybody can type into an address, is written as U+FFFD.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base, schema
from psycopg.types.string import StrDumper

from embers.errors import ProjectionError

_TEXT = 'text COLLATE "C"'


class _NoNul(StrDumper):
    def dump(self, obj: str) -> Any:  # noqa: ANN401 - bytes or a buffer
        return super().dump(obj.replace("\x00", "\ufffd"))

    def quote(self, obj: str) -> Any:  # noqa: ANN401
        return super().quote(obj.replace("\x00", "\ufffd"))


class _Editor(schema.DatabaseSchemaEditor):
    def _create_like_index_sql(self, model: Any, field: Any) -> None:  # noqa: ANN401
        """Make no second index for LIKE: compared by code points, the first serves it."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the schema of one case."""

    display_name = "PostgreSQL"
    SchemaEditorClass = _Editor
    data_types = {  # noqa: RUF012 - as Django declares it
        **base.DatabaseWrapper.data_types,
        "CharField": _TEXT,
        "TextField": _TEXT,
        "IntegerField": "bigint",
        "SmallIntegerField": "bigint",
    }

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # noqa: ANN401 - the library has no types
        """Connect; say what to do if the server cannot be reached, without the password."""
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            where = f"{conn_params.get('host', 'localhost')}/{conn_params.get('dbname', '')}"
            raise ProjectionError(
                "server",
                f"The database {where} cannot be reached: {' '.join(str(error).split())[:300]}",
                "Check the address, the network and the password (PGPASSWORD or a password file).",
            ) from error
        connection.adapters.register_dumper(str, _NoNul)
        return connection
