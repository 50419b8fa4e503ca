"""The pages of relations and layers: who says so, in words, and nothing that is not for its reader."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from answers import Get, reader
from joined_case import HIDDEN_UNIT, Joined

from embers.projections.neighbourhood import LAW, neighbourhood
from embers.web import named
from embers.web.serve import application


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    return Joined(tmp_path_factory.mktemp("joined"))


@pytest.fixture
def get(joined) -> Get:
    joined.folder.projection().close()
    return reader(application(joined.folder))


@pytest.fixture
def ordinary(joined) -> Get:
    joined.folder.projection().close()
    return reader(application(joined.folder, standing=joined.ordinary))


def test_every_relation_names_who_says_so_and_the_contested_ones_are_dashed(get):
    text = get("/graph/EX-1").text
    assert text.count('class="graph-line" data-open') == 2
    table = text[text.index("<table") :]
    assert table.count("<tr>") - 1 == text.count('class="graph-line"')
    assert table.count("S1 Town bulletin of Testford") >= text.count('class="graph-line"')
    assert "alleged perpetrator" in text
    assert HIDDEN_UNIT in text


def test_reading_is_recorded_for_every_record_that_is_drawn(joined):
    database = joined.as_read_by(None)
    recorded = named.around(database, "EX-1")
    for without in (frozenset(), LAW):
        assert (
            set(recorded) >= neighbourhood(database, joined.incidents["EX-1"], without=without).steps.keys()
        )
    assert joined.unit in recorded
    assert named.around(database, "nothing-here") == []


def test_charges_are_drawn_when_asked_for(joined, get):
    charge = joined.new("charge")
    joined.say(charge, "charge-rule", "exercise-rule")
    joined.say(charge, "charge-incident", joined.incidents["EX-4"])
    joined.folder.projection().close()
    assert "exercise-rule" not in get("/graph/EX-4").text
    assert "exercise-rule" in get("/graph/EX-4?law=1").text
    assert "EX-4" in get(f"/graph/{charge}").text


def test_one_step_shows_less_than_two(get):
    near, far = get("/graph/EX-1?steps=1").text, get("/graph/EX-1").text
    assert "Exercise Corps North" not in near
    assert "Exercise Corps North" in far


def test_an_ordinary_reader_finds_no_unit_anywhere(ordinary, joined):
    for path in ("/graph", "/graph/EX-1", f"/graph/{joined.unit}", "/map.groups"):
        assert HIDDEN_UNIT not in ordinary(path).text, path
        assert "alleged perpetrator" not in ordinary(path).text, path


def test_every_box_is_a_link_and_what_is_asked_for_is_found(get):
    text = get("/graph/EX-1").text
    assert text.count('<a class="graph-box"') == text.count("<rect ")
    assert get("/graph?id=EX-2").headers["Location"] == "/graph/EX-2"
    assert get("/graph/nothing-here").status == 404
    assert "Exercise mission A" in get("/graph").text


def test_series_and_missions_are_told_with_names_and_shapes(get):
    layers = {one["id"]: one for one in json.loads(get("/map.groups").text)["layers"]}
    (series,) = layers["related-incident"]["groups"]
    assert series["shape"]["type"] == "Polygon"
    assert [part["title"].partition(" ")[0] for part in series["parts"]] == ["EX-1", "EX-2", "EX-3"]
    assert get(series["said"]).status == 200
    (mission,) = layers["mission"]["groups"]
    assert mission["title"] == "Exercise mission A"
    assert [part["title"] for part in mission["parts"]] == ["SITE-2", "SITE-1", "Closed Farm"]
    assert "the road was mined" in mission["parts"][2]["told"]
    narrowed = json.loads(get("/map.groups?to=2031-05-03").text)["layers"]
    assert [one["id"] for one in narrowed] == ["related-incident"]


def test_layers_of_the_folder_are_listed_and_their_tiles_sent(joined, get):
    folder = joined.folder.path / "layers"
    folder.mkdir()
    try:
        (folder / "<b>bad.pmtiles").write_bytes(b"no archive at all" * 20)
        shutil.copy(Path(__file__).parents[2] / "demo" / "karabakh2020" / "claims.csv", folder / "claims.csv")
        (one,) = json.loads(get("/map.layers").text)["layers"]
        assert one["problem"] == "The bytes are damaged, or not of the kind they are said to be."
        assert get(f"/layers/{one['id']}/0/0/0").status == 400
        assert get("/layers/..%2Fjournal.sqlite3/0/0/0").status == 404
    finally:
        shutil.rmtree(folder)
    assert json.loads(get("/map.layers").text) == {"layers": []}
