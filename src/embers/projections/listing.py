"""Lists that stay quick however long they are: a page begins after a row, not after a number of rows.

A place in a list is the value of the column it is ordered by and the value that tells equal rows apart, so a page
stays where it is while rows come and go before it, and the thousandth page costs what the first costs. Rows without
a value come last in either direction. Each page is one statement; so are the counts.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from embers.errors import ProjectionError
from embers.projections.database import Bound, CaseDatabase
from embers.projections.search import ARRIVED, arrived_sql, subjects_sql
from embers.projections.search_query import Query
from embers.projections.tables import text_columns

#: Matches of words or of a box that a list is narrowed to: the newest of them. The page says so when there are more.
MATCHED = 2000
#: A count that is not read off an index as a whole stops here and is shown as "1,000+".
CAPPED = 1000
#: Combinations of values that are counted; a case with more has too much free text in these columns.
_COMBINATIONS = 20_000
#: Numbers a database column holds.
_LARGEST = 2**63
#: A place in a list: the value of the ordering column and of the tie. Nothing is the beginning, or the end.
Place = tuple[str | int | None, str]


@dataclass(frozen=True, slots=True)
class Facet:
    """A column rows are filtered by; ``joined`` ones hold several terms with a semicolon between them.

    ``begins`` is a column whose values begin with the term, so that an order by it need not walk to the term.
    ``aside`` ones are counted in a statement of their own: together with the others there would be too many
    combinations.
    """

    name: str
    column: str
    joined: bool = False
    begins: str = ""
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list is of: a table or view, its orders (name and column), what tells equal rows apart, its facets.

    ``long`` lists are never counted as a whole: they have two facets with an index of both, and counts are capped.
    ``led`` are pairs of a filtered column and an ordering one that have an index together.
    ``kind`` says which documents of the search its rows are; ``day`` is the column a span of days is compared with.
    """

    table: str
    orders: Mapping[str, str]
    tie: str
    facets: tuple[Facet, ...]  # in the order of the index they are counted by
    nullable: frozenset[str] = frozenset()
    exact: tuple[str, ...] = ()
    led: frozenset[tuple[str, str]] = frozenset()
    day: str = ""
    kind: str = ""
    long: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is narrowed to, how it is ordered, and where the page begins (or, backwards, ends)."""

    order: str
    down: bool = False
    terms: Mapping[str, str] = field(default_factory=dict)
    exact: Mapping[str, str] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    query: Query | None = None
    place: Place | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of rows, and whether there are rows before and after it."""

    rows: tuple[SimpleNamespace, ...]
    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by combination of facet values.

    ``capped``: a combination is counted to just above :data:`CAPPED`. ``cut``: only :data:`MATCHED` rows were
    looked at.
    """

    names: tuple[str, ...]
    combinations: tuple[tuple[tuple[str, ...], int], ...]
    capped: bool = False
    cut: bool = False
    aside: Counts | None = None

    def total(self, asked: Asked, *, without: str = "") -> int:
        """Return how many rows the terms leave, taking one facet's term as not asked for."""
        if self.aside and without in self.aside.names:
            return self.aside.total(asked, without=without)
        return sum(count for _, count in self._fitting(asked, without))

    def of(self, name: str, asked: Asked, *, joined: bool) -> Mapping[str, int]:
        """Return the counts of a facet's terms among the rows that the other facets leave, most first."""
        if self.aside and name in self.aside.names:
            return self.aside.of(name, asked, joined=joined)
        place = self.names.index(name)
        found: Counter[str] = Counter()
        for terms, count in self._fitting(asked, name):
            for term in terms[place].split(";") if joined else (terms[place],):
                found[term] += count
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def joint(self, name: str, term: str) -> list[str]:
        """Return the joined values that hold a term."""
        if self.aside and name in self.aside.names:
            return self.aside.joint(name, term)
        place = self.names.index(name)
        return sorted({terms[place] for terms, _ in self.combinations if term in terms[place].split(";")})

    def every(self) -> int:
        """Return how many rows were counted, at least: the larger of what either statement found."""
        beside = self.aside.every() if self.aside else 0
        return max(beside, sum(count for _, count in self.combinations))

    def _fitting(self, asked: Asked, without: str) -> Iterator[tuple[tuple[str, ...], int]]:
        wanted = [
            (place, term)
            for place, name in enumerate(self.names)
            if name != without and (term := asked.terms.get(name))
        ]
        for terms, count in self.combinations:
            if all(term == terms[place] or term in terms[place].split(";") for place, term in wanted):
                yield terms, count


