"""The API as a program uses it: reading, lists with cursors, writing once, bytes in and out."""

from __future__ import annotations

import hashlib
import json

import pytest
from asking import Program, program, told
from circle_case import SECRET
from office import Office

from embers.journal.verify import verify_journal


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def reader(office: Office) -> Program:
    return program(office, "lawyer")


@pytest.fixture(scope="module")
def writer(office: Office) -> Program:
    return program(office, "investigator", unlocked=True)


def test_the_document_tells_of_every_operation_without_a_token(office: Office):
    answer = Program(office.app).ask("GET", "/api/openapi.json")
    assert answer.status == 200
    document = told(answer)
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/incidents/{code}" in document["paths"]
    assert "Testford" not in answer.text


def test_records_of_every_kind_are_read(office: Office, reader: Program):
    circle = office.circle
    incident = told(reader.get("/incidents/EX-1"))
    assert incident["id"] == circle.incident
    assert incident["values"]["incident-title"]["value"]["text"] == "Shelling of Testford"
    assert {one["predicate"] for one in incident["assertions"]} >= {"killed", "incident-code"}
    assert told(reader.get(f"/records/{circle.incident}")) == incident
    place = told(reader.get(f"/records/{circle.place}"))
    assert place["kind"] == "place"
    assert told(reader.get("/sources/S1"))["id"] == circle.source
    kinds = told(reader.get("/kinds/organisation/records"))
    assert [one["id"] for one in kinds["rows"]] == [circle.organisation]
    assert told(reader.get("/kinds/person/records?limit=2"))["next"]
    assert told(reader.get("/case"))["records"]["incident"] == 1
    assert "killed" in told(reader.get("/vocabulary"))["predicates"]


def test_search_tells_why_and_trace_walks_both_ways(reader: Program, office: Office):
    found = told(reader.get("/search?q=testford"))
    assert found["rows"][0]["why"][0]["matched"].casefold() == "testford"
    assert found["exact"]
    walked = told(reader.get("/trace/EX-1"))
    assert walked["start"] == office.circle.incident
    assert walked["down"][0]["entry"]["log"]
    assert told(reader.get("/map"))["type"] == "FeatureCollection"


def test_journal_entries_come_with_their_proof(reader: Program):
    logs = told(reader.get("/journal"))["logs"]
    assert logs[0]["checkpoint"].startswith(logs[0]["origin"])
    entry = told(reader.get("/incidents/EX-1"))["assertions"][0]["entry"]
    proof = told(reader.get(f"/entries/{entry}"))
    assert proof["proof"]["sound"] is True
    assert proof["assertions"][0]["entry"] == entry
    state = told(reader.get("/verification"))
    assert state["current"] is True
    assert state["entries"] == sum(log["size"] for log in logs)


