"""The sites of the exercise: safety first, then measures, then what they may mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from embers.actions.recorder import Act
from embers.actions.sites import (
    Objective,
    Safety,
    answer_about_objective,
    open_site,
    open_visit,
    propose_munitions,
    record_measures,
    state_safety,
    work_out_origin,
)
from embers.journal.assertion import Basis, JsonValue
from embers.places import Point

if TYPE_CHECKING:
    from embers.actions.exercise.case import Exercise

_MILLI = 1000


def visited(exercise: Exercise) -> Iterator[Act]:
    """Open sites and visits, each visit with its safety statements in order."""
    recorder, ids = exercise.recorder, exercise.ids
    for one in exercise.data["site"]:
        ids[one["code"]], act = open_site(
            recorder,
            code=one["code"],
            place=ids[one["place"]],
            position=_point(*one["position"]),
            kind=one["kind"],
            marking=one["marking"],
            incident=ids[one["incident"]],
        )
        yield act
        yield from _about(exercise, one)
        visit = one["visit"]
        first, *more = (_safety(row) for row in one["safety"])
        ids[visit["code"]], act = open_visit(
            recorder,
            code=visit["code"],
            site=ids[one["code"]],
            mission=ids[visit["mission"]],
            day=visit["day"],
            team=visit["team"],
            safety=first,
        )
        yield act
        yield from (state_safety(recorder, ids[visit["code"]], safety) for safety in more)


def _about(exercise: Exercise, one: Mapping[str, Any]) -> Iterator[Act]:
    """Say who was heard there and what might contradict, each in an entry of its own that names whom it rests on."""
    new, site = exercise.recorder.new_assertion, exercise.ids[one["code"]]
    for code in one["heard"]:
        yield Act("site.heard", (new(site, "site-interview", exercise.ids[code]),))
    for text, code in one["against"]:
        yield Act("site.against", (new(site, "site-against", text, basis=_told_in(exercise, code)),))


def _told_in(exercise: Exercise, code: str) -> list[Basis]:
    return [Basis(item=exercise.ids[code])] if code else []


def measured(exercise: Exercise) -> Iterator[Act]:
    """Record what was measured and seen, one entry a visit."""
    view = exercise.view()
    for one in exercise.data["site"]:
        values: list[tuple[str, JsonValue]] = [
            *(("crater-bearing", _bearing(row)) for row in one["bearings"]),
            *(("crater-measure", _crater(row)) for row in one["craters"]),
            ("remnant", one["remnant"]),
            *(("visit-damage", _damage(*row)) for row in one["damage"]),
            *(
                (
                    "visit-item",
                    {"item": exercise.ids[f"{one['code']}-{name}.png"], "role": "sketch", "shows": shows},
                )
                for name, shows in (("crater", "crater C-1 with scale"), ("remnant", "remnant R-1, in place"))
            ),
        ]
        visit = view.subject(exercise.ids[one["visit"]["code"]])
        yield record_measures(exercise.recorder, visit, values)


def worked_out(exercise: Exercise) -> Iterator[Act]:
    """Record what the measures may mean, what was learnt of objectives, and the hazard seen at the end."""
    view, recorder = exercise.view(), exercise.recorder
    for one in exercise.data["site"]:
        site = view.subject(exercise.ids[one["code"]])
        visit = view.subject(exercise.ids[one["visit"]["code"]])
        yield propose_munitions(recorder, site, visit, one["remnant"]["code"])
        yield work_out_origin(recorder, site, visit, "C-1", weapon=one["weapon"])[1]
        for answer, by, side, what, latitude, longitude in one["objectives"]:
            position = _point(latitude, longitude, 100, "as pointed out on a map") if latitude else None
            person = "a person interviewed" if by in exercise.ids else by
            found = Objective(answer, person, side=side, what=what, position=position)
            basis = _told_in(exercise, by if by in exercise.ids else "")
            yield answer_about_objective(recorder, site, found, basis=basis)
        if "hazard_after" in one:
            yield state_safety(recorder, visit.id, _safety(one["hazard_after"]))


def _safety(row: Sequence[str]) -> Safety:
    hazard, stated_by, cleared_by, what, reported_to = row
    return Safety(hazard, stated_by, cleared_by, what, reported_to)


def _point(latitude: str, longitude: str, precision: int, method: str) -> Point:
    return Point.from_text(latitude, longitude, precision_m=precision, method=method)


def _bearing(row: Sequence[Any]) -> dict[str, JsonValue]:
    crater, by, instrument, method, degrees, north, sense, error, *second = row
    value = {
        "crater": crater,
        "by": by,
        "instrument": instrument,
        "method": method,
        "north": north,
        "sense": sense,
    }
    value |= {"bearing_mdeg": round(degrees * _MILLI), "error_mdeg": round(error * _MILLI)}
    return value | ({"second_mdeg": round(second[0] * _MILLI)} if second else {})


def _crater(row: Sequence[Any]) -> dict[str, JsonValue]:
    names = ("crater", "by", "instrument", "shape", "ground", "length_mm", "width_mm", "depth_mm", "error_mm")
    return dict(zip(names, row, strict=True))


def _damage(part: str, grade: str, what: str) -> dict[str, JsonValue]:
    return {"part": part, "grade": grade} | ({"what": what} if what else {})
