"""Search over labels, texts and names, crossing scripts: ``gence`` finds Gəncə, Գյանջա and Гянджа.

Results come in the order of their numbers (:mod:`embers.projections.search_index`): kinds people look for first,
newest first. Ranking by words is computed over a capped number of matches, counts stop at a cap, and a text in a
box is one join of the full-text index and the R*Tree: a subquery of one in the other is forty times slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embers.projections.database import Bound, CaseDatabase
from embers.projections.search_index import COUNT_BITS, DAY_BITS, kind_at
from embers.projections.search_query import MAX_QUERY, Query, read_query
from embers.teamwork.review import BESIDE

__all__ = [
    "COUNTED",
    "MAX_QUERY",
    "RANKED",
    "SCANNED",
    "Found",
    "Page",
    "Query",
    "changed_since",
    "kind_counts",
]
__all__ += ["first_documents", "page", "read_query", "search", "subjects_sql", "within"]

#: A count of one kind is exact up to this number, and "more than" it beyond.
COUNTED = 1000
#: Matches looked at for the counts of one search. Beyond, counts are lower bounds.
SCANNED = 30_000
#: Matches ranked by words; beyond, the newest of the first kinds are ranked.
RANKED = 2000
#: What is told of a match, as :func:`_found` reads it.
_COLUMNS = "h.id, s.subject, s.kind, t.parts, t.label, t.body"
#: Records looked at for what is new since somebody looked. Beyond, the count is a lower bound.
ARRIVED = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """One search result. ``parts`` are pairs of a predicate and its words, to say why it was found."""

    subject: str
    kind: str
    label: str
    extract: str
    number: int = 0
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some results and the number after which the next page begins; 0 at the end.

    ``ranked_of`` is the number of matches that were ranked, when not all were.
    """

    found: tuple[Found, ...]
    following: int = 0
    ranked_of: int = 0


def page(
    database: CaseDatabase, query: Query, *, after: int = 0, limit: int = 30, best: bool = False
) -> Page:
    """Return a page of results: after a number in the order of numbers, or after a count of the best.

    ``best`` ranks by words, among the first :data:`RANKED` matches.
    """
    if best and (query.terms or query.parties):
        return _best(database, query, after, limit)
    rows = first_documents(database, query, limit=limit + 1, after=after)
    found = tuple(found for found, _ in rows[:limit])
    return Page(found, found[-1].number if len(rows) > limit else 0)


def first_documents(
    database: CaseDatabase, query: Query, *, limit: int, after: int = 0
) -> list[tuple[Found, str]]:
    """Return the first matches after a number, in the order of numbers, each with the keys of its names."""
    spans = [(max(first, after + 1), last) for first, last in query.ranges()]
    pieces, values = _pieces(database, query, spans, columns="id", limit=limit)
    sql = (
        f"SELECT {_COLUMNS}, t.named FROM (SELECT id FROM ({pieces}) p ORDER BY id LIMIT %s) h "
        f"{database.engine.join} search_subject s ON s.id = h.id {database.engine.index.texts} ORDER BY h.id"
    )
    return [(_found(row), str(row[-1])) for row in database.rows(sql, [*values, limit])]


def _pieces(
    database: CaseDatabase,
    query: Query,
    spans: Iterable[tuple[int, int]],
    *,
    columns: str,
    limit: int | None = None,
) -> tuple[str, list[Bound]]:
    """Return a statement for the matches in several spans of numbers, one span after the other."""
    pieces: list[str] = []
    values: list[Bound] = []
    for number, span in enumerate(spans):
        piece, bound = database.engine.index.matches(query, span, columns=columns, limit=limit)
        pieces.append(f"SELECT * FROM ({piece}) q{number}")
        values += bound
    return " UNION ALL ".join(pieces), values


def _best(database: CaseDatabase, query: Query, after: int, limit: int) -> Page:
    pieces, values = _pieces(database, query, query.ranges(), columns="fit", limit=RANKED + 1)
    sql = (
        f"WITH hit AS MATERIALIZED ({pieces} LIMIT %s) "
        f"SELECT {_COLUMNS}, (SELECT count(*) FROM hit) "
        "FROM (SELECT id, fit FROM hit ORDER BY fit, id LIMIT %s OFFSET %s) h "
        f"{database.engine.join} search_subject s ON s.id = h.id {database.engine.index.texts} ORDER BY h.fit, h.id"
    )
    rows = database.rows(sql, [*values, RANKED + 1, limit + 1, after])
    found = tuple(_found(row) for row in rows[:limit])
    cut = RANKED if rows and rows[0][-1] > RANKED else 0
    return Page(found, after + limit if len(rows) > limit else 0, cut)


