"""The search in PostgreSQL: the same documents, words and results as in SQLite, with the server's own indexes.

The words of a document stand in one ``tsvector`` without places, each marked with the column it is from by its first
letter, so one GIN index answers exactly which documents hold a word, or its beginning, in which columns. Which words
there are is decided here, as SQLite's full-text index decides it, and not by the server's parser. Two words in a row
are looked for in the words as text, among the documents that hold both. The number, the kind and the mask of a
document stand beside its words, so a search asks one table; a box is looked up in a GiST index of the same table.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from embers.projections.search_index import (
    KIND_BITS,
    TEXT_COLUMNS,
    Document,
    fields_of,
    in_statements,
    mark,
    text_columns,
)
from embers.projections.search_query import Alternative, Query, alternatives

if TYPE_CHECKING:
    from embers.projections.database import Bound, CaseDatabase
    from embers.projections.engine import Row

#: The first letter of words from each column, and what a match in it counts for when results are ranked.
_LETTERS = {"label": "l", "body": "b", "folded": "k", "place": "p", "marks": "m", "named": "n"}
_WEIGHTS = {"label": 8, "body": 1, "folded": 2, "place": 4}
#: Columns in which words may have to stand in a row.
_ROWS = ("label", "body", "folded", "place")
#: A longer word is cut: in a text it is none, and PostgreSQL refuses it above 2,046 bytes.
_LONGEST = 200
#: Bytes of one document's words; PostgreSQL refuses more than a mebibyte.
_HELD = 900_000
#: Words of an ordinary document are short; kept outside the row, counting matches reads only narrow rows.
_NARROW = 128
_SUBJECT = ("id", "subject", "kind", "seen_by", "words", "area")
_TEXT = ("id", "seen_by", "parts", *TEXT_COLUMNS, *(f"{name}_row" for name in _ROWS))


class PostgresIndex:
    """Words and boxes beside the table of subjects, texts in another."""

    creates = (
        'CREATE TABLE search_subject (id bigint PRIMARY KEY, subject text COLLATE "C" NOT NULL, '
        'kind text COLLATE "C" NOT NULL, seen_by bigint NOT NULL, words tsvector NOT NULL, '
        f"area box, UNIQUE (subject, seen_by)) WITH (toast_tuple_target = {_NARROW})",
        "CREATE TABLE search_day (day bigint, seen_by bigint, many bigint NOT NULL, PRIMARY KEY (day, seen_by))",
        "CREATE INDEX search_subject_words ON search_subject USING gin (words)",
        "CREATE INDEX search_subject_area ON search_subject USING gist (area)",
        "CREATE TABLE search_text (id bigint PRIMARY KEY, seen_by bigint NOT NULL, "
        + ", ".join(f'{name} text COLLATE "C" NOT NULL' for name in _TEXT[2:])
        + ")",
    )
    dumps: ClassVar = {
        "search_text": "SELECT s.subject, s.seen_by, s.kind, t.parts, t.label, t.body, t.folded, t.place, t.marks, "
        "t.named, "
        "s.words::text FROM {0}.search_subject s JOIN {0}.search_text t ON t.id = s.id "
        "ORDER BY s.subject, s.seen_by",
        "search_day": "SELECT day, seen_by, many FROM {0}.search_day ORDER BY day, seen_by",
        "search_box": "SELECT subject, seen_by, (area[1])[1]::bigint, (area[0])[1]::bigint, (area[1])[0]::bigint, "
        "(area[0])[0]::bigint FROM {0}.search_subject WHERE area IS NOT NULL ORDER BY subject, seen_by",
    }
    bulky = ("search_subject",)
    texts = "JOIN search_text t ON t.id = h.id"

    @contextmanager
    def seeking(self, database: CaseDatabase) -> Iterator[None]:
        """The planner adds up what it guesses of each word, and reads every document rather than ask for hundreds."""
        with database.savepoint():
            database.run("SET LOCAL enable_seqscan = off")
            yield

    def matches(
        self, query: Query, span: tuple[int, int], *, columns: str, limit: int | None = None
    ) -> tuple[str, list[Bound]]:
        """Find all matches by their indexes, then sort what is asked for."""
        words, rows, values = _asked(query)
        where = [*words, *rows]
        if query.box:
            south, north, west, east = query.box
            where.append("s.area && box(point(%s, %s), point(%s, %s))")
            values += [west, south, east, north]
        # Of names only the index of words is asked: see `seeking`.
        named = any(term.keys for term in query.terms)
        where.append(f"s.id{' + 0' if named else ''} BETWEEN %s AND %s")
        values += span
        tables = "search_subject s" + (" JOIN search_text t ON t.id = s.id" if rows else "")
        chosen = {
            "id": "s.id AS id",
            "kind": f"s.id >> {KIND_BITS} AS kind",
            "subject": "s.subject AS subject",
            "fit": "s.id, s.words",
        }[columns]
        sql = f"SELECT {chosen} FROM {tables} WHERE {' AND '.join(where)}"
        if limit is not None:
            # A rare word looks common to the planner when it is only the beginning of one. Walking all numbers
            # until a page of matches is full would then read every document; a sum has no index to walk.
            number = "s.id + 0" if words or query.box else "s.id"
            sql += f" ORDER BY {number} LIMIT %s"
            values.append(limit)
        return _fit(query, sql, values) if columns == "fit" else (sql, values)

    def remove(self, database: CaseDatabase, numbers: Sequence[int]) -> None:
        """Remove documents from the tables of words and texts."""
        for batch, marks in in_statements(numbers):
            for table in ("search_text", "search_subject"):
                database.change(f"DELETE FROM {table} WHERE id IN ({marks})", batch)

    def store(self, database: CaseDatabase, documents: Sequence[tuple[int, Document]]) -> None:
        """Add documents to both tables."""
        texts = [(id, document, text_columns(document)) for id, document in documents]
        subjects = []
        for id, d, columns in texts:
            subjects.append((id, d.subject, d.kind, d.seen_by, _vector(columns), _area(d.box)))
        database.insert("search_subject", _SUBJECT, subjects)
        rows: list[Row] = [
            (id, d.seen_by, fields_of(d), *columns, *(_in_a_row(text) for text in columns[: len(_ROWS)]))
            for id, d, columns in texts
        ]
        database.insert("search_text", _TEXT, rows)

    def tidy(self, database: CaseDatabase, *, whole: bool = False) -> None:  # noqa: ARG002 - it is one
        """Move what was added into the index itself: until then every search reads through it."""
        database.run("SELECT gin_clean_pending_list('search_subject_words')")


class _Folding(dict[int, str]):
    """What each letter becomes: as SQLite's unicode61 has it, without marks of Latin letters."""

    def __missing__(self, number: int) -> str:
        letter = chr(number)
        if 0x300 <= number <= 0x331:
            folded = ""
        elif unicodedata.category(letter)[0] not in "LN" and unicodedata.category(letter) != "Co":
            folded = " "
        else:
            small = letter.casefold()
            folded = small if len(small) == 1 else letter.lower()[:1]
            base = unicodedata.normalize("NFD", folded)[0]
            folded = base if base.isascii() else folded
        self[number] = folded
        return folded