def place_text(place: Place) -> str:
    """Return a place in a list as it stands in an address."""
    return base64.urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode().rstrip("=")


def read_place(text: str) -> Place:
    """Read a place in a list from an address; refuse what is none."""
    try:
        read = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        value, tie = json.loads(read)
        f"{value}{tie}".encode()  # a lone surrogate is no text a database takes
    except (binascii.Error, ValueError, TypeError, RecursionError):
        value, tie = [], None
    fits = type(value) is not int or -_LARGEST <= value < _LARGEST
    if not isinstance(tie, str) or not (value is None or type(value) in {str, int}) or not fits:
        raise _unreadable()
    return value, tie


def counts(database: CaseDatabase, listing: Listing, asked: Asked) -> Counts:
    """Count rows by combinations of facet values; one more statement if some facets are counted aside.

    Terms of the facets themselves are not narrowed here, but those of the facets counted in the other statement are.
    """
    main = tuple(facet for facet in listing.facets if not facet.aside)
    beside = tuple(facet for facet in listing.facets if facet.aside)
    found = _counted(database, listing, asked, main, narrowed=beside)
    if not beside:
        return found
    return replace(found, aside=_counted(database, listing, asked, beside, narrowed=main))


def _counted(
    database: CaseDatabase,
    listing: Listing,
    asked: Asked,
    facets: tuple[Facet, ...],
    *,
    narrowed: tuple[Facet, ...],
) -> Counts:
    names = tuple(facet.name for facet in facets)
    hits, values = _hits(database, listing, asked)
    where, bound = _exact(listing, asked)
    beside, terms = _narrowing(database, narrowed, asked)
    where, bound = [*where, *beside], [*bound, *terms]
    if listing.long and not hits and not where:
        return Counts(names, tuple(_long_counts(database, listing)), capped=True)
    # Narrowed by others, an index in the order of those counted aside would have every row looked up.
    chosen = database.engine.unindexed if beside and facets[0].aside else str
    columns = ", ".join(f"{chosen(facet.column)} AS {facet.column}" for facet in facets)
    source = f"hit {database.engine.join} {listing.table} ON id = hit.subject" if hits else listing.table
    limit = ""
    if listing.long:
        source, limit = f"(SELECT {columns} FROM {source}", f" LIMIT {MATCHED}) p"
    marks = ",".join(str(number) for number in range(1, len(names) + 1))
    grouped = database.rows(
        f"{hits} SELECT {columns}, count(*) FROM {source}{_where(where)}{limit} GROUP BY {marks} LIMIT %s",
        [*values, *bound, _COMBINATIONS],
    )
    found = tuple((tuple(map(str, row[:-1])), int(row[-1])) for row in grouped)
    cut = bool(hits or listing.long) and sum(count for _, count in found) >= MATCHED
    return Counts(names, found, cut=cut or len(grouped) >= _COMBINATIONS)


