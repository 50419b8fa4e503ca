"""A filled form becomes signed entries once, however often it comes; what differs stands beside it."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from tests.forms.phone_case import SENDER, PhoneCase, account_answers, photo, site_answers, submission

from embers.actions.forms.receiving import Part, Receiver
from embers.actions.forms.submission_xml import read_xml
from embers.errors import FieldworkError
from embers.fieldwork.consent import Use
from embers.fieldwork.consented_view import ConsentedView
from embers.journal.verify import verify_journal
from embers.projections.database import CaseDatabase


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> PhoneCase:
    return PhoneCase(tmp_path_factory.mktemp("phones"))


def test_a_visit_becomes_entries_objects_and_custody(case: PhoneCase):
    xml = submission("embers_site_visit", site_answers(case.mission))
    done = case.receive(xml, one_jpg=photo(1), two_jpg=photo(2))
    assert done.new
    assert (done.missing, done.warnings, done.competing) == ((), (), 0)
    view = case.view
    visit = view.subject(done.about)
    assert visit.value("visit-mission") == case.mission
    assert visit.values("visit-safety") == [{"hazard": "none-seen", "stated_by": "F-03"}]
    assert visit.values("visit-team") == [["F-03", "F-04"]]
    assert visit.values("crater-bearing")[0] | {"x": 0} == {
        "crater": "C1", "by": "F-03", "instrument": "tape", "method": "side-spray", "bearing_mdeg": 12500,
        "second_mdeg": 48000, "north": "magnetic", "sense": "origin", "error_mdeg": 5000, "x": 0,
    }  # fmt: skip
    assert visit.values("remnant")[0]["touched"] is False
    site = view.subject(str(visit.value("visit-site")))
    assert site.value("site-position") == {
        "lat": -37512123, "lon": 44123000, "precision_m": 5,
        "method": "GNSS fix of a phone, precision as the phone stated it",
    }  # fmt: skip
    assert site.values("objective-near") == [{"answer": "none-found", "by": "F-03"}]
    photos = {one["shows"]: one for one in visit.values("visit-item")}
    first = photos["Crater C1 from the south"]
    assert (first["heading_mdeg"], first["scale"]) == (355500, "ruler of 30 cm")
    item = view.subject(first["item"])
    with case.recorder.objects.open(item.values("item-object")[0]["sha256"]) as stream:
        assert stream.read() == photo(1)
    assert item.values("item-origin") == [
        {"source": "phone account P-07", "method": "OpenRosa submission of F-03"}
    ]
    assert item.values("custody-event")[0]["step"] == "receive"
    raw = view.subject(done.item)
    with case.recorder.objects.open(raw.values("item-object")[0]["sha256"]) as stream:
        assert stream.read() == xml
    assert {held.marking for held in raw.held} == {"internal"}
    assert [ground.target for held in visit.live("remnant") for ground in held.grounds] == [done.item]
    assert verify_journal(case.folder.journal(read_only=True)).sound


def test_what_comes_again_says_nothing_and_files_may_follow(case: PhoneCase):
    xml = submission("embers_site_visit", site_answers(case.mission, site_code="KS-2"))
    first = case.receive(xml, one_jpg=photo(3))
    assert first.missing == ("two.jpg",)
    before = case.entries
    again = case.receive(xml, one_jpg=photo(3))
    assert (again.new, again.files, again.entries, again.missing) == (False, 0, 0, ("two.jpg",))
    assert case.entries == before
    last = case.receive(xml, two_jpg=photo(4))
    assert (last.new, last.files, last.missing) == (False, 1, ())
    assert case.entries == before + 1
    assert len(case.view.subject(first.about).values("visit-item")) == 2


def test_another_body_under_the_same_id_stands_beside_the_first(case: PhoneCase):
    instance = str(uuid.uuid4())
    first = case.receive(
        submission("embers_site_visit", site_answers(case.mission, site_code="KS-3"), instance=instance)
    )
    changed = site_answers(case.mission, site_code="KS-3", day="2026-05-02")
    changed["remnant"] = [{**changed["remnant"][0], "remnant_diameter": 130}]  # type: ignore[index]
    second = case.receive(submission("embers_site_visit", changed, instance=instance))
    assert second.new
    assert second.item != first.item
    assert second.about == first.about
    assert second.competing == 2  # the day, the diameter
    visit = case.view.subject(first.about)
    assert visit.one("visit-day").contested
    assert sorted(visit.values("visit-day")) == ["2026-05-02", "2026-05-03"]
    assert [(one.value["diameter_mm"], one.disputed) for one in visit.live("remnant")] == [
        (122, True),
        (130, False),
    ]
    assert len(visit.values("visit-damage")) == 1  # what both say is said once
    warned = case.view.subject(second.item).values("item-warning")
    assert any("Another body came under the same id" in text for text in warned)


def test_an_edit_is_about_the_same_visit_and_replaces_nothing(case: PhoneCase):
    old, new = str(uuid.uuid4()), str(uuid.uuid4())
    first = case.receive(
        submission("embers_site_visit", site_answers(case.mission, site_code="KS-4"), instance=old),
        one_jpg=photo(5),
    )
    changed = site_answers(case.mission, site_code="KS-4")
    changed["damage"] = [{"damage_part": "roof", "damage_grade": "destroyed"}]
    edit = case.receive(
        submission("embers_site_visit", changed, instance=new, replaces=old),
        one_jpg=photo(5),
        two_jpg=photo(6),
    )
    assert edit.about == first.about
    visit = case.view.subject(first.about)
    assert [one["grade"] for one in visit.values("visit-damage")] == ["severe", "destroyed"]
    assert len(visit.values("visit-item")) == 2  # the photograph that came twice is one item
    assert edit.missing == ()
    third = case.receive(submission("embers_site_visit", changed, replaces=new))
    assert third.about == first.about


def test_what_an_edit_says_otherwise_of_a_photograph_stands_beside_it(case: PhoneCase):
    old = str(uuid.uuid4())
    answers = site_answers(case.mission, site_code="KS-6")
    first = case.receive(submission("embers_site_visit", answers, instance=old), one_jpg=photo(8))
    answers["photo"] = [{**answers["photo"][0], "photo_shows": "Crater C1 from the north"}]  # type: ignore[index]
    case.receive(submission("embers_site_visit", answers, replaces=old), one_jpg=photo(8))
    shown = [(one.value["shows"], one.disputed) for one in case.view.subject(first.about).live("visit-item")]
    assert shown == [("Crater C1 from the south", True), ("Crater C1 from the north", False)]


def test_two_teams_that_see_the_same_at_one_site_are_two(case: PhoneCase):
    first = case.receive(submission("embers_site_visit", site_answers(case.mission, site_code="KS-7")))
    site = str(case.view.subject(first.about).value("visit-site"))
    answers = site_answers(case.mission, known_site="yes", site=site, operator="F-09")
    del answers["site_code"], answers["position"]
    second = case.receive(submission("embers_site_visit", answers))
    assert second.competing == 0
    found = case.view.subject(site)
    assert [one["type"] for one in found.values("site-object")] == ["school", "school"]
    assert {held.grounds[0].target for held in found.live("site-object")} == {first.item, second.item}
    assert not found.one("site-code").contested


def test_where_it_is_not_safe_nothing_measured_is_taken_over(case: PhoneCase):
    answers = site_answers(case.mission, site_code="KS-5", hazard="suspected")
    done = case.receive(submission("embers_site_visit", answers), one_jpg=photo(7))
    view = case.view
    visit = view.subject(done.about)
    assert visit.values("visit-safety")[0]["hazard"] == "suspected"
    assert not [held for held in visit.held if held.predicate in {"remnant", "crater-measure", "visit-item"}]
    assert any("not said to be safe" in text for text in view.subject(done.item).values("item-warning"))


def test_an_account_asks_no_name_and_is_covered_by_its_consent(case: PhoneCase):
    answers = account_answers(case.mission)
    done = case.receive(submission("embers_first_account", answers), voice_m4a=b"\x00" * 40 + b"voice")
    view = case.view
    interview = view.subject(done.about)
    person = view.subject(str(interview.value("interview-of")))
    assert person.text("person-code") == "W-017"
    assert [one["answer"] for one in interview.values("interview-answer")] == [
        "I heard two blasts.",
        "In the morning.",
    ]
    given = {one["use"]: one["given"] for one in interview.values("consent-scope")}
    assert given == {
        "analysis": True, "recording": True, "publish-anonymous": False, "publish-named": False, "contact": False,
    }  # fmt: skip
    roles = {one["role"]: one["item"] for one in interview.values("interview-item")}
    assert set(roles) == {"transcript", "recording"}
    assert roles["transcript"] == done.item
    for item in roles.values():
        assert {held.marking for held in view.subject(item).held} == {"confidential"}
    again = case.receive(
        submission(
            "embers_first_account", account_answers(case.mission, interview_code="IV-2", heard_before="no")
        )
    )
    assert again.about != done.about
    assert any("heard by us already: IV-1" in text for text in again.warnings)


def test_what_is_no_code_is_not_repeated(case: PhoneCase):
    answers = account_answers(case.mission, interview_code="IV-3", person_code="Narek", operator="Ani")
    done = case.receive(submission("embers_first_account", answers))
    view = case.view
    said = repr(view.subject(done.about)) + repr(view.subject(done.item))
    assert "Narek" not in said
    assert "Ani'" not in said
    assert view.subject(done.about).value("interview-of") is None
    assert any("is no code" in text for text in done.warnings)


def test_whoever_does_not_agree_is_a_refusal_without_a_code(case: PhoneCase):
    answers = account_answers(case.mission, agreed="no", refusal_reason="Afraid.", person_code="W-099")
    done = case.receive(submission("embers_first_account", answers))
    view = case.view
    assert view.subject(case.mission).values("mission-refusal")[-1] == {
        "day": "2026-05-03", "kind": "interview", "by": "a person asked", "reason": "Afraid.",
    }  # fmt: skip
    assert done.about == case.mission
    assert "W-099" not in {one.text("person-code") for one in view.kind("person").values()}


def test_a_day_of_the_mission(case: PhoneCase):
    answers = {
        "operator": "F-03", "mission": case.mission, "day": "2026-05-03", "log": "Two stops made.",
        "refused": "yes", "refusal_kind": "access", "refused_by": "the local administration",
    }  # fmt: skip
    case.receive(submission("embers_mission_day", answers))
    mission = case.view.subject(case.mission)
    assert mission.values("mission-log") == [{"day": "2026-05-03", "text": "Two stops made.", "by": "F-03"}]
    assert mission.values("mission-refusal")[-1]["by"] == "the local administration"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><data id='embers_mission_day'/>", "fieldwork.submission"),
        (b"no xml", "fieldwork.submission"),
        (submission("other_form", {}), "fieldwork.form"),
        (
            b"<data id='embers_mission_day'><meta><instanceID>1234</instanceID></meta></data>",
            "fieldwork.instance",
        ),
    ],
)
def test_what_is_no_submission_is_refused(case: PhoneCase, xml: bytes, code: str):
    before = case.entries
    with pytest.raises(FieldworkError) as refused:
        case.receive(xml)
    assert refused.value.code == code
    assert case.entries == before


def test_two_who_both_believe_it_new_say_everything_once(case: PhoneCase, tmp_path: Path):
    """An import beside a running server, or two laptops before they sync: the tables hold each assertion once."""
    stale = tmp_path / "stale.sqlite3"
    with (
        closing(sqlite3.connect(case.folder.projection_path)) as now,
        closing(sqlite3.connect(stale)) as copy,
    ):
        now.backup(copy)
    xml = submission("embers_site_visit", site_answers(case.mission, site_code="KS-9"))
    first = case.receive(xml, one_jpg=photo(40))
    before = case.entries
    put = case.recorder.objects.put
    parts = [Part("one.jpg", put(BytesIO(photo(40))).sha256)]
    raw = Part("submission.xml", put(BytesIO(xml)).sha256)
    second = Receiver(case.recorder, CaseDatabase(stale, read_only=True)).receive(
        read_xml(xml), raw, parts, SENDER
    )
    assert (second.new, second.item, second.about) == (True, first.item, first.about)
    assert case.entries > before
    view = case.view
    for one in (first.item, first.about, str(view.subject(first.about).value("visit-site"))):
        said = [(held.predicate, repr(held.value)) for held in view.subject(one).held]
        assert len(said) == len(set(said))
    with closing(case.folder.journal(read_only=True)) as journal:
        assert verify_journal(journal).sound


@pytest.mark.parametrize(
    ("uses", "there"),
    [
        ("", False),
        ("analysis", False),
        ("analysis publish-anonymous", False),
        ("analysis publish-named", True),
    ],
)
def test_consent_of_a_form_covers_its_answers_and_its_xml(case: PhoneCase, uses: str, there: bool):
    code = f"W-1{len(uses):02}"
    answers = account_answers(case.mission, uses=uses, interview_code=f"C-{len(uses)}", person_code=code)
    del answers["account"]["recording"]  # type: ignore[attr-defined]
    done = case.receive(submission("embers_first_account", answers))
    public = ConsentedView(case.view, Use("publish", "2026-06-01"))
    assert bool(public.subject(done.about).values("interview-answer")) is there
    assert bool(public.subject(done.item).values("item-object")) is there
    assert case.view.subject(done.item).values("item-object")
