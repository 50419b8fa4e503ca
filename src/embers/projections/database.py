"""Opens the tables of a case, in a file or on a server: created whole, dropped whole, never migrated.

The tables carry a digest of their own definition and of the vocabulary. When it differs from what this
version of Embers would create, the database is rebuilt from the journal instead of altered.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from embers.access.audience import HOLDER, Audience, ReaderClass, audience, class_name
from embers.access.standing import Standing
from embers.errors import ProjectionError
from embers.journal.place import Place
from embers.projections.setup import ensure_django

ensure_django()

from django.db import connections, transaction  # noqa: E402 - models need a configured Django
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from embers.projections import models  # noqa: E402
from embers.projections.engine import Engine, Mode, Row, engine_of  # noqa: E402
from embers.projections.search_index import kinds_in_order  # noqa: E402
from embers.projections.tables import models_of_case  # noqa: E402
from embers.vocabulary.loader import load_vocabulary  # noqa: E402

#: Counted up when projectors compute something else from the same entries.
PROJECTOR_VERSION = 13

#: What is bound in a statement.
Bound = str | int | None

_LOCK = threading.Lock()
#: Values bound in one statement; SQLite allows 32,766.
_BOUND = 5000


def _key(alias: str) -> bytes:
    options = connections.settings[alias]["OPTIONS"]
    return bytes(options.get("key", b""))


def schema_digest(engine: Engine) -> str:
    """Return a digest over table definitions, vocabulary and projector version."""
    return _schema_digest(tuple(engine.index.creates))


@cache  # it is asked for with every entry
def _schema_digest(creates: tuple[str, ...]) -> str:
    parts: list[str] = [str(PROJECTOR_VERSION), *creates, *kinds_in_order()]
    for model in models_of_case():
        columns = [f"{field.column}:{field.deconstruct()[1:]}" for field in model._meta.local_fields]
        indexes = [f"{index.name}:{index.fields}" for index in model._meta.indexes]
        parts.append(f"{model._meta.db_table}({','.join([*columns, *indexes])})")
    vocabulary = load_vocabulary()
    parts += [repr(vocabulary.predicates[name]) for name in sorted(vocabulary.predicates)]
    # frozenset order in repr depends on hash randomisation; sorting the characters makes it stable.
    return hashlib.sha256("\n".join("".join(sorted(part)) for part in parts).encode()).hexdigest()


class CaseDatabase:
    """The tables of a case at a place: a path, encrypted if a key is given, or an address on a PostgreSQL server.

    Only the projector writes, and only it sees the tables as they are. Everybody else opens them read-only, as one
    class of readers, through views of what that class may read; whoever holds the folder may read everything.
    """

    def __init__(
        self,
        place: Place | Engine,
        *,
        read_only: bool = False,
        key: bytes = b"",
        reader: str = HOLDER,
        unfinished: bool = False,
    ) -> None:
        """``unfinished``: tables that are thrown away if anything goes wrong before :meth:`finish`."""
        self.engine = engine_of(place, key=key) if isinstance(place, Path | str) else place
        self.name = self.engine.name
        self.read_only = read_only
        self._unfinished = unfinished
        self._key = key
        self.reader = reader
        mode: Mode = "read" if read_only else "new" if unfinished else "write"
        words = {"read": f"ro-{reader}", "new": "new", "write": "rwc"}
        self.alias = f"case-{words[mode]}-{_digest_of(self.engine)}"
        with _LOCK:
            if self.alias not in connections.settings or _key(self.alias) != key:
                connections.settings[self.alias] = connections.configure_settings(
                    {"default": {}, self.alias: self.engine.settings(mode, reader)}
                )[self.alias]

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

    def run(self, *statements: str) -> None:
        """Run statements without values."""
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def change(self, sql: str, values: Iterable[Bound]) -> None:
        """Run one statement that changes rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, list(values))

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Row], *, ignore: bool = False
    ) -> None:
        """Add rows to a table; ``ignore`` leaves out those that are there already."""
        if rows:
            self.engine.insert(self, table, columns, rows, ignore=ignore)

    def undoable(self, assertions: Iterable[str]) -> list[str]:
        """Return those of some assertions that may be taken back: what people write, not what acts of their own say."""
        predicates = load_vocabulary().predicates.values()
        hand = {one.id for one in predicates if one.by_hand} | {"decision"}
        wanted, found = list(assertions), []
        for begin in range(0, len(wanted), _BOUND):
            rows = models.Assertion.objects.using(self.alias).filter(id__in=wanted[begin : begin + _BOUND])
            found += [id for id, predicate in rows.values_list("id", "predicate") if predicate in hand]
        return found

    def close(self) -> None:
        """Close the present thread's connection."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in one transaction as the only writer; nothing of it stays if it fails."""
        with transaction.atomic(using=self.alias):
            self.engine.lock(self)
            yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Run a block of which nothing stays if it fails, within a transaction or on its own."""
        with transaction.atomic(using=self.alias):
            yield

    def create_tables(self) -> None:
        """Create every table in an empty place; the schema digest is stamped on what is finished."""
        self.engine.begin(self)
        with self.connection.schema_editor() as editor:
            for model in models_of_case():
                editor.create_model(model)
        with self.transaction():
            self.run(*self.engine.index.creates)
        self.engine.end(self)
        self.set_audience(audience(()))
        if not self._unfinished:
            self.set_meta("schema", schema_digest(self.engine))

    def finish(self) -> None:
        """Bring unfinished tables to stable storage, whole."""
        self.engine.finish(self)
        self.set_meta("schema", schema_digest(self.engine))

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
        self.run("DELETE FROM case_readerclass")
        self.insert("case_readerclass", ("name", "bit", "level", "compartments"), rows)

    def as_read_by(self, standing: Standing | None) -> CaseDatabase:
        """Return these tables as somebody of a standing reads them; nobody's standing is the holder's.

        Where there is no class for the standing's compartments, its level alone counts.
        """
        name = class_name(standing)
        if standing is not None and standing.compartments:
            known = models.ReaderClass.objects.using(self.alias).filter(name=name).exists()
            name = name if known else class_name(Standing(standing.level))
        return CaseDatabase(self.engine, read_only=True, key=self._key, reader=name)

    def current(self) -> bool:
        """Tell whether there are tables, made by this schema and vocabulary."""
        return self.engine.exists(self) and self.meta("schema") == schema_digest(self.engine)

    def require_current(self) -> None:
        """Refuse to read tables that were made by another version."""
        if not self.current():
            raise ProjectionError(
                "schema",
                f"{self.name} is missing or was made by another version of Embers.",
                "Run `embers rebuild` in the case folder; nothing is lost by it.",
            )


def close_connections(engine: Engine) -> None:
    """Close the present thread's connections to tables, whoever reads by them: they are about to change."""
    end = _digest_of(engine)
    with _LOCK:
        for alias in list(connections.settings):
            if alias.startswith("case-") and alias.endswith(end):
                connections[alias].close()


def _digest_of(engine: Engine) -> str:
    return hashlib.sha256(engine.identity.encode()).hexdigest()[:16]


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


def remove_database(place: Place) -> None:
    """Remove a projection database, with its side files. Projections can always be rebuilt."""
    engine = engine_of(place)
    close_connections(engine)
    engine.remove()