def test_an_answer_that_is_known_is_not_sent_again(reader: Program):
    first = reader.get("/incidents/EX-1")
    again = reader.get("/incidents/EX-1", if_none_match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_pages_of_a_list_stay_while_records_come(writer: Program):
    for number in range(5):
        body = {
            "kind": "place",
            "assertions": [{"predicate": "place-name", "value": name(f"Village {number}")}],
        }
        assert writer.post("/records", body).status == 201
    first = writer.get("/kinds/place/records?limit=2")
    page = told(first)
    link = first.headers["Link"]
    assert link.endswith('; rel="next"')
    body = {"kind": "place", "assertions": [{"predicate": "place-name", "value": name("A new one")}]}
    assert writer.post("/records", body).status == 201
    seen = [one["id"] for one in page["rows"]]
    while page["next"]:
        page = told(writer.get(f"/kinds/place/records?limit=2&after={page['next']}"))
        seen += [one["id"] for one in page["rows"]]
    assert len(seen) == len(set(seen))
    assert len(seen) >= 6
    followed = writer.ask("GET", link[1 : link.index(">")])
    assert [one["id"] for one in told(followed)["rows"]] == seen[2:4]


def name(text: str) -> dict[str, str]:
    return {"name": text, "lang": "en", "used_by": "unknown"}


def test_a_claim_is_added_corrected_disputed_and_retracted(office: Office, writer: Program):
    circle = office.circle
    quantity = {"op": "eq", "n": 4, "unit": "persons"}
    value = {
        "claimant": circle.organisation,
        "side": "unknown",
        "scope": "incident",
        "reading": "direct",
        "is": quantity,
    }
    body = {"predicate": "killed", "value": value, "basis": [{"source": circle.source, "locator": "page=2"}]}
    seen = writer.get(f"/records/{circle.incident}").headers["ETag"]
    made = writer.post(f"/records/{circle.incident}/assertions", body, if_match=seen)
    assert made.status == 201, made.text
    (claim,) = told(made)["assertions"]
    entry = told(writer.get(f"/entries/{told(made)['entry']}"))
    assert entry["entry"]["role"] == "investigator"
    assert entry["proof"]["sound"]
    assert told(writer.get(f"/claims/{claim}"))["basis"] == [{"target": circle.source, "locator": "page=2"}]
    late = writer.post(f"/records/{circle.incident}/assertions", body, if_match=seen)
    assert (late.status, told(late)["code"]) == (412, "api.changed")
    corrected = {"value": {**value, "is": {**quantity, "n": 5}}, "reason": "misread", "basis": body["basis"]}
    fresh = told(writer.post(f"/assertions/{claim}/correct", corrected))["assertions"][0]
    assert told(writer.get(f"/assertions/{claim}"))["status"] == "superseded"
    assert writer.post(f"/assertions/{fresh}/dispute", {"reason": "another count"}).status == 201
    assert told(writer.get(f"/assertions/{fresh}"))["disputed"]
    assert writer.post(f"/assertions/{fresh}/retract", {"reason": "withdrawn"}).status == 201
    assert told(writer.get(f"/assertions/{fresh}"))["status"] == "retracted"


def test_competing_values_are_decided(office: Office, writer: Program):
    circle = office.circle
    ids = []
    for text in ("Shelling of the town", "Shelling at noon"):
        body = {"predicate": "incident-title", "value": {"text": text, "lang": "en"}}
        ids += told(writer.post(f"/records/{circle.incident}/assertions", body))["assertions"]
    assert told(writer.get("/incidents/EX-1"))["values"]["incident-title"]["contested"]
    body = {"predicate": "incident-title", "chosen": ids[1], "rule": "the most exact one"}
    assert writer.post(f"/records/{circle.incident}/decisions", body).status == 201
    title = told(writer.get("/incidents/EX-1"))["values"]["incident-title"]
    assert title["value"]["text"] == "Shelling at noon"


def test_bytes_become_an_item_with_custody_and_are_read_by_ranges(writer: Program):
    data = b"Exercise. " * 500
    sha256 = hashlib.sha256(data).hexdigest()
    item = {"sha256": sha256, "name": "talk.txt", "title": "Talk", "source": "Exercise", "method": "sent"}
    early = writer.post("/items", item)
    assert told(early)["code"] == "action.upload"
    other = writer.ask("PUT", f"/api/v1/objects/{sha256}", data=data + b"x")
    assert (other.status, told(other)["code"]) == (422, "object.mismatch")
    for _ in range(2):
        sent = writer.ask("PUT", f"/api/v1/objects/{sha256}", data=data)
        assert (sent.status, told(sent)) == (201, {"sha256": sha256, "size": len(data)})
    assert writer.get(f"/objects/{sha256}").status == 404, "no entry names it yet"
    made = writer.post("/items", item)
    assert made.status == 201, made.text
    subject = told(made)["subjects"][0]
    record = told(writer.get(f"/items/{subject.partition(':')[2]}"))
    assert "item-warning" not in {one["predicate"] for one in record["assertions"]}
    part = writer.get(f"/objects/{sha256}", range="bytes=0-7")
    assert (part.status, part.body) == (206, b"Exercise")
    head = writer.ask("HEAD", f"/api/v1/objects/{sha256}")
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(data)))
    seal = {"step": "seal", "number": "S-1", "detail": "bag 4"}
    assert writer.post(f"/items/{subject}/custody", seal).status == 201
    assert told(writer.post(f"/items/{subject}/custody", seal))["code"] == "action.custody-sealed"
    looked = {"step": "access", "reason": "to compare", "detail": "Looked at."}
    assert writer.post(f"/items/{subject}/custody", looked).status == 201


