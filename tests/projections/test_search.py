from __future__ import annotations

import pytest
from on_server import ENGINES, there

from embers.actions.case_folder import CaseFolder
from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.search import MAX_QUERY, search, within


@pytest.fixture(scope="module", params=ENGINES)
def demo_database(request: pytest.FixtureRequest, demo_case: CaseFolder) -> CaseDatabase:
    return there(request, demo_case).projection()


GANJA = {"K20-21", "K20-23", "K20-24", "K20-29", "K20-33"}


def codes(database: CaseDatabase, text: str, kind: str = "incident") -> set[str]:
    subjects = [hit.subject for hit in search(database, text, kinds=[kind])]
    rows = models.Subject.objects.using(database.alias).filter(id__in=subjects)
    return {row.code for row in rows}


def places(database: CaseDatabase, text: str) -> set[str]:
    return {hit.subject for hit in search(database, text, kinds=["place"])}


@pytest.mark.parametrize("text", ["gence", "Гянджа", "Գյանջա", "Gəncə", "Ganja", "GANJA", "ganja,", "Gənc"])
def test_any_spelling_finds_the_incidents_at_ganja(demo_database: CaseDatabase, text: str) -> None:
    assert codes(demo_database, text) >= GANJA


def test_every_spelling_finds_the_same_incidents_and_no_others(demo_database: CaseDatabase) -> None:
    spellings = ("gence", "Гянджа", "Գյանջա", "Gəncə", "Ganja")
    found = {text: codes(demo_database, text) for text in spellings}
    assert len(set(map(frozenset, found.values()))) == 1, found
    everything = set(models.Incident.objects.using(demo_database.alias).values_list("code", flat=True))
    elsewhere = everything - found["Ganja"]
    assert len(elsewhere) >= 30  # a search that finds everything would find Ganja too


def test_every_spelling_of_ganja_finds_one_and_the_same_place(demo_database: CaseDatabase) -> None:
    found = [places(demo_database, text) for text in ("gence", "Гянджа", "Գյանջա", "Gəncə", "Ganja")]
    assert len(set.intersection(*found)) == 1


def test_both_names_of_one_town_find_it(demo_database: CaseDatabase) -> None:
    spellings = ("Stepanakert", "Xankəndi", "xankendi", "Ստեփանակերտ", "Степанакерт")
    found = [places(demo_database, text) for text in spellings]
    assert all(len(hits) == 1 for hits in found), found
    assert len(set.union(*found)) == 1
    (place,) = found[0]
    names = models.PlaceName.objects.using(demo_database.alias).filter(place=place)
    assert {"Stepanakert", "Xankəndi", "Ստեփանակերտ", "Степанакерт"} <= {row.name for row in names}
    assert codes(demo_database, "Xankəndi") == codes(demo_database, "Stepanakert") != set()


def test_all_words_must_fit(demo_database: CaseDatabase) -> None:
    both = codes(demo_database, "Ganja Scud")
    assert both < codes(demo_database, "Ganja")
    assert codes(demo_database, "Ganja zzzzz") == set()


HOSTILE = [
    '"',
    "''",
    'Ganja" OR "x',
    "Ganja OR Barda NOT",
    "NEAR(Ganja Barda, 3)",
    "label:Ganja",
    "folded : *",
    "*",
    "^Ganja",
    "Ganja -Barda",
    "{label body}: x",
    "AND AND AND",
    "'; DROP TABLE search_text; --",
    "%s %(x)s",
    "\x00Ganja",
    "\u202eGanja",
    "a" * MAX_QUERY,
    "é" * MAX_QUERY,
    "- - -",
    "’",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_queries_are_only_words(demo_database: CaseDatabase, text: str) -> None:
    try:
        assert len(search(demo_database, text)) <= 50
    except ProjectionError as error:
        assert error.code == "projection.query"
        assert error.hint
    assert codes(demo_database, "Ganja") >= GANJA


@pytest.mark.parametrize("text", ["", "   ", "!!!", "a" * 10_000, "Ganja " * 2_000])
def test_empty_and_endless_queries_are_refused(demo_database: CaseDatabase, text: str) -> None:
    with pytest.raises(ProjectionError) as caught:
        search(demo_database, text)
    assert caught.value.code == "projection.query"
    assert len(caught.value.message) < 200


def test_a_word_that_folds_to_one_letter_does_not_find_everything(demo_database: CaseDatabase) -> None:
    assert search(demo_database, "qqqqqqq") == []


def test_limit_and_kinds_hold(demo_database: CaseDatabase) -> None:
    assert len(search(demo_database, "the", limit=3)) == 3
    assert {hit.kind for hit in search(demo_database, "Ganja", kinds=["source"])} <= {"source"}


def test_a_box_holds_what_its_circles_touch(demo_database: CaseDatabase) -> None:
    ganja = models.Incident.objects.using(demo_database.alias).get(code="K20-33")
    assert ganja.lat is not None
    assert ganja.lon is not None
    around = (ganja.lat - 1, ganja.lat + 1, ganja.lon - 1, ganja.lon + 1)
    rows = models.Incident.objects.using(demo_database.alias)
    inside = {row.code for row in rows.filter(id__in=within(demo_database, around))}
    assert inside >= GANJA
    assert inside.isdisjoint({"K20-01", "K20-02"})
    # A point just outside the circle's box but inside its reach is still found; far away is not.
    reach = int(ganja.precision_m / 111_320 * 1e6)
    near = (ganja.lat + reach - 50, ganja.lat + reach + 50, ganja.lon - 1, ganja.lon + 1)
    far = (ganja.lat + 3 * reach, ganja.lat + 4 * reach, ganja.lon - 1, ganja.lon + 1)
    assert ganja.id in within(demo_database, near)
    assert ganja.id not in within(demo_database, far)
    everywhere = (-90_000_000, 90_000_000, -180_000_000, 180_000_000)
    located = {row.id for row in rows.exclude(lat=None)}
    assert located <= set(within(demo_database, everywhere))
