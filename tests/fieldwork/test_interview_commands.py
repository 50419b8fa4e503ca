"""An interview and its consent on the command line, to the report that goes stale and is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.called import embers

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.recorder import Act
from embers.ids import new_subject
from embers.surroundings import Surroundings

BODY = "Exercise Commission"
TALK = ("--explained-by", "F-02", "--language", "en")


def _said(*arguments: object) -> Any:
    found = embers(*arguments, "--json")
    assert found.code == 0, found.out
    return found.json


def _refused(*arguments: object) -> str:
    found = embers(*arguments, "--json")
    assert found.code != 0
    return str(found.json["error"])


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keyring"))
    folder = CaseFolder(tmp_path / "case", tmp_path / "keyring", Surroundings())
    recorder = open_case(folder, staff="staff-01", role="lead")
    incident = new_subject("incident", recorder.surroundings.randomness)
    about = [
        ("incident-code", "X-01"),
        ("incident-title", {"text": "A strike", "lang": "en"}),
        ("occurred", "2026-04-18"),
    ]
    recorder.record(Act("incident.open", tuple(recorder.new_assertion(incident, *one) for one in about)))
    recorder.journal.close()
    folder.projection().close()
    monkeypatch.chdir(folder.path)
    return folder.path


def test_from_the_first_question_to_a_report_that_is_stale(case: Path) -> None:
    opened = ("interview", "open", "IV-1", "W-101", "2026-05-03", "--interviewer", "F-02", "--language", "en")
    assert _refused(*opened, "--heard-before", "other") == "fieldwork.no-need"
    _said(*opened, "--heard-before", "no")
    again = ("interview", "open", "IV-2", *opened[3:])
    assert _refused(*again, "--heard-before", "no") == "fieldwork.heard-before"
    assert _refused(*opened[:3], "Nvard", *opened[4:], "--heard-before", "no") == "fieldwork.interview-code"
    _said("consent", "body", BODY)
    for use, *more in (["analysis"], ["publish-anonymous"], ["share", "--for", BODY]):
        _said("consent", "record", "IV-1", use, "--given", *TALK, *more)
    _said("consent", "record", "IV-1", "recording", "--refused", *TALK)
    permits = _said("consent", "show", "IV-1")["permits"]
    assert permits == {
        "analysis by the team": "coded", "public report": "anonymised", f"sharing with {BODY}": "coded"
    }  # fmt: skip

    asked = _said(
        "interview", "ask", "IV-1", "What did you see?", "Three people lay by the well.", "--language", "en"
    )
    assert asked == {"answer": 1}
    claim = ("--incident", "X-01", "--field", "killed", "--value", ">=3")
    assert _refused("interview", "claim", "IV-1", "1", "Four people", *claim) == "fieldwork.not-said"
    _said("interview", "claim", "IV-1", "1", "Three people lay by the well", *claim)
    _said("interview", "correct", "IV-1", "1", "By the pump, not the well.", "--language", "en")
    assert _refused("interview", "close", "IV-1", "--interviewee", "paper") == "fieldwork.read-back"
    _said("interview", "read-back", "IV-1", "--language", "en", "--by", "F-02")
    _said("interview", "close", "IV-1", "--interviewee", "paper")

    _said("report", "build")
    _said("report", "build", "--for", BODY)
    assert _said("consent", "check") == []
    assert _refused("dossier", "export", case / "d0") == "consent.against-scope"
    _said("dossier", "export", case / "d1", "--for", BODY)
    _said(
        "consent", "withdraw", "IV-1", "share", "--for", BODY, "--received-by", "F-02", "--means", "by letter"
    )
    stale = embers("consent", "check", "--json")
    assert stale.code == 1
    assert {one["edition"] for one in stale.json} == {BODY}
    assert _refused("dossier", "export", case / "d2", "--for", BODY) == "consent.against-scope"
    assert not (case / "d2").exists()


def test_guides_come_from_the_proof_questions_and_a_first_account_keeps_to_its_own(case: Path) -> None:
    first = [line["ask"] for line in _said("interview", "guide")]
    assert len(first) == 6
    topics = {line["topic"] for line in _said("interview", "guide", "torture_captives")}
    assert {"severe_pain", "purpose"} <= topics
    assert "conflict_iac" not in topics  # nothing a person can tell
    opened = ("interview", "open", "IV-3", "W-103", "2026-05-03", "--interviewer", "F-02", "--language", "en")
    _said(*opened, "--heard-before", "no", "--mode", "first-account")
    leading = ("interview", "ask", "IV-3", "Was it a rocket?", "Yes.", "--language", "en")
    assert _refused(*leading) == "fieldwork.first-account"
    _said("interview", "ask", "IV-3", first[0], "A roar, then dust.", "--language", "en")
