"""Giving people tasks about records, saying that one is done, opening it again. One signed entry each."""

from __future__ import annotations

import re
from datetime import date

from embers.access.policy import Policy
from embers.access.roles import Permission
from embers.actions.recorder import Act, Recorder
from embers.actions.signer import require, signer
from embers.errors import AccessDenied, ActionError
from embers.ids import kind_of, new_subject
from embers.journal.assertion import JsonValue, Relation
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.teamwork.task import DONE, GIVEN, REOPENED, Task, task_of

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def give_task(
    recorder: Recorder,
    policy: Policy,
    database: CaseDatabase,
    about: str,
    *,
    to: str,
    word: str,
    due: str = "",
    text: str = "",
) -> Act:
    """Draft the entry that gives a person a task about a record.

    ``due`` is a day (YYYY-MM-DD) or empty. Refused unless the signer may give tasks, the person has a key that counts,
    and the person may read the record: a task would tell them that it exists.
    """
    require(recorder, policy, Permission.ASSIGN, what="give tasks")
    if to not in policy.with_key:
        raise ActionError(
            "no-key", "This person has no key in the case that counts.", "See `embers access list`."
        )
    kind_of(about)
    if word == "other" and not text.strip():
        raise ActionError("task-text", "This task says nothing.", "Write what is to be done.")
    reader = database.as_read_by(policy.of(to).standing)
    if not any(held.live for held in ProjectedCase(reader).subject(about).held):
        raise ActionError(
            "task-unreadable",
            "The person may not read this record, or it is not in the case.",
            "Choose somebody who may, or have them given the level or the compartment first.",
        )
    value: dict[str, JsonValue] = {"about": about, "to": to, "word": word}
    if due:
        value["due"] = _day(due)
    if text.strip():
        value["text"] = text.strip()
    task = new_subject("task", recorder.surroundings.randomness)
    return Act("task.give", (recorder.new_assertion(task, GIVEN, value),), reason="Task given.")


def finish_task(
    recorder: Recorder, policy: Policy, view: ProjectedCase, task_id: str, *, text: str = ""
) -> Act:
    """Draft the entry that says a task is done; only its person, its giver, or whoever may give tasks can."""
    task = _concerned(recorder, policy, view, task_id)
    if task.done:
        raise ActionError("task-done", "This task is done already.", "Nothing was changed.")
    said = recorder.new_assertion(task_id, DONE, _about(task, text))
    return Act("task.finish", (said,), reason="Task done.")


def reopen_task(
    recorder: Recorder, policy: Policy, view: ProjectedCase, task_id: str, *, text: str = ""
) -> Act:
    """Draft the entry that opens a task again; only its person, its giver, or whoever may give tasks can."""
    task = _concerned(recorder, policy, view, task_id)
    if not task.done:
        raise ActionError("task-open", "This task is open.", "Nothing was changed.")
    relations = [Relation("retracts", held.id) for held in view.subject(task_id).live(DONE)]
    said = recorder.new_assertion(task_id, REOPENED, _about(task, text), relations=relations)
    return Act("task.reopen", (said,), reason="Task opened again.")


def find_task(recorder: Recorder, view: ProjectedCase, task_id: str) -> Task:
    """Return a task by id; an unknown one, and one its reader may not know of, are refused alike."""
    record = view.subject(task_id)
    task = task_of(
        record, view.entries(held.entry for held in record.held), recorder.journal.roster().subjects
    )
    if task is None:
        raise ActionError("task", f"There is no task {task_id!r}.", "See `embers task list`.")
    return task


def _concerned(recorder: Recorder, policy: Policy, view: ProjectedCase, task_id: str) -> Task:
    task, person = find_task(recorder, view, task_id), signer(recorder)
    known = person in policy.with_key and person in {task.to, task.by}
    if not known and not policy.of(person).may(Permission.ASSIGN):
        raise AccessDenied(
            "task", "This task is another person's.", "They, who gave it, or a case lead can say so."
        )
    return task


def _about(task: Task, text: str) -> dict[str, JsonValue]:
    # The record is named again, so that whoever may not know of it does not read this either.
    return {"about": task.about, **({"text": text.strip()} if text.strip() else {})}


def _day(text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise ActionError("day", f"{text!r} is not a day.", "Write it as 2026-12-24.")
