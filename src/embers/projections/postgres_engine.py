"""The tables of a case in a schema of its own on a PostgreSQL server.

``NAME`` holds the tables and ``NAME_read`` the views readers come in through; nothing else is on a reader's search
path, so a reader finds a view or nothing. New tables are built in ``NAME_new`` and put in place by renaming, which
waits for nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, LiteralString
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from django.db.utils import OperationalError

from embers.errors import ProjectionError, SettingsError
from embers.journal.postgres_store import shown
from embers.projections.engine import Engine, Mode, Row
from embers.projections.postgres_search import PostgresIndex
from embers.projections.readers import class_of, masked_tables, seen
from embers.projections.tables import columns_of, indexed_bytes, models_of_case

try:
    import psycopg
    from psycopg import sql
except ImportError as error:  # an extra: one laptop needs no server
    raise ProjectionError(
        "no-postgres",
        "This installation cannot speak to PostgreSQL.",
        'Install it with: pip install "embers[postgres]"',
    ) from error

if TYPE_CHECKING:
    from embers.projections.database import CaseDatabase

DEFAULT_SCHEMA = "embers_case"
#: Seconds a connection is kept between requests: making one costs more than most pages ask.
_KEPT_S = 60
#: Rows from which on they are copied instead of inserted, and rows of one statement that inserts.
_COPIED, _INSERTED = 200, 500
#: Seconds to wait for another writer, as with SQLite.
_PATIENCE_S = 30
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}\Z", re.ASCII)
#: The class of readers a connection is of, as the views look it up.
_READER = "embers.reader"


@dataclass(frozen=True, slots=True)
class PostgresEngine:
    """A schema. ``role`` is what readers' connections become; without one they are only read-only."""

    address: str = field(repr=False)
    schema: str = DEFAULT_SCHEMA
    role: str = ""

    index: ClassVar = PostgresIndex()
    join: ClassVar = "JOIN"
    position: ClassVar = "strpos"
    #: Rows that were copied lie where there was room; the order of claimed times is the nearest.
    arrival: ClassVar = "min(rank)"

    @property
    def name(self) -> str:
        """The address without a password, and the schema."""
        return f"{shown(self.address)}?schema={self.schema}"

    @property
    def identity(self) -> str:
        """The address and the schema."""
        return f"{self.address} {self.schema} {self.role}"

    @property
    def tables(self) -> str:
        """The schema of the tables."""
        return self.schema

    @property
    def _read(self) -> str:
        return f"{self.schema}_read"

    def unindexed(self, column: str) -> str:
        """The planner knows how common values are; nothing has to be kept from it."""
        return column

    def by(self, index: str) -> str:  # noqa: ARG002
        """The planner knows what is common, and takes no orders."""
        return ""

    def settings(self, mode: Mode, reader: str) -> dict[str, object]:
        """Return Django's settings of a connection."""
        chosen = {"TimeZone": "UTC", "jit": "off", "work_mem": "32MB"}
        if mode == "read":
            chosen |= {
                "search_path": self._read,
                "default_transaction_read_only": "on",
                _READER: class_of(reader),
                # A page never needs a whole table; the planner does not know that reading the words of every
                # document, to look for one, costs a thousand times what reading the row does.
                "enable_seqscan": "off",
                # What a page joins are the few rows it found, each with a row by its key.
                "enable_hashjoin": "off",
                "enable_mergejoin": "off",
                # Pages are short and there are many at once; the order of a page's walks must stay as written.
                "max_parallel_workers_per_gather": "0",
            }
            if self.role:
                chosen["role"] = self.role
        else:
            # What a crash of the server loses is computed again from the journal.
            chosen |= {"search_path": self.schema, "synchronous_commit": "off"}
            chosen["lock_timeout"] = f"{_PATIENCE_S}s"
        if mode == "new":
            chosen["maintenance_work_mem"] = "256MB"
        return connection_settings(self.address, chosen) | {"ENGINE": "embers.projections.postgres"}

    def exists(self, database: CaseDatabase) -> bool:
        """Tell whether the schema holds tables that this connection can find."""
        return database.rows("SELECT to_regclass('case_meta') IS NOT NULL")[0][0] is True

    def version(self, database: CaseDatabase) -> int:
        """Return the number of the schema."""
        rows = database.rows("SELECT oid::bigint FROM pg_namespace WHERE nspname = %s", [self.schema])
        return int(rows[0][0]) if rows else -1

    def begin(self, database: CaseDatabase) -> None:
        """Create both schemas."""
        del database
        with self._administration() as db:
            for one in (self.schema, self._read):
                db.execute(_statement("CREATE SCHEMA IF NOT EXISTS {}", one))

    def end(self, database: CaseDatabase) -> None:
        """Create the views, and let the readers' role read them and nothing else."""
        bit = (
            f"(SELECT bit FROM {self.schema}.case_readerclass "
            f"WHERE name = current_setting('{_READER}', true))"
        )
        masked = dict(masked_tables()) | dict.fromkeys(("search_subject", "search_text", "search_day"), ())
        for model in models_of_case():
            table = model._meta.db_table
            if table not in masked:
                names = ", ".join(f'"{name}"' for name in columns_of(model))
                self._view(database, table, f"SELECT {names} FROM {self.schema}.{table}")
        for table, columns in masked.items():
            self._view(database, table, seen(f"{self.schema}.{table}", columns, bit))
        if self.role:
            database.run(
                f'GRANT USAGE ON SCHEMA "{self._read}" TO "{self.role}"',
                f'GRANT SELECT ON ALL TABLES IN SCHEMA "{self._read}" TO "{self.role}"',
            )

    def _view(self, database: CaseDatabase, table: str, query: str) -> None:
        database.run(f'CREATE VIEW "{self._read}"."{table}" AS {query}')

    def lock(self, database: CaseDatabase) -> None:
        """Wait until no other process writes, and see everything the last one wrote."""
        try:
            database.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [self.schema])
        except OperationalError as error:
            raise ProjectionError(
                "busy",
                f"{self.name} has been written by another process for {_PATIENCE_S} seconds.",
                "What you recorded is in the journal; the tables take it in with the next act.",
            ) from error

    def insert(
        self,
        database: CaseDatabase,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        ignore: bool,
    ) -> None:
        """Copy many rows; insert few, or those among which some are there already."""
        shortened = list(_fitting(table, columns, rows))
        if len(shortened) >= _COPIED:
            with suppress(psycopg.errors.UniqueViolation) if ignore else _nothing(), database.savepoint():
                self._copy(database, table, columns, shortened)
                return
        names, marks = ", ".join(f'"{name}"' for name in columns), ",".join(["%s"] * len(columns))
        unless = " ON CONFLICT DO NOTHING" if ignore else ""
        waiting = iter(shortened)
        while batch := list(islice(waiting, _INSERTED)):
            values = ",".join([f"({marks})"] * len(batch))
            database.change(
                f"INSERT INTO {table} ({names}) VALUES {values}{unless}",
                [one for row in batch for one in row],
            )

    def _copy(self, database: CaseDatabase, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        with (
            database.connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def drop_indexes(self, database: CaseDatabase, tables: Sequence[str]) -> list[str]:
        """Drop indexes and return the statements that made them."""
        found = database.rows(
            "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace "
            f"WHERE n.nspname = %s AND t.relname IN ({','.join(['%s'] * len(tables))}) "
            "AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid) ORDER BY c.oid",
            [self.schema, *tables],
        )
        database.run(*(f'DROP INDEX "{name}"' for name, _ in found))
        return [str(statement) for _, statement in found]

    def create_indexes(self, database: CaseDatabase, statements: Sequence[str]) -> None:
        """Make indexes, and let the planner know how many rows there are now."""
        database.run(*statements, *(f'ANALYZE "{table}"' for table in self._tables(database)))

    def finish(self, database: CaseDatabase) -> None:
        """Let the server note of which rows an index alone tells enough."""
        database.run(*(f'VACUUM "{table}"' for table in self._tables(database)))

    def _tables(self, database: CaseDatabase) -> list[str]:
        found = database.rows("SELECT tablename FROM pg_tables WHERE schemaname = %s", [self.schema])
        return [str(table) for (table,) in found]

    def require_case(self, database: CaseDatabase, case: str) -> None:
        """Refuse a schema that holds the tables of another case; note in it whose it is."""
        told = claim(self.schema, database.rows(OWNER, [self.schema]), case)
        if told:
            database.run(told)

    @contextmanager
    def building(self) -> Iterator[None]:
        """Wait until no other process builds these tables."""
        with self._administration() as db:
            db.execute("SELECT pg_advisory_lock(hashtextextended(%s, 1))", (self.schema,))
            yield

    def beside(self, word: str) -> PostgresEngine:
        """Return another schema of the same database."""
        return replace(self, schema=f"{self.schema}_{word}")

    def remove(self) -> None:
        """Remove both schemas, and what an earlier replacement left because somebody was reading it."""
        with self._administration() as db:
            self._drop(db, self.schema)

    def replace_by(self, fresh: Engine) -> None:
        """Rename schemas; the old ones are dropped when nobody reads them any more."""
        with self._administration() as db:
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (self.schema,))
                for end in ("", "_read"):
                    here, old = f"{self.schema}{end}", f"{self.schema}_old"
                    rows = db.execute("SELECT oid FROM pg_namespace WHERE nspname = %s", (here,)).fetchall()
                    for (number,) in rows:
                        _rename(db, here, f"{old}_{number}")
                    _rename(db, f"{fresh.tables}{end}", here)
            # Below the second after which PostgreSQL looks for deadlocks and ends somebody's statement.
            db.execute("SET lock_timeout = '500ms'")
            left = db.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname ~ %s ORDER BY oid DESC",
                (f"^{self.schema}_old_[0-9]+$",),
            ).fetchall()
            for (name,) in left:
                with suppress(psycopg.errors.LockNotAvailable):
                    db.execute(_statement("DROP SCHEMA {} CASCADE", name))

    def _drop(self, db: psycopg.Connection[Any], schema: str) -> None:
        for end in ("_read", ""):
            db.execute(_statement("DROP SCHEMA IF EXISTS {} CASCADE", f"{schema}{end}"))

    def _administration(self) -> AbstractContextManager[psycopg.Connection[Any]]:
        return administration(self.address)


