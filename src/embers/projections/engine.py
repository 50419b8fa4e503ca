"""What differs between the databases that can hold the tables of a case, and nothing else.

A place is a file of SQLite, or the address of a schema on a PostgreSQL server. Whatever is not named here is written
once, for both: models say which tables there are, and SQL keeps to what both understand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from embers.journal.place import Place

if TYPE_CHECKING:
    from embers.projections.database import Bound, CaseDatabase
    from embers.projections.search_index import Document
    from embers.projections.search_query import Query

#: ``read`` through the views of a class of readers, ``write``, or ``new``: tables thrown away if anything goes wrong.
Mode = Literal["read", "write", "new"]
#: One row as it is written.
Row = Sequence["str | int | None"]


class SearchIndex(Protocol):
    """The tables of the search, which Django has no models for.

    In both are ``search_subject`` and, by mask, how many documents there are of a kind and day: ``search_day``.
    """

    @property
    def creates(self) -> Sequence[str]:
        """Statements that create them."""

    @property
    def dumps(self) -> Mapping[str, str]:
        """By table, a statement for all that is in it, whatever came first; ``{0}`` is where the tables lie."""

    @property
    def bulky(self) -> Sequence[str]:
        """Tables whose indexes are made after they were filled."""

    @property
    def texts(self) -> str:
        """What joins the texts, as ``t``, to a number ``h.id``."""

    def seeking(self, database: CaseDatabase) -> AbstractContextManager[None]:
        """Within it, matches are found by the index of words, whatever a planner thinks of them."""

    def matches(
        self, query: Query, span: tuple[int, int], *, columns: str, limit: int | None = None
    ) -> tuple[str, list[Bound]]:
        """Return a statement for the matches of a search among a span of numbers that the reader may know of.

        ``columns``: ``id``, ``kind``, ``subject``, or ``fit`` for the number and how well it fits, best lowest.
        With a limit the first of them in order of their numbers.
        """

    def remove(self, database: CaseDatabase, numbers: Sequence[int]) -> None:
        """Remove documents."""

    def store(self, database: CaseDatabase, documents: Sequence[tuple[int, Document]]) -> None:
        """Store documents under their numbers, which ascend."""

    def tidy(self, database: CaseDatabase, *, whole: bool = False) -> None:
        """Put together some of the pieces in which an index grows, or all of them: a search asks each piece."""


class Engine(Protocol):
    """One place for the tables of a case."""

    @property
    def index(self) -> SearchIndex:
        """The tables of the search."""

    @property
    def name(self) -> str:
        """How messages call the place; never with a password."""

    @property
    def identity(self) -> str:
        """What tells this place from every other."""

    @property
    def join(self) -> str:
        """Joins in the order they are written, where the database would choose another."""

    @property
    def position(self) -> str:
        """The function that finds one text in another and returns its place, from 1, or 0."""

    @property
    def arrival(self) -> str:
        """Orders groups of rows as they were first written."""

    @property
    def tables(self) -> str:
        """Where the tables themselves lie, behind the views of readers."""

    def unindexed(self, column: str) -> str:
        """Return a column so that the database does not choose its index, where it would choose wrongly."""

    def by(self, index: str) -> str:
        """Return what stands after a table so that an index of it is used, where another would be chosen wrongly."""

    def settings(self, mode: Mode, reader: str) -> dict[str, object]:
        """Return Django's settings of a connection."""

    def exists(self, database: CaseDatabase) -> bool:
        """Tell whether there are tables of a case, whichever version made them."""

    def version(self, database: CaseDatabase) -> int:
        """Return a number that changes when the tables are replaced by others; -1 if there are none."""

    def begin(self, database: CaseDatabase) -> None:
        """Prepare an empty place for its tables."""

    def end(self, database: CaseDatabase) -> None:
        """Make what readers come in through, after all tables were created."""

    def lock(self, database: CaseDatabase) -> None:
        """Make the present transaction the only one that writes."""

    def insert(
        self,
        database: CaseDatabase,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        ignore: bool,
    ) -> None:
        """Add rows; ``ignore`` leaves out those that are there already."""

    def drop_indexes(self, database: CaseDatabase, tables: Sequence[str]) -> list[str]:
        """Drop the indexes of tables, save those of their keys; return what makes them again."""

    def create_indexes(self, database: CaseDatabase, statements: Sequence[str]) -> None:
        """Make indexes over rows that are there: sorted once, instead of a search for each row."""

    def finish(self, database: CaseDatabase) -> None:
        """Bring new tables to stable storage, with what the planner must know of them."""

    def require_case(self, database: CaseDatabase, case: str) -> None:
        """Refuse a place that holds the tables of another case."""

    def building(self) -> AbstractContextManager[None]:
        """Return a block in which nobody else computes these tables anew."""

    def beside(self, word: str) -> Engine:
        """Return another place next to this one."""

    def remove(self) -> None:
        """Remove the tables. Projections can always be rebuilt."""

    def replace_by(self, fresh: Engine) -> None:
        """Put finished tables in the place of these; a reader finds the old ones or the new, never half of either."""


def engine_of(place: Place, *, key: bytes = b"") -> Engine:
    """Return the engine for a place; only a file can be encrypted."""
    if isinstance(place, Path):
        from embers.projections.sqlite_engine import SqliteEngine  # noqa: PLC0415 - they import one another

        return SqliteEngine(place, key)
    from embers.projections.postgres_engine import postgres_engine  # noqa: PLC0415 - an extra

    return postgres_engine(place)


def beside(place: Place, word: str) -> Place:
    """Return the place for other tables next to these."""
    if isinstance(place, Path):
        return place.with_name(f"{place.stem}.{word}{place.suffix}")
    from embers.projections.postgres_engine import address_beside  # noqa: PLC0415 - an extra

    return address_beside(place, word)