def _found(row: Sequence[Any]) -> Found:
    number, subject, kind, fields, label, body = row[:6]
    parts = tuple(zip(str(fields).split(), str(body).split("\n"), strict=False))
    extract = next((words for _, words in parts if words), "")
    return Found(str(subject), str(kind), str(label), extract, int(number), parts)


def kind_counts(database: CaseDatabase, query: Query) -> tuple[Mapping[str, int], bool]:
    """Return how many results each kind has, of those the reader may know of, and whether all were counted.

    Kinds in the search itself are left out of account, so that the counts say what other kinds would give.
    """
    every = Query(query.terms, (), query.parties, query.first, query.last, query.box)
    if not (every.terms or every.parties or every.box):
        return _counted_by_day(database, every), True
    pieces, values = _pieces(database, every, every.ranges(), columns="kind")
    sql = f"SELECT kind, count(*) FROM ({pieces} LIMIT %s) p GROUP BY kind ORDER BY kind"
    counts = {kind_at(place): int(many) for place, many in database.rows(sql, [*values, SCANNED])}
    return counts, sum(counts.values()) < SCANNED


def _counted_by_day(database: CaseDatabase, query: Query) -> Mapping[str, int]:
    """Return how many documents of each kind lie in spans of days: no document has to be looked at."""
    spans = query.ranges()
    within = " OR ".join(["day BETWEEN %s AND %s"] * len(spans))
    sql = f"SELECT day >> {DAY_BITS}, sum(many) FROM search_day WHERE {within} GROUP BY 1 ORDER BY 1"
    values = [number >> COUNT_BITS for span in spans for number in span]
    return {kind_at(place): int(many) for place, many in database.rows(sql, values)}


def subjects_sql(database: CaseDatabase, query: Query, kind: str, limit: int) -> tuple[str, list[Bound]]:
    """Return a statement for the subjects of one kind that match, newest first, at most ``limit``."""
    narrowed = Query(query.terms, (kind,), query.parties, query.first, query.last, query.box)
    return _pieces(database, narrowed, narrowed.ranges(), columns="subject", limit=limit)


def changed_since(database: CaseDatabase, query: Query, position: int) -> tuple[int, bool]:
    """Count matches that something was said about after a position in the order of arrival; tell if more did."""
    pieces, values = _pieces(database, query, query.ranges(), columns="subject")
    fresh, since = arrived_sql(database, position)
    sql = (
        f"WITH fresh(subject) AS MATERIALIZED ({fresh}) "
        f"SELECT count(*), (SELECT count(*) FROM fresh) FROM (SELECT 1 FROM ({pieces}) p "
        "WHERE subject IN (SELECT subject FROM fresh) LIMIT %s) c"
    )
    ((found, arrived),) = database.rows(sql, [*since, *values, COUNTED + 1])
    return min(int(found), COUNTED), found > COUNTED or arrived >= ARRIVED


def arrived_sql(
    database: CaseDatabase, position: int, *, kind: str = "", of: str = "subject"
) -> tuple[str, list[Bound]]:
    """Return a statement for what arrived after a position: subjects something was said about, or assertions."""
    marks = ",".join(["%s"] * len(BESIDE))
    of_kind = " AND a.kind = %s" if kind else ""
    sql = (
        f"SELECT DISTINCT a.{of} FROM case_entry e {database.engine.join} case_assertion a ON a.entry_id = e.id "
        f"WHERE e.position > %s AND a.predicate NOT IN ({marks}){of_kind} LIMIT {ARRIVED}"
    )
    return sql, [position, *sorted(BESIDE), *([kind] if kind else [])]


def search(database: CaseDatabase, text: str, *, kinds: Iterable[str] = (), limit: int = 50) -> list[Found]:
    """Return the first matching subjects; an empty or overlong search is refused."""
    return list(page(database, read_query(text, kinds=tuple(kinds)), limit=limit).found)


def within(database: CaseDatabase, box: tuple[int, int, int, int]) -> list[str]:
    """Return subjects whose precision circle meets a box (south, north, west, east) in microdegrees."""
    pieces, values = _pieces(database, Query(box=box), Query(box=box).ranges(), columns="subject")
    return [str(row[0]) for row in database.rows(f"{pieces} ORDER BY 1", values)]
