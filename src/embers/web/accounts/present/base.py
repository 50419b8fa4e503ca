"""Hands everything to the connection of the present request's accounts.

Django and allauth speak of a default database. One process may serve several cases, each with accounts in its own file,
so the default is the file of the case the request is about, and none outside a request.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.dummy import base as dummy

from embers.web.accounts.present import PRESENT


class DatabaseWrapper:
    """Stands for the present accounts' connection of this thread; outside a request, for none."""

    def __init__(self, settings_dict: dict[str, Any], alias: str) -> None:
        object.__setattr__(self, "_none", dummy.DatabaseWrapper(settings_dict, alias))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the connection has
        return getattr(self._present(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._present(), name, value)

    def _present(self) -> Any:  # noqa: ANN401
        alias = PRESENT.get("")
        return connections[alias] if alias else object.__getattribute__(self, "_none")
