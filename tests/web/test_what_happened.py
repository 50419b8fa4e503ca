"""The pages of counts, of who commanded, and of pairs to judge, read and signed as people do."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from html import unescape
from urllib.parse import urlencode

import pytest
from browsing import PASSWORD, Browser, add_app
from velmora import Velmora, happenings, units, velmora, with_account

from embers.access.standing import OPEN, Standing
from embers.actions.incidents import ask_for_reply, merge_incident, note_reply
from embers.actions.people import say_of_person
from embers.journal.assertion import Relation
from embers.people.command import who_commanded
from embers.people.identity import identities, pair_of
from embers.projections.view import ProjectedCase
from embers.web.serve import application


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Velmora:
    found = velmora(tmp_path_factory.mktemp("velmora"))
    units(found)
    happenings(found)
    found.folder.projection()
    return found


@pytest.fixture(scope="module")
def app(made: Velmora) -> object:
    found = application(made.folder, accounts=True)
    with_account(made, "analyst", PASSWORD)
    with_account(made, "reader-of-all", PASSWORD, level="confidential")
    return found


@pytest.fixture(scope="module")
def browser(app: object) -> Browser:
    opened = Browser(app)
    assert opened.log_in("analyst").status == 302
    return opened


@pytest.fixture(scope="module")
def reader_of_all(app: object) -> Browser:
    opened = Browser(app)
    assert opened.log_in("reader-of-all").status == 302
    add_app(opened)
    assert opened.post("/account/key", passphrase="").status == 302
    return opened


def words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_a_pair_is_judged_only_with_an_unlocked_key_and_can_be_taken_back(
    made: Velmora, browser: Browser
) -> None:
    shown = browser.get("/identity?kind=person")
    assert "Log in and unlock your key to judge" in words(shown.text)
    first, second = re.findall(r'name="(?:first|second)" value="([^"]+)"', shown.text)
    chosen = {"first": first, "second": second, "judgement": "same", "reasons": "one list of the dead"}
    refused = browser.post("/identity?kind=person", **chosen)
    assert (refused.status, "your key is not unlocked" in refused.text) == (403, True)
    assert browser.post("/account/key", passphrase="").status == 302
    done = browser.post("/identity?kind=person", **chosen)
    assert done.status == 302
    assert pair_of(first, second) in identities(made.view.kind("person").values()).judged
    after = browser.get(done.headers["Location"])
    assert "one list of the dead" in after.text
    assert "The judgement is signed." in after.text
    assert "Shown together" in after.text
    (taken,) = set(re.findall(r'name="take-back" value="([^"]+)"', after.text))
    assert browser.post("/identity?kind=person", **{"take-back": taken}).status == 302
    assert not identities(made.view.kind("person").values()).judged
    assert "Shown together" not in browser.get("/identity?kind=person").text
    wrong = browser.post("/identity?kind=person", **(chosen | {"judgement": "guilty"}))
    assert wrong.status == 400
    assert browser.get("/identity?kind=report").status == 400


def test_counts_never_show_a_missing_figure_as_nought(made: Velmora, browser: Browser) -> None:
    told = words(browser.get("/counts?by=incident").text)
    assert (
        "V-1 1 6 to 8 1 incident contested 2 people known to the case not known 1 incident with people harmed"
        in told
    )
    assert "V-2 1 none at least 3 not known" in told
    assert "killed: 2 people known, fewer than any figure (6 to 8)." in told
    answer = browser.get("/counts.csv?by=place")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["Content-Type"].startswith("text/csv")
    tevri = next(row for row in rows if "Tevri" in row["place"])
    assert (tevri["killed_min"], tevri["killed_max"], tevri["killed_incidents_not_known"]) == ("0", "0", "1")
    assert (tevri["missing_min"], tevri["missing_max"]) == ("", "")


def test_who_commanded_names_gaps_and_sources(browser: Browser, reader_of_all: Browser) -> None:
    told = words(reader_of_all.get(f"/command?{urlencode({'place': 'Կարսել', 'day': '2031-05-07'})}").text)
    assert "Velmoran army : held" in told
    assert "V-112 2nd battalion of the 11th brigade : stationed" in told
    assert "C-01 Aren Dovik / Арен Довик : commander not sure for that day" in told
    assert "O-3 3rd regiment : a unit is recorded there on another day only" in told
    assert "Bulletin of the army" in told
    assert "Karsel" in words(browser.get("/command?day=2031-05-12").text)
    assert "different parties" in words(browser.get("/command?day=2031-05-12").text)
    hidden = words(browser.get("/command?place=Karsel&day=2031-05-07").text)
    assert "V-112" not in hidden
    assert "no unit is recorded" not in hidden  # there may be one that this reader may not read of
    assert "You are shown what you may read." in hidden
    assert "No place is called Nowhere" in words(
        reader_of_all.get("/command?place=Nowhere&day=2031-05-07").text
    )
    assert reader_of_all.get("/command?place=Karsel&day=yesterday").status == 400


def test_an_incident_shows_acts_statements_and_where_a_merged_code_leads(
    made: Velmora, browser: Browser
) -> None:
    told = words(browser.get("/incidents/V-1").text)
    assert "Shells fell on the market." in told
    assert "launched from" in told
    assert "searched for and none found" in told
    assert "2 persons (child, civilian)" in told
    assert "claimed by the attacker" in told
    assert "cannot be located" in words(browser.get("/incidents/V-4").text)
    made.record(
        merge_incident(made.recorder, made.view, made.ids["V-4"], made.ids["V-3"], reason="one event")
    )
    made.folder.projection()
    moved = browser.get("/incidents/V-4")
    assert (moved.status, moved.headers["Location"]) == (302, "/incidents/V-3")
    assert "Former code V-4" in words(browser.get("/incidents/V-3").text)


def test_the_right_of_reply_is_told_from_the_letter_to_its_effect(made: Velmora, browser: Browser) -> None:
    recorder, ids = made.recorder, made.ids
    assert "No letter is recorded." in words(browser.get("/incidents/V-2").text)
    letters = [
        made.record(ask_for_reply(recorder, ids["V-2"], ids[to], sent="2031-08-01", due=due))
        for to, due in (("ministry", "2031-09-01"), ("army", "2999-01-01"))
    ]
    made.folder.projection()
    page = browser.get("/incidents/V-2")
    told = words(page.text)
    assert "sent 1 August 2031 · answer asked for by 1 September 2031" in told
    assert told.count("Neither an answer nor silence is recorded.") == 2
    assert f"field=reply-outcome&amp;v.letter={letters[0]}" in page.text
    form = browser.get(
        f"/records/incident/{ids['V-2'].partition(':')[2]}/add?field=reply-outcome&v.letter={letters[0]}"
    )
    assert f'value="{letters[0]}"' in form.text
    held = made.view.held(letters)
    made.record(note_reply(recorder, held[letters[0]], "silence", day="2031-09-02", effect="Nothing."))
    made.folder.projection()
    told = words(browser.get("/incidents/V-2").text)
    assert "no answer by the day named · 2 September 2031" in told
    assert "What it changed: Nothing." in told
    assert told.count("Neither an answer nor silence is recorded.") == 1
    # The letter is taken back: what came of it is not lost from sight.
    made.say(ids["V-2"], "note", "never sent", Relation("retracts", letters[0]))
    made.folder.projection()
    assert "To a letter that is not shown here" in words(browser.get("/incidents/V-2").text)


def test_a_search_and_a_family_are_told_from_both_sides(
    made: Velmora, browser: Browser, reader_of_all: Browser
) -> None:
    ids, basis = made.ids, made.basis()
    for state, since in (("found-alive", "2031-07-09"), ("missing", "2031-05-07")):
        value = {
            "state": state,
            "since": since,
            "place": ids["karsel"],
            "circumstances": "Last seen at the market.",
        }
        made.record(say_of_person(made.recorder, ids["W-003"], "missing-report", value, basis=basis))
    value = {"state": "separated", "since": "2031-05-08"}
    made.record(say_of_person(made.recorder, ids["W-002"], "missing-report", value, basis=basis))
    made.folder.projection()
    at = {code: f"/records/person/{ids[code].partition(':')[2]}" for code in ("W-001", "W-002", "W-003")}
    told = words(reader_of_all.get(at["W-003"]).text)
    first, second = told.index("missing · since 7 May 2031"), told.index("found alive · since 9 July 2031")
    assert first < second, "by the day, not by when it was recorded"
    child, parent = (words(reader_of_all.get(at[code]).text) for code in ("W-002", "W-001"))
    assert re.search(r"Family .*?W-001 .*?: parent", child)
    assert re.search(r"Family .*?W-002 .*?: this person is recorded as their parent", parent)
    listed = words(reader_of_all.get("/missing").text)
    assert re.search(
        r"separated from the family 1 .*W-002 .*found alive 1 .*W-003 .*9 July 2031 .*Karsel", listed
    )
    # Both are confidential: whoever reads less learns of none, and is told that there may be more.
    assert "None is recorded." in words(browser.get("/missing").text)
    hidden = words(browser.get(at["W-003"]).text)
    assert "No search is recorded that you may read." in hidden
    assert "Last seen" not in hidden


def test_a_reader_without_confidential_rights_sees_no_unit(made: Velmora) -> None:
    database = made.folder.projection_to_read().as_read_by(Standing(OPEN))
    answer = who_commanded(ProjectedCase(database), made.ids["karsel"], date(2031, 5, 7))
    assert answer.units == ()
