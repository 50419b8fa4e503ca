"""Lists and the search at length: pages that stay, counts that agree with the rows, plans that use the indexes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from large_case_here import large_case
from on_server import ENGINES, there

from embers.actions.case_folder import CaseFolder
from embers.errors import ProjectionError
from embers.places import Box
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.gaps import OF_INCIDENTS, OF_ITEMS
from embers.projections.grid import cell_of, runs
from embers.projections.listing import (
    CAPPED,
    Asked,
    Counts,
    Facet,
    Listing,
    changed_since,
    counts,
    place_text,
    read_place,
    rows,
)
from embers.projections.map_cells import SINGLES, WORLD, Sight, drawn, timeline
from embers.projections.missing import missing
from embers.projections.search import Found, Query, kind_counts, page, read_query
from embers.projections.search import changed_since as searched_since
from embers.projections.search_index import day_range, kinds_in_order
from embers.projections.search_why import reasons
from embers.web.pages.claims import LISTING as CLAIMS
from embers.web.pages.incidents import LISTING as INCIDENTS
from embers.web.pages.items import LISTING as ITEMS
from embers.web.pages.sources import LISTING as SOURCES

SMALL, LARGE = 40, 420
#: The counts of a list nobody counted.
NONE = Counts((), ())


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, CaseFolder]:
    return {size: large_case(tmp_path_factory.mktemp(f"of-{size}"), size) for size in (SMALL, LARGE)}


@pytest.fixture(scope="module", params=ENGINES)
def cases(request: pytest.FixtureRequest, folders: dict[int, CaseFolder]) -> dict[int, CaseDatabase]:
    return {size: there(request, folder).projection().as_read_by(None) for size, folder in folders.items()}


@pytest.fixture(scope="module")
def small(cases: dict[int, CaseDatabase]) -> CaseDatabase:
    return cases[SMALL]


@pytest.fixture(scope="module")
def large(cases: dict[int, CaseDatabase]) -> CaseDatabase:
    return cases[LARGE]


@pytest.fixture(scope="module")
def in_file(folders: dict[int, CaseFolder]) -> CaseDatabase:
    """In SQLite, whose plans do not depend on how many rows there are."""
    return folders[LARGE].database().as_read_by(None)


def walk(database: CaseDatabase, listing: Listing, asked: Asked, limit: int) -> list[str]:
    """Return what tells rows apart of every page, walked from one end to the other."""
    counted = counts(database, listing, asked)
    found: list[str] = []
    for _ in range(1000):
        listed = rows(database, listing, asked, counted=counted, limit=limit)
        page_of = [getattr(row, listing.tie) for row in listed.rows]
        found = page_of + found if asked.backwards else found + page_of
        place = listed.before if asked.backwards else listed.after
        if place is None:
            return found
        asked = replace(asked, place=place)
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("listing", [INCIDENTS, CLAIMS, SOURCES, ITEMS], ids=lambda one: one.table)
def test_walking_a_list_either_way_gives_every_row_once_in_one_order(
    large: CaseDatabase, listing: Listing
) -> None:
    with large.connection.cursor() as cursor:
        for order, column in listing.orders.items():
            for down in (False, True):
                way = "DESC" if down else "ASC"
                cursor.execute(
                    f"SELECT {listing.tie} FROM {listing.table} "
                    f"ORDER BY {column} {way} NULLS LAST, {listing.tie} {way}"
                )
                expected = [row[0] for row in cursor.fetchall()]
                asked = Asked(order, down)
                # Among rows without a value the tie always ascends.
                known = [id for id in expected if id not in without_value(large, listing, column)]
                forwards = walk(large, listing, asked, 37)
                assert [id for id in forwards if id in set(known)] == known, (order, down)
                assert sorted(forwards) == sorted(expected)
                assert walk(large, listing, replace(asked, backwards=True), 53) == forwards, (order, down)


def without_value(database: CaseDatabase, listing: Listing, column: str) -> set[str]:
    with database.connection.cursor() as cursor:
        cursor.execute(f"SELECT {listing.tie} FROM {listing.table} WHERE {column} IS NULL")
        return {row[0] for row in cursor.fetchall()}


def test_rows_without_a_value_come_last_and_are_reached_from_both_ends(large: CaseDatabase) -> None:
    listing = Listing(
        "case_incident", {"lat": "lat"}, "id", (Facet("party", "alleged"),), nullable=frozenset({"lat"})
    )
    missing = without_value(large, listing, "lat")
    assert missing
    for down in (False, True):
        forwards = walk(large, listing, Asked("lat", down), 7)
        assert set(forwards[-len(missing) :]) == missing
        assert len(forwards) == LARGE
        assert walk(large, listing, Asked("lat", down, backwards=True), 9) == forwards


def test_a_page_stays_where_it_is_while_rows_come_before_it(large: CaseDatabase) -> None:
    asked = Asked("when")
    counted = counts(large, INCIDENTS, asked)
    first = rows(large, INCIDENTS, asked, counted=counted, limit=20)
    second = rows(large, INCIDENTS, replace(asked, place=first.after), counted=counted, limit=20)
    narrowed = replace(asked, place=first.after, terms={"party": "RED"})
    reds = rows(large, INCIDENTS, narrowed, counted=counted, limit=20)
    assert first.before is None
    assert second.before is not None
    expected = [row.id for row in second.rows if row.alleged == "RED"]
    assert [row.id for row in reds.rows][: len(expected)] == expected
    back = rows(
        large, INCIDENTS, replace(asked, place=second.before, backwards=True), counted=counted, limit=20
    )
    assert [row.id for row in back.rows] == [row.id for row in first.rows]
    assert back.before is None


def test_facet_counts_are_those_of_the_rows(large: CaseDatabase) -> None:
    everything = list(models.Incident.objects.using(large.alias))
    asked = Asked("when", terms={"party": "RED", "conduct": "shelling"})
    counted = counts(large, INCIDENTS, asked)
    fitting = [row for row in everything if row.alleged == "RED" and row.conduct == "shelling"]
    assert counted.total(asked) == len(fitting) > 0
    assert counted.of("weapon", asked, joined=False) == Counter(row.weapon for row in fitting)
    reds = Counter(row.conduct for row in everything if row.alleged == "RED")
    assert counted.of("conduct", asked, joined=False) == reds
    assert counted.total(asked, without="conduct") == sum(reds.values())
    assert len(walk(large, INCIDENTS, asked, 11)) == len(fitting)
    short = Asked("when", first="2035-10-03", last="2035-10")
    days = [row for row in everything if "2035-10-03" <= row.earliest < "2035-11"]
    assert counts(large, INCIDENTS, short).total(short) == len(days) == len(walk(large, INCIDENTS, short, 50))


def test_facets_counted_aside_agree_with_the_rows_and_narrow_the_others(large: CaseDatabase) -> None:
    everything = list(models.Incident.objects.using(large.alias))
    asked = Asked("when", terms={"party": "RED", "missing": "position"})
    counted = counts(large, INCIDENTS, asked)
    reds = [row for row in everything if row.alleged == "RED"]
    fitting = [row for row in reds if "position" in row.gaps.split(";")]
    assert counted.total(asked) == len(fitting) > 0
    assert counted.total(asked, without="missing") == len(reds)
    assert counted.total(asked, without="party") == sum(
        "position" in row.gaps.split(";") for row in everything
    )
    gaps = Counter(gap for row in reds for gap in row.gaps.split(";"))
    assert counted.of("missing", asked, joined=True) == gaps
    assert counted.of("conduct", asked, joined=False) == Counter(row.conduct for row in fitting)
    assert sorted(walk(large, INCIDENTS, asked, 7)) == sorted(row.id for row in fitting)


def test_what_is_missing_is_counted_as_the_lists_count_it(small: CaseDatabase, large: CaseDatabase) -> None:
    for database in (small, large):
        found = missing(database, asked_by="9", due_by="9", read_from="")
        for name, listing, told in (("incident", INCIDENTS, found.incidents), ("item", ITEMS, found.items)):
            for gap in {"incident": OF_INCIDENTS, "item": OF_ITEMS}[name]:
                asked = Asked(next(iter(listing.orders)), terms={"missing": gap})
                assert told[gap] == len(walk(database, listing, asked, 50)), gap
        unpinned = models.Incident.objects.using(database.alias).values_list("unpinned", flat=True)
        assert found.unpinned == sum(unpinned)
    assert found.incidents["position"] == LARGE // 20
    for database in (small, large):
        asked = statements(database, lambda: missing(database, asked_by="", due_by="", read_from=""))  # noqa: B023
        assert len(asked) == 3


def test_claims_are_counted_exactly_below_the_cap_and_no_further_above(large: CaseDatabase) -> None:
    asked = Asked("incident")
    counted = counts(large, CLAIMS, asked)
    real = Counter(models.Claim.objects.using(large.alias).values_list("field", "side"))
    assert dict(counted.combinations) == {pair: min(count, CAPPED + 1) for pair, count in real.items()}
    source = models.Claim.objects.using(large.alias).first().source
    one = Asked("incident", exact={"source": source})
    expected = models.Claim.objects.using(large.alias).filter(source=source).count()
    assert counts(large, CLAIMS, one).total(one) == expected == len(walk(large, CLAIMS, one, 3))


@pytest.mark.parametrize("text", ["x", "", "W10", "bnVsbA", "WzEsMl0", "W1tdLCJhIl0", "éé"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ProjectionError) as caught:
        read_place(text)
    assert caught.value.code == "projection.query"


@pytest.mark.parametrize("place", [(None, "a"), (3, "b"), ("Գյանջա", "c")])
def test_a_place_comes_back_from_its_address(place) -> None:
    assert read_place(place_text(place)) == place


def named_place(database: CaseDatabase) -> models.PlaceName:
    """Return the English name of a place something is alleged to have happened at."""
    somewhere = models.Incident.objects.using(database.alias).order_by("code")[0].place
    return models.PlaceName.objects.using(database.alias).get(place=somewhere, lang="en")


def test_search_pages_give_every_match_once_in_the_order_of_kinds_and_days(large: CaseDatabase) -> None:
    query = read_query("hospital")
    found, after = [], 0
    while True:
        got = page(large, query, after=after, limit=17)
        found += got.found
        if not got.following:
            break
        after = got.following
    assert len(found) == len({one.subject for one in found}) > 40
    kinds = [kinds_in_order().index(one.kind) for one in found]
    assert kinds == sorted(kinds)
    days = dict(models.Incident.objects.using(large.alias).values_list("id", "earliest"))
    shown = [days[one.subject] for one in found if one.kind == "incident"]
    assert shown == sorted(shown, reverse=True)
    counted, whole = kind_counts(large, query)
    assert whole
    assert counted == Counter(one.kind for one in found)
    best = page(large, query, limit=len(found) + 1, best=True)
    assert {one.subject for one in best.found} == {one.subject for one in found}


@pytest.mark.parametrize(
    "words", ["date:2035-10-03..2035-10-05", "kind:incident", "date:2035-10", "date:1999"]
)
def test_without_words_every_kind_is_counted_to_the_end(large: CaseDatabase, words: str) -> None:
    query = read_query(words)
    every = Query(first=query.first, last=query.last)
    found = Counter(one.kind for one in page(large, every, limit=10_000).found)
    assert kind_counts(large, query) == (dict(found), True)


def test_filters_of_the_search_agree_with_the_list(large: CaseDatabase) -> None:
    incidents = models.Incident.objects.using(large.alias)
    got = page(large, read_query("kind:incident party:RED date:2035-10-03..2035-10-05"), limit=LARGE)
    expected = incidents.filter(alleged="RED", earliest__gte="2035-10-03", earliest__lte="2035-10-05")
    assert {one.subject for one in got.found} == {row.id for row in expected} != set()
    code = page(large, read_query("code:X-000007"), limit=5).found
    assert [one.label.split()[0] for one in code] == ["X-000007"]
    place = named_place(large)
    named = page(large, read_query(f'kind:incident place:"{place.name}"'), limit=LARGE).found
    assert {row.id for row in incidents.filter(place=place.place)} <= {one.subject for one in named}
    spelled = models.PlaceName.objects.using(large.alias).get(place=place.place, lang="hy").name
    also = page(large, read_query(f"kind:incident place:{spelled}"), limit=LARGE).found
    assert {row.id for row in incidents.filter(place=place.place)} <= {one.subject for one in also}


def test_text_in_a_box_is_the_text_and_the_box(large: CaseDatabase) -> None:
    box = (39_000_000, 41_000_000, -34_000_000, -31_000_000)
    both = {one.subject for one in page(large, read_query("bridge", box=box), limit=LARGE).found}
    words = {one.subject for one in page(large, read_query("bridge"), limit=2 * LARGE).found}
    inside = {one.subject for one in page(large, read_query("", box=box), limit=LARGE).found}
    assert both == words & inside != set()


def test_days_of_a_month_or_a_year_lie_within_its_range() -> None:
    (first, last), (start, end) = (
        day_range("incident", *one) for one in (("2035-10", "2035-10"), ("2035", "2035"))
    )
    day = day_range("incident", "2035-10-17", "2035-10-17")
    assert start < first < day[0] < day[1] < last < end
    assert day_range("incident", "2035-10-18", "2035-10-18")[1] < day[0], "newest first"


@pytest.mark.parametrize("text", ["kind:nonsense", "date:yesterday", "date:2035-1"])
def test_a_filter_that_means_nothing_is_refused_with_what_to_write(large: CaseDatabase, text: str) -> None:
    with pytest.raises(ProjectionError) as caught:
        read_query(text)
    assert caught.value.hint


def test_a_match_says_where_and_in_which_spelling(large: CaseDatabase) -> None:
    place = named_place(large)
    other = models.PlaceName.objects.using(large.alias).get(place=place.place, lang="ru").name
    query = read_query(f"kind:place {place.name} {other}")
    (found,) = [one for one in page(large, query).found if one.subject == place.place]
    given = {reason.asked: reason for reason in reasons(found, query)}
    assert given[other].script == "Cyrl"
    assert given[other].matched == other
    incident = models.Incident.objects.using(large.alias).filter(place=place.place).first()
    latin = Found(
        incident.id, "incident", f"Siege of {place.name}", "", 0, (("incident-account", "videos of it"),)
    )
    crossed, beginning = reasons(latin, read_query(f"{other} vid"))
    assert (crossed.matched, crossed.other_spelling) == (place.name, True)
    assert (beginning.matched, beginning.other_spelling) == ("videos", False), (
        "a longer word is no other spelling"
    )


def test_squares_count_every_incident_in_sight_once(large: CaseDatabase) -> None:
    placed = list(models.Incident.objects.using(large.alias).filter(lat__isnull=False))
    assert len(placed) > SINGLES
    for zoom in (0, 4, 8, 10, 12, 14, 22):
        got = drawn(large, Sight(), zoom)
        assert got.total == sum(square.count for square in got.squares) == len(placed), zoom
    middle = placed[0]
    box = Box(middle.lat - 300_000, middle.lon - 300_000, middle.lat + 300_000, middle.lon + 300_000)
    inside = [row for row in placed if box.holds(row.lat, row.lon)]
    near = drawn(large, Sight(box), 9)
    assert near.total == len(inside) == len(near.singles)
    reds = drawn(large, Sight(box, "RED", "2035-10-01", "2035-10-20"), 9)
    fitting = [row for row in inside if row.alleged == "RED" and "2035-10-01" <= row.earliest <= "2035-10-20"]
    assert {row.code for row in reds.singles} == {row.code for row in fitting}
    bars = timeline(large, Sight(box))
    assert {bar.span: bar.count for bar in bars} == Counter(row.earliest for row in inside)


def test_runs_of_squares_cover_their_box_and_the_date_line() -> None:
    for box in (Box(-10, -10, 10, 10), Box(39_000_000, 170_000_000, 41_000_000, -170_000_000), WORLD):
        covering = runs(box)
        assert len(covering) <= 64
        for part in box.parts():
            for lat in (part.south, part.north):
                for lon in (part.west, part.east):
                    assert any(first <= cell_of(lat, lon) <= last for first, last in covering)


def statements(database: CaseDatabase, action) -> list[str]:
    with CaptureQueriesContext(connections[database.alias]) as captured:
        action()
    return [one["sql"] for one in captured.captured_queries]


ACTIONS = {
    "incidents": lambda db: [
        rows(db, INCIDENTS, a, counted=counts(db, INCIDENTS, a), limit=9) for a in [Asked("when")]
    ],
    "claims": lambda db: [
        rows(db, CLAIMS, a, counted=counts(db, CLAIMS, a), limit=9) for a in [Asked("incident")]
    ],
    "search": lambda db: [page(db, read_query("bomb")), kind_counts(db, read_query("bomb"))],
    "map": lambda db: drawn(db, Sight(Box(38_000_000, -35_000_000, 42_000_000, -30_000_000)), 6),
    "timeline": lambda db: timeline(db, Sight()),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_statements_do_not_grow_with_the_case(small: CaseDatabase, large: CaseDatabase, name: str) -> None:
    one, other = (len(statements(database, lambda: ACTIONS[name](database))) for database in (small, large))  # noqa: B023
    assert other <= one <= 3, name


def plan(database: CaseDatabase, sql: str) -> str:
    with database.connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"), [])
        return "\n".join(str(row[3]) for row in cursor.fetchall())


@pytest.mark.parametrize("listing", [INCIDENTS, CLAIMS, SOURCES, ITEMS], ids=lambda one: one.table)
def test_no_page_of_a_list_reads_or_sorts_the_table(in_file: CaseDatabase, listing: Listing) -> None:
    for order, column in listing.orders.items():
        for down in (False, True):
            place = (1 if column in listing.nullable or column in {"claims", "custody_events"} else "a", "x")
            for asked in (Asked(order, down), Asked(order, down, place=place, backwards=True)):
                sql = statements(in_file, lambda: rows(in_file, listing, asked, counted=NONE, limit=20))[0]  # noqa: B023
                told = plan(in_file, sql)
                lines = [line for line in told.splitlines() if listing.table in line]
                assert lines
                assert all("USING INDEX" in line or "COVERING INDEX" in line for line in lines), told
                assert "TEMP B-TREE" not in told, told


def test_filtered_claims_are_found_by_an_index_of_the_filter(in_file: CaseDatabase) -> None:
    for asked in (
        Asked("incident", terms={"field": "killed"}),
        Asked("incident", terms={"side": "RED"}),
        Asked("incident", exact={"source": "source:x"}),
    ):
        counted = counts(in_file, CLAIMS, Asked("incident"))
        sql = statements(in_file, lambda: rows(in_file, CLAIMS, asked, counted=counted, limit=20))[0]  # noqa: B023
        told = plan(in_file, sql)
        assert "TEMP B-TREE" not in told, told
        assert "SEARCH main.case_claim" in told, told


def test_many_matches_are_met_in_order_and_few_are_found_and_sorted(in_file: CaseDatabase) -> None:
    asked = Asked("as_of", down=True, terms={"field": "killed", "side": "RED"})
    counted = counts(in_file, CLAIMS, Asked("as_of"))
    many = statements(in_file, lambda: rows(in_file, CLAIMS, asked, counted=counted, limit=20))[0]
    assert "claim_by_as_of" in plan(in_file, many)
    assert "TEMP B-TREE" not in plan(in_file, many)
    rare = Counts(counted.names, ((("killed", "RED"), 3), (("injured", "RED"), 900_000)))
    few = statements(in_file, lambda: rows(in_file, CLAIMS, asked, counted=rare, limit=20))[0]
    assert "claim_by_as_of" not in plan(in_file, few)


def test_a_month_with_many_incidents_does_not_have_them_all_sorted_by_another_column(
    in_file: CaseDatabase,
) -> None:
    asked = Asked("claims", down=True, terms={"party": "RED", "month": "2035-10"})
    counted = counts(in_file, INCIDENTS, asked)
    told = plan(
        in_file, statements(in_file, lambda: rows(in_file, INCIDENTS, asked, counted=counted, limit=5))[0]
    )
    assert "incident_by_claims" in told
    assert "TEMP B-TREE" not in told, told


def test_counts_of_claims_jump_and_never_read_the_table(in_file: CaseDatabase) -> None:
    (sql,) = statements(in_file, lambda: counts(in_file, CLAIMS, Asked("incident")))
    told = plan(in_file, sql)
    assert "claim_counts" in told
    assert all("COVERING INDEX" in line for line in told.splitlines() if "case_claim" in line), told


def test_text_in_a_box_joins_the_two_indexes(in_file: CaseDatabase) -> None:
    """An IN-subquery of one in the other took seconds at a million rows (the peer run, plan trap 1)."""
    (sql,) = statements(in_file, lambda: page(in_file, read_query("bomb", box=(1, 2, 3, 4))))
    told = plan(in_file, sql).splitlines()
    text = next(
        number for number, line in enumerate(told) if "VIRTUAL TABLE INDEX" in line and " t " in f"{line} "
    )
    box = next(number for number, line in enumerate(told) if line.startswith("SCAN b VIRTUAL TABLE INDEX 1"))
    assert text < box, told
    assert not any("LIST SUBQUERY" in line for line in told), told


def test_the_map_is_counted_from_its_index_alone(in_file: CaseDatabase) -> None:
    sql = statements(in_file, lambda: drawn(in_file, Sight(), 6))[0]
    told = plan(in_file, sql)
    assert "COVERING INDEX incident_map" in told
    assert "TEMP B-TREE" not in told, told
    days = plan(in_file, statements(in_file, lambda: timeline(in_file, Sight()))[0])
    assert "COVERING INDEX incident_days" in days or "COVERING INDEX incident_map" in days, days


def test_what_arrived_since_somebody_looked_is_counted_as_far_as_it_is_listed(large: CaseDatabase) -> None:
    asked = Asked("when", terms={"party": "RED", "missing": "position"})
    listed = counts(large, INCIDENTS, asked).total(asked)
    assert changed_since(large, INCIDENTS, asked, 0, kind="incident") == (listed, False)
    assert changed_since(large, INCIDENTS, asked, int(large.meta("position") or 0), kind="incident") == (
        0,
        False,
    )
    worded = Asked("when", query=read_query("hospital", kinds=("incident",)))
    found = counts(large, INCIDENTS, worded).total(worded)
    assert changed_since(large, INCIDENTS, worded, 0, kind="incident") == (found, False)
    everywhere = read_query("hospital")
    assert searched_since(large, everywhere, 0) == (sum(kind_counts(large, everywhere)[0].values()), False)
    claims = models.Claim.objects.using(large.alias)
    field = Asked("incident", terms={"field": "killed"})
    assert changed_since(large, CLAIMS, field, 0, kind="") == (claims.filter(field="killed").count(), False)
    assert changed_since(large, CLAIMS, Asked("incident"), 0, kind="") == (CAPPED, True)


def test_counts_aside_are_read_off_an_index_alone(in_file: CaseDatabase) -> None:
    terms = {"party": "RED", "allegation": "attack on civilians", "missing": "position"}
    for asked in (Asked("when"), Asked("when", terms=terms), Asked("when", terms={"missing": "position"})):
        for sql in statements(in_file, lambda: counts(in_file, INCIDENTS, asked)):  # noqa: B023
            (line,) = [line for line in plan(in_file, sql).splitlines() if "case_incident" in line]
            assert "COVERING INDEX" in line, line
