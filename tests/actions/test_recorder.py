from __future__ import annotations

from pathlib import Path

import pytest

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject, open_case
from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError, JournalError, VocabularyError
from embers.ids import new_subject
from embers.journal.assertion import Relation
from embers.journal.entry import ObjectRef
from embers.surroundings import Surroundings

AROUND = Surroundings()


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return open_case(
        CaseFolder(tmp_path / "case", tmp_path / "keys", AROUND), staff="staff-01", role="case lead"
    )


def ids(recorder: Recorder) -> list[str]:
    return [signed.id for _, signed in recorder.journal.entries()]


def test_an_act_becomes_one_signed_entry_in_the_name_and_role_of_the_person(recorder: Recorder) -> None:
    said = recorder.new_assertion(case_subject(recorder.journal), "note", "Something was noted.")
    signed = recorder.record(Act("note.add", (said,), reason="because"))
    entry = recorder.journal.get(signed.id).entry
    assert (entry.by, entry.role, entry.act) == (recorder.person.id, "case lead", "note.add")
    assert (entry.reason, entry.assertions) == ("because", (said,))
    assert entry.at.clock == "unsynced"  # an unchecked clock is never called a good one


def test_an_act_that_says_nothing_is_refused(recorder: Recorder) -> None:
    before = ids(recorder)
    with pytest.raises(ActionError, match="says nothing") as caught:
        recorder.record(Act("note.add", ()))
    assert caught.value.code == "action.empty"
    assert ids(recorder) == before


def test_several_acts_go_in_together_or_not_at_all(recorder: Recorder) -> None:
    before = ids(recorder)
    said = recorder.new_assertion(case_subject(recorder.journal), "note", "One.")
    ghost = ObjectRef("0" * 64, 3, "text/plain")
    with pytest.raises(JournalError):
        recorder.record_all([Act("note.add", (said,)), Act("item.acquire", (said,), (ghost,))])
    with pytest.raises(ActionError):
        recorder.record_all([Act("note.add", (said,)), Act("note.add", ())])
    assert ids(recorder) == before


def test_nothing_outside_the_vocabulary_can_be_said(recorder: Recorder) -> None:
    incident = new_subject("incident", AROUND.randomness)
    with pytest.raises(VocabularyError):
        recorder.new_assertion(incident, "incident-titel", "x")
    with pytest.raises(VocabularyError):
        recorder.new_assertion(incident, "occurred", "some day")
    with pytest.raises(ActionError) as caught:
        recorder.new_assertion(incident, "note", "x", relations=[Relation("denies", "a")])
    assert caught.value.code == "action.relation"
    assert "supersedes" in caught.value.hint


def test_a_case_is_opened_once(recorder: Recorder, tmp_path: Path) -> None:
    before = ids(recorder)
    with pytest.raises(ActionError) as caught:
        open_case(CaseFolder(tmp_path / "case", tmp_path / "keys", AROUND), staff="staff-02", role="x")
    assert caught.value.code == "action.exists"
    assert ids(recorder) == before


def test_keys_lie_outside_the_case(recorder: Recorder, tmp_path: Path) -> None:
    assert list((tmp_path / "keys").rglob("*.pem"))
    assert list((tmp_path / "case").rglob("*.pem")) == []


def test_what_runs_after_an_act_runs_after_it_is_stored(recorder: Recorder) -> None:
    sizes: list[int] = []
    recorder.after = lambda: sizes.append(len(ids(recorder)))
    before = len(ids(recorder))
    said = recorder.new_assertion(case_subject(recorder.journal), "note", "One.")
    recorder.record(Act("note.add", (said,)))
    assert sizes == [before + 1]