@contextmanager
def administration(address: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a connection for work on whole schemas; say why there is none, or which rights it lacks."""
    try:
        db = psycopg.connect(address, autocommit=True, connect_timeout=_PATIENCE_S)
    except psycopg.Error as error:
        raise ProjectionError(
            "server",
            f"{shown(address)} cannot be reached: {' '.join(str(error).split())[:300]}",
            "Check the address, the network and the password (PGPASSWORD or a password file).",
        ) from error
    with db:
        try:
            yield db
        except psycopg.errors.InsufficientPrivilege as error:
            raise ProjectionError(
                "rights",
                f"Your role may not make or replace tables in {shown(address)}: {error.diag.message_primary}.",
                "It must own them and have CREATE on the database: see docs/how-to/team-server.md.",
            ) from error


def postgres_engine(address: str) -> PostgresEngine:
    """Return the engine for an address, which may name the schema and the role of readers in its query."""
    bare, named = parted(address)
    return PostgresEngine(bare, named.get("schema", DEFAULT_SCHEMA), named.get("reader", ""))


def parted(address: str) -> tuple[str, dict[str, str]]:
    """Return an address as PostgreSQL's library reads it, and the schema and role that were named beside."""
    parts = urlsplit(address)
    given = parse_qs(parts.query)
    named: dict[str, str] = {name: given[name][-1] for name in ("schema", "reader") if name in given}
    for name, value in named.items():
        if not _NAME.match(value):
            raise SettingsError(
                "value",
                f"{name}={value} is no name this version can use.",
                "Use at most 40 small letters, digits and underscores, and no digit first.",
            )
    rest = [pair for pair in parse_qsl(parts.query) if pair[0] not in named]
    return urlunsplit(parts._replace(query=urlencode(rest, quote_via=quote))), named


def address_beside(address: str, word: str) -> str:
    """Return the address of another schema next to the one an address names."""
    parts = urlsplit(address)
    schema = parted(address)[1].get("schema", DEFAULT_SCHEMA)
    rest = [pair for pair in parse_qsl(parts.query) if pair[0] != "schema"]
    query = urlencode([*rest, ("schema", f"{schema}_{word}")], quote_via=quote)
    return urlunsplit(parts._replace(query=query))


#: A statement for what is noted on a schema.
OWNER: LiteralString = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s"


def claim(schema: str, noted: Sequence[Sequence[Any]], case: str) -> str:
    """Return the statement that notes in a schema which case it belongs to, if it has to be; refuse another's.

    ``noted``: the rows of :data:`OWNER`. A schema that is not there is free.
    """
    mark = f"Embers, case {case}"
    if not noted or noted[0][0] == mark:
        return ""
    if str(noted[0][0] or "").startswith("Embers, case "):
        raise ProjectionError(
            "other-case",
            f"The schema {schema} on the server holds the tables of another case.",
            "Give each case a schema of its own: add ?schema=NAME to the address.",
        )
    return sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(schema), sql.Literal(mark)).as_string()


