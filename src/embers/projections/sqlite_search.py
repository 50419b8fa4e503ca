"""The search in SQLite: FTS5 for words, an R*Tree for boxes, joined by the number of the document.

The full-text index comes first, because its matches come in order; a subquery of one index in the other is forty
times slower than their join.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, ClassVar

from embers.projections.search_index import (
    KIND_BITS,
    RESTRICTED,
    TEXT_COLUMNS,
    Document,
    fields_of,
    mark,
    text_columns,
)
from embers.projections.search_query import Query, Term, alternatives

if TYPE_CHECKING:
    from embers.projections.database import Bound, CaseDatabase

#: Weights of the columns label, body, folded, place, marks, named, parts.
_BM25 = "bm25(search_text, 8.0, 1.0, 2.0, 4.0, 0.0, 0.0, 0.0)"
_BOX = "b.lat1 >= %s AND b.lat0 <= %s AND b.lon1 >= %s AND b.lon0 <= %s"
#: A reader of a class that is gone has a view without documents, and may not even count.
_READABLE = (
    f"({{0}} & {RESTRICTED} = 0 AND (SELECT EXISTS (SELECT 1 FROM search_subject)) "
    "OR EXISTS (SELECT 1 FROM search_subject o WHERE o.id = {0}))"
)
#: Pages of the full-text index written at most when an edit leaves it tidy: some milliseconds.
_MERGED = 200
_SUBJECT = ("id", "subject", "kind", "seen_by")


class SqliteIndex:
    """FTS5 and R*Tree beside the table of subjects."""

    creates = (
        "CREATE TABLE search_subject (id INTEGER PRIMARY KEY, seen_by INTEGER NOT NULL, subject TEXT NOT NULL, "
        "kind TEXT NOT NULL, UNIQUE (subject, seen_by)) STRICT",
        "CREATE TABLE search_day (day INTEGER NOT NULL, seen_by INTEGER NOT NULL, many INTEGER NOT NULL, "
        "PRIMARY KEY (day, seen_by)) STRICT, WITHOUT ROWID",
        "CREATE VIRTUAL TABLE search_text USING fts5(label, body, folded, place, marks, named, parts UNINDEXED, "
        "tokenize=\"unicode61 remove_diacritics 2\", prefix='3')",
        "INSERT INTO search_text(search_text, rank) VALUES ('usermerge', 2)",
        "CREATE VIRTUAL TABLE search_box USING rtree_i32(id, lat0, lat1, lon0, lon1)",
    )
    dumps: ClassVar = {
        "search_text": "SELECT s.subject, s.seen_by, s.kind, t.parts, t.label, t.body, t.folded, t.place, t.marks, "
        "t.named "
        "FROM {0}.search_subject s JOIN search_text t ON t.rowid = s.id ORDER BY s.subject, s.seen_by",
        "search_day": "SELECT day, seen_by, many FROM {0}.search_day ORDER BY day, seen_by",
        "search_box": "SELECT s.subject, s.seen_by, b.lat0, b.lat1, b.lon0, b.lon1 FROM {0}.search_subject s "
        "JOIN search_box b ON b.id = s.id ORDER BY s.subject, s.seen_by",
    }
    bulky: tuple[str, ...] = ()
    texts = "CROSS JOIN search_text t ON t.rowid = h.id"

    def seeking(self, database: CaseDatabase) -> AbstractContextManager[None]:  # noqa: ARG002
        """There is no other way here than the index."""
        return nullcontext()

    def matches(
        self, query: Query, span: tuple[int, int], *, columns: str, limit: int | None = None
    ) -> tuple[str, list[Bound]]:
        """Join the indexes that are needed. Without words the box comes first, without a box the documents.

        What the number alone tells is read from the index; only documents that not everybody may read are looked up
        in the reader's view.
        """
        match = expression(query)
        tables: list[str] = []
        where: list[str] = []
        values: list[Bound] = []
        if match:
            tables.append("search_text t")
            where.append("search_text MATCH %s AND t.rowid BETWEEN %s AND %s")
            values += [match, *span]
            number = "t.rowid"
            if query.box:
                tables.append("search_box b ON b.id = t.rowid")
        elif query.box:
            tables.append("search_box b")
            number = "b.id"
            where.append("b.id BETWEEN %s AND %s")
            values += span
        if query.box:
            where.append(_BOX)
            values += query.box
        if not tables:
            tables, number = ["search_subject s"], "s.id"
            where.append("s.id BETWEEN %s AND %s")
            values += span
        elif columns == "subject":
            tables.append(f"search_subject s ON s.id = {number}")
        else:
            where.append(_READABLE.format(number))
        chosen = {
            "id": f"{number} AS id",
            "kind": f"{number} >> {KIND_BITS} AS kind",
            "subject": "s.subject AS subject",
            "fit": f"{number} AS id, {_BM25} AS fit",
        }[columns]
        ordered = ""
        if limit is not None:
            # Matches of words come in order by themselves.
            ordered = " LIMIT %s" if match and columns != "id" else f" ORDER BY {number} LIMIT %s"
            values.append(limit)
        sql = f"SELECT {chosen} FROM {' CROSS JOIN '.join(tables)} WHERE {' AND '.join(where)}{ordered}"
        return sql, values

    def remove(self, database: CaseDatabase, numbers: Sequence[int]) -> None:
        """Remove documents from the tables of texts, boxes and subjects."""
        old = [(number,) for number in numbers]
        with database.connection.cursor() as cursor:
            cursor.executemany("DELETE FROM search_text WHERE rowid = %s", old)
            cursor.executemany("DELETE FROM search_box WHERE id = %s", old)
            cursor.executemany("DELETE FROM search_subject WHERE id = %s", old)

    def store(self, database: CaseDatabase, documents: Sequence[tuple[int, Document]]) -> None:
        """Add documents to the tables. The full-text index writes a piece to disk whenever a number falls back."""
        subjects = [(id, d.subject, d.kind, d.seen_by) for id, d in documents]
        database.insert("search_subject", _SUBJECT, subjects)
        texts = [(id, *text_columns(d), fields_of(d)) for id, d in documents]
        database.insert("search_text", ("rowid", *TEXT_COLUMNS, "parts"), texts)
        boxes = [(id, *d.box) for id, d in documents if d.box]
        database.insert("search_box", ("id", "lat0", "lat1", "lon0", "lon1"), boxes)

    def tidy(self, database: CaseDatabase, *, whole: bool = False) -> None:
        """Merge. By itself the index waits for four pieces of a size, and names are looked for by hundreds of words."""
        command, pages = ("optimize", 0) if whole else ("merge", _MERGED)
        database.run(f"INSERT INTO search_text(search_text, rank) VALUES ('{command}', {pages})")


def expression(query: Query) -> str:
    """Return the expression for the full-text index; empty if no word is asked for."""
    parts = [_term(term) for term in query.terms]
    if query.parties:
        parts.append("marks : (" + " OR ".join(mark("party", party) for party in query.parties) + ")")
    return " AND ".join(part for part in parts if part)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "").replace("\x00", "") + '"'


def _term(term: Term) -> str:
    pieces = [
        f"{{{' '.join(one.columns)}}} : {_quoted(one.text)}{'*' if one.beginning else ''}"
        for one in alternatives(term)
    ]
    return pieces[0] if term.phrase else "(" + " OR ".join(pieces) + ")"
