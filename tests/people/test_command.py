"""Who commanded what was here then: the answer, its sources, and every gap in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from velmora import VEL, Velmora, person, units, velmora

from embers.actions.identity import judge, take_judgement_back
from embers.actions.units import command, position, register_unit, subordinate
from embers.dates import parse
from embers.errors import ActionError
from embers.people.command import CommandAnswer, who_commanded
from embers.people.holding import holds


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Velmora:
    found = velmora(tmp_path_factory.mktemp("velmora"))
    units(found)
    return found


def ask(made: Velmora, day: str, place: str = "karsel") -> CommandAnswer:
    return who_commanded(made.view, made.ids[place], date.fromisoformat(day))


def codes(answer: CommandAnswer) -> set[str]:
    return {gap.code for gap in answer.gaps} | {gap.code for unit in answer.units for gap in unit.gaps}


def test_the_unit_its_commander_and_those_above_with_sources(made: Velmora) -> None:
    answer = ask(made, "2031-05-07")
    (unit,) = answer.units
    assert (unit.unit, unit.presence, unit.sure) == (made.ids["V-112"], "stationed", "yes")
    assert [(one.person, one.rank, one.sure) for one in unit.commanders] == [
        (made.ids["C-02"], "major", "yes")
    ]
    (brigade,) = unit.superiors
    assert [(one.person, one.sure) for one in brigade.commanders] == [(made.ids["C-01"], "possibly")]
    (staff,) = brigade.superiors
    assert [gap.code for gap in staff.gaps] == ["no-commander"]
    assert [(one.degree, one.sure) for one in answer.control] == [("held", "yes")]
    held = made.view.held(answer.ids)
    assert set(held) == set(answer.ids)
    assert all(one.grounds for one in held.values())
    assert [gap.code for gap in answer.gaps] == ["seen-near"]  # the regiment, seen on 1 May only


def test_gaps_are_named_not_filled(made: Velmora) -> None:
    later = ask(made, "2031-05-11")  # the major's time ended on the ninth
    assert codes(later) == {"no-commander", "seen-near"}
    assert later.units[0].commanders == ()
    nobody = ask(made, "2031-05-07", "dunmarsh")
    assert (nobody.units, [gap.code for gap in nobody.gaps]) == ((), ["control-unknown", "no-unit"])
    both = ask(made, "2031-05-12")
    assert "control-contested" in codes(both)


def test_several_names_a_circle_and_a_wider_area(tmp_path: Path) -> None:
    made = velmora(tmp_path)
    units(made)
    basis, ids, recorder = made.basis("S3"), made.ids, made.recorder
    for act in (
        command(recorder, ids["V-112"], ids["C-01"], post="commander", when="2031-05-07", basis=basis),
        subordinate(recorder, ids["V-GS"], ids["V-112"], when="2031-05-07", basis=basis),
        position(
            recorder, ids["O-3"], ids["karsel-district"], presence="deployed", when="2031-05", basis=basis
        ),
    ):
        made.record(act)
    answer = ask(made, "2031-05-07")
    battalion, regiment = answer.units
    assert {gap.code for gap in battalion.gaps} == {"several-commanders"}
    assert [gap.code for gap in battalion.superiors[0].superiors[0].gaps][-1] == "circle"
    assert (regiment.sure, [gap.code for gap in regiment.gaps][:2]) == (
        "possibly",
        ["wider-area", "time-unsure"],
    )


def test_units_and_persons_judged_the_same_are_read_together_until_that_is_taken_back(tmp_path: Path) -> None:
    made = velmora(tmp_path)
    units(made)
    basis, recorder = made.basis("S3"), made.recorder
    unit, act = register_unit(
        recorder,
        made.view,
        "V-X",
        party=VEL,
        names=[("2nd of the 11th", "en")],
        level="battalion",
        basis=basis,
    )
    made.record(act)
    twin = person(made, "C-09", level="public-role")
    for act in (
        position(recorder, unit, made.ids["karsel"], presence="deployed", when="2031-05-07", basis=basis),
        command(recorder, unit, twin, post="commander", when="2031-05-07", basis=basis),
    ):
        made.record(act)
    assert len(ask(made, "2031-05-07").units) == 2
    same = made.record(
        judge(recorder, made.view, unit, made.ids["V-112"], "same", reasons="one number, one commander")
    )
    (one,) = ask(made, "2031-05-07").units
    assert "several-commanders" in {gap.code for gap in one.gaps}
    made.record(judge(recorder, made.view, twin, made.ids["C-02"], "same", reasons="one signature"))
    (one,) = ask(made, "2031-05-07").units
    assert len(one.commanders) == 1
    assert len(one.commanders[0].held) == 2
    assert "several-commanders" not in {gap.code for gap in one.gaps}
    made.record(take_judgement_back(recorder, made.view.held([same])[same], reason="two battalions"))
    assert len(ask(made, "2031-05-07").units) == 2


def test_nothing_without_a_source(made: Velmora) -> None:
    with pytest.raises(ActionError) as caught:
        command(made.recorder, made.ids["V-11"], made.ids["C-01"], post="commander", when="", basis=())
    assert caught.value.code == "action.basis"


@pytest.mark.parametrize(
    ("valid", "day", "answer"),
    [
        ("2031-05-03/2031-05-12", "2031-05-12", "yes"),
        ("2031-05-03/2031-05-12", "2031-05-13", "no"),
        ("2031-05-03/", "2031-05-03", "yes"),
        ("2031-05-03/", "2031-06-03", "possibly"),
        ("2031-05-03/", "2031-05-02", "no"),
        ("2031-05-03/..", "2041-05-02", "yes"),
        ("/2031-05-03", "2031-05-03", "yes"),
        ("/2031-05-03", "2031-05-01", "possibly"),
        ("../2031-05-03", "2001-05-01", "yes"),
        ("2031-05/2031-07", "2031-06-15", "yes"),
        ("2031-05/2031-07", "2031-05-15", "possibly"),
        ("2031-05", "2031-05-15", "possibly"),
        ("2031-05-15", "2031-05-15", "yes"),
        ("2031-05-15?", "2031-05-15", "possibly"),
        ("2031-05-15", "2031-05-16", "no"),
        ("[2031-05-01..2031-05-05]", "2031-05-03", "possibly"),
        ("[2031-05-01..2031-05-05]", "2031-05-06", "no"),
        (None, "2031-05-06", "possibly"),
    ],
)
def test_what_holds_on_a_day(valid: str | None, day: str, answer: str) -> None:
    assert holds(valid, date.fromisoformat(day)) == answer


DAYS = st.dates(date(2031, 1, 1), date(2031, 12, 31))
TIMES = st.one_of(
    st.tuples(DAYS, DAYS).map(lambda pair: f"{min(pair)}/{max(pair)}"),
    DAYS.map(str),
    DAYS.map(lambda day: f"{day}/"),
    DAYS.map(lambda day: f"../{day}"),
    DAYS.map(lambda day: f"[{day}..2032-01-01]"),
    DAYS.map(lambda day: str(day)[:7]),
)


@given(TIMES, DAYS)
def test_what_is_not_known_is_never_no(valid: str, day: date) -> None:
    time = parse(valid)
    outside = (time.earliest is not None and day < time.earliest) or (
        time.latest is not None and day > time.latest
    )
    assert (holds(valid, day) == "no") == outside