def _long_counts(database: CaseDatabase, listing: Listing) -> Iterator[tuple[tuple[str, ...], int]]:
    """Jump from one pair of values to the next in their index, and count each pair up to the cap."""
    (one, two), table = [facet.column for facet in listing.facets], listing.table
    sql = (
        f"WITH RECURSIVE f(v) AS (SELECT min({one}) FROM {table} UNION ALL "
        f"SELECT (SELECT min({one}) FROM {table} WHERE {one} > f.v) FROM f WHERE f.v IS NOT NULL), "
        f"p(v, w) AS (SELECT v, (SELECT min({two}) FROM {table} WHERE {one} = f.v) FROM f WHERE v IS NOT NULL "
        f"UNION ALL SELECT p.v, (SELECT min({two}) FROM {table} WHERE {one} = p.v AND {two} > p.w) FROM p "
        "WHERE p.w IS NOT NULL) "
        f"SELECT v, w, (SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {one} = v AND {two} = w LIMIT %s) q) "
        "FROM p WHERE w IS NOT NULL"
    )
    for row in database.rows(sql, [CAPPED + 1]):
        yield (str(row[0]), str(row[1])), int(row[2])


def changed_since(
    database: CaseDatabase, listing: Listing, asked: Asked, position: int, *, kind: str
) -> tuple[int, bool]:
    """Count rows of a list that something was said about after a position in the order of arrival; tell if more did.

    ``kind`` is the kind of record the rows are; without one they are assertions. Reviews, tasks and readings are not
    said about a record. Costs what arrived since, up to :data:`ARRIVED`, not what the case holds.
    """
    hits, values = _hits(database, listing, asked)
    where, bound = _exact(listing, asked)
    narrowed, terms = _narrowing(database, listing.facets, asked)
    fresh, since = arrived_sql(database, position, kind=kind, of="subject" if kind else "id")
    joined = f" AND {listing.table}.id IN (SELECT subject FROM hit)" if hits else ""
    sql = (
        f"{hits + ', ' if hits else 'WITH '}fresh(subject) AS MATERIALIZED ({fresh}) "
        f"SELECT count(*), (SELECT count(*) FROM fresh) FROM (SELECT 1 FROM fresh "
        f"{database.engine.join} {listing.table} ON {listing.table}.id = fresh.subject{joined}"
        f"{_where([*where, *narrowed])} LIMIT %s) c"
    )
    ((found, arrived),) = database.rows(sql, [*values, *since, *bound, *terms, CAPPED + 1])
    return min(int(found), CAPPED), found > CAPPED or arrived >= ARRIVED


def rows(database: CaseDatabase, listing: Listing, asked: Asked, *, counted: Counts, limit: int) -> Rows:
    """Return one page of at most ``limit`` rows, in one statement."""
    hits, values = _hits(database, listing, asked)
    where, bound = _exact(listing, asked)
    column = listing.orders[asked.order]
    _require_place(listing, column, asked.place)
    many = not hits and _many(counted, asked, limit)
    led = any(name in asked.exact and (name, column) in listing.led for name in listing.exact)
    for facet in listing.facets:
        if term := asked.terms.get(facet.name):
            joint = counted.joint(facet.name, term) if facet.joined else [term]
            leads = len(joint) == 1 and not led and (facet.column, column) in listing.led
            led = led or leads
            asking = database.engine.unindexed(facet.column) if many and not leads else facet.column
            where.append(f"{asking} IN ({','.join(['%s'] * len(joint))})" if joint else "1 = 0")
            bound += joint
            if facet.begins:
                walked = many and column != facet.begins
                asking = database.engine.unindexed(facet.begins) if walked else facet.begins
                where.append(f"{asking} >= %s AND {asking} < %s")
                bound += [term, term + "~"]
    source = f"hit {database.engine.join} {listing.table} ON id = hit.subject" if hits else listing.table
    pieces = []
    for number, (condition, here, ordering) in enumerate(_segments(listing, asked, column)):
        everything = [*where, condition] if condition else where
        pieces.append(
            f"SELECT * FROM (SELECT {listing.table}.* FROM {source}{_where(everything)} "
            f"ORDER BY {ordering} LIMIT %s) p{number}"
        )
        values += [*bound, *here, limit + 1]
    names, found = _named(database, f"{hits} {' UNION ALL '.join(pieces)} LIMIT %s", [*values, limit + 1])
    more = len(found) > limit
    page = [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in found[:limit]]
    if asked.backwards:
        page.reverse()
    if not page:
        return Rows((), None, None)
    ends = [(getattr(row, column), str(getattr(row, listing.tie))) for row in (page[0], page[-1])]
    earlier = more if asked.backwards else asked.place is not None
    later = asked.place is not None if asked.backwards else more
    return Rows(tuple(page), ends[0] if earlier else None, ends[1] if later else None)


