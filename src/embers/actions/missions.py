"""Recording missions: planned, travelled, refused, logged, debriefed. Staff stand under stable codes only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from embers.actions.recorder import Act, Recorder, filled
from embers.case_view import Record
from embers.errors import FieldworkError
from embers.fieldwork.mission import require_debriefable
from embers.ids import new_subject
from embers.journal.assertion import JsonValue

#: Staff codes as sheets of identity use them: letters and digits, at least one of each. A name has no digit.
_STAFF = re.compile(r"(?=.*[0-9])[A-Za-z][A-Za-z0-9-]{1,19}\Z")


@dataclass(frozen=True, slots=True)
class Plan:
    """A mission before it leaves. ``team`` are pairs of code and role, ``stops`` pairs of day and place.

    ``contacts`` are pairs of a code and what for; how somebody is reached lies in their sealed sheet.
    """

    code: str
    title: str
    period: str
    side: str
    aim: str
    questions: Sequence[str]
    team: Sequence[tuple[str, str]]
    stops: Sequence[tuple[str, str]] = ()
    areas: Sequence[str] = ()
    risks: Sequence[str] = ()
    services: Sequence[tuple[str, str, str]] = ()
    contacts: Sequence[tuple[str, str]] = ()


def plan_mission(recorder: Recorder, plan: Plan) -> tuple[str, Act]:
    """Record the plan of a mission; a team member without a code, or a mission without a question, is refused."""
    if not plan.questions:
        raise FieldworkError("no-question", f"The mission {plan.code} asks nothing.", "State its questions.")
    for code, _ in (*plan.team, *plan.contacts):
        if not _STAFF.match(code):
            raise FieldworkError(
                "staff-code",
                f"{code!r} does not look like a staff code.",
                "Use letters and digits, such as F-03.",
            )
    mission = new_subject("mission", recorder.surroundings.randomness)
    values: list[tuple[str, JsonValue]] = [
        ("mission-code", plan.code),
        ("mission-title", {"text": plan.title, "lang": "en"}),
        ("mission-period", plan.period),
        ("mission-side", plan.side),
        ("mission-aim", plan.aim),
        *(("mission-question", text) for text in plan.questions),
        *(("mission-team", {"code": code, "role": role}) for code, role in plan.team),
        *(("mission-stop", {"day": day, "place": place, "outcome": "planned"}) for day, place in plan.stops),
        *(("mission-area", place) for place in plan.areas),
        *(("mission-risk", text) for text in plan.risks),
        *(
            ("mission-referral", {"service": service, "where": where, "checked": day})
            for service, where, day in plan.services
        ),
        *(("mission-contact", {"code": code, "what": what}) for code, what in plan.contacts),
    ]
    said = [recorder.new_assertion(mission, predicate, value) for predicate, value in values]
    return mission, Act("mission.plan", tuple(said), reason="Mission planned.")


def settle_stop(
    recorder: Recorder, mission: str, day: str, place: str, *, outcome: str, what: str = "", reason: str = ""
) -> Act:
    """Record what became of a stop. One not made or cut short says why, and is a gap the report prints."""
    if outcome in {"not-made", "cut-short"} and not reason.strip():
        raise FieldworkError("no-reason", f"The stop of {day} was {outcome}.", "Say why.")
    value = filled(day=day, place=place, outcome=outcome, what=what, reason=reason)
    said = [recorder.new_assertion(mission, "mission-stop", value)]
    if outcome == "not-made":
        said.append(recorder.new_assertion(mission, "mission-gap", {"place": place, "reason": reason}))
    return Act("mission.stop", tuple(said), reason="What became of a stop.")


def record_refusal(
    recorder: Recorder, mission: str, *, day: str, kind: str, by: str, place: str = "", reason: str = ""
) -> Act:
    """Record that access, an interview or information was refused, on which day and by which body."""
    value = filled(day=day, kind=kind, by=by, place=place, reason=reason)
    said = recorder.new_assertion(mission, "mission-refusal", value)
    return Act("mission.refusal", (said,), reason="Refused.")


def check_clock(
    recorder: Recorder,
    mission: str,
    *,
    what: str,
    device: str,
    day: str,
    ahead_ms: int,
    compared_with: str,
    error_ms: int,
) -> Act:
    """Record how far a device's clock was ahead of a known one; its files' times are read with that."""
    value = {
        "what": what,
        "device": device,
        "day": day,
        "clock_ahead_ms": ahead_ms,
        "compared_with": compared_with,
        "error_ms": error_ms,
    }
    said = recorder.new_assertion(mission, "mission-equipment", value)
    return Act("mission.clock", (said,), reason="Clock compared.")


def write_log(recorder: Recorder, mission: str, day: str, text: str, *, by: str) -> Act:
    """Write one day of the log."""
    said = recorder.new_assertion(mission, "mission-log", {"day": day, "text": text, "by": by})
    return Act("mission.log", (said,))


def debrief(
    recorder: Recorder,
    mission: Record,
    day: str,
    *,
    by: str,
    answers: Sequence[tuple[str, str]],
    wellbeing: str = "",
) -> Act:
    """Record the debrief: each question with its answer, or without one where it stays open."""
    require_debriefable(mission, day)
    said = [
        recorder.new_assertion(mission.id, "mission-debrief", filled(day=day, by=by, wellbeing=wellbeing))
    ]
    said += [
        recorder.new_assertion(mission.id, "mission-open-question", filled(question=question, answer=answer))
        for question, answer in answers
    ]
    return Act("mission.debrief", tuple(said), reason="Debrief.")
