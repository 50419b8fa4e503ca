"""Tasks and reviews through the ordinary door: recorded, refused, read back by every device alike."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "projections"))

from circle_case import Circle

from embers.access.policy import Policy, policy
from embers.access.standing import CONFIDENTIAL, INTERNAL, Standing
from embers.actions.grants import give_role, take_role_back
from embers.actions.recorder import Act
from embers.actions.reviews import (
    answer_review,
    ask_review,
    comment,
    read_digest,
    resolve,
    unresolve,
)
from embers.actions.tasks import finish_task, give_task, reopen_task
from embers.errors import AccessDenied, ActionError
from embers.journal.assertion import JsonValue, Relation
from embers.projections import models

ROLES = {"staff-02": "investigator", "staff-03": "reviewer"}


class Team(Circle):
    """staff-01 leads and said everything there is, staff-02 investigates, staff-03 reviews."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        for code, role in ROLES.items():
            first = self.people.first
            first.record(give_role(first, self.rules, self.people.persons[code], role, level="internal"))

    @property
    def rules(self) -> Policy:
        return policy(self.people.view, self.people.roster)

    def person(self, code: str) -> str:
        return self.people.persons[code]

    def does(self, code: str, action: object, *given: object, **more: object) -> Act:
        """Have somebody do something and sign it."""
        signer = self.people.recorders[code]
        act: Act = action(signer, self.rules, self.people.view, *given, **more)  # type: ignore[operator]
        signer.record(act)
        return act

    def assign(self, code: str, about: str, **more: str) -> str:
        signer = self.people.recorders[code]
        act = give_task(signer, self.rules, self.folder.projection(), about, **more)  # type: ignore[arg-type]
        signer.record(act)
        return act.assertions[0].subject

    def ask(self, code: str, **more: object) -> str:
        return self.does(code, ask_review, self.incident, **more).assertions[0].id

    def answer(self, code: str, asked: str, answer: str, **more: str) -> Act:
        return self.does(code, answer_review, self.incident, asked=asked, answer=answer, **more)

    def state(self) -> str:
        database = self.folder.projection()
        return models.Incident.objects.using(database.alias).get(code="EX-1").review

    def review(self, id: str) -> models.Review:
        return models.Review.objects.using(self.folder.projection().alias).get(id=id)

    def task(self, id: str) -> models.Task:
        return models.Task.objects.using(self.folder.projection().alias).get(id=id)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


# --- tasks ------------------------------------------------------------------------------------------------


def test_a_task_is_given_done_and_opened_again(team: Team) -> None:
    whom = team.person("staff-02")
    id = team.assign("staff-01", team.incident, to=whom, word="locate", due="2031-05-06", text="See the map.")
    given = team.task(id)
    assert (given.about, given.kind, given.person, given.giver) == (
        team.incident,
        "incident",
        whom,
        team.person("staff-01"),
    )
    assert (given.word, given.due, given.text, given.state) == (
        "locate",
        "2031-05-06",
        "See the map.",
        "open",
    )
    team.does("staff-02", finish_task, id, text="Found.")
    done = team.task(id)
    assert (done.state, done.done_by, done.done_text) == ("done", whom, "Found.")
    with pytest.raises(ActionError, match="done already"):
        team.does("staff-02", finish_task, id)
    team.does("staff-01", reopen_task, id)
    assert team.task(id).state == "open"
    with pytest.raises(ActionError, match="is open"):
        team.does("staff-01", reopen_task, id)
    team.does("staff-02", finish_task, id)
    assert team.task(id).state == "done"


def test_only_who_may_gives_tasks_and_only_who_is_concerned_ends_them(team: Team) -> None:
    whom = team.person("staff-02")
    with pytest.raises(AccessDenied, match="may not give tasks"):
        team.assign("staff-02", team.incident, to=whom, word="check")
    id = team.assign("staff-01", team.incident, to=whom, word="check")
    with pytest.raises(AccessDenied, match="another person's"):
        team.does("staff-03", finish_task, id)
    with pytest.raises(ActionError, match="no task"):
        team.does("staff-03", finish_task, team.incident)


