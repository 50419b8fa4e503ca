"""Pages of fieldwork: an examination marked on the body and stated on by a clinician; a mission planned and made."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import PASSWORD, Browser, add_app

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.actions.clinicians import enrolled
from tests.actions.heard_people import HeardPeople, Person, heard_people

PAGE = "/examinations/E-01"


@dataclass
class Ward:
    heard: HeardPeople
    lead: Browser
    clinician: Browser
    outside: Browser

    @property
    def examination(self):
        return next(iter(self.heard.view.kind("examination").values()))

    def bare(self) -> str:
        return self.examination.id.partition(":")[2]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    from embers.actions.readings import enrol_server
    from embers.actions.signer import signer
    from embers.web.accounts.registry import Accounts
    from embers.web.serve import application

    heard = heard_people(tmp_path_factory.mktemp("ward"), [Person(1, frozenset({"analysis"}), "")])
    doctor, analyst = (
        enrolled(heard, "staff-07"),
        enrolled(heard, "staff-09", role="analyst", qualified=False),
    )
    _lower(heard, analyst)
    enrol_server(heard.recorder, heard.folder)
    heard.folder.projection().close()
    app = application(heard.folder, accounts=True)
    accounts = Accounts.of(heard.folder)
    browsers = []
    for recorder, code in ((heard.recorder, "staff-01"), (doctor, "staff-07"), (analyst, "staff-09")):
        accounts.accept(accounts.invite(signer(recorder)), code, PASSWORD)
        browser = Browser(app)
        assert browser.log_in(code).status == 302
        if code != "staff-09":
            add_app(browser)
        assert browser.post("/account/key", passphrase="").status == 302
        browsers.append(browser)
    yield Ward(heard, *browsers)


def _lower(heard: HeardPeople, recorder: object) -> None:
    """Let somebody read up to internal only."""
    from tests.actions.clinicians import rules

    from embers.actions.grants import give_role, take_role_back
    from embers.actions.signer import signer

    person = signer(recorder)
    heard.record(take_role_back(heard.recorder, rules(heard), person, "analyst"))
    heard.record(give_role(heard.recorder, rules(heard), person, "analyst", level="internal"))


def _draft(text: str) -> str:
    return re.search(r'name="draft" value="([^"]+)"', text)[1]


def _send(browser: Browser, path: str, **fields: str):
    return browser.post(path, draft=_draft(browser.get(path).text), **fields)


def test_it_is_begun_only_with_somebodys_agreement(ward: Ward) -> None:
    where = "/records/examination/new"
    assert where in ward.lead.get("/records/examination").text
    fields = {"code": "E-01", "kind": "clinical", "person.words": "W-001"}
    refused = _send(ward.lead, where, **fields)
    assert (refused.status, "No interview is named" in refused.text) == (422, True)
    begun = _send(ward.lead, where, **fields, **{"interview.words": "IV001X"})
    assert begun.status == 302, begun.text
    assert urlsplit(begun.headers["Location"]).path == PAGE


def test_a_region_of_the_drawing_leads_to_the_form_filled_in_and_a_list_does_too(ward: Ward) -> None:
    shown = ward.lead.get(PAGE).text
    links = re.findall(
        r'<a href="(/records/examination/[^"]+)" tabindex="-1" aria-label="upper back, left"', shown
    )
    assert len(links) == 1
    link = links[0].replace("&amp;", "&")
    given = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert (given["v.code"], given["v.region"], given["v.side"], given["v.aspect"]) == (
        "F-1",
        "upper-back",
        "left",
        "back",
    )
    form = ward.lead.get(link).text
    assert '<option value="upper-back" selected>' in form
    assert f'<option value="{given["v.side"]}" selected>' in form
    for codes in ("body-region", "body-side", "body-aspect"):
        assert f'<select id="c-{codes}"' in shown  # the same without the drawing
    place = f"{urlsplit(link).path}?field=body-finding"
    told = {
        "v.kind": "scar",
        "v.description": "Linear pale scar.",
        "v.length_mm": "42",
        "v.observed_by": "F-09",
    }
    sent = _send(ward.lead, place, **{name: v for name, v in given.items() if name != "field"}, **told)
    assert sent.status == 302, sent.text
    shown = ward.lead.get(PAGE).text
    assert '<tr id="F-1">' in shown
    assert "42 mm" in shown
    assert 'href="#F-1"' in shown  # the number on the drawing
    assert 'value="F-2"' in shown  # the next one


def test_anybody_else_is_told_why_not_and_the_clinician_states(ward: Ward) -> None:
    assert "Only a clinician of the case" in ward.lead.get(PAGE).text
    stating = {
        "finding": "F-1",
        "degree": "consistent",
        "account": "struck with a belt",
        "reasons": "Its shape fits; many causes leave such a scar.",
        "answer": "1",
    }
    refused = _send(ward.lead, f"{PAGE}/state", **stating)
    assert (refused.status, "Only a clinician of the case" in refused.text) == (422, True)
    assert not ward.examination.live("consistency-stated")
    assert _send(ward.clinician, f"{PAGE}/state", **stating).status == 302
    held = ward.examination.live("consistency-stated")
    assert len(held) == 1
    assert held[0].grounds[0].locator == "answer=1"
    shown = ward.lead.get(PAGE).text
    assert "consistent with" in shown
    assert "Stated by staff-07" in shown
    assert "forensic physician" in shown


def test_who_may_not_read_it_does_not_learn_that_it_exists(ward: Ward) -> None:
    assert ward.outside.get(PAGE).status == 404
    assert ward.outside.get(f"{PAGE}/state").status == 404
    assert "not in this case" in ward.outside.get(PAGE).text
    assert "Linear pale scar" not in ward.outside.get(f"/records/examination/{ward.bare()}").text


def test_what_is_told_of_a_detention_names_the_interview_it_was_told_in(ward: Ward) -> None:
    fields = {
        "v.detention-code": "D-01",
        "v.detention-of.words": "W-001",
        "v.detention-period": "2031-05-01/..",
    }
    bare = _send(ward.lead, "/records/detention/new", **fields)
    assert (bare.status, "rests on nothing" in bare.text) == (422, True)
    told = _send(ward.lead, "/records/detention/new", **fields, **{"b0.words": "IV001X", "b0.at": "answer=1"})
    assert told.status == 302, told.text
    detention = next(iter(ward.heard.view.kind("detention").values()))
    grounds = {(one.target, one.locator) for one in detention.live("detention-period")[0].grounds}
    assert grounds == {(ward.heard.interviews["W-001"], "answer=1")}


def test_a_mission_shows_the_plan_beside_what_became_of_it_and_each_reader_what_they_may_read(
    ward: Ward,
) -> None:
    from embers.actions.mission_packs import account_for, give_out
    from embers.actions.missions import Plan, plan_mission, settle_stop
    from embers.ids import new_subject
    from embers.objects.age_key import AgeIdentity

    heard, recorder = ward.heard, ward.heard.recorder
    around = recorder.surroundings
    place = new_subject("place", around.randomness)
    plan = Plan(
        "M-01",
        "To the square",
        "2026-05-02/2026-05-09",
        "VEL",
        "To see the square.",
        ["What fell?"],
        [("F-03", "site")],
        stops=[("2026-05-03", place), ("2026-05-05", place)],
        risks=["wqzrisk: hard ground only."],
    )
    mission, act = plan_mission(recorder, plan)
    heard.record(act)
    gone = {"outcome": "not-made", "reason": "wqzclosed road"}
    heard.record(settle_stop(recorder, mission, "2026-05-05", place, **gone))
    key = AgeIdentity.fresh(around.randomness).recipient
    today = around.clock.now().date().isoformat()
    _, act = give_out(
        recorder, heard.view, heard.view.subject(mission), device="K-7", recipient=key, expires=today
    )
    heard.record(act)
    shown = ward.lead.get("/missions/M-01").text
    assert "wqzclosed road" in shown
    assert "wqzrisk" in shown
    assert "1 planned stops" in shown  # why it cannot be closed yet
    assert "on the device" in shown
    internal = ward.outside.get("/missions/M-01").text
    assert "wqzclosed road" in internal
    assert "wqzrisk" not in internal
    heard.record(
        settle_stop(recorder, mission, "2026-05-03", place, outcome="made", what="Seen."),
        account_for(recorder, heard.view.subject(mission), "K-7", state="returned", day=today, by="F-03"),
    )
    shown = ward.lead.get("/missions/M-01").text
    assert "on the device" not in shown
    assert "field=mission-debrief" in shown
    assert ward.lead.get("/missions/M-99").status == 404
