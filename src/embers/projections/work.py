"""Rows about work of several people: tasks, reviews, and readings of protected records.

``persons`` gives the person of each signing key.
"""

from __future__ import annotations

from collections.abc import Mapping

from embers.case_view import EntryInfo, Held, Record
from embers.projections import models
from embers.projections.noun_rows import Output
from embers.projections.view import ProjectedCase
from embers.teamwork.review import Review, concerns_reviews, record_state, reviews_of, threads_of
from embers.teamwork.task import task_of


def beside(record: Record, view: ProjectedCase, output: Output, persons: Mapping[str, str]) -> None:
    """Add the rows about work on a record of any kind: its reviews, and who read it."""
    if concerns_reviews(record):
        entries = _entries(record, view)
        unsettled = sum(not one.resolved for one in threads_of(record, entries, persons))
        for review in reviews_of(record, entries, persons):
            _review(record, review, output, comments=unsettled)
    for held in record.live("record-read"):
        _reading(record, held, view, output, persons)


def _entries(record: Record, view: ProjectedCase) -> Mapping[str, EntryInfo]:
    return view.entries(held.entry for held in record.held)


def _review(record: Record, review: Review, output: Output, *, comments: int) -> None:
    output.add(
        models.Review,
        id=review.id,
        record=record.id,
        kind=record.kind,
        whole="record" if review.whole else "value",
        state=review.state,
        asked_at=review.asked_at,
        asker=review.by,
        reviewer=review.answered_by or review.to,
        answered_at=review.answered_at,
        comments=comments,
    )


def _reading(
    record: Record, held: Held, view: ProjectedCase, output: Output, persons: Mapping[str, str]
) -> None:
    entry = view.entries([held.entry])[held.entry]
    reader = str(held.value["reader"])
    output.add(
        models.Reading,
        id=held.id,
        subject=record.id,
        kind=record.kind,
        reader=reader,
        page=str(held.value["page"]),
        at=entry.claimed_at,
        signed="reader" if persons.get(entry.by) == reader else "server",
    )


def task_row(record: Record, view: ProjectedCase, output: Output, persons: Mapping[str, str]) -> None:
    """Add the row of a task; a record that tells of none gives no row."""
    task = task_of(record, _entries(record, view), persons)
    if task is not None:
        output.add(
            models.Task,
            id=task.id,
            about=task.about,
            kind=task.about.partition(":")[0],
            person=task.to,
            giver=task.by,
            word=task.word,
            text=task.text,
            due=task.due or None,
            given_at=task.given_at,
            state="done" if task.done else "open",
            done_at=task.done_at,
            done_by=task.done_by,
            done_text=task.done_text,
        )


def reviewed(record: Record, view: ProjectedCase, persons: Mapping[str, str]) -> tuple[str, int]:
    """Return the state of an incident's review and how many threads of comments are open."""
    if not concerns_reviews(record):
        return "", 0
    entries = _entries(record, view)
    threads = threads_of(record, entries, persons)
    return record_state(reviews_of(record, entries, persons)), sum(not one.resolved for one in threads)
