"""Django's SQLite engine on top of SQLCipher: another library underneath, and the key before anything else.

``OPTIONS["key"]`` holds the raw key. Everything else is Django's own.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import register  # type: ignore[import-untyped]
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from sqlcipher3 import dbapi2 as sqlcipher

from embers.journal.sqlite_connection import key_pragma

# What Django registers with Python's own library, for this one.
for _name, _read in (
    ("bool", b"1".__eq__),
    ("date", base.decoder(parse_date)),
    ("time", base.decoder(parse_time)),
    ("datetime", base.decoder(parse_datetime)),
    ("timestamp", base.decoder(parse_datetime)),
):
    sqlcipher.register_converter(_name, _read)
sqlcipher.register_adapter(decimal.Decimal, str)
sqlcipher.register_adapter(datetime.date, base.adapt_date)
sqlcipher.register_adapter(datetime.datetime, base.adapt_datetime)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to an encrypted file."""

    Database = sqlcipher
    display_name = "SQLCipher"

    def get_connection_params(self) -> dict[str, Any]:
        """Take the key out of the options, so that it is not handed to the library as an argument."""
        params = super().get_connection_params()
        self._key: bytes = params.pop("key")
        self._commands = [text.strip() for text in self.init_commands if text.strip()]  # type: ignore[attr-defined]
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # noqa: ANN401 - the library has no types
        """Connect, unlock, and set up as Django does."""
        connection = sqlcipher.connect(**conn_params)
        connection.execute(key_pragma(self._key))
        register(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA legacy_alter_table = OFF")
        for command in self._commands:
            connection.execute(command)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ANN401
        """Return a cursor that understands Django's placeholders."""
        del name
        return self.connection.cursor(factory=_Cursor)


class _Cursor(sqlcipher.Cursor):  # type: ignore[misc]
    """Django writes ``%s``; SQLite reads ``?``. The conversion is Django's."""

    convert_query = base.SQLiteCursorWrapper.convert_query

    def execute(self, query: str, params: Any = None) -> Any:  # noqa: ANN401
        if params is None:
            return super().execute(query)
        names = list(params) if isinstance(params, Mapping) else None
        return super().execute(self.convert_query(query, param_names=names), params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:  # noqa: ANN401
        rows = list(param_list)
        names = list(rows[0]) if rows and isinstance(rows[0], Mapping) else None
        return super().executemany(self.convert_query(query, param_names=names), rows)
