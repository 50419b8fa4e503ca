"""Builds the exercise from ``demo/exercise/exercise.toml``, stage by stage, with the actions people use."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import CaseProfile, describe_case, name_party
from embers.actions.compartments import Member, new_compartment, publish_key
from embers.actions.consent import name_body, withdraw_consent
from embers.actions.exercise.detention import examined, held
from embers.actions.exercise.laptop import seized
from embers.actions.exercise.made_up import drawing, tone
from embers.actions.exercise.people import heard, opened, told
from embers.actions.exercise.sites import measured, visited, worked_out
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.missions import (
    Plan,
    check_clock,
    debrief,
    plan_mission,
    record_refusal,
    settle_stop,
    write_log,
)
from embers.actions.recorder import Act, Recorder
from embers.actions.reports import build_and_record
from embers.custody.compartment import Compartment, compartment_named
from embers.ids import new_subject
from embers.journal.erasure import read_roster
from embers.places import Point
from embers.projections.view import ProjectedCase

KEY = "exercise"
COMPLETE = "The exercise is complete."
_VAULT = "identity vault"


@dataclass(slots=True)
class Exercise:
    """The case as it grows; ``ids`` are subjects by the codes and keys of the text."""

    folder: CaseFolder
    recorder: Recorder
    case: str
    data: Mapping[str, Any]
    ids: dict[str, str] = field(default_factory=dict)

    def view(self) -> ProjectedCase:
        """Return the case as it stands now."""
        return ProjectedCase(self.folder.projection())

    def record(self, acts: Iterator[Act]) -> None:
        """Record a stage in one transaction."""
        self.recorder.record_all(list(acts))
        self.folder.projection()


def build_exercise(folder: CaseFolder, recorder: Recorder, source: Path, *, case: str) -> int:
    """Build the exercise; return how many entries are new. One that is complete is left alone."""
    if is_complete(folder, case):
        return 0
    data = tomllib.loads((source / "exercise.toml").read_text(encoding="utf-8"))
    exercise = Exercise(folder, recorder, case, data)
    exercise.record(_frame(exercise))
    exercise.record(_missions(exercise))
    vault = _vault(exercise)
    with tempfile.TemporaryDirectory() as files:
        exercise.record(_material(exercise, Path(files)))
    exercise.record(opened(exercise, vault))
    for stage in (heard, told):
        for interview in data["interview"]:
            exercise.record(stage(exercise, interview))
    for site_stage in (visited, measured, worked_out):
        exercise.record(site_stage(exercise))
    exercise.record(held(exercise))
    examined(exercise)
    exercise.record(_after_missions(exercise))
    seized(exercise)
    build_and_record(folder, recorder)
    exercise.record(_withdrawals(exercise))
    exercise.record(iter([_note(exercise)]))
    return sum(head.size for head in recorder.journal.heads())


def body_of(source: Path) -> str:
    """Return the name of the body that the exercise hands its dossier to."""
    data = tomllib.loads((source / "exercise.toml").read_text(encoding="utf-8"))
    return str(data["case"]["body"])


def is_complete(folder: CaseFolder, case: str) -> bool:
    """Tell whether the exercise was built to its end."""
    view = ProjectedCase(folder.projection())
    return COMPLETE in view.subject(case).values("note")


def _note(exercise: Exercise) -> Act:
    return Act("case.note", (exercise.recorder.new_assertion(exercise.case, "note", COMPLETE),))


def _frame(exercise: Exercise) -> Iterator[Act]:
    about, recorder = exercise.data["case"], exercise.recorder
    profile = CaseProfile(
        about["title"],
        about["scope"],
        about["period"],
        about["naming"],
        "prof.rgb",
        notices=about["notices"],
        limits=about["limits"],
        methods=about["methods"],
        exercise=True,
    )
    yield describe_case(recorder, exercise.case, profile)
    for party in exercise.data["party"]:
        yield name_party(recorder, party["code"], party["name"], key=KEY)
    exercise.ids["body"], act = name_body(recorder, about["body"])
    yield act
    for place in exercise.data["place"]:
        id = exercise.ids[place["key"]] = new_subject("place", recorder.surroundings.randomness)
        names = [{"name": name, "lang": "en", "used_by": side} for name, side in place["names"]]
        yield Act("place.name", tuple(recorder.new_assertion(id, "place-name", name) for name in names))
    for incident in exercise.data["incident"]:
        yield _incident(exercise, incident)


def _incident(exercise: Exercise, told_of: Mapping[str, Any]) -> Act:
    recorder = exercise.recorder
    id = exercise.ids[told_of["code"]] = new_subject("incident", recorder.surroundings.randomness)
    values = [
        ("incident-code", told_of["code"]),
        ("incident-title", {"text": told_of["title"], "lang": "en"}),
        ("occurred", told_of["occurred"]),
        ("incident-place", exercise.ids[told_of["place"]]),
        ("alleged-party", told_of["alleged"]),
        ("allegation", told_of["allegation"]),
        ("conduct", told_of["conduct"]),
        ("control", told_of["control"]),
    ]
    if "position" in told_of:
        latitude, longitude, precision = told_of["position"]
        point = Point.from_text(latitude, longitude, precision_m=precision, method="centre of the settlement")
        values.append(("incident-position", point.to_json()))
    said = tuple(recorder.new_assertion(id, predicate, value) for predicate, value in values)
    return Act("incident.open", said, reason="Opened by the team from what people told.")


def _missions(exercise: Exercise) -> Iterator[Act]:
    for one in exercise.data["mission"]:
        plan = Plan(
            one["code"],
            one["title"],
            one["period"],
            one["side"],
            one["aim"],
            one["questions"],
            [(code, role) for code, role in one["team"]],
            stops=[(day, exercise.ids[place]) for day, place in one["stops"]],
            risks=one["risks"],
            services=[(service, where, day) for service, where, day in one["services"]],
        )
        exercise.ids[one["code"]], act = plan_mission(exercise.recorder, plan)
        yield act


def _after_missions(exercise: Exercise) -> Iterator[Act]:
    recorder, ids = exercise.recorder, exercise.ids
    for one in exercise.data["mission"]:
        mission = ids[one["code"]]
        for day, place, outcome, what, reason in one["outcomes"]:
            yield settle_stop(recorder, mission, day, ids[place], outcome=outcome, what=what, reason=reason)
        for day, kind, by, place, reason in one["refusals"]:
            yield record_refusal(
                recorder, mission, day=day, kind=kind, by=by, place=ids.get(place, ""), reason=reason
            )
        for what, device, day, ahead, known, error in one["clocks"]:
            yield check_clock(
                recorder,
                mission,
                what=what,
                device=device,
                day=day,
                ahead_ms=ahead,
                compared_with=known,
                error_ms=error,
            )
        for day, text, by in one["log"]:
            yield write_log(recorder, mission, day, text, by=by)


def _vault(exercise: Exercise) -> Compartment:
    """Make the circle that can open identity sheets: in the exercise, the one person of the demonstration."""
    folder, recorder, keys = exercise.folder, exercise.recorder, exercise.folder.sealing_keys()
    staff = {id: one.text("staff-code") for id, one in exercise.view().kind("person").items()}
    person, name = next((id, code) for id, code in staff.items() if code)
    own = keys.load(name) if keys.has(name) else keys.create(name)
    _, act = new_compartment(recorder, folder.wraps(), _VAULT, [Member(person, own.recipient)])
    exercise.record(iter([publish_key(recorder, person, own.recipient), act]))
    return compartment_named(exercise.view(), _VAULT, read_roster(recorder.journal.store))


def _material(exercise: Exercise, files: Path) -> Iterator[Act]:
    """Take in the tones and drawings, each in an entry of its own so that consent can leave it out."""
    pieces = [
        (f"recording-{one['code']}.wav", f"Exercise recording of {one['code']}", tone(number))
        for number, one in enumerate(exercise.data["interview"])
        if one.get("recording")
    ]
    pieces += [
        (
            f"{one['code']}-{name}.png",
            f"Exercise drawing, site {one['code']}: {title}",
            drawing(f"Site {one['code']}: {title}", azimuth=angle),
        )
        for one in exercise.data["site"]
        for name, title, angle in (
            ("crater", "crater C-1 with scale", one["drawn"]),
            ("remnant", "remnant R-1, in place", None),
        )
    ]
    for name, title, data in pieces:
        path = files / name
        path.write_bytes(data)
        new = acquire_file(exercise.recorder, path, ItemOrigin(title, "exercise", "made for the exercise"))
        exercise.ids[name] = new.id
        yield new.act


def _withdrawals(exercise: Exercise) -> Iterator[Act]:
    view = exercise.view()
    for one in exercise.data["mission"]:
        day, by = one["debrief"]
        answers = [(question, answer) for question, answer in one["answers"]]
        yield debrief(exercise.recorder, view.subject(exercise.ids[one["code"]]), day, by=by, answers=answers)
    for one in exercise.data["interview"]:
        if one.get("withdraws"):
            interview = exercise.ids[one["code"]]
            yield withdraw_consent(exercise.recorder, interview, received_by="F-01", means="by telephone")
