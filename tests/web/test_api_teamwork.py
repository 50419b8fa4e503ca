"""Tasks, reviews, acts and uploads by the API: what a program writes is what the pages show; nothing is left over."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from asking import Program, program, told
from django.utils import timezone
from office import FOUNDER, Office

from embers.journal.verify import verify_journal
from embers.web.accounts.database import accounts_of
from embers.web.accounts.models import Upload
from embers.web.api import uploads


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("api-team"))


@pytest.fixture(scope="module")
def writer(office: Office) -> Program:
    return program(office, "investigator", unlocked=True)


@pytest.fixture(scope="module")
def reviewer(office: Office) -> Program:
    return program(office, "reviewer", unlocked=True)


@pytest.fixture(scope="module")
def lead(office: Office) -> Program:
    office.browser(FOUNDER)  # sets up the second factor
    return program(office, FOUNDER, unlocked=True)


def code(answer) -> str:
    return str(told(answer)["code"])


def test_a_task_is_given_done_and_opened_again(office: Office, lead: Program, writer: Program):
    person, about = office.people.persons["investigator"], office.circle.incident
    body = {"about": about, "to": person, "word": "verify", "due": "2031-05-06", "text": "The first toll."}
    first = lead.post("/tasks", body, idempotency_key="task-number-1")
    assert first.status == 201, first.text
    again = lead.post("/tasks", body, idempotency_key="task-number-1")
    assert (again.status, again.body) == (201, first.body)
    (task,) = told(first)["subjects"]
    listed = told(writer.get(f"/tasks?state=open&person={person}"))
    assert [(one["id"], one["about"], one["due"]) for one in listed["rows"]] == [(task, about, "2031-05-06")]
    assert told(writer.get(f"/tasks?giver={person}"))["rows"] == []
    assert told(writer.get(f"/tasks/{task.partition(':')[2]}"))["text"] == "The first toll."
    done = writer.post(f"/tasks/{task}/done", {"text": "Compared."})
    assert done.status == 201, done.text
    assert told(writer.get(f"/tasks/{task}"))["done_text"] == "Compared."
    assert code(writer.post(f"/tasks/{task}/done", {})) == "action.task-done"
    assert writer.post(f"/tasks/{task}/reopen", {}).status == 201
    assert told(writer.get(f"/tasks/{task}"))["done_at"] == ""
    # Another person's task is not said to be done.
    other = program(office, "analyst", unlocked=True)
    assert code(other.post(f"/tasks/{task}/done", {})) == "access.task"


def test_a_hidden_record_is_answered_as_one_that_is_not_there(office: Office, lead: Program, writer: Program):
    circle = office.circle
    absent = "item:00000000-0000-4000-8000-000000000000"
    for address, body in (
        ("reviews", {}),
        ("comments", {"text": "x"}),
        (f"reviews/{circle.note}/answer", {"answer": "accepted"}),
    ):
        scope = program(office, "reviewer", unlocked=True) if "answer" in address else writer
        hidden = scope.post(f"/records/{circle.item}/{address}", body)
        none = scope.post(f"/records/{absent}/{address}", body)
        assert hidden.status == none.status == 404
        assert hidden.text.replace(circle.item, absent) == none.text
    # Whoever may read it cannot tell by a task somebody who may not.
    body = {"about": circle.item, "to": office.people.persons["reviewer"], "word": "verify"}
    assert code(lead.post("/tasks", body)) == "action.task-unreadable"


def test_a_review_is_asked_for_commented_and_answered_by_another_person(
    office: Office, writer: Program, reviewer: Program
):
    at = f"/records/{office.circle.incident}"
    asked = writer.post(f"{at}/reviews", {})
    assert asked.status == 201, asked.text
    (review,) = told(asked)["assertions"]
    assert [one["record"] for one in told(reviewer.get("/reviews?state=asked"))["rows"]] == [
        office.circle.incident
    ]
    found = told(reviewer.get(f"{at}/reviews"))
    assert [(one["id"], one["state"]) for one in found["reviews"]] == [(review, "asked")]
    value = told(reviewer.get("/incidents/EX-1"))["values"]["incident-code"]["assertions"][0]
    said = reviewer.post(f"{at}/comments", {"text": "Which list?", "about": value})
    assert said.status == 201, said.text
    threads = told(writer.get(f"{at}/reviews"))["threads"]
    assert [(one["about"], one["comments"][0]["text"]) for one in threads] == [(value, "Which list?")]
    thread = threads[0]["id"]
    assert writer.post(f"{at}/comments", {"text": "The second.", "thread": thread}).status == 201
    own = program(office, FOUNDER, unlocked=True)
    assert code(own.post(f"{at}/reviews/{review}/answer", {"answer": "accepted"})) == "access.own-work"
    read = told(reviewer.get(f"{at}/reviews"))["read"]
    stale = {"answer": "changes", "read": "0" * 64}
    assert code(reviewer.post(f"{at}/reviews/{review}/answer", stale)) == "action.review-changed"
    assert reviewer.post(f"{at}/reviews/{review}/answer", {**stale, "read": read}).status == 201
    assert told(writer.get(f"{at}/reviews"))["reviews"][0]["state"] == "changes"
    assert writer.post(f"{at}/comments/{thread}/resolve", {}).status == 201
    assert told(writer.get(f"{at}/reviews"))["threads"][0]["resolved"]
    assert writer.post(f"{at}/comments/{thread}/reopen", {}).status == 201
    assert not told(writer.get(f"{at}/reviews"))["threads"][0]["resolved"]
    seen = reviewer.get(at).headers["ETag"]
    writer.post(f"{at}/assertions", {"predicate": "note", "value": "Seen again"})
    late = reviewer.post(f"{at}/comments", {"text": "x"}, if_match=seen)
    assert code(late) == "api.changed"


def test_an_act_and_who_took_part(office: Office, writer: Program, lead: Program):
    circle = office.circle
    basis = [{"source": circle.source, "locator": "page=2"}]
    body = {
        "kind": "attack",
        "summary": "Rockets fall on the market.",
        "times": [{"when": "2035-10-17", "role": "began"}],
        "places": [{"place": circle.place, "role": "happened"}],
        "basis": basis,
    }
    made = writer.post("/incidents/EX-1/acts", body)
    assert made.status == 201, made.text
    (act,) = told(made)["subjects"]
    nobody = {"degree": "alleged-direct", "level": "none", "basis": basis}
    assert writer.post(f"/acts/{act}/involvements", nobody).status == 201
    wrong = {**nobody, "level": "unit", "who": circle.place}
    assert code(writer.post(f"/acts/{act}/involvements", wrong)) == "action.involvement-level"
    assert writer.post(f"/acts/{circle.incident}/involvements", nobody).status == 404
    hidden = {**nobody, "basis": [{"item": circle.item}]}
    assert writer.post(f"/acts/{act}/involvements", hidden).status == 404
    found = told(writer.get("/incidents/EX-1/acts"))
    assert [one["act"]["id"] for one in found] == [act]
    assert found[0]["act"]["values"]["act-kind"]["value"] == "attack"
    assert found[0]["involvements"] == [], "who took part is confidential"
    (taking,) = told(lead.get("/incidents/EX-1/acts"))[0]["involvements"]
    assert taking["values"]["involvement-level"]["value"] == "none"


def put(writer: Program, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    assert writer.ask("PUT", f"/api/v1/objects/{sha256}", data=data).status == 201
    return sha256


def test_bytes_nobody_made_an_item_of_are_destroyed_after_a_day(office: Office, writer: Program):
    folder = office.folder
    item = {"name": "a.txt", "title": "Sent", "source": "Exercise", "method": "sent"}
    kept, left, again = (
        put(writer, text) for text in (b"Exercise, kept", b"Exercise, left", b"Exercise, again")
    )
    assert writer.post("/items", {**item, "sha256": kept}).status == 201
    with accounts_of(office.accounts.alias):
        # What the case held before an upload is not the upload's to take away.
        here = next(one for one in folder.objects().all() if one not in {kept, left, again})
        Upload.objects.create(person="person:x", sha256=here, size=1, at=timezone.now())
        assert uploads.sweep(folder) == (), "everybody has a day"
        Upload.objects.update(at=timezone.now() - timedelta(hours=25))
    put(writer, b"Exercise, again")
    objects = folder.objects()
    assert [objects.has(one) for one in (kept, left, again, here)] == [True, False, True, True]
    assert code(writer.post("/items", {**item, "sha256": left})) == "action.upload"
    assert writer.post("/items", {**item, "sha256": again}).status == 201
    with accounts_of(office.accounts.alias):
        assert list(Upload.objects.values_list("sha256", flat=True)) == [again]
        Upload.objects.update(at=timezone.now() - timedelta(hours=25))
        assert uploads.sweep(folder) == ()
    assert objects.has(again), "an entry names it now"
    journal = folder.journal(read_only=True)
    assert verify_journal(journal).problems == ()
    journal.close()
