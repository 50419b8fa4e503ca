"""People held, what was seen on bodies, and what the clinician of the exercise states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embers.access.policy import Policy, policy
from embers.actions.clinical import (
    Consistency,
    Qualification,
    open_examination,
    qualify,
    record_of_examination,
    state_consistency,
)
from embers.actions.devices import Request, enrol
from embers.actions.grants import give_role
from embers.actions.people import register_person
from embers.actions.recorder import Act, Recorder
from embers.actions.records import Written, add_value, new_record
from embers.ids import new_subject
from embers.journal.assertion import Basis, JsonValue
from embers.journal.keys import PersonKey, public_text

if TYPE_CHECKING:
    from embers.actions.exercise.case import Exercise

_PLACES = frozenset({"place"})


def held(exercise: Exercise) -> Iterator[Act]:
    """Record each detention as it was told, every value resting on the answer it was told in."""
    recorder = exercise.recorder
    for one in exercise.data["detention"]:
        subject = exercise.ids[one["code"]] = new_subject("detention", recorder.surroundings.randomness)
        opening = _rests(exercise, one["opened"])
        first = [
            Written("detention-code", one["code"]),
            Written("detention-of", exercise.ids[one["person"]], opening),
        ]
        yield new_record(recorder, subject, first)
        incident = Written("detention-incident", exercise.ids[one["incident"]], _rests(exercise, one["seen"]))
        yield add_value(recorder, subject, incident)
        for predicate, value, told in one["told"]:
            yield add_value(
                recorder, subject, Written(predicate, _named(exercise, value), _rests(exercise, told))
            )


def _rests(exercise: Exercise, told: Sequence[Any]) -> tuple[Basis, ...]:
    interview, answer = told
    return (Basis(item=exercise.ids[interview], locator=f"answer={answer}"),)


def _named(exercise: Exercise, value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return value
    return {name: exercise.ids[str(part)] if name in _PLACES else part for name, part in value.items()}


def examined(exercise: Exercise) -> None:
    """Record the examinations, then let the clinician, with a key and a role of their own, state on the findings."""
    recorder = exercise.recorder
    for one in exercise.data["examination"]:
        if "unknown" in one:
            exercise.ids[one["person"]], act = register_person(
                recorder, exercise.view(), one["person"], level="sealed", reasons=one["unknown"]
            )
            exercise.record(iter([act]))
        id, act = open_examination(
            recorder,
            exercise.view(),
            code=one["code"],
            kind=one["kind"],
            person=exercise.ids[one["person"]],
            interview=exercise.ids[one["interview"]] if "interview" in one else "",
        )
        exercise.record(iter([act]))
        values = [(predicate, _links(exercise, predicate, value)) for predicate, value in one["recorded"]]
        record = exercise.view().subject(id)
        exercise.record(iter([record_of_examination(recorder, record, values)]))
        if "stated" in one:
            clinician = _clinician(exercise)
            for stated in one["stated"]:
                _state(exercise, clinician, id, stated)


def _links(exercise: Exercise, predicate: str, value: JsonValue) -> JsonValue:
    if predicate in {"examination-detention", "examination-incident"}:
        return exercise.ids[str(value)]
    return _named(exercise, value)


def _clinician(exercise: Exercise) -> Recorder:
    """Enrol the clinician, give them the role, and record their qualification: three acts of the case lead."""
    about: Mapping[str, str] = exercise.data["clinician"]
    ring, name = exercise.folder.keyring(), about["code"].lower()
    key = ring.load_person(name) if ring.has_person(name) else ring.create_person(name)
    person = member(exercise, about["code"], key, role="clinician")
    given = Qualification(
        about["profession"], about["qualification"], about["independence"], about["training"]
    )
    exercise.record(iter([qualify(exercise.recorder, _rules(exercise), person, given)]))
    one = exercise.recorder
    return Recorder(one.journal, one.objects, key, "clinician", one.surroundings)


def member(exercise: Exercise, code: str, key: PersonKey, *, role: str) -> str:
    """Enrol somebody by their staff code and key, with a role that reads everything; return the person."""
    entry = enrol(exercise.recorder, Request(code, public_text(key.public))).entry
    person = next(said.subject for said in entry.assertions if said.predicate == "staff-code")
    exercise.folder.projection()
    act = give_role(exercise.recorder, _rules(exercise), person, role, level="confidential")
    exercise.record(iter([act]))
    return person


def _rules(exercise: Exercise) -> Policy:
    return policy(exercise.view(), exercise.recorder.journal.roster())


def _state(exercise: Exercise, clinician: Recorder, examination: str, stated: Sequence[str]) -> None:
    finding, degree, account, reasons, other, interview, answer = stated
    view = exercise.view()
    act = state_consistency(
        clinician,
        _rules(exercise),
        view,
        view.subject(examination),
        Consistency(finding, degree, account, reasons, other),
        basis=_rests(exercise, (interview, answer)) if interview else (),
    )
    clinician.record(act)
    exercise.folder.projection()
