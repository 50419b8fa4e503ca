"""The people of the exercise: heard under codes, with sealed identities and consent of different kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from embers.actions.claim_values import claimed_value
from embers.actions.consent import Scope, Talk, explain_consent
from embers.actions.interviews import (
    Asked,
    Quoted,
    Setting,
    claim_from_answer,
    close_interview,
    correct_answer,
    link_item,
    open_interview,
    read_back,
    record_answer,
    refer,
)
from embers.actions.recorder import Act
from embers.actions.sealing import seal_sheet
from embers.custody.compartment import Compartment
from embers.fieldwork.interview import FULL, Preparation

if TYPE_CHECKING:
    from embers.actions.exercise.case import Exercise


def opened(exercise: Exercise, vault: Compartment) -> Iterator[Act]:
    """Open every interview, and seal who it is apart from it."""
    view = exercise.view()
    for one in exercise.data["interview"]:
        interview, act = open_interview(
            exercise.recorder,
            view,
            code=one["code"],
            person_code=one["person"],
            held=one["held"],
            preparation=Preparation("no"),
            setting=Setting(
                one["interviewer"], one["language"], interpreter=one["interpreter"], setting="indoors"
            ),
            mode=one.get("mode", FULL),
            mission=exercise.ids[one["mission"]],
        )
        exercise.ids[one["code"]] = interview
        person = next(str(said.value) for said in act.assertions if said.predicate == "interview-of")
        exercise.ids[one["person"]] = person
        yield act
        yield _sealed(exercise, vault, person, one["sheet"], "identity-sheet")
        if "care" in one:
            yield _sealed(exercise, vault, person, one["care"], "care-note")
        if "referral" in one:
            service, accepted = one["referral"]
            yield refer(exercise.recorder, person, service, accepted=accepted)


def _sealed(exercise: Exercise, vault: Compartment, person: str, text: str, predicate: str) -> Act:
    wraps = exercise.folder.wraps()
    thing = seal_sheet(
        exercise.recorder, wraps, text.encode(), subject=person, to=[vault], predicate=predicate
    )
    return thing.act


def heard(exercise: Exercise, one: Mapping[str, Any]) -> Iterator[Act]:
    """Record consent first, then the recording."""
    recorder, interview = exercise.recorder, exercise.ids[one["code"]]
    talk = Talk(
        one["interviewer"],
        one["language"],
        "both",
        interpreter=one["interpreter"],
        capacity="Said back in own words what the team will do with the account.",
    )
    scopes = [_scope(exercise, use, limit) for use, limit in one["consent"]]
    scopes += [
        Scope(use, given=False, body=exercise.ids["body"] if use == "share" else "")
        for use in one.get("refused", ())
    ]
    yield explain_consent(recorder, interview, talk, scopes)
    if one.get("recording"):
        view = exercise.view()
        item = exercise.ids[f"recording-{one['code']}.wav"]
        yield link_item(recorder, view, view.subject(interview), item, role="recording")


def _scope(exercise: Exercise, use: str, limit: str) -> Scope:
    condition = limit.removeprefix("condition:") if limit.startswith("condition:") else ""
    body = exercise.ids["body"] if use == "share" else ""
    return Scope(use, given=True, body=body, condition=condition, no_quotation=limit == "no-quotation")


def told(exercise: Exercise, one: Mapping[str, Any]) -> Iterator[Act]:
    """Record the account answer by answer, read it back, close it; then the claims made from it."""
    recorder, interview = exercise.recorder, exercise.ids[one["code"]]
    for question, answer, seconds in one["answers"]:
        asked = Asked(question, answer, one["language"], seconds=seconds)
        exercise.record(iter([record_answer(recorder, exercise.view().subject(interview), asked)[1]]))
    if "correction" in one:
        number, text = one["correction"]
        record = exercise.view().subject(interview)
        exercise.record(iter([correct_answer(recorder, record, number, text, language=one["language"])]))
    record = exercise.view().subject(interview)
    exercise.record(iter([read_back(recorder, record, language=one["language"], by=one["interpreter"])]))
    record = exercise.view().subject(interview)
    signatures = [("interviewee", "paper"), ("interviewer", "key"), ("interpreter", "paper")]
    yield close_interview(recorder, record, signatures)[1]
    for incident, number, words, predicate, text in one["claims"]:
        found = recorder.vocabulary.predicate(predicate)
        value = claimed_value(found, text)
        yield claim_from_answer(
            recorder,
            record,
            Quoted(number, words),
            incident=exercise.ids[incident],
            predicate=predicate,
            value=value,
        )
