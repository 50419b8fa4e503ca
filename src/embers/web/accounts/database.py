"""Accounts, second factors and sessions of one case, with ordinary Django migrations, in a file or on a server.

One process may serve several cases, each with its own place: Django's default database is the one of the case the
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
#: Where accounts lie on a server unless the address names another schema.
DEFAULT_SCHEMA = "embers_app"


class AccountsRouter:
    """Keeps migrations out of the tables of the case."""

    def allow_migrate(self, db: str, app_label: str, **_: object) -> bool:
        """Migrate accounts and nothing else, and only in their own place."""
        return db.startswith("accounts-") and app_label != _CASE


def accounts_alias(folder: CaseFolder) -> str:
    """Make a case's accounts known to Django and return the name of their database."""
    place = folder.accounts_address or str(folder.accounts_path.resolve())
    alias = f"accounts-{hashlib.sha256(place.encode()).hexdigest()[:16]}"
    key = folder.accounts_key()
    known = connections.settings.get(alias)
    if known is None or known["OPTIONS"].get("key", b"") != key:
        options = _on_server(place)[0] if folder.accounts_address else _in_file(place, key)
        present = {"ENGINE": "embers.web.accounts.present"}
        if connections.settings[DEFAULT_DB_ALIAS].get("ENGINE") != present["ENGINE"]:
            with suppress(AttributeError):  # this thread has none yet
                del connections[DEFAULT_DB_ALIAS]
        with suppress(AttributeError):  # a connection that was opened with another key
            del connections[alias]
        connections.settings |= connections.configure_settings({DEFAULT_DB_ALIAS: present, alias: options})
    return alias


def _in_file(path: str, key: bytes) -> dict[str, object]:
    commands = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON")
    return {
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


def _on_server(address: str) -> tuple[dict[str, object], str, str]:
    """Return Django's settings for accounts on a server, the bare address, and their schema."""
    from embers.projections.postgres_engine import connection_settings, parted  # noqa: PLC0415 - an extra

    bare, named = parted(address)
    schema = named.get("schema", DEFAULT_SCHEMA)
    chosen = {"search_path": schema, "TimeZone": "UTC"}
    return connection_settings(bare, chosen) | {"ENGINE": "embers.projections.postgres"}, bare, schema


@contextmanager
def accounts_of(alias: str) -> Iterator[None]:
    """Let queries about accounts go to one case's place within the block."""
    token = PRESENT.set(alias)
    try:
        yield
    finally:
        PRESENT.reset(token)


def migrate(folder: CaseFolder, alias: str) -> None:
    """Create the tables of accounts, or bring them to this version's form; several servers may begin at once."""
    connection = connections[alias]
    with _alone(folder), accounts_of(alias):
        executor = MigrationExecutor(connection)
        targets: Sequence[tuple[str, str]] = executor.loader.graph.leaf_nodes()
        if executor.migration_plan(targets):
            executor.migrate(targets)
    connection.close()


@contextmanager
def _alone(folder: CaseFolder) -> Iterator[None]:
    """Run a block while no other server changes these tables; make their schema first. A file has locks of its own."""
    if not folder.accounts_address:
        yield
        return
    import psycopg  # noqa: PLC0415 - an extra

    from embers.projections.postgres_engine import OWNER, administration, claim  # noqa: PLC0415 - an extra

    _, bare, schema = _on_server(folder.accounts_address)
    journal = folder.journal(read_only=True)
    case = next((log.case for log in journal.store.logs()), "")
    journal.close()
    with administration(bare) as db:
        db.execute("SELECT pg_advisory_lock(hashtextextended(%s, 2))", (schema,))
        if db.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None:
            db.execute(psycopg.sql.SQL("CREATE SCHEMA {}").format(psycopg.sql.Identifier(schema)))
        if told := claim(schema, db.execute(OWNER, (schema,)).fetchall(), case):
            db.execute(told)
        yield
