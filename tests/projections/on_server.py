"""The same case with its tables on a PostgreSQL server."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from embers.actions.case_folder import CaseFolder

_NUMBERS = itertools.count(1)
_DATABASES: dict[str, str] = {}


def schema_on(server, name: str = "") -> str:
    """Return the address of a schema nobody has used, in one database of the server."""
    folder = str(server.folder)
    if folder not in _DATABASES:
        _DATABASES[folder] = server.database()
    return f"{server.address(_DATABASES[folder])}&schema={name or 'tables'}_{next(_NUMBERS)}"


def on_server(folder: CaseFolder, server) -> CaseFolder:
    """Return a case with its tables in a new schema; nothing is computed there yet."""
    return replace(folder, tables_address=schema_on(server))


def there(request: pytest.FixtureRequest, folder: CaseFolder) -> CaseFolder:
    """Return a case with its tables where the parameter of a fixture says."""
    if request.param == "sqlite":
        return folder
    return on_server(folder, request.getfixturevalue("postgres"))


#: Every engine a case can have its tables in.
ENGINES = ("sqlite", "postgres")
