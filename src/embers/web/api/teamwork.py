"""Tasks and reviews by the API: the same acts as the pages, with the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from embers.access.policy import Policy
from embers.access.roles import WORKING, Permission
from embers.actions import reviews, tasks
from embers.actions.recorder import Act, Recorder
from embers.case_view import Record
from embers.projections.view import ProjectedCase
from embers.teamwork.review import Comment, Review, Thread, reviews_of, threads_of
from embers.teamwork.task import Task, task_of
from embers.web.acting import persons_of
from embers.web.api.lists import Page, RowsOut, list_page
from embers.web.api.once import Recorded, recorded_once
from embers.web.api.records import readable, unknown
from embers.web.api.writing import unchanged
from embers.web.pages import reviews as review_pages
from embers.web.pages import tasks as task_pages
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.shell import Desk, desk

router = Router(tags=["Work of the team"])
_TEXT = Field("", max_length=2000)
_ID = Field("", max_length=80)


class TaskQuery(Page):
    """How tasks are asked for. ``person`` is whose they are, ``giver`` who gave them, by id."""

    state: Literal["", "open", "done"] = ""
    word: str = Field("", max_length=40)
    kind: str = Field("", max_length=40)
    person: str = _ID
    giver: str = _ID
    first: str = Field(
        "", alias="from", max_length=10, description="Due on this day, month or year, or later."
    )
    last: str = Field(
        "", alias="to", max_length=10, description="Due on this day, month or year, or earlier."
    )


class ReviewQuery(Page):
    """How reviews are asked for. ``reviewer`` is who answered or was asked, by id."""

    state: str = Field("", max_length=20)
    kind: str = Field("", max_length=40)
    whole: Literal["", "record", "value"] = ""
    reviewer: str = _ID
    first: str = Field("", alias="from", max_length=10, description="Day, month or year.")
    last: str = Field("", alias="to", max_length=10, description="Day, month or year.")


class TaskIn(Schema):
    """A task: the record it is about, whose it is, what is to be done, and by which day if there is one."""

    about: str = Field(min_length=1, max_length=80)
    to: str = Field(min_length=1, max_length=80, description="The id of a person.")
    word: str = Field(min_length=1, max_length=40, description="A term of the list task-word.")
    due: str = Field("", max_length=10, description="YYYY-MM-DD")
    text: str = _TEXT


class TextIn(Schema):
    """Words to go with an act, or none."""

    text: str = _TEXT


class AskIn(Schema):
    """What is to be reviewed: the record or some of its assertions; and by whom, if by somebody in particular."""

    values: list[str] = Field([], max_length=200, description="Ids of assertions; none means the record.")
    to: str = _ID


class AnswerIn(Schema):
    """An answer. ``read`` is the digest the record was read with; where it reads otherwise by now, it is refused."""

    answer: Literal["accepted", "changes", "refused"]
    reason: str = _TEXT
    read: str = Field("", max_length=64)


class CommentIn(Schema):
    """A comment on the record, on one of its assertions (``about``), or in a thread."""

    text: str = Field(min_length=1, max_length=2000)
    about: str = _ID
    thread: str = _ID


class TaskOut(Schema):
    """One task. Persons are named by id, times are claimed times."""

    id: str
    about: str
    to: str
    by: str
    word: str
    text: str
    due: str
    given_at: str
    done_at: str
    done_by: str
    done_text: str


class ReviewOut(Schema):
    """One request for a review and where it stands. No values means the whole record."""

    id: str
    values: list[str]
    state: str
    by: str
    to: str
    asked_at: str
    answered_by: str
    answered_at: str


class CommentOut(Schema):
    """One comment."""

    id: str
    text: str
    by: str
    at: str


class ThreadOut(Schema):
    """A comment with its answers: what it is about, and whether it is resolved."""

    id: str
    about: str
    resolved: bool
    comments: list[CommentOut]


class RecordReviewsOut(Schema):
    """The reviews and comments of one record. ``read`` is sent back with an answer."""

    read: str
    reviews: list[ReviewOut]
    threads: list[ThreadOut]


@router.get("/tasks", url_name="api-tasks", response=RowsOut, operation_id="listTasks")
def task_list(request: HttpRequest, response: HttpResponse, query: Query[TaskQuery]) -> RowsOut:
    """List tasks, those due first before the others."""
    exact = {name: given for name in ("person", "giver") if (given := str(getattr(query, name)))}
    return list_page(request, response, task_pages.LISTING, query=query, order="due", exact=exact)


@router.post("/tasks", url_name="api-tasks", response={201: Recorded}, operation_id="giveTask")
def give(request: HttpRequest, response: HttpResponse, body: TaskIn) -> Status[Recorded]:
    """Give a person a task about a record they may read."""
    readable(request, body.about)
    database = folder_of(request).database()

    def draft(recorder: Recorder, rules: Policy) -> Act:
        return tasks.give_task(
            recorder, rules, database, body.about, to=body.to, word=body.word, due=body.due, text=body.text
        )

    return _signed(request, response, draft, needs=Permission.ASSIGN)


@router.get("/tasks/{id}", url_name="api-task", response=TaskOut, operation_id="getTask")
def task(request: HttpRequest, id: str) -> TaskOut:
    """Read one task."""
    return _task_out(_task(request, id))


@router.post(
    "/tasks/{id}/done", url_name="api-task-done", response={201: Recorded}, operation_id="finishTask"
)
def finish(request: HttpRequest, response: HttpResponse, id: str, body: TextIn) -> Status[Recorded]:
    """Say that a task is done: its person, who gave it, or whoever may give tasks."""
    found, view = _task(request, id), desk(request).view
    return _signed(
        request,
        response,
        lambda recorder, rules: tasks.finish_task(recorder, rules, view, found.id, text=body.text),
    )


@router.post(
    "/tasks/{id}/reopen", url_name="api-task-reopen", response={201: Recorded}, operation_id="reopenTask"
)
def reopen(request: HttpRequest, response: HttpResponse, id: str, body: TextIn) -> Status[Recorded]:
    """Open a task again."""
    found, view = _task(request, id), desk(request).view
    return _signed(
        request,
        response,
        lambda recorder, rules: tasks.reopen_task(recorder, rules, view, found.id, text=body.text),
    )


@router.get("/reviews", url_name="api-reviews", response=RowsOut, operation_id="listReviews")
def review_list(request: HttpRequest, response: HttpResponse, query: Query[ReviewQuery]) -> RowsOut:
    """List reviews, those that were asked for first before the others."""
    exact = {"reviewer": query.reviewer} if query.reviewer else {}
    return list_page(request, response, review_pages.LISTING, query=query, order="asked", exact=exact)


@router.get(
    "/records/{id}/reviews",
    url_name="api-record-reviews",
    response=RecordReviewsOut,
    operation_id="getReviews",
)
def record_reviews(request: HttpRequest, id: str) -> RecordReviewsOut:
    """Read the reviews and comments of one record."""
    record, at = readable(request, id), desk(request)
    found, threads = _of_record(request, at, record)
    return RecordReviewsOut(
        read=reviews.read_digest(record),
        reviews=[_review_out(one) for one in found],
        threads=[_thread_out(one) for one in threads],
    )


@router.post(
    "/records/{id}/reviews",
    url_name="api-record-reviews",
    response={201: Recorded},
    operation_id="askReview",
)
def ask(request: HttpRequest, response: HttpResponse, id: str, body: AskIn) -> Status[Recorded]:
    """Submit a record, or some of its assertions, for review by a second person."""
    view = unchanged(request, id).view
    return _signed(
        request,
        response,
        lambda recorder, rules: reviews.ask_review(recorder, rules, view, id, values=body.values, to=body.to),
    )


@router.post(
    "/records/{id}/reviews/{asked}/answer",
    url_name="api-review-answer",
    response={201: Recorded},
    operation_id="answerReview",
)
def answer(
    request: HttpRequest, response: HttpResponse, id: str, asked: str, body: AnswerIn
) -> Status[Recorded]:
    """Answer a review. Nobody answers one of their own work; changes and refusals need a reason."""
    view, folder = unchanged(request, id).view, folder_of(request)

    def draft(recorder: Recorder, rules: Policy) -> Act:
        return reviews.answer_review(
            recorder,
            rules,
            view,
            id,
            asked=asked,
            answer=body.answer,
            reason=body.reason,
            read=body.read,
            every=ProjectedCase(folder.database()),
        )

    return _signed(request, response, draft, needs=Permission.REVIEW)


@router.post(
    "/records/{id}/comments",
    url_name="api-record-comments",
    response={201: Recorded},
    operation_id="addComment",
)
def comment(request: HttpRequest, response: HttpResponse, id: str, body: CommentIn) -> Status[Recorded]:
    """Comment on a record or on a single assertion, or go on in a thread."""
    view = unchanged(request, id).view
    return _signed(
        request,
        response,
        lambda recorder, rules: reviews.comment(
            recorder, rules, view, id, text=body.text, about=body.about, thread=body.thread
        ),
    )


@router.post(
    "/records/{id}/comments/{thread}/resolve",
    url_name="api-comment-resolve",
    response={201: Recorded},
    operation_id="resolveComment",
)
def resolve(request: HttpRequest, response: HttpResponse, id: str, thread: str) -> Status[Recorded]:
    """Say that a thread of comments is settled."""
    view = unchanged(request, id).view
    return _signed(
        request, response, lambda recorder, rules: reviews.resolve(recorder, rules, view, id, thread=thread)
    )


@router.post(
    "/records/{id}/comments/{thread}/reopen",
    url_name="api-comment-reopen",
    response={201: Recorded},
    operation_id="reopenComment",
)
def unresolve(request: HttpRequest, response: HttpResponse, id: str, thread: str) -> Status[Recorded]:
    """Open a thread of comments again."""
    view = unchanged(request, id).view
    return _signed(
        request, response, lambda recorder, rules: reviews.unresolve(recorder, rules, view, id, thread=thread)
    )


def _signed(
    request: HttpRequest,
    response: HttpResponse,
    draft: Callable[[Recorder, Policy], Act],
    *,
    needs: Permission | None = None,
) -> Status[Recorded]:
    """Sign an act of the team once; ``needs`` is what it is done with, else whatever the token may of the work."""
    may = reader_of(request).may
    of_these = needs or next(one for one in sorted(WORKING) if may(one))
    rules = policy_of(folder_of(request))
    return recorded_once(request, response, of_these, lambda recorder: draft(recorder, rules))


def _task(request: HttpRequest, id: str) -> Task:
    subject = id if ":" in id else f"task:{id}"
    view = desk(request).view
    record = view.subject(subject)
    found = task_of(record, view.entries(held.entry for held in record.held), persons_of(request))
    if found is None:
        raise unknown(id)
    return found


def _of_record(
    request: HttpRequest, at: Desk, record: Record
) -> tuple[tuple[Review, ...], tuple[Thread, ...]]:
    entries, persons = at.view.entries(held.entry for held in record.held), persons_of(request)
    return reviews_of(record, entries, persons), threads_of(record, entries, persons)


def _task_out(one: Task) -> TaskOut:
    return TaskOut(**{name: getattr(one, name) for name in TaskOut.model_fields})


def _review_out(one: Review) -> ReviewOut:
    return ReviewOut(**{name: getattr(one, name) for name in ReviewOut.model_fields})


def _thread_out(one: Thread) -> ThreadOut:
    return ThreadOut(
        id=one.id,
        about=one.about,
        resolved=one.resolved,
        comments=[_comment_out(said) for said in one.comments],
    )


def _comment_out(one: Comment) -> CommentOut:
    return CommentOut(id=one.held.id, text=one.text, by=one.by, at=one.at)