def connection_settings(address: str, chosen: dict[str, str]) -> dict[str, object]:
    """Return Django's settings of a connection to an address, with parameters of the session."""
    told: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(address)
    options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
    told["options"] = f"{told.get('options', '')} {options}".strip()
    return {
        "NAME": told.pop("dbname", "") or "",
        "OPTIONS": {"connect_timeout": _PATIENCE_S, **told},
        "CONN_MAX_AGE": _KEPT_S,
        "CONN_HEALTH_CHECKS": True,
    }


def _fitting(table: str, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[Row]:
    """Cut texts to what an index can hold. The assertions they come from are whole."""
    limits = indexed_bytes(table)
    places = [(place, limits[name]) for place, name in enumerate(columns) if name in limits]
    for row in rows:
        long = [
            (place, limit)
            for place, limit in places
            if isinstance(text := row[place], str) and len(text) * 4 > limit and len(text.encode()) > limit
        ]
        if long:
            values = list(row)
            for place, limit in long:
                values[place] = str(values[place]).encode()[:limit].decode(errors="ignore")
            yield values
        else:
            yield row


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _statement(text: Any, name: str) -> sql.Composed:  # noqa: ANN401 - a literal of this module
    return sql.SQL(text).format(sql.Identifier(name))


def _rename(db: psycopg.Connection[Any], before: str, after: str) -> None:
    db.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(before), sql.Identifier(after)))
