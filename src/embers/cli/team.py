"""``embers task``, ``review`` and ``release``: who does what, who looked at it, what may leave the house."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.cli.seal import person_named
from embers.cli.where import Here, here, recorder

if TYPE_CHECKING:
    from embers.access.policy import Policy
    from embers.actions.recorder import Act, Recorder
    from embers.projections.database import CaseDatabase
    from embers.projections.view import ProjectedCase

RECORD = Annotated[str, typer.Argument(help="Code or id of a record, such as K20-33.")]
TASK = Annotated[str, typer.Argument(help="Id of a task; `embers task list` names them.")]
TEXT = Annotated[str, typer.Option(help="A sentence.")]
WHAT = Annotated[str, typer.Argument(help="report or dossier.")]


@dataclass(frozen=True, slots=True)
class _Team:
    """What these commands work with."""

    found: Here
    signer: Recorder
    database: CaseDatabase
    view: ProjectedCase
    policy: Policy

    def sign(self, act: Act, words: str, *, as_json: bool) -> None:
        entry = self.signer.record(act)
        self.found.folder.projection()
        if as_json:
            emit({"entry": entry.id, "subject": act.assertions[0].subject, "assertion": act.assertions[0].id})
        else:
            say(words)

    def code(self, person: str) -> str:
        return self.view.subject(person).text("staff-code") or person

    def subject(self, name: str) -> str:
        from embers.projections.trace import find

        return find(self.database, name)[1]


def _team(case: Path | None, role: str) -> _Team:
    from embers.access.policy import policy
    from embers.projections.view import ProjectedCase

    found = here(case)
    signer = recorder(found, role=role)
    database = found.folder.projection()
    view = ProjectedCase(database)
    return _Team(found, signer, database, view, policy(view, signer.journal.roster()))


@command
def task_give(
    record: RECORD,
    person: Annotated[str, typer.Argument(help="Staff code or id of the person.")],
    word: Annotated[str, typer.Argument(help="What to do: check, locate, second-source, verify, ...")],
    *,
    due: Annotated[str, typer.Option(help="Day, such as 2026-12-24.")] = "",
    text: TEXT = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Give a person a task about a record; a case lead can."""
    from embers.actions.tasks import give_task

    at = _team(case, "case lead")
    to = person_named(at.view, person)
    act = give_task(
        at.signer, at.policy, at.database, at.subject(record), to=to, word=word, due=due, text=text
    )
    at.sign(act, f"{person} has the task {act.assertions[0].subject}.", as_json=as_json)


@command
def task_done(
    task: TASK, *, text: TEXT = "", case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION
) -> None:
    """Say that a task is done."""
    from embers.actions.tasks import finish_task

    at = _team(case, "investigator")
    at.sign(finish_task(at.signer, at.policy, at.view, task, text=text), "Done.", as_json=as_json)


@command
def task_reopen(
    task: TASK, *, text: TEXT = "", case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION
) -> None:
    """Open a task again."""
    from embers.actions.tasks import reopen_task

    at = _team(case, "investigator")
    at.sign(reopen_task(at.signer, at.policy, at.view, task, text=text), "Open again.", as_json=as_json)