_FOLDING = _Folding()


def tokens(text: str) -> list[str]:
    """Return the words of a text as the index knows them."""
    return [word[:_LONGEST] for word in text.translate(_FOLDING).split()]


def _vector(columns: Sequence[str]) -> str:
    found: dict[str, None] = {}
    held = 0
    for letter, text in zip(_LETTERS.values(), columns, strict=True):
        for word in tokens(text):
            lexeme = letter + word
            if lexeme not in found:
                held += len(lexeme.encode())
                if held > _HELD:
                    return " ".join(found)
                found[lexeme] = None
    return " ".join(found)


def _in_a_row(text: str) -> str:
    return f" {' '.join(tokens(text))} "


def _area(box: tuple[int, int, int, int] | None) -> str | None:
    return None if box is None else f"({box[2]},{box[0]}),({box[3]},{box[1]})"


def _asked(query: Query) -> tuple[list[str], list[str], list[Bound]]:
    """Return conditions on words, on words in a row, and the values of both."""
    wanted: list[str] = []
    rows: list[str] = []
    values: list[Bound] = []
    for term in query.terms:
        ways = [(one, tokens(one.text)) for one in alternatives(term)]
        ways = [(one, words) for one, words in ways if words]
        wanted.append(" | ".join(_lexemes(one, words) for one, words in ways))
        if any(len(words) > 1 for _, words in ways):
            pieces = []
            for one, words in ways:
                piece, bound = _row(one, words)
                pieces.append(piece)
                values += bound
            rows.append(f"({' OR '.join(pieces)})")
    if query.parties:
        marks = [words for party in query.parties if (words := tokens(mark("party", party)))]
        wanted.append(" | ".join(" & ".join(f"'m{word}'" for word in words) for words in marks))
    if not wanted:
        return [], [], []
    if not all(wanted):  # a word without a letter in it is in no document
        return ["1 = 0"], [], []
    return ["s.words @@ %s::tsquery"], rows, [" & ".join(f"({one})" for one in wanted), *values]


def _lexemes(one: Alternative, words: Sequence[str], columns: Sequence[str] = ()) -> str:
    """Return the expression for words that all stand in one of some columns."""
    ways = []
    for column in columns or one.columns:
        lexemes = [f"'{_LETTERS[column]}{word}'" for word in words]
        if one.beginning:
            lexemes[-1] += ":*"
        ways.append(f"({' & '.join(lexemes)})")
    return " | ".join(ways)


def _row(one: Alternative, words: Sequence[str]) -> tuple[str, list[Bound]]:
    if len(words) == 1:
        return "s.words @@ %s::tsquery", [_lexemes(one, words)]
    pattern = f"% {' '.join(words)}{'' if one.beginning else ' '}%"
    return " OR ".join(f"t.{column}_row LIKE %s" for column in one.columns), [pattern] * len(one.columns)


def _fit(query: Query, matches: str, bound: list[Bound]) -> tuple[str, list[Bound]]:
    """Return the number and how well each match fits: in which columns each word stands, best lowest."""
    counted: list[str] = []
    values: list[Bound] = []
    for term in query.terms:
        for one in alternatives(term):
            words = tokens(one.text)
            for column in one.columns if words else ():
                counted.append(f"{_WEIGHTS[column]} * (v.w @@ %s::tsquery)::int")
                values.append(_lexemes(one, words, (column,)))
    # Put together with nothing the words are fetched once, and not once for each comparison.
    sql = (
        f"SELECT h.id AS id, -({' + '.join(counted) or '0'}) AS fit FROM ({matches}) h "
        "CROSS JOIN LATERAL (SELECT h.words || ''::tsvector AS w OFFSET 0) v"
    )
    return sql, [*values, *bound]