def _require_place(listing: Listing, column: str, place: Place | None) -> None:
    """Refuse a place whose value is no value of the column: SQLite would compare it all the same."""
    value = place[0] if place else None
    if value is not None and isinstance(value, str) is not (column in text_columns(listing.table)):
        raise _unreadable()


def _unreadable() -> ProjectionError:
    return ProjectionError(
        "query", "The place in the list could not be read.", "Begin again at the first page of the list."
    )


def _many(counted: Counts, asked: Asked, limit: int) -> bool:
    """Tell whether walking the order until a page is full costs less than finding every match and sorting them."""
    matching, every = counted.total(asked), counted.every()
    return matching * matching > limit * every or (counted.capped and matching > CAPPED)


def _segments(listing: Listing, asked: Asked, column: str) -> Iterator[tuple[str, list[Bound], str]]:
    """Yield (condition, values, order) of runs of rows, each of which is one walk along the order's index."""
    down = asked.down is not asked.backwards
    way, beyond = (" DESC", "<") if down else ("", ">")
    tie = f"{listing.tie}{way}"
    valued: list[tuple[str, list[Bound], str]] = []
    nothing: list[tuple[str, list[Bound], str]] = []
    nullable = column in listing.nullable
    if asked.place is None:
        valued = [(f"{column} IS NOT NULL" if nullable else "", [], f"{column}{way}, {tie}")]
        nothing = [(f"{column} IS NULL", [], tie)] if nullable else []
    elif asked.place[0] is None:
        nothing = [(f"{column} IS NULL AND {listing.tie} {beyond} %s", [asked.place[1]], tie)]
        if asked.backwards:
            valued = [(f"{column} IS NOT NULL", [], f"{column}{way}, {tie}")]
    else:
        value, last = asked.place
        valued = [
            (f"{column} = %s AND {listing.tie} {beyond} %s", [value, last], tie),
            (f"{column} {beyond} %s", [value], f"{column}{way}, {tie}"),
        ]
        if nullable and not asked.backwards:
            nothing = [(f"{column} IS NULL", [], tie)]
    yield from [*nothing, *valued] if asked.backwards else [*valued, *nothing]


def _narrowing(
    database: CaseDatabase, facets: tuple[Facet, ...], asked: Asked
) -> tuple[list[str], list[Bound]]:
    where: list[str] = []
    bound: list[Bound] = []
    for facet in facets:
        if term := asked.terms.get(facet.name):
            joined = f"{database.engine.position}(';'||{facet.column}||';', ';'||%s||';') > 0"
            where.append(joined if facet.joined else f"{facet.column} = %s")
            bound.append(term)
    return where, bound


def _exact(listing: Listing, asked: Asked) -> tuple[list[str], list[Bound]]:
    where: list[str] = []
    bound: list[Bound] = []
    for column in listing.exact:
        if column in asked.exact:
            where.append(f"{column} = %s")
            bound.append(asked.exact[column])
    if asked.first:
        where.append(f"{listing.day} >= %s")
        bound.append(asked.first)
    if asked.last:
        where.append(f"{listing.day} < %s")
        bound.append(asked.last + "~")  # after every day that begins with it, before the next
    return where, bound


def _hits(database: CaseDatabase, listing: Listing, asked: Asked) -> tuple[str, list[Bound]]:
    """Return the matches of words and box as a table of subjects made once; the list joins it by id."""
    if asked.query is None:
        return "", []
    sql, values = subjects_sql(database, asked.query, listing.kind, MATCHED)
    return f"WITH hit(subject) AS MATERIALIZED ({sql})", values


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _named(
    database: CaseDatabase, sql: str, values: Sequence[Bound]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    with database.connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return [column[0] for column in cursor.description], found