@command
def task_list(
    *,
    every: Annotated[bool, typer.Option("--all", help="Done ones too.")] = False,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """List tasks by the day they are due."""
    from embers.projections import models
    from embers.projections.view import ProjectedCase

    database = here(case).folder.projection_to_read()
    rows = models.Task.objects.using(database.alias).order_by("due", "id")
    tasks = [one for one in rows if every or one.state == "open"]
    view = ProjectedCase(database)
    people = view.subjects(one.person for one in tasks)
    if as_json:
        emit([{name: getattr(one, name) for name in _TASK} for one in tasks])
        return
    named = {id: record.text("staff-code") or id for id, record in people.items()}
    table([(one.id, named[one.person], one.word, one.due or "-", one.state, one.about) for one in tasks])
    if not tasks:
        say("No tasks.")


_TASK = ("id", "about", "person", "giver", "word", "text", "due", "state", "done_at")
_REVIEW = (
    "id",
    "record",
    "kind",
    "whole",
    "state",
    "asked_at",
    "asker",
    "reviewer",
    "answered_at",
    "comments",
)


@command
def review_ask(
    record: RECORD,
    *,
    value: Annotated[list[str] | None, typer.Option(help="Id of an assertion; only it is reviewed.")] = None,
    to: Annotated[str, typer.Option(help="Staff code of the reviewer.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Submit a record, or some of its values, for review by a second person."""
    from embers.actions.reviews import ask_review

    at = _team(case, "investigator")
    whom = person_named(at.view, to) if to else ""
    act = ask_review(at.signer, at.policy, at.view, at.subject(record), values=value or (), to=whom)
    at.sign(act, f"{record} waits for review.", as_json=as_json)


@command
def review_answer(
    record: RECORD,
    answer: Annotated[str, typer.Argument(help="accepted, changes or refused.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")] = "",
    review: Annotated[str, typer.Option(help="Id of the review, where several wait.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Answer a review: somebody who had no hand in the record, and did not ask."""
    from embers.actions.reviews import answer_review
    from embers.errors import UsageError
    from embers.projections import models

    at = _team(case, "reviewer")
    subject = at.subject(record)
    waiting = models.Review.objects.using(at.database.alias).filter(record=subject, state="asked")
    asked = [str(one.id) for one in waiting if review in ("", one.id)]
    if len(asked) != 1:
        raise UsageError(
            "review",
            f"{len(asked)} reviews of {record} wait.",
            "Name one with --review; `embers review list`.",
        )
    act = answer_review(at.signer, at.policy, at.view, subject, asked=asked[0], answer=answer, reason=reason)
    at.sign(act, f"{record}: {answer}.", as_json=as_json)


@command
def review_comment(
    record: RECORD,
    text: Annotated[str, typer.Argument(help="What should change.")],
    *,
    value: Annotated[str, typer.Option(help="Id of the assertion it is about.")] = "",
    thread: Annotated[str, typer.Option(help="Id of the comment it answers.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Comment on a record or on one of its values."""
    from embers.actions.reviews import comment

    at = _team(case, "reviewer")
    act = comment(at.signer, at.policy, at.view, at.subject(record), text=text, about=value, thread=thread)
    at.sign(act, f"Comment {act.assertions[0].id}.", as_json=as_json)


@command
def review_resolve(
    record: RECORD,
    thread: Annotated[str, typer.Argument(help="Id of the comment.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Say that a comment is settled."""
    from embers.actions.reviews import resolve

    at = _team(case, "reviewer")
    act = resolve(at.signer, at.policy, at.view, at.subject(record), thread=thread)
    at.sign(act, "Resolved.", as_json=as_json)


@command
def review_list(
    *,
    state: Annotated[
        str, typer.Option(help="asked, accepted, changed, changes, refused; all if left out.")
    ] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """List reviews, the oldest first."""
    from embers.projections import models

    database = here(case).folder.projection_to_read()
    rows = models.Review.objects.using(database.alias).order_by("asked_at", "id")
    found = [one for one in rows if state in ("", one.state)]
    if as_json:
        emit([{name: getattr(one, name) for name in _REVIEW} for one in found])
        return
    table([(one.state, one.record, one.whole, one.asked_at[:10], one.id) for one in found])
    if not found:
        say("No reviews.")


@command
def release_status(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Say whether the newest report and its dossier may leave the house, for the public and for each body."""
    from embers.actions.releases import releasables
    from embers.projections.view import ProjectedCase

    found = here(case)
    database = found.folder.projection_to_read()
    view = ProjectedCase(database)
    journal = found.folder.journal(read_only=True)
    every = releasables(found.folder, journal, database)
    journal.close()
    if as_json:
        emit(
            [
                {"what": one.what, "for": one.body, "sha256": one.sha256, "approval": one.approval}
                for one in every
            ]
        )
        return
    for one in every:
        given = one.approval
        code = view.subject(given.by).text("staff-code") if given else ""
        whom = f" for {view.subject(one.body).text('organisation-name')}" if one.body else ""
        say(f"{one.what}{whom} {one.sha256[:16]}: {f'approved by {code}, {given.at}' if given else 'draft'}")


@command
def release_approve(
    what: WHAT,
    *,
    body: Annotated[str, typer.Option("--for", help="Body the edition is for; without: the public.")] = "",
    to: Annotated[str, typer.Option(help="For whom or what.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Approve that exactly what the report or dossier holds now leaves the house; never by who built it."""
    from embers.actions.editions import body_named
    from embers.actions.releases import approve_release

    at = _team(case, "reviewer")
    act = approve_release(
        at.signer, at.found.folder, at.database, what, body=body_named(at.view, body), to=to
    )
    again = "embers report build" if what == "report" else "embers dossier export --replace"
    again += f' --for "{body}"' if body else ""
    at.sign(act, f"Approved. `{again}` now writes the {what} without the mark of a draft.", as_json=as_json)
