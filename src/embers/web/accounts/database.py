"""``app.sqlite3``: accounts, second factors and sessions of one case, with ordinary Django migrations.

One process may serve several cases, each with its own file: Django's default database is the one of the case the
present request is about, and none outside a request. The tables of the case are never migrated, and accounts never
come near them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from embers.actions.case_folder import CaseFolder
from embers.web.accounts.present import PRESENT

_CASE = "case"


class AccountsRouter:
    """Keeps migrations out of the tables of the case."""

    def allow_migrate(self, db: str, app_label: str, **_: object) -> bool:
        """Migrate accounts and nothing else, and only in their own file."""
        return db.startswith("accounts-") and app_label != _CASE


def accounts_alias(folder: CaseFolder) -> str:
    """Make a case's accounts known to Django and return the name of their database."""
    path = folder.accounts_path.resolve()
    alias = f"accounts-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    key = folder.accounts_key()
    known = connections.settings.get(alias)
    if known is None or known["OPTIONS"].get("key", b"") != key:
        commands = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON")
        options = {
            "ENGINE": "embers.projections.encrypted" if key else "django.db.backends.sqlite3",
            "NAME": f"file:{path}?mode=rwc",
            "OPTIONS": {
                "uri": True,
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "; ".join(commands),
                **({"key": key} if key else {}),
            },
        }
        present = {"ENGINE": "embers.web.accounts.present"}
        if connections.settings[DEFAULT_DB_ALIAS].get("ENGINE") != present["ENGINE"]:
            with suppress(AttributeError):  # this thread has none yet
                del connections[DEFAULT_DB_ALIAS]
        with suppress(AttributeError):  # a connection that was opened with another key
            del connections[alias]
        connections.settings |= connections.configure_settings({DEFAULT_DB_ALIAS: present, alias: options})
    return alias


@contextmanager
def accounts_of(alias: str) -> Iterator[None]:
    """Let queries about accounts go to one case's file within the block."""
    token = PRESENT.set(alias)
    try:
        yield
    finally:
        PRESENT.reset(token)


def migrate(alias: str) -> None:
    """Create the tables of accounts, or bring them to this version's form."""
    connection = connections[alias]
    with accounts_of(alias):
        executor = MigrationExecutor(connection)
        targets: Sequence[tuple[str, str]] = executor.loader.graph.leaf_nodes()
        if executor.migration_plan(targets):
            executor.migrate(targets)
    connection.close()
