"""Records are found by their names: the written queries at the promised share, and nobody finds what they may not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from on_server import ENGINES, there

from embers.actions.case_folder import CaseFolder
from embers.errors import ProjectionError
from embers.projections.database import CaseDatabase
from embers.projections.search import Found, page, read_query
from embers.projections.search_names import by_name_first, named, nearest_name
from embers.projections.search_query import Query, Term
from embers.projections.search_why import reasons
from embers.projections.sqlite_search import SqliteIndex
from embers.spelling import WHOLE, one_letter

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from name_world import Asked
from search_names import all_queries, filled, measure, short_world

#: Queries asked here: every so many of the written ones; the benchmark asks all.
EVERY = 4


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> CaseDatabase:
    database, names = filled(tmp_path_factory.mktemp("names") / "case.sqlite3", short_world())
    assert names > 15_000
    return database


@pytest.fixture(scope="module")
def queries() -> list[Asked]:
    return all_queries(short_world())


def test_names_are_among_the_first_ten_in_every_script(world: CaseDatabase, queries: list[Asked]) -> None:
    assert len(queries) >= 1000
    assert {one.lang for one in queries} == {"az", "az-Cyrl", "ru", "uk", "hy", "ka", "tr", "fa", "ar", "en"}
    recall, _, missed = measure(world, queries[::EVERY])
    assert recall["names in full held"] >= 0.97, missed
    assert recall["place held"] >= 0.96, missed
    assert recall["names in full"] >= 0.98, missed
    assert recall["all"] >= 0.97, missed


@pytest.fixture(scope="module", params=ENGINES)
def demo_database(request: pytest.FixtureRequest, demo_case: CaseFolder) -> CaseDatabase:
    return there(request, demo_case).projection()


FORMS = [
    "Степанакерте",
    "в Степанакерте",
    "Ստեփանակերտում",
    "Stepanakret",
    "Xankəndidə",
    "Ханкенді",
    "სტეფანაკერტი",
    "استپاناکرت",
]


@pytest.mark.parametrize("text", FORMS)
def test_a_town_is_first_in_any_script_case_and_with_a_letter_astray(
    demo_database: CaseDatabase, text: str
) -> None:
    (right,) = {one.found.subject for one in named(demo_database, "Stepanakert", kinds=("place",), limit=1)}
    assert named(demo_database, text, kinds=("place",))[0].found.subject == right
    assert by_name_first(demo_database, text, limit=5)[0].subject == right


def test_names_are_found_by_the_index_of_words_in_however_many_ways_they_are_asked(
    demo_database: CaseDatabase,
) -> None:
    ways = Query((Term("", keys=tuple(WHOLE + one for one in one_letter("stapanakart"))),), ("place",))
    (span,) = ways.ranges()
    index = demo_database.engine.index
    sql, values = index.matches(ways, span, columns="id", limit=240)
    explain = "EXPLAIN QUERY PLAN " if isinstance(index, SqliteIndex) else "EXPLAIN "
    with index.seeking(demo_database):
        plan = str(demo_database.rows(explain + sql, values))
    assert ("SCAN t VIRTUAL TABLE INDEX" in plan) or ("search_subject_words" in plan), plan


@pytest.mark.parametrize(
    ("typed", "told"),
    [("Степанакерте", "Степанакерт"), ("gence", "Gence"), ("Gyandzha", "Gyandzha"), ("Գյանջա", "Գյանջա")],
)
def test_of_names_that_sound_alike_the_one_written_so_is_told(
    demo_database: CaseDatabase, typed: str, told: str
) -> None:
    found = named(demo_database, typed, kinds=("place",))[0].found
    assert nearest_name(typed, found) == told


@pytest.mark.parametrize(
    "text", ["", "...", "zzzzzzz", "qqqq", '"', "* OR x", "\x00", "a" * 400, "- - -", "26", "ع."]
)
def test_what_is_no_name_finds_nothing_and_breaks_nothing(demo_database: CaseDatabase, text: str) -> None:
    assert named(demo_database, text) == []


def test_what_is_written_about_a_record_is_no_name_of_it() -> None:
    told = "In Gence, as the list of the district has it, " * 10
    found = Found("place:1", "place", "Gəncə", "", 1, (("place-name", "Gəncə"), ("note", told)))
    assert nearest_name("Gence", found) == "Gəncə"
    assert nearest_name("district", found) == "Gəncə"


def test_an_empty_search_is_refused(demo_database: CaseDatabase) -> None:
    with pytest.raises(ProjectionError):
        by_name_first(demo_database, "", limit=5)


def test_filters_hold_before_names(demo_database: CaseDatabase) -> None:
    assert {one.kind for one in by_name_first(demo_database, "Ganja kind:place", limit=20)} == {"place"}
    dated = by_name_first(demo_database, "Ganja date:2020-10", limit=20)
    assert {one.kind for one in dated} <= {"incident", "source"} != set()
    assert by_name_first(demo_database, '"Ganja"', limit=20) != []


def test_an_inflected_word_finds_the_texts_and_says_why(demo_database: CaseDatabase) -> None:
    query = read_query("Гяндже", kinds=("incident",))
    found = page(demo_database, query).found
    assert found
    for one in found:
        assert any(reason.other_spelling for reason in reasons(one, query))
