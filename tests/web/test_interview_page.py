"""The interview page over the real server code: recorded, corrected, claimed, closed; kept while it is typed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browsing import PASSWORD, Browser, add_app

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.actions.heard_people import HeardPeople, Person, heard_people


@dataclass
class Room:
    heard: HeardPeople
    browser: Browser
    app: object

    @property
    def record(self):
        return self.heard.view.subject(self.heard.interviews["W-001"])

    def send(self, act: str, **fields: str):
        return self.browser.post(ADDRESS, act=act, **fields)


ADDRESS = "/interviews/IV001X"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    from embers.actions.readings import enrol_server
    from embers.web.accounts.registry import Accounts
    from embers.web.serve import application

    heard = heard_people(tmp_path_factory.mktemp("room"), [Person(1, frozenset({"analysis"}), "")])
    enrol_server(heard.recorder, heard.folder)
    heard.folder.projection().close()
    app = application(heard.folder, accounts=True)
    accounts = Accounts.of(heard.folder)
    founder = next(id for id, one in heard.view.kind("person").items() if one.text("staff-code"))
    accounts.accept(accounts.invite(founder), "staff-01", PASSWORD)
    browser = Browser(app)
    assert browser.log_in("staff-01").status == 302
    add_app(browser)
    yield Room(heard, browser, app)


def _asked(room: Room, number: int, answer: str = "Two men came to the gate.") -> dict[str, str]:
    return {"number": str(number), "question": "What then?", "answer": answer, "language": "en"}


def test_without_an_unlocked_key_nothing_is_signed_and_nothing_typed_is_lost(room: Room) -> None:
    refused = room.send("ask", **_asked(room, 2))
    assert refused.status == 400
    assert "Your signing key is locked" in refused.text
    assert "Two men came to the gate." in refused.text
    assert len(room.record.live("interview-answer")) == 1
    assert room.browser.post("/account/key", passphrase="").status == 302


def test_what_is_typed_is_on_the_server_until_it_is_signed(room: Room) -> None:
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', room.browser.get(ADDRESS).text)
    fields = {"csrfmiddlewaretoken": token[1], "answer": "Two men ca", "question": "What then?"}
    kept = room.browser.send(f"{ADDRESS}/typed", fields)
    assert (kept.status, "kept" in kept.text) == (200, True)
    # Another browser of the same person finds it: nothing of it lives in the browser.
    assert "Two men ca</textarea>" in room.browser.get(ADDRESS).text
    assert b"Two men ca" not in room.heard.folder.journal_path.read_bytes()
    assert room.send("ask", **_asked(room, 2)).status == 302
    assert "Two men ca</textarea>" not in room.browser.get(ADDRESS).text


def test_what_is_typed_elsewhere_in_the_interview_outlives_the_signing_of_one_form(room: Room) -> None:
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', room.browser.get(ADDRESS).text)
    typed = {
        "csrfmiddlewaretoken": token[1],
        "number": "3",
        "answer": "Half a sent",
        "fix-2": "It was thr",
        "x": "y",
    }
    room.browser.send(f"{ADDRESS}/typed", typed)
    shown = room.browser.get(ADDRESS).text
    assert ("Half a sent</textarea>" in shown, "It was thr</textarea>" in shown) == (True, True)
    assert (
        room.send("claim", number="2", words="Two men", incident="X-01", field="conduct-claimed").status
        == 302
    )
    assert room.send("correct", number="2", text="It was thr").status == 302
    shown = room.browser.get(ADDRESS).text
    assert ("Half a sent</textarea>" in shown, "It was thr</textarea>" in shown) == (True, False)
    assert room.send("ask", **_asked(room, 3, "Half a sentence.")).status == 302
    assert "Half a sent</textarea>" not in room.browser.get(ADDRESS).text
    assert room.browser.get("/drafts").text.count('class="draft"') == 0


def test_an_answer_signed_just_before_the_power_failed_is_not_offered_again(room: Room) -> None:
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', room.browser.get(ADDRESS).text)
    typed = {"csrfmiddlewaretoken": token[1], "number": "4", "question": "Then?", "answer": "I ran. "}
    assert room.send("ask", **(_asked(room, 4, "I ran.") | {"question": "Then?"})).status == 302
    room.browser.send(f"{ADDRESS}/typed", typed)  # as it stood on the shelf when the power failed
    assert "I ran. </textarea>" not in room.browser.get(ADDRESS).text
    typed["answer"] = "Another hand took number 4 first."
    room.browser.send(f"{ADDRESS}/typed", typed)
    assert "Another hand took number 4 first.</textarea>" in room.browser.get(ADDRESS).text


def test_an_answer_says_that_no_keeper_has_confirmed_it(room: Room) -> None:
    assert (
        re.findall(r'data-state="(\w+)" href="/sync">Not yet safe', room.browser.get(ADDRESS).text)
        == ["open"] * 4
    )


def test_a_form_sent_twice_records_once(room: Room) -> None:
    before = len(room.record.live("interview-answer"))
    again = room.send("ask", **_asked(room, 2, "The same form, sent again."))
    assert again.status == 302
    assert len(room.record.live("interview-answer")) == before


def test_selected_words_become_a_claim_with_their_place_once(room: Room) -> None:
    claim = {"number": "2", "words": "Two men", "start": "0", "incident": "X-01", "field": "conduct-claimed"}
    for _ in range(2):
        assert room.send("claim", **claim, value="men at the gate").status == 302
    incident = next(iter(room.heard.view.kind("incident").values()))
    made = [one for one in incident.live("conduct-claimed") if one.value["is"] == "men at the gate"]
    assert len(made) == 1
    assert made[0].grounds[0].locator == "answer=2 offset=0-7"
    assert made[0].value["words"] == "Two men"
    assert "<bdi>men at the gate</bdi>, <q>Two men</q>" in room.browser.get(ADDRESS).text
    wrong = room.send("claim", **{**claim, "words": "Three men"}, value="x")
    assert (wrong.status, "not in answer 2" in wrong.text) == (400, True)


def test_a_number_is_counted_in_what_its_field_counts(room: Room) -> None:
    claim = {"number": "2", "words": "Two", "incident": "X-01", "value": "2"}
    for field in ("munitions-count", "injured"):
        assert room.send("claim", **claim, field=field).status == 302
    incident = next(iter(room.heard.view.kind("incident").values()))
    units = [incident.live(field)[0].value["is"]["unit"] for field in ("munitions-count", "injured")]
    assert units == ["missiles", "persons"]
    assert (
        'value="weapon-use"' not in room.browser.get(ADDRESS).text
    )  # several parts; it has a form of its own


def test_a_correction_stands_beside_and_the_account_closes_only_when_it_was_read_back(room: Room) -> None:
    assert room.send("correct", number="2", text="It was three men.").status == 302
    shown = room.browser.get(ADDRESS).text
    assert "Two men came to the gate." in shown
    assert "It was three men." in shown
    early = room.send("close", interviewee="paper", interviewer="key")
    assert (early.status, "not read back to the end" in early.text) == (400, True)
    assert room.send("read-back", language="en", by="staff-01").status == 302
    assert room.send("close", interviewee="paper", interviewer="key").status == 302
    closed = room.record.value("interview-closed")
    with room.heard.folder.objects().open(closed["transcript"]) as handle:
        text = handle.read().decode()
    assert "[A2] Two men came to the gate." in text
    assert "[C2 to A2] It was three men." in text
    late = room.send("ask", **_asked(room, 5))
    assert (late.status, "is closed" in late.text) == (400, True)


def test_whoever_reads_less_than_confidential_does_not_learn_that_it_exists(room: Room) -> None:
    assert Browser(room.app).get(ADDRESS).headers.get("Location", "").startswith("/account/log-in")
    assert room.browser.get("/interviews/IV999X").status == 404