def test_what_an_act_of_its_own_says_is_not_written_by_hand(office: Office, writer: Program):
    circle, person = office.circle, office.people.persons["investigator"]
    given = {"role": "case-lead", "level": "confidential"}
    for subject, predicate, value in (
        (person, "role-given", given),
        (person, "signing-key", {"alg": "ed25519", "key": "x"}),
        (circle.incident, "record-read", {"reader": person, "page": "x"}),
    ):
        answer = writer.post(f"/records/{subject}/assertions", {"predicate": predicate, "value": value})
        assert told(answer)["code"] == "action.not-by-hand", predicate
    answer = writer.post("/records", {"kind": "compartment", "assertions": [{"predicate": "x", "value": 1}]})
    assert told(answer)["code"] == "action.not-by-hand"


def test_a_hidden_record_cannot_be_named(office: Office, writer: Program):
    circle = office.circle
    body = {"predicate": "note", "value": "see there", "basis": [{"item": circle.item}]}
    hidden = writer.post(f"/records/{circle.incident}/assertions", body)
    body["basis"] = [{"item": "item:00000000-0000-4000-8000-000000000000"}]
    absent = writer.post(f"/records/{circle.incident}/assertions", body)
    assert hidden.status == absent.status == 404
    for address in (f"/records/{circle.item}/assertions", f"/assertions/{circle.note}/retract"):
        answer = writer.post(address, {"predicate": "note", "value": "x", "reason": "x"})
        assert answer.status == 404, address
        assert SECRET not in answer.text
    upload = {"sha256": circle.sha256, "name": "a", "title": "a", "source": "a", "method": "a"}
    assert told(writer.post("/items", upload))["code"] == "action.upload", "knowing a digest gives no bytes"


def test_no_key_no_act(office: Office):
    locked = program(office, "investigator")
    body = {"predicate": "note", "value": "x"}
    path = f"/records/{office.circle.incident}/assertions"
    assert told(locked.post(path, body))["code"] == "access.key-locked"
    assert told(locked.post(path, body, idempotency_key=""))["code"] == "api.key"
    wrong = locked.post("/key", {"passphrase": "wrong"})
    assert wrong.status in {200, 403}
    assert locked.post("/key", {"passphrase": ""}).status == 200
    assert told(locked.get("/me"))["key_unlocked"]
    assert locked.post(path, body).status == 201
    assert locked.ask("DELETE", "/api/v1/key").status == 204
    assert told(locked.post(path, body))["code"] == "access.key-locked"


@pytest.mark.parametrize(
    "sent",
    [
        b"[" * 5000,
        b'{"predicate":' * 900,
        b'{"predicate": "note", "value": 1.5}',
        b'{"predicate": "note", "value": NaN}',
        b'{"predicate": "note", "predicate": "note", "value": "x"}',
        b'{"predicate": "note", "value": "\\ud800"}',
        b'{"predicate": "note", "value": 123456789012345678901234567890}',
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_journal_value_is_refused(office: Office, writer: Program, sent: bytes):
    path = f"/api/v1/records/{office.circle.incident}/assertions"
    answer = writer.ask("POST", path, data=sent, content_type="application/json")
    assert answer.status == 400, answer.text
    assert told(answer)["code"] == "api.body"
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_is_not_said_to_be_json_is_refused(office: Office, writer: Program):
    path = f"/api/v1/records/{office.circle.incident}/assertions"
    answer = writer.ask(
        "POST", path, data=json.dumps({"predicate": "note", "value": "x"}).encode(), content_type="text/plain"
    )
    assert (answer.status, told(answer)["code"]) == (415, "api.media")


def test_before_there_are_accounts_the_holder_reads_and_nobody_writes(tmp_path):
    from answers import reader as plain
    from circle_case import Circle

    from embers.web.serve import application

    circle = Circle(tmp_path)
    circle.folder.projection().close()
    app = application(circle.folder, accounts=True)
    assert plain(app)("/api/v1/incidents/EX-1").status == 200
    answer = Program(app).post("/records", {"kind": "place", "assertions": []})
    assert (answer.status, told(answer)["code"]) == (401, "api.token")


def test_the_journal_verifies_afterwards(office: Office, writer: Program):
    del writer
    journal = office.folder.journal(read_only=True)
    report = verify_journal(journal)
    journal.close()
    assert report.problems == ()
