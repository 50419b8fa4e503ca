"""Opens ``case.sqlite3``: created whole, dropped whole, never migrated.

The tables carry a digest of their own definition and of the vocabulary. When it differs from what this
version of Embers would create, the database is rebuilt from the journal instead of altered.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from embers.access.audience import HOLDER, Audience, ReaderClass, audience, class_name
from embers.access.standing import Standing
from embers.errors import ProjectionError
from embers.projections.setup import ensure_django

ensure_django()

from django.apps import apps  # noqa: E402 - models need a configured Django
from django.db import connections, transaction  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.db.models import Model  # noqa: E402

from embers.projections import models  # noqa: E402
from embers.projections.readers import views_for  # noqa: E402
from embers.projections.search_index import SEARCH_TABLES, kinds_in_order  # noqa: E402
from embers.vocabulary.loader import load_vocabulary  # noqa: E402

#: Counted up when projectors compute something else from the same entries.
PROJECTOR_VERSION = 4

#: What is bound in a statement.
Bound = str | int | None

_LOCK = threading.Lock()


def _key(alias: str) -> bytes:
    options = connections.settings[alias]["OPTIONS"]
    return bytes(options.get("key", b""))


def schema_digest() -> str:
    """Return a digest over table definitions, vocabulary and projector version."""
    parts: list[str] = [str(PROJECTOR_VERSION), *SEARCH_TABLES, *kinds_in_order()]
    for model in apps.get_app_config("case").get_models():
        columns = [f"{field.column}:{field.deconstruct()[1:]}" for field in model._meta.local_fields]
        indexes = [f"{index.name}:{index.fields}" for index in model._meta.indexes]
        parts.append(f"{model._meta.db_table}({','.join([*columns, *indexes])})")
    vocabulary = load_vocabulary()
    parts += [repr(vocabulary.predicates[name]) for name in sorted(vocabulary.predicates)]
    # frozenset order in repr depends on hash randomisation; sorting the characters makes it stable.
    return hashlib.sha256("\n".join("".join(sorted(part)) for part in parts).encode()).hexdigest()


class CaseDatabase:
    """A projection database at a path, encrypted if a key is given.

    Only the projector writes, and only it sees the tables as they are. Everybody else opens them read-only, as one
    class of readers, through views of what that class may read; whoever holds the folder may read everything.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        key: bytes = b"",
        reader: str = HOLDER,
        unfinished: bool = False,
    ) -> None:
        """``unfinished``: a file that is thrown away if anything goes wrong before :meth:`finish`."""
        self.path = path
        self.read_only = read_only
        self._unfinished = unfinished
        self._key = key
        self.reader = reader
        mode = f"ro-{reader}" if read_only else "new" if unfinished else "rwc"
        self.alias = f"case-{mode}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]}"
        with _LOCK:
            if self.alias not in connections.settings or _key(self.alias) != key:
                connections.settings[self.alias] = connections.configure_settings(
                    {"default": {}, self.alias: self._options()}
                )[self.alias]

    def _options(self) -> dict[str, object]:
        commands = ["PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-65536"]
        if self.read_only:
            commands += [*views_for(self.reader), "PRAGMA query_only=1"]
        elif self._unfinished:
            # Nothing is deleted from it, nobody else reads it, and half of it is worth nothing.
            commands += ["PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF"]
        else:
            commands += ["PRAGMA secure_delete=ON", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"]
        mode = "ro" if self.read_only else "rwc"
        return {
            "ENGINE": "embers.projections.encrypted" if self._key else "django.db.backends.sqlite3",
            "NAME": f"file:{self.path.resolve()}?mode={mode}",
            "OPTIONS": {
                "uri": True,
                "timeout": 30,
                "transaction_mode": "DEFERRED" if self.read_only else "IMMEDIATE",
                "init_command": "; ".join(commands),
                **({"key": self._key} if self._key else {}),
            },
        }

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """The Django connection of the present thread."""
        return connections[self.alias]

    def rows(self, sql: str, values: Iterable[Bound] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of one statement."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, list(values))
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def close(self) -> None:
        """Close the present thread's connection."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in one transaction; nothing of it stays if it fails."""
        with transaction.atomic(using=self.alias):
            yield

    def create_tables(self) -> None:
        """Create every table in an empty database; the schema digest is stamped on what is finished."""
        with self.connection.schema_editor() as editor:
            for model in apps.get_app_config("case").get_models():
                editor.create_model(model)
        with self.transaction(), self.connection.cursor() as cursor:
            for statement in SEARCH_TABLES:
                cursor.execute(statement)
        self.set_audience(audience(()))
        if not self._unfinished:
            self.set_meta("schema", schema_digest())

    def drop_indexes(self, tables: Sequence[type[Model]]) -> list[str]:
        """Drop the indexes of tables, save those of their keys; return what makes them again."""
        marks = ",".join(["%s"] * len(tables))
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
                f"AND tbl_name IN ({marks}) ORDER BY rowid",
                [table._meta.db_table for table in tables],
            )
            found = [(str(name), str(sql)) for name, sql in cursor.fetchall()]
            for name, _ in found:
                cursor.execute(f'DROP INDEX "{name}"')
        return [sql for _, sql in found]

    def create_indexes(self, statements: Sequence[str]) -> None:
        """Make indexes over rows that are there: sorted once, instead of a search for each row."""
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def finish(self) -> None:
        """Bring an unfinished file to stable storage, whole."""
        with self.connection.cursor() as cursor:
            # Without figures on how common values are, the planner takes the wrong index for rare ones.
            cursor.execute("PRAGMA analysis_limit=2000")
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA journal_mode=DELETE")
            cursor.execute("PRAGMA synchronous=FULL")
        # A transaction flushes the file, with all that was written to it before.
        self.set_meta("schema", schema_digest())

    def meta(self, key: str) -> str | None:
        """Return one stored fact about these tables."""
        row = models.Meta.objects.using(self.alias).filter(key=key).first()
        return row.value if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Store one fact about these tables."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO case_meta(key, value) VALUES (%s, %s) "
                "ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                [key, value],
            )

    def metas(self, prefix: str) -> dict[str, str]:
        """Return stored facts whose key starts with ``prefix``, without it."""
        rows = models.Meta.objects.using(self.alias).filter(key__startswith=prefix).order_by("key")
        return {row.key.removeprefix(prefix): row.value for row in rows}

    def audience(self) -> Audience:
        """Return the classes of readers these tables were computed for, in order of their bits."""
        rows = models.ReaderClass.objects.using(self.alias).order_by("bit")
        return Audience(
            tuple(
                ReaderClass(
                    row.name,
                    row.bit,
                    None if row.level is None else Standing(row.level, frozenset(row.compartments.split())),
                )
                for row in rows
            )
        )

    def set_audience(self, every: Audience) -> None:
        """Store the classes of readers. Whoever calls computes the masks anew in the same transaction."""
        rows = [
            (one.name, one.bit, one.standing.level, " ".join(sorted(one.standing.compartments)))
            if one.standing
            else (one.name, one.bit, None, "")
            for one in every.classes
        ]
        with self.connection.cursor() as cursor:
            cursor.execute("DELETE FROM case_readerclass")
            cursor.executemany(
                "INSERT INTO case_readerclass(name, bit, level, compartments) VALUES (%s, %s, %s, %s)", rows
            )

    def as_read_by(self, standing: Standing | None) -> CaseDatabase:
        """Return these tables as somebody of a standing reads them; nobody's standing is the holder's.

        Where there is no class for the standing's compartments, its level alone counts.
        """
        name = class_name(standing)
        if standing is not None and standing.compartments:
            known = models.ReaderClass.objects.using(self.alias).filter(name=name).exists()
            name = name if known else class_name(Standing(standing.level))
        return CaseDatabase(self.path, read_only=True, key=self._key, reader=name)

    def current(self) -> bool:
        """Tell whether the file exists and was made by this schema and vocabulary."""
        if not self.path.exists():
            return False
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'case_meta'")
            if cursor.fetchone() is None:
                return False
        return self.meta("schema") == schema_digest()

    def require_current(self) -> None:
        """Refuse to read tables that were made by another version."""
        if not self.current():
            raise ProjectionError(
                "schema",
                f"{self.path} is missing or was made by another version of Embers.",
                "Run `embers rebuild` in the case folder; nothing is lost by it.",
            )


def close_connections(path: Path) -> None:
    """Close the present thread's connections to a database, whoever reads by them: its file is about to change."""
    prefix = f"file:{path.resolve()}?"
    with _LOCK:
        for alias, options in list(connections.settings.items()):
            if str(options["NAME"]).startswith(prefix):
                connections[alias].close()


def forget_databases(folder: Path) -> None:
    """Close the present thread's connections to databases in ``folder`` and drop their keys.

    Other threads notice at their next query: their connection stays open, but cannot be opened again.
    """
    prefix = f"file:{folder.resolve()}"
    with _LOCK:
        for alias, options in list(connections.settings.items()):
            if str(options["NAME"]).startswith(prefix):
                connections[alias].close()
                del connections[alias]
                del connections.settings[alias]


def remove_database(path: Path) -> None:
    """Remove a projection database and its side files. Projections can always be rebuilt."""
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        with suppress(FileNotFoundError):
            name.unlink()
