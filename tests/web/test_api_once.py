"""One act, one entry: the same request again, two at once, another body, and a server killed at every point."""

from __future__ import annotations

import threading

import pytest
from asking import Program, program, told
from killing import die, killed_while
from office import Office, entries

from embers.actions.recorder import Recorder
from embers.journal.verify import verify_journal
from embers.web.accounts.database import accounts_of
from embers.web.accounts.models import KeyedAct
from embers.web.api import once


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("once"))


@pytest.fixture(scope="module")
def writer(office: Office) -> Program:
    return program(office, "investigator", unlocked=True)


def note(office: Office, text: str = "Seen again") -> tuple[str, dict[str, str]]:
    return f"/records/{office.circle.incident}/assertions", {"predicate": "note", "value": text}


def test_the_same_request_again_is_the_same_answer(office: Office, writer: Program):
    first = writer.post(*note(office), idempotency_key="key-number-1")
    before = entries(office)
    again = writer.post(*note(office), idempotency_key="key-number-1")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert entries(office) == before


def test_the_answer_is_told_again_without_the_key_of_the_person(office: Office, writer: Program):
    first = writer.post(*note(office), idempotency_key="key-number-1b")
    locked = program(office, "investigator")
    again = locked.post(*note(office), idempotency_key="key-number-1b")
    assert (again.status, again.body) == (201, first.body)


@pytest.mark.parametrize("change", ["body", "address"])
def test_a_key_is_for_one_request(office: Office, writer: Program, change: str):
    address, body = note(office)
    writer.post(address, body, idempotency_key=f"key-for-{change}")
    before = entries(office)
    if change == "body":
        body = {**body, "value": "Other words"}
    else:
        address = address.replace(office.circle.incident, office.circle.place)
    answer = writer.post(address, body, idempotency_key=f"key-for-{change}")
    assert (answer.status, told(answer)["code"]) == (422, "api.key-reused")
    assert entries(office) == before


def test_a_key_is_one_persons(office: Office, writer: Program):
    other = program(office, "analyst", unlocked=True)
    first = writer.post(*note(office), idempotency_key="key-number-3")
    second = other.post(*note(office), idempotency_key="key-number-3")
    assert told(first)["entry"] != told(second)["entry"]


def test_a_refusal_frees_the_key(office: Office, writer: Program):
    address, body = note(office)
    wrong = writer.post(address, {**body, "predicate": "no-such"}, idempotency_key="key-number-4")
    assert wrong.status == 422
    assert writer.post(address, body, idempotency_key="key-number-4").status == 201


def test_two_at_once_are_one_entry(office: Office, writer: Program, monkeypatch: pytest.MonkeyPatch):
    inside, go_on = threading.Event(), threading.Event()
    record = Recorder.record

    def slow(self, act):
        inside.set()
        go_on.wait(20)
        return record(self, act)

    monkeypatch.setattr(Recorder, "record", slow)
    answers: list = []
    before = entries(office)
    one = threading.Thread(
        target=lambda: answers.append(writer.post(*note(office), idempotency_key="key-number-5"))
    )
    one.start()
    assert inside.wait(20)
    meanwhile = writer.post(*note(office), idempotency_key="key-number-5")
    go_on.set()
    one.join(20)
    assert (meanwhile.status, told(meanwhile)["code"]) == (409, "api.key-running")
    assert answers[0].status == 201
    assert writer.post(*note(office), idempotency_key="key-number-5").body == answers[0].body
    assert entries(office) == before + 1


@pytest.mark.parametrize(
    "point", ["before it is signed", "before the tables are", "before the answer is kept"]
)
def test_killed_at_any_point_the_act_is_done_once(
    office: Office, writer: Program, monkeypatch: pytest.MonkeyPatch, point: str
):
    key, before = f"key {point}".replace(" ", "-"), entries(office)

    def dying() -> None:
        if point == "before it is signed":
            monkeypatch.setattr(Recorder, "record", die)
        elif point == "before the tables are":
            monkeypatch.setattr("embers.actions.case_folder.bring_up_to_date", die)
        else:
            monkeypatch.setattr(once, "_told", die)
        writer.post(*note(office, point), idempotency_key=key)

    killed_while(dying)
    monkeypatch.undo()
    signed = 0 if point == "before it is signed" else 1
    assert entries(office) == before + signed
    answer = writer.post(*note(office, point), idempotency_key=key)
    assert answer.status == 201, answer.text
    assert (answer.headers.get("Idempotency-Replayed") == "true") is bool(signed)
    assert entries(office) == before + 1
    assertion = told(answer)["assertions"][0]
    assert told(writer.get(f"/assertions/{assertion}"))["value"] == point
    assert writer.post(*note(office, point), idempotency_key=key).body == answer.body
    assert entries(office) == before + 1


def test_tables_that_could_not_follow_do_not_lose_the_entry(
    office: Office, writer: Program, monkeypatch: pytest.MonkeyPatch
):
    before = entries(office)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("embers.actions.case_folder.bring_up_to_date", full)
    broken = writer.post(*note(office, "full disk"), idempotency_key="key-number-6")
    assert (broken.status, told(broken)["code"]) == (503, "storage.system")
    monkeypatch.undo()
    answer = writer.post(*note(office, "full disk"), idempotency_key="key-number-6")
    assert answer.status == 201
    assert entries(office) == before + 1


def test_answers_are_kept_without_what_was_said(office: Office, writer: Program):
    writer.post(*note(office, "Words of a witness"), idempotency_key="key-number-7")
    with accounts_of(office.accounts.alias):
        rows = [str(vars(one)) for one in KeyedAct.objects.all()]
        seeds = set(KeyedAct.objects.exclude(answer="").values_list("seed", flat=True))
    assert rows
    assert "Words of a witness" not in "".join(rows)
    assert "key-number-7" not in "".join(rows)
    assert seeds == {""}, "nobody can draw the ids of a done act again"


def test_the_journal_verifies_afterwards(office: Office):
    journal = office.folder.journal(read_only=True)
    report = verify_journal(journal)
    journal.close()
    assert report.problems == ()
