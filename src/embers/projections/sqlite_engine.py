"""The tables of a case in a file of SQLite, encrypted if a key is given."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from embers.projections.engine import Engine, Mode, Row
from embers.projections.readers import views_for
from embers.projections.sqlite_search import SqliteIndex

if TYPE_CHECKING:
    from embers.projections.database import CaseDatabase


@dataclass(frozen=True, slots=True)
class SqliteEngine:
    """A file; whoever reads it comes in through temporary views of their own connection."""

    path: Path
    key: bytes = field(default=b"", repr=False)

    index: ClassVar = SqliteIndex()
    join: ClassVar = "CROSS JOIN"
    position: ClassVar = "instr"
    arrival: ClassVar = "min(rowid)"
    tables: ClassVar = "main"

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def identity(self) -> str:
        """The whole path."""
        return str(self.path.resolve())

    def unindexed(self, column: str) -> str:
        """A plus keeps SQLite from an index that would have every match sorted to show fifty."""
        return f"+{column}"

    def by(self, index: str) -> str:
        """SQLite guesses by the usual number of rows, and one item may be named a million times."""
        return f"INDEXED BY {index}"

    def settings(self, mode: Mode, reader: str) -> dict[str, object]:
        """Return Django's settings of a connection."""
        commands = ["PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-65536"]
        if mode == "read":
            commands += [*views_for(reader), "PRAGMA query_only=1"]
        elif mode == "new":
            # Nothing is deleted from it, nobody else reads it, and half of it is worth nothing.
            commands += ["PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF"]
        else:
            commands += ["PRAGMA secure_delete=ON", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"]
        return {
            "ENGINE": "embers.projections.encrypted" if self.key else "django.db.backends.sqlite3",
            "NAME": f"file:{self.identity}?mode={'ro' if mode == 'read' else 'rwc'}",
            "OPTIONS": {
                "uri": True,
                "timeout": 30,
                "transaction_mode": "DEFERRED" if mode == "read" else "IMMEDIATE",
                "init_command": "; ".join(commands),
                **({"key": self.key} if self.key else {}),
            },
        }

    def exists(self, database: CaseDatabase) -> bool:
        """Tell whether the file holds tables; it is not created by asking."""
        return self.path.exists() and bool(
            database.rows("SELECT 1 FROM sqlite_master WHERE name = 'case_meta'")
        )

    def version(self, database: CaseDatabase) -> int:
        """Return the file's number on its disk."""
        del database
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return -1

    def begin(self, database: CaseDatabase) -> None:
        """Do nothing: opening a file creates it."""

    def end(self, database: CaseDatabase) -> None:
        """Do nothing: views are made by each connection."""

    def lock(self, database: CaseDatabase) -> None:
        """Do nothing: a transaction that writes is the only one from its beginning."""

    def insert(
        self,
        database: CaseDatabase,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        ignore: bool,
    ) -> None:
        """Add rows one by one, with one prepared statement."""
        names, marks = ", ".join(f'"{name}"' for name in columns), ",".join(["%s"] * len(columns))
        unless = " ON CONFLICT DO NOTHING" if ignore else ""
        with database.connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}){unless}", list(rows))

    def drop_indexes(self, database: CaseDatabase, tables: Sequence[str]) -> list[str]:
        """Drop indexes and return the statements that made them."""
        marks = ",".join(["%s"] * len(tables))
        found = database.rows(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            f"AND tbl_name IN ({marks}) ORDER BY rowid",
            tables,
        )
        database.run(*(f'DROP INDEX "{name}"' for name, _ in found))
        return [str(sql) for _, sql in found]

    def create_indexes(self, database: CaseDatabase, statements: Sequence[str]) -> None:
        """Make indexes."""
        database.run(*statements)

    def finish(self, database: CaseDatabase) -> None:
        """Leave the figures the planner needs, and let the next transaction flush the whole file."""
        self.index.tidy(database, whole=True)
        # Without figures on how common values are, the planner takes the wrong index for rare ones.
        database.run(
            "PRAGMA analysis_limit=2000", "ANALYZE", "PRAGMA journal_mode=DELETE", "PRAGMA synchronous=FULL"
        )

    def require_case(self, database: CaseDatabase, case: str) -> None:
        """Do nothing: a file lies in the folder of its case."""

    def building(self) -> AbstractContextManager[None]:
        """Do nothing: whoever replaces the file last has computed it from the same journal."""
        return nullcontext()

    def beside(self, word: str) -> SqliteEngine:
        """Return a file next to this one."""
        return SqliteEngine(self.path.with_name(f"{self.path.name}.{word}"), self.key)

    def remove(self) -> None:
        """Remove the file and its side files."""
        for end in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self.path.with_name(self.path.name + end).unlink()

    def replace_by(self, fresh: Engine) -> None:
        """Rename the new file over this one."""
        from embers.projections.database import close_connections  # noqa: PLC0415 - they import one another

        close_connections(self)
        self.remove()
        Path(fresh.identity).replace(self.path)
