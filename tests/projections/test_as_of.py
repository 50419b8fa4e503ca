"""What was known at an entry or on a day: the same case, read without what came later. Undo leaves nothing behind."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from circle_case import Circle
from two_logs import TwoLogs, rows_without_order, two_logs

from embers.actions.decisions import correct, decide_between, dispute, retract
from embers.case_view import Held
from embers.errors import ActionError, ProjectionError
from embers.ids import new_subject
from embers.projections import models
from embers.projections.as_of import CaseAsOf, Moment, read_moment
from embers.projections.database import CaseDatabase
from embers.projections.projector import Projector
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings


class Story:
    """A place with two competing positions, a decision, a dispute, a correction and everything undone again."""

    def __init__(self, path: Path) -> None:
        self.made: TwoLogs = two_logs(path)
        self.place = new_subject("place", Surroundings().randomness)
        self.entries: list[str] = []
        self.first = self.say("place-territory", "north")
        self.made.second_device()
        self.second = self.say("place-territory", "south")
        self.step(lambda: decide_between(self.recorder, self.held(self.second), reason="the newer map"))
        decision = self.view.subject(self.place).live("decision")[0].id
        self.step(lambda: retract(self.recorder, self.view, self.held(decision), reason="too early"))
        self.step(lambda: dispute(self.recorder, self.held(self.first), reason="an old map"))
        self.step(
            lambda: correct(
                self.recorder, self.view, self.held(self.second), "south-east", basis=(), reason="typo"
            )
        )
        # Two devices speak within a second, so the order of what they said follows from the names of their logs.
        standing = self.view.subject(self.place).live("place-territory")
        fresh = next(one.id for one in standing if one.value == "south-east")
        self.step(lambda: retract(self.recorder, self.view, self.held(fresh), reason="it was right"))
        self.step(lambda: retract(self.recorder, self.view, self.held(self.first), reason="never said"))
        back = self.view.subject(self.place).live("note")[-1].id
        self.step(lambda: retract(self.recorder, self.view, self.held(back), reason="it was said"))

    @property
    def recorder(self):
        return self.made.recorder

    @property
    def database(self) -> CaseDatabase:
        return self.made.folder.projection()

    @property
    def view(self) -> ProjectedCase:
        return ProjectedCase(self.database)

    def held(self, id: str) -> Held:
        return self.view.held([id])[id]

    def say(self, predicate: str, value: object) -> str:
        said = self.made.say(self.place, predicate, value)
        self.entries.append(self.view.held([said])[said].entry)
        return said

    def step(self, act) -> None:
        self.entries.append(self.recorder.record(act()).id)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("story"))


def shown(record) -> tuple:
    found = record.one("place-territory")
    disputed = sorted(one.value for one in record.live("place-territory") if one.disputed)
    return found.value, found.contested, disputed


def test_each_step_and_its_undoing(story: Story):
    seen = [
        shown(CaseAsOf(story.database, read_moment(story.view, one)).subject(story.place))
        for one in story.entries
    ]
    assert seen == [
        ("north", False, []),
        (None, True, []),
        ("south", False, []),
        (None, True, []),
        (None, True, ["north"]),
        (None, True, ["north"]),
        (None, True, ["north"]),
        ("south", False, []),
        (None, True, ["north"]),
    ]


def test_the_last_entry_is_the_present(story: Story):
    then = CaseAsOf(story.database, read_moment(story.view, story.entries[-1]))
    assert then.subject(story.place) == story.view.subject(story.place)
    assert then.left_out(story.place) == 0
    assert CaseAsOf(story.database, Moment(day="2999-01-01")).subject(story.place) == story.view.subject(
        story.place
    )
    assert CaseAsOf(story.database, Moment(day="1999-01-01")).subject(story.place).held == ()


def test_the_tables_at_each_entry_are_what_the_view_of_the_past_shows(story: Story, tmp_path: Path):
    """A projection of the first entries alone is the other way to know what was known then."""
    signed, persons = story.made.signed(), story.made.recorder.journal.roster().subjects
    for number, one in enumerate(story.entries):
        size = next(place for place, found in enumerate(signed, 1) if found.id == one)
        alone = story.made.project(tmp_path / f"{number}.sqlite3", signed[:size])
        then = CaseAsOf(story.database, read_moment(story.view, one))
        was = ProjectedCase(alone).subject(story.place)
        assert then.subject(story.place) == was
        rows = then.rows(story.place, story.made.folder.objects(), persons=persons)[models.Subject]
        kept = models.Subject.objects.using(alone.alias).get(id=story.place)
        assert [(row.id, row.first, row.label) for row in rows] == [(kept.id, kept.first, kept.label)]


def test_undoing_is_the_same_in_any_order_of_arrival(story: Story, tmp_path: Path):
    signed = story.made.signed()
    draw = random.Random(3)
    expected = rows_without_order(story.made.project(tmp_path / "in-order.sqlite3", signed))
    for number in range(4):
        order = list(signed)
        draw.shuffle(order)
        found = story.made.project(tmp_path / f"shuffled-{number}.sqlite3", order, one_by_one=number % 2 == 0)
        assert rows_without_order(found) == expected
    whole = CaseDatabase(tmp_path / "whole.sqlite3")
    whole.create_tables()
    Projector(whole, story.made.folder.objects()).fill(story.made.recorder.journal)
    assert rows_without_order(whole) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T", "0" * 64, "0" * 63, "2026-11-28' OR 1=1"])
def test_what_is_no_moment_is_refused(story: Story, text: str):
    with pytest.raises(ProjectionError, match="no day and no entry"):
        read_moment(story.view, text)


def test_people_take_back_only_their_own(tmp_path: Path):
    circle = Circle(tmp_path)
    other = circle.people.recorders["staff-02"]
    view = circle.people.view
    held = view.held([circle.note])[circle.note]
    for act in (
        lambda: retract(other, view, held, reason="no"),
        lambda: correct(other, view, held, held.value, basis=(), reason="no"),
    ):
        with pytest.raises(ActionError, match="Somebody else recorded this"):
            act()
    role = replace(held, predicate="role-given")
    with pytest.raises(ActionError, match="not taken back"):
        retract(circle.people.first, view, role, reason="no")
    with pytest.raises(ActionError, match="needs a reason"):
        dispute(other, held, reason=" ")


def test_what_is_said_about_a_restricted_value_is_as_restricted(tmp_path: Path):
    """A reason told about what lies in a compartment, or is confidential, reaches nobody else."""
    circle = Circle(tmp_path)
    circle.keep()
    first, view = circle.people.first, circle.people.view
    confidential = next(one for one in view.subject(circle.place).held if one.marking == "confidential")
    held = view.held([circle.note])[circle.note]
    first.record(dispute(first, held, reason="Planted words"))
    first.record(dispute(first, confidential, reason="Planted words"))
    first.record(decide_between(first, held, reason="Planted words"))
    from embers.access.standing import INTERNAL, Standing

    outside = ProjectedCase(circle.as_read_by(Standing(INTERNAL)))
    told = [*outside.subject(circle.incident).held, *outside.subject(circle.place).held]
    assert "Planted words" not in repr(told)
    inside = ProjectedCase(circle.as_read_by(circle.inside))
    assert "Planted words" in repr(inside.subject(circle.incident).held)
    # Whoever may not read why a value was taken back is told in the past what they are told today.
    first.record(retract(first, view, held, reason="Planted words"))
    database = circle.as_read_by(Standing(INTERNAL))
    now = ProjectedCase(database).subject(circle.incident)
    assert CaseAsOf(database, Moment(day="2999-01-01")).subject(circle.incident) == now