@pytest.mark.parametrize("due", ["soon", "2031-02-30", "2031-5-6", "20310506"])
def test_a_day_that_is_none_is_refused(team: Team, due: str) -> None:
    with pytest.raises(ActionError, match="is not a day"):
        team.assign("staff-01", team.incident, to=team.person("staff-02"), word="check", due=due)


def test_nobody_is_given_a_task_about_what_they_may_not_know_of(team: Team) -> None:
    team.keep()
    errors = []
    for about in (team.item, "item:00000000-0000-4000-8000-000000000000"):
        with pytest.raises(ActionError) as caught:
            team.assign("staff-01", about, to=team.person("staff-02"), word="check")
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
    with pytest.raises(ActionError, match="says nothing"):
        team.assign("staff-01", team.incident, to=team.person("staff-02"), word="other")
    with pytest.raises(ActionError, match="no key"):
        team.assign("staff-01", team.incident, to=team.item, word="check")


# --- reviews ----------------------------------------------------------------------------------------------


def test_a_second_person_accepts_and_a_later_change_shows(team: Team) -> None:
    asked = team.ask("staff-01", to=team.person("staff-03"))
    assert team.state() == "asked"
    with pytest.raises(ActionError, match="waits for review already"):
        team.ask("staff-02")
    team.answer("staff-03", asked, "accepted")
    assert team.state() == "accepted"
    assert team.review(asked).reviewer == team.person("staff-03")
    team.does("staff-03", comment, team.incident, text="Well done.")
    assert team.state() == "accepted", "what is said about the review does not change the record"
    team.killed(4)
    assert team.state() == "changed"
    with pytest.raises(ActionError, match="was answered"):
        team.answer("staff-03", asked, "accepted")
    again = team.ask("staff-02")
    assert team.state() == "asked"
    team.answer("staff-03", again, "accepted")
    assert team.state() == "accepted"


def test_what_is_taken_back_after_acceptance_shows_too(team: Team) -> None:
    team.answer("staff-03", team.ask("staff-02"), "accepted")
    team.say(team.incident, "note", "Wrong.", relations=(Relation("retracts", team.note),), by="staff-02")
    assert team.state() == "changed"


def test_nobody_reviews_their_own_work(team: Team) -> None:
    """staff-01 wrote the record and leads; staff-03 asked; a reviewer who added one value is an author too."""
    asked = team.ask("staff-03")
    for code, words in (("staff-01", "own work"), ("staff-03", "own work"), ("staff-02", "may not review")):
        with pytest.raises(AccessDenied, match=words):
            team.answer(code, asked, "accepted")
    with pytest.raises(AccessDenied, match="own work"):
        team.ask("staff-02", values=[team.note], to=team.person("staff-01"))
    with pytest.raises(ActionError, match="may not review"):
        team.ask("staff-03", values=[team.note], to=team.person("staff-02"))
    other = team.say(team.place, "note", "Seen from the road.", by="staff-03")
    on_place = team.does("staff-02", ask_review, team.place).assertions[0].id
    assert other
    with pytest.raises(AccessDenied, match="own work"):
        team.does("staff-03", answer_review, team.place, asked=on_place, answer="accepted")
    assert team.state() == "asked"


def test_who_reads_more_than_the_reviewer_sees_that_a_part_was_not_reviewed(team: Team) -> None:
    team.say(team.place, "note", "Seen from the road.", by="staff-02")
    asked = team.does("staff-02", ask_review, team.place).assertions[0].id
    team.does("staff-03", answer_review, team.place, asked=asked, answer="accepted")
    found = [
        models.Review.objects.using(team.as_read_by(standing).alias).get(id=asked).state
        for standing in (Standing(INTERNAL), Standing(CONFIDENTIAL), None)
    ]
    assert found == ["accepted", "part", "part"], "a name of the place is confidential"


