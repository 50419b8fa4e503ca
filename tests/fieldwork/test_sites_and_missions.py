"""Missions and sites as a team records them on the command line: safe before measured, worked out last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.called import embers

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.missions import Plan, plan_mission
from embers.actions.recorder import Act, Recorder
from embers.actions.sites import Objective, answer_about_objective
from embers.errors import FieldworkError
from embers.ids import new_subject
from embers.places import Point
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[CaseFolder, Recorder]:
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keyring"))
    folder = CaseFolder(tmp_path / "case", tmp_path / "keyring", Surroundings())
    recorder = open_case(folder, staff="staff-01", role="lead")
    place = new_subject("place", recorder.surroundings.randomness)
    name = {"name": "Karsel", "lang": "en", "used_by": "VEL"}
    recorder.record(Act("place.name", (recorder.new_assertion(place, "place-name", name),)))
    folder.projection()
    monkeypatch.chdir(folder.path)
    return folder, recorder


def _said(*arguments: object) -> Any:
    found = embers(*arguments, "--json")
    assert found.code == 0, found.out
    return found.json


def _plan() -> None:
    options = [
        "--period",
        "2026-05-02/2026-05-04",
        "--side",
        "VEL",
        "--aim",
        "To see the square.",
        "--team",
        "F-03=site",
    ]
    options += ["--question", "What fell?", "--question", "Who was there?", "--stop", "2026-05-03=Karsel"]
    _said("mission", "plan", "M-01", "First mission", *options)


def _site(hazard: str) -> None:
    where = [
        "--latitude",
        "-37.512",
        "--longitude",
        "61.2",
        "--precision-m",
        "10",
        "--method",
        "satellite receiver",
    ]
    _said("site", "open", "S-01", "--place", "karsel", *where, "--kind", "market")
    visit = ["--mission", "M-01", "--team", "F-03", "--hazard", hazard, "--stated-by", "F-03"]
    _said("site", "visit", "V-01", "S-01", "2026-05-03", *visit)


BEARING = (
    "crater=C1",
    "instrument=compass",
    "method=fuze-furrow",
    "north=magnetic",
    "sense=origin",
    "error_mdeg=2000",
)


def test_a_mission_from_plan_to_debrief_and_its_effort(case: tuple[CaseFolder, Recorder]) -> None:
    _plan()
    early = embers("mission", "debrief", "M-01", "2026-05-05", "--by", "F-03", "--json")
    assert early.json["error"] == "fieldwork.stop-open"
    bare = embers("mission", "stop", "M-01", "2026-05-03", "Karsel", "--outcome", "not-made", "--json")
    assert bare.json["error"] == "fieldwork.no-reason"
    _said("mission", "stop", "M-01", "2026-05-03", "Karsel", "--outcome", "made")
    _said("mission", "refusal", "M-01", "2026-05-04", "--kind", "access", "--by", "Velmoran army")
    clock = [
        "--what",
        "camera",
        "--device",
        "K2",
        "--ahead-ms",
        "-1400",
        "--compared-with",
        "receiver",
        "--error-ms",
        "200",
    ]
    _said("mission", "clock", "M-01", "2026-05-02", *clock)
    _said("mission", "log", "M-01", "2026-05-03", "Arrived at noon.", "--by", "F-03")
    left = _said(
        "mission", "debrief", "M-01", "2026-05-05", "--by", "F-03", "--answer", "What fell?=One rocket."
    )
    assert left == {"open_questions": ["Who was there?"]}
    (effort,) = _said("mission", "effort")
    assert effort == {
        "side": "VEL", "missions": 1, "days": 3, "stops_made": 1, "stops_not_made": 0,
        "interviews": 0, "visits": 0, "refusals": 1,
    }  # fmt: skip


def test_nothing_is_measured_where_a_hazard_is_suspected(case: tuple[CaseFolder, Recorder]) -> None:
    _plan()
    _site("suspected")
    measure = ("site", "measure", "V-01", "visit-damage", "part=north wall", "grade=severe")
    assert embers(*measure, "--json").json["error"] == "fieldwork.hazard"
    unsaid = embers("site", "safety", "V-01", "cleared", "--stated-by", "F-03", "--json")
    assert unsaid.json["error"] == "fieldwork.cleared-by"
    _said("site", "safety", "V-01", "cleared", "--stated-by", "F-03", "--cleared-by", "mine action body")
    _said(*measure)
    _said(
        "site",
        "safety",
        "V-01",
        "present",
        "--stated-by",
        "F-03",
        "--what",
        "a second body, seen from the road",
    )
    assert embers(*measure, "--json").json["error"] == "fieldwork.hazard"


def test_bearings_of_two_people_become_one_azimuth_with_its_error(case: tuple[CaseFolder, Recorder]) -> None:
    folder, recorder = case
    _plan()
    _site("none-seen")
    assert embers("site", "origin", "S-01", "V-01", "C1", "--json").json["error"] == "fieldwork.no-bearing"
    for by, read in (("F-03", 351_000), ("F-04", 355_000)):
        _said("site", "measure", "V-01", "crater-bearing", f"by={by}", f"bearing_mdeg={read}", *BEARING)
    found = _said("site", "origin", "S-01", "V-01", "C1", "--weapon", "grad")
    assert (found["bearings"], found["measurers"], found["model"]) == (2, 2, "WMM-2025")
    assert found["azimuth_mdeg"] == (353_000 + found["declination_mdeg"]) % 360_000
    assert found["spread_mdeg"] == 2828
    assert found["error_mdeg"] > 2000  # never less than the instrument that both used
    assert (found["range_min_m"], found["range_max_m"]) == (5000, 20400)
    turning = embers("site", "origin", "S-01", "V-01", "C1", "--weapon", "harop", "--json")
    assert turning.json["error"] == "fieldwork.turning"
    remnant = ("code=R1", "part=tail", "diameter_mm=122", "error_mm=1", "kept=left in place", "touched=no")
    _said("site", "measure", "V-01", "remnant", *remnant)
    candidates = _said("site", "munitions", "S-01", "V-01", "R1")
    assert [one["place"] for one in candidates] == list(range(1, len(candidates) + 1))
    assert all(one["fits"] for one in candidates)
    site = next(iter(ProjectedCase(folder.projection()).kind("site").values()))
    assert [held.grounds[0].locator for held in site.live("origin-sector")] == ["row=C1"]
    barracks = Point.from_text("-37.512", "61.21", precision_m=50, method="map")
    act = answer_about_objective(recorder, site, Objective("reported", "W-001", "OST", "barracks", barracks))
    value = act.assertions[0].value
    assert 870 < value["distance_m"] < 900
    assert (round(value["bearing_mdeg"] / 1000), value["error_m"]) == (90, 60)


def test_a_name_in_the_place_of_a_staff_code_is_refused(case: tuple[CaseFolder, Recorder]) -> None:
    plan = Plan("M-02", "x", "2026", "VEL", "x", ["x"], [("Nvard", "medic")])
    with pytest.raises(FieldworkError, match="staff code"):
        plan_mission(case[1], plan)
