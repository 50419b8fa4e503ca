"""Missions as recorded: what was planned and made, what was refused and not visited, which questions stay open.

Effort is counted in the same way on every side, so that a report can show it side by side (mission.md, requirement 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from embers.case_view import CaseView, Record
from embers.dates import parse
from embers.errors import FieldworkError


@dataclass(frozen=True, slots=True)
class Effort:
    """What one side saw of the team: missions, days, stops made and not made, interviews, visits, refusals."""

    side: str
    missions: int
    days: int
    stops_made: int
    stops_not_made: int
    interviews: int
    visits: int
    refusals: int


def effort_by_side(view: CaseView) -> tuple[Effort, ...]:
    """Return the effort on every side where a mission went, in the order of the sides' codes."""
    missions = view.kind("mission")
    interviews = _counted(view.kind("interview").values(), "interview-mission")
    visits = _counted(view.kind("visit").values(), "visit-mission")
    sides = sorted({str(record.value("mission-side", "unknown")) for record in missions.values()})
    return tuple(_effort(side, missions, interviews, visits) for side in sides)


def _counted(records: Iterable[Record], predicate: str) -> Counter[str]:
    return Counter(str(value) for record in records for value in record.values(predicate))


def _effort(
    side: str, missions: Mapping[str, Record], interviews: Counter[str], visits: Counter[str]
) -> Effort:
    own = {id: one for id, one in missions.items() if str(one.value("mission-side", "unknown")) == side}
    stops = [stop for one in own.values() for stop in one.values("mission-stop")]
    return Effort(
        side,
        len(own),
        sum(_days(one) for one in own.values()),
        sum(stop["outcome"] in {"made", "cut-short"} for stop in stops),
        sum(stop["outcome"] == "not-made" for stop in stops),
        sum(interviews[id] for id in own),
        sum(visits[id] for id in own),
        sum(len(one.live("mission-refusal")) for one in own.values()),
    )


def _days(mission: Record) -> int:
    period = mission.value("mission-period")
    found = parse(period) if period else None
    if found is None or found.earliest is None or found.latest is None:
        return 0
    return (found.latest - found.earliest).days + 1


@dataclass(frozen=True, slots=True)
class Visit:
    """One place on the route: whether it was planned, what became of it (nothing yet: ``planned``), and why."""

    day: str
    place: str
    planned: bool
    outcome: str
    what: str = ""
    reason: str = ""


def itinerary(mission: Record) -> list[Visit]:
    """Return the route day by day, the plan beside what became of it; where a place was reached unplanned, that too.

    A stop is known by its day and place. Two outcomes of one stop that differ are both told.
    """
    planned = {
        (str(stop["day"]), str(stop["place"]))
        for stop in mission.values("mission-stop")
        if stop["outcome"] == "planned"
    }
    settled = [stop for stop in mission.values("mission-stop") if stop["outcome"] != "planned"]
    found = [
        Visit(
            str(stop["day"]),
            str(stop["place"]),
            (str(stop["day"]), str(stop["place"])) in planned,
            str(stop["outcome"]),
            str(stop.get("what", "")),
            str(stop.get("reason", "")),
        )
        for stop in settled
    ]
    left = planned - {(one.day, one.place) for one in found}
    found += [Visit(day, place, True, "planned") for day, place in left]
    return sorted(found, key=lambda one: (one.day, one.place, one.outcome))


def open_questions(mission: Record) -> list[str]:
    """Return the questions of a mission without an answer, and those the debrief added, in order."""
    answered = {value["question"] for value in mission.values("mission-open-question") if value.get("answer")}
    asked = [str(text) for text in mission.values("mission-question")]
    asked += [value["question"] for value in mission.values("mission-open-question")]
    return [text for text in dict.fromkeys(asked) if text not in answered]


def require_debriefable(mission: Record, day: str) -> None:
    """Refuse a debrief while a stop is neither made nor given up with a reason, or before the mission ended."""
    planned = {
        (stop["day"], stop["place"])
        for stop in mission.values("mission-stop")
        if stop["outcome"] == "planned"
    }
    settled = {
        (stop["day"], stop["place"])
        for stop in mission.values("mission-stop")
        if stop["outcome"] != "planned"
    }
    if left := planned - settled:
        first = min(left)
        raise FieldworkError(
            "stop-open",
            f"{len(left)} planned stops of {mission.text('mission-code')} have no outcome; the first is of {first[0]}.",
            "Record each as made, cut short, or not made with the reason.",
        )
    period = mission.value("mission-period")
    latest = parse(period).latest if period else None
    if latest is not None and date.fromisoformat(day) < latest:
        raise FieldworkError("not-over", f"The mission ends on {latest.isoformat()}.", "Debrief after it.")