def forged(team: Team, code: str, asked: str, **value: object) -> None:
    """Sign an acceptance past the action, as somebody with another program could."""
    answered: dict[str, JsonValue] = {"asked": asked, "answer": "accepted", "level": "confidential", **value}  # type: ignore[dict-item]
    team.say(team.incident, "review-answered", answered, by=code)


def test_an_acceptance_signed_past_the_action_by_an_author_does_not_count(team: Team) -> None:
    asked = team.ask("staff-02")
    everything = [f"{head.origin} {head.size}" for head in team.people.view.heads()]
    for code in ("staff-01", "staff-02"):
        forged(team, code, asked, up_to=everything)
        assert team.state() == "asked", code
    forged(team, "staff-03", asked, up_to=everything)
    assert team.state() == "accepted"


def test_an_acceptance_covers_nothing_its_signer_cannot_have_read(team: Team) -> None:
    asked = team.ask("staff-02")
    (head,) = team.people.view.heads()
    forged(team, "staff-03", asked, up_to=[f"{head.origin} 999999999", "nonsense", "-1", "x y"])
    assert team.state() == "accepted"
    team.killed(6)
    assert team.state() == "changed", "a claimed size beyond the entry itself is cut to what it knew"


def test_one_value_is_reviewed_apart_from_the_rest(team: Team) -> None:
    value = team.killed(7)
    asked = team.ask("staff-02", values=[value])
    team.answer("staff-03", asked, "accepted")
    assert (team.review(asked).state, team.state()) == ("accepted", "")
    team.say(team.incident, "note", "Of another matter.")
    assert team.review(asked).state == "accepted"
    team.say(team.incident, "note", "Not so.", relations=(Relation("disputes", value),))
    assert team.review(asked).state == "changed"


def test_changes_need_words_and_words_stand_on_the_value(team: Team) -> None:
    asked = team.ask("staff-02")
    with pytest.raises(ActionError, match="needs a reason"):
        team.answer("staff-03", asked, "changes")
    with pytest.raises(ActionError, match="needs a reason"):
        team.answer("staff-03", asked, "refused", reason=" ")
    thread = (
        team.does("staff-03", comment, team.incident, about=team.note, text="Which page?").assertions[0].id
    )
    team.does("staff-02", comment, team.incident, thread=thread, text="Page 3.")
    team.answer("staff-03", asked, "changes")
    assert (team.state(), team.review(asked).comments) == ("changes", 1)
    team.does("staff-03", resolve, team.incident, thread=thread)
    assert team.review(asked).comments == 0
    with pytest.raises(ActionError, match="is resolved"):
        team.does("staff-03", resolve, team.incident, thread=thread)
    team.does("staff-02", unresolve, team.incident, thread=thread)
    assert team.review(asked).comments == 1
    for wrong in ({"about": "nothing"}, {"thread": "nothing"}):
        with pytest.raises(ActionError):
            team.does("staff-03", comment, team.incident, text="?", **wrong)
    with pytest.raises(ActionError, match="is empty"):
        team.does("staff-03", comment, team.incident, text="  ")


def test_an_answer_is_about_what_was_on_the_page(team: Team) -> None:
    asked = team.ask("staff-02")
    read = read_digest(team.people.view.subject(team.incident))
    team.killed(8)
    with pytest.raises(ActionError, match="changed while you read"):
        team.answer("staff-03", asked, "accepted", read=read)
    team.answer("staff-03", asked, "accepted", read=read_digest(team.people.view.subject(team.incident)))
    assert team.state() == "accepted"


def test_a_role_taken_back_reviews_no_more(team: Team) -> None:
    asked = team.ask("staff-02")
    first = team.people.first
    first.record(take_role_back(first, team.rules, team.person("staff-03"), "reviewer"))
    with pytest.raises(AccessDenied, match="may not review"):
        team.answer("staff-03", asked, "accepted")
