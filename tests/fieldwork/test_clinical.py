"""Detention and injury: what rests on whom, what only a clinician states, and how far consent lets any of it go."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from tests.actions.clinicians import PAPERS, enrolled, rules
from tests.actions.heard_people import TALK, HeardPeople, Person, heard_people
from tests.cli.called import embers

from embers.actions.clinical import (
    Consistency,
    DeathStated,
    open_examination,
    qualify,
    record_of_examination,
    state_consistency,
    state_death,
    stated_by_clinicians,
)
from embers.actions.consent import Scope, change_consent, explain_consent, withdraw_consent
from embers.actions.editions import consented, stale
from embers.actions.grants import take_role_back
from embers.actions.interviews import link_item
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act
from embers.actions.records import Written, add_value, new_record
from embers.actions.reports import build_and_record
from embers.actions.signer import signer
from embers.errors import AccessDenied, ActionError, ConsentError, FieldworkError
from embers.fieldwork.body_map import CAPTIONS, VIEWS, body_map_svg, marks, places_of, shapes
from embers.fieldwork.examination import Examination
from embers.ids import new_subject
from embers.journal.assertion import Basis
from embers.vocabulary.loader import load_vocabulary

DAY = "2031-06-01"
FINDING = {
    "code": "F-1",
    "region": "upper-back",
    "side": "left",
    "aspect": "back",
    "kind": "scar",
    "description": "Linear pale scar.",
    "length_mm": 42,
    "width_mm": 3,
    "observed_by": "staff-07",
}
STATED = Consistency(
    "F-1", "consistent", "blows with a belt", "Its shape fits; many causes leave such a scar."
)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> HeardPeople:
    uses = ("analysis", "publish-named", "publish-anonymous", "share")
    people = [
        Person(1, frozenset(uses), ""),
        Person(2, frozenset(), ""),
        Person(3, frozenset({"analysis", "publish-anonymous"}), ""),
    ]
    return heard_people(tmp_path_factory.mktemp("clinical"), people)


def _person(heard: HeardPeople, code: str) -> str:
    return str(heard.view.subject(heard.interviews[code]).value("interview-of"))


def _opened(
    heard: HeardPeople, code: str, *, of: str = "W-001", kind: str = "clinical", agreed: str = ""
) -> str:
    id, act = open_examination(
        heard.recorder,
        heard.view,
        code=code,
        kind=kind,
        person=_person(heard, of),
        interview=heard.interviews[agreed] if agreed else "",
    )
    heard.record(act)
    return id


def _record(heard: HeardPeople, examination: str, *values: tuple[str, object]) -> None:
    heard.record(record_of_examination(heard.recorder, heard.view.subject(examination), list(values)))


def test_nobody_is_examined_without_having_agreed(heard: HeardPeople) -> None:
    with pytest.raises(ConsentError, match="No interview is named"):
        _opened(heard, "E-X")
    with pytest.raises(FieldworkError, match="not an interview with the person examined"):
        _opened(heard, "E-X", agreed="W-002")
    with pytest.raises(ConsentError, match=r"IV002X: .* Nobody is examined against that"):
        _opened(heard, "E-X", of="W-002", agreed="W-002")
    assert not heard.view.kind("examination")


def test_only_a_clinician_states_a_degree_and_the_error_says_why(heard: HeardPeople) -> None:
    examination = _opened(heard, "E-01", agreed="W-001")
    _record(heard, examination, ("body-finding", FINDING))

    def state(recorder, stated=STATED):
        return state_consistency(recorder, rules(heard), heard.view, heard.view.subject(examination), stated)

    with pytest.raises(AccessDenied, match="Only a clinician of the case states") as refused:
        state(heard.recorder)  # the founder and case lead
    assert refused.value.code == "access.clinician"
    investigator = enrolled(heard, "staff-02", role="investigator")  # qualified, and not in this role
    with pytest.raises(AccessDenied, match="you are none"):
        state(investigator)
    clinician = enrolled(heard, "staff-07", qualified=False)
    with pytest.raises(AccessDenied, match="Nobody has recorded your qualification"):
        state(clinician)
    with pytest.raises(AccessDenied, match="You may not record somebody's qualification"):
        qualify(clinician, rules(heard), signer(clinician), PAPERS)
    with pytest.raises(AccessDenied, match="Nobody vouches for their own"):
        qualify(heard.recorder, rules(heard), signer(heard.recorder), PAPERS)
    heard.record(qualify(heard.recorder, rules(heard), signer(clinician), PAPERS))
    with pytest.raises(FieldworkError, match="has no finding 'F-9'"):
        state(clinician, replace(STATED, finding="F-9"))
    clinician.record(state(clinician))
    clinician.record(state(clinician, replace(STATED, degree="highly-consistent")))
    other = enrolled(heard, "staff-08")
    other.record(state(other, replace(STATED, degree="not-consistent")))
    found = Examination.of(heard.view.subject(examination)).findings[0]
    degrees = {(said.value["clinician"], said.value["degree"]) for said in found.stated}
    assert degrees == {(signer(clinician), "highly-consistent"), (signer(other), "not-consistent")}
    assert all(said.value["qualification"].startswith("forensic physician") for said in found.stated)
    with pytest.raises(ActionError):  # nor by the form that adds any value, nor by the one for what was seen
        add_value(heard.recorder, examination, Written("consistency-stated", dict(found.stated[0].value)))
    with pytest.raises(FieldworkError, match="stated by a clinician"):
        _record(heard, examination, ("consistency-stated", dict(found.stated[0].value)))


def test_a_statement_signed_by_somebody_else_counts_for_nothing_and_a_clinician_who_left_still_stated(
    heard: HeardPeople,
) -> None:
    examination = next(
        id for id, one in heard.view.kind("examination").items() if one.text("examination-code") == "E-01"
    )
    genuine = heard.view.subject(examination).live("consistency-stated")
    forged = heard.recorder.new_assertion(
        examination, "consistency-stated", {**genuine[0].value, "degree": "diagnostic"}
    )
    heard.record(Act("clinician.state", (forged,)))  # as a program would that asks nobody
    held = heard.view.subject(examination).live("consistency-stated")
    assert forged.id in {one.id for one in held}
    counting = stated_by_clinicians(heard.view, rules(heard), heard.recorder.journal.roster(), held)
    assert counting == {one.id for one in genuine}
    left = str(genuine[0].value["clinician"])
    heard.record(take_role_back(heard.recorder, rules(heard), left, "clinician"))
    assert stated_by_clinicians(heard.view, rules(heard), heard.recorder.journal.roster(), held) == counting


def test_what_is_seen_has_a_number_of_its_own_and_the_dead_have_their_fields(heard: HeardPeople) -> None:
    examination = _opened(heard, "E-02", kind="body")
    scene = {
        "found": "2031-05-02",
        "found_by": "staff-01",
        "description": "Beside the yard wall.",
        "photographed": True,
        "sketch": False,
    }
    _record(
        heard,
        examination,
        ("death-scene", scene),
        ("body-as-found", {"position": "on the back, arms bound", "restraints": "cord at both wrists"}),
        ("scene-trace", {"code": "T-1", "what": "cord", "where": "both wrists", "taken": False}),
        ("body-identified", {"method": "not-identified", "by": "staff-01"}),
        ("step-not-taken", {"step": "autopsy", "reason": "No morgue could be reached."}),
        ("body-finding", FINDING),
    )
    with pytest.raises(FieldworkError, match="a finding F-1 in E-02 already"):
        _record(heard, examination, ("body-finding", FINDING))
    living = _opened(heard, "E-03", agreed="W-001")
    with pytest.raises(FieldworkError, match="of a living person"):
        _record(heard, living, ("death-scene", scene))
    clinician = enrolled(heard, "staff-09")
    stated = DeathStated("not to be stated without an autopsy", "undetermined", "Seen from outside only.")
    with pytest.raises(AccessDenied):
        state_death(heard.recorder, rules(heard), heard.view, heard.view.subject(examination), stated)
    clinician.record(
        state_death(clinician, rules(heard), heard.view, heard.view.subject(examination), stated)
    )
    assert Examination.of(heard.view.subject(examination)).on_death[0].value["manner"] == "undetermined"


def test_what_is_told_of_a_detention_rests_on_something(heard: HeardPeople) -> None:
    subject = new_subject("detention", heard.recorder.surroundings.randomness)
    told = (Basis(item=heard.interviews["W-003"], locator="answer=1"),)
    first = [
        Written("detention-code", "D-01"),
        Written("detention-of", _person(heard, "W-003"), told),
        Written("detention-period", "2031-05-01/2031-05-09", told),
    ]
    heard.record(new_record(heard.recorder, subject, first))
    water = {"aspect": "water", "text": "one bucket wqzbucket a day"}
    with pytest.raises(ActionError, match="'detention-condition' rests on nothing") as refused:
        add_value(heard.recorder, subject, Written("detention-condition", water))
    assert refused.value.code == "action.basis"
    heard.record(add_value(heard.recorder, subject, Written("detention-condition", water, told)))
    public = consented(heard.folder.projection(), day=DAY).subject(subject)
    assert public.values("detention-condition") == [water]
    assert not public.live("detention-of")  # without anything that identifies
    heard.record(
        withdraw_consent(heard.recorder, heard.interviews["W-003"], received_by="staff-01", means="by letter")
    )
    assert not consented(heard.folder.projection(), day=DAY).subject(subject).live("detention-condition")


def withdraw_medical(heard: HeardPeople) -> None:
    """Take back the consent that examinations leave the team."""
    taken_back = withdraw_consent(
        heard.recorder,
        heard.interviews["W-001"],
        received_by="staff-01",
        means="by letter",
        use="medical",
    )
    heard.record(taken_back)


def test_a_body_leaves_the_team_only_with_consent_to_that_very_use(heard: HeardPeople) -> None:
    examination = _opened(heard, "E-04", agreed="W-001")
    _record(heard, examination, ("body-finding", FINDING))
    incident = next(iter(heard.view.kind("incident")))
    said = heard.recorder.new_assertion(
        incident, "note", "seen wqznote", basis=[Basis(item=examination, locator="")]
    )
    heard.record(Act("note.add", (said,)))

    def seen(**use) -> tuple[bool, bool]:
        view = consented(heard.folder.projection(), day=DAY, **use)
        record = view.subject(examination)
        assert bool(record.held) == bool(record.live("body-finding"))  # all of it, or nothing
        return bool(record.held), "seen wqznote" in view.subject(incident).values("note")

    body = heard.body
    assert seen() == (False, False)  # nor what somebody wrote down from it elsewhere
    assert seen(body=body) == (False, False)
    heard.record(
        explain_consent(heard.recorder, heard.interviews["W-001"], TALK, [Scope("medical", given=True)])
    )
    assert seen() == (True, True)
    assert seen(body=body) == (True, True)
    assert seen(body=heard.other_body) == (False, False)
    of_nobody = next(
        id for id, one in heard.view.kind("examination").items() if one.text("examination-code") == "E-02"
    )
    assert not consented(heard.folder.projection(), day=DAY, body=body).subject(of_nobody).held
    said = heard.recorder.new_assertion(
        incident, "note", "wqzdead", basis=[Basis(item=of_nobody, locator="")]
    )
    heard.record(Act("note.add", (said,)))
    shared = consented(heard.folder.projection(), day=DAY, body=body).subject(incident)
    assert "wqzdead" not in shared.values("note")
    withdraw_medical(heard)
    assert seen() == (False, False)
    assert seen(body=body) == (False, False)


def test_a_photograph_of_a_body_and_its_copy_go_only_with_that_consent(tmp_path: Path) -> None:
    uses = frozenset({"analysis", "share"})
    heard = heard_people(tmp_path, [Person(1, uses, "")])
    interview = heard.interviews["W-001"]
    path = tmp_path / "back.jpg"
    path.write_bytes(b"a picture of a back")
    new = acquire_file(heard.recorder, path, ItemOrigin("Photograph 1", "team", "camera"))
    heard.record(new.act)
    heard.record(
        link_item(heard.recorder, heard.view, heard.view.subject(interview), new.id, role="body-photograph")
    )
    copy = new_subject("item", heard.recorder.surroundings.randomness)
    said = heard.recorder.new_assertion(
        copy, "derived-from", {"item": new.id, "tool": "crop", "version": "1", "parameters": "all"}
    )
    heard.record(Act("item.derive", (said,)))

    def withheld() -> list[bool]:
        view = consented(heard.folder.projection(), day=DAY, body=heard.body)
        return [view.item_withheld(new.id), view.item_withheld(copy)]

    assert withheld() == [True, True]
    heard.record(explain_consent(heard.recorder, interview, TALK, [Scope("medical", given=True)]))
    assert withheld() == [False, False]


def test_a_report_prints_a_body_and_a_degree_only_as_agreed_and_as_a_clinician_signed(
    heard: HeardPeople,
) -> None:
    examination = _opened(heard, "E-05", agreed="W-001")
    _record(heard, examination, ("body-finding", {**FINDING, "description": "Pale scar wqzscar."}))
    clinician = enrolled(heard, "staff-10")
    stated = replace(STATED, reasons="Shape wqzshape.")
    clinician.record(
        state_consistency(clinician, rules(heard), heard.view, heard.view.subject(examination), stated)
    )
    forged = heard.view.subject(examination).live("consistency-stated")[0].value
    raw = heard.recorder.new_assertion(examination, "consistency-stated", {**forged, "reasons": "wqzforged"})
    heard.record(Act("clinician.state", (raw,)))

    def public() -> str:
        return build_and_record(heard.folder, heard.recorder).html.read_text("utf-8")

    before = public()
    assert "wqzscar" not in before
    assert "wqzshape" not in before
    agreed = Scope("medical", given=True)
    heard.record(change_consent(heard.recorder, heard.view, heard.interviews["W-001"], TALK, agreed))
    after = public()
    assert "Upper back, left, back: scar. Pale scar wqzscar. 42 × 3 mm." in after
    assert "staff-10: consistent with what is told: blows with a belt. Shape wqzshape." in after
    assert "staff-10: forensic physician" in after
    assert "wqzforged" not in after
    assert "svg" in after
    withdraw_medical(heard)
    marked = stale(heard.folder)
    assert marked
    assert {(one.code, one.reason.partition(" to ")[0]) for one in marked} == {("IV001X", "Consent")}
    assert all(one.sentence.startswith("examination-e-") for one in marked)
    assert "wqzscar" not in public()
    assert not stale(heard.folder)


def test_every_region_side_and_aspect_has_its_place_on_the_map() -> None:
    codes = load_vocabulary().codes
    nowhere = {"whole-body", "inside"}
    for region, side, aspect in product(
        codes["body-region"].terms, codes["body-side"].terms, codes["body-aspect"].terms
    ):
        found = places_of({"region": region, "side": side, "aspect": aspect})
        assert bool(found) == (region not in nowhere), (region, side, aspect)
    hand = {
        side: places_of({"region": "hand", "side": side, "aspect": "front"})[0] for side in ("left", "right")
    }
    assert hand["left"].centre[0] > 100 > hand["right"].centre[0]  # the person faces us
    back = {
        side: places_of({"region": "hand", "side": side, "aspect": "back"})[0] for side in ("left", "right")
    }
    assert back["left"].centre[0] < 100 < back["right"].centre[0]
    assert {shape.view for shape in shapes()} == set(VIEWS)


def test_marks_never_hide_each_other_and_what_was_not_examined_has_none() -> None:
    several = [{**FINDING, "code": f"F-{number}"} for number in range(1, 4)]
    several.append({**FINDING, "code": "F-4", "kind": "not-examined"})
    placed = marks(several)
    assert [mark.code for mark in placed] == ["F-1", "F-2", "F-3"]
    assert len({(mark.x, mark.y) for mark in placed}) == 3
    drawn = body_map_svg([{**FINDING, "code": "<b>"}], captions=CAPTIONS)
    assert "&lt;b&gt;" in drawn
    assert "<b>" not in drawn


def test_the_same_on_the_command_line(
    heard: HeardPeople, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EMBERS_KEYRING", str(heard.folder.keyring_path))
    monkeypatch.chdir(heard.folder.path)

    def said(*arguments: object, code: int = 0):
        found = embers(*arguments, "--json")
        assert found.code == code, found.out
        return found.json

    held = ("detention", "open", "D-02", "W-001", "2031-05-01/2031-05-04", "--interview", "IV001X")
    said(*held, "--answer", "1", "--incident", "X-01")
    assert said(*held, code=2)["error"] == "usage.detention"
    method = ("method=blows", "text=with a belt", "by_whom=two men in uniform, not known to the person")
    said("detention", "record", "D-02", "method-alleged", *method, "--interview", "IV001X", "--answer", "1")
    assert said("detention", "record", "D-02", "method-alleged", *method, code=1)["error"] == "action.basis"
    said("examination", "open", "E-10", "W-001", "--kind", "clinical", "--interview", "IV001X")
    fields = [f"{name}={value}" for name, value in FINDING.items()]
    said("examination", "record", "E-10", "body-finding", *fields)
    stating = (
        "examination",
        "state",
        "E-10",
        "F-1",
        "typical",
        "--account",
        "a belt",
        "--reasons",
        "its edges",
    )
    refused = said(*stating, code=1)
    assert refused["error"] == "access.clinician"
    assert "Only a clinician" in refused["message"]
    assert said("examination", "show", "E-10")[0]["stated"] == "not stated"
    said("examination", "map", "E-10", tmp_path / "map.svg")
    assert b"F-1" in (tmp_path / "map.svg").read_bytes()
