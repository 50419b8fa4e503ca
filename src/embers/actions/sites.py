"""Recording impact sites: opened, visited, measured; hypotheses and origin sectors worked out from the measures.

Nothing is measured at a site before somebody said that it is safe to be there (rule of every mine action standard, and
of mission.md P07): the safety statement comes first, and a hazard that is present or suspected stops the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from embers.actions.recorder import Act, Recorder, filled
from embers.case_view import Record
from embers.errors import FieldworkError
from embers.fieldwork.azimuth import distance_and_bearing
from embers.fieldwork.crater import MILLI, Bearing, CraterAzimuth, bearings_at, crater_azimuth
from embers.fieldwork.munition import Measured, hypotheses, table_digest, weapons
from embers.ids import new_subject
from embers.journal.assertion import Basis, JsonValue
from embers.places import MICRO, Point

_STOPS = frozenset({"present", "suspected"})
#: What a visit may record once the site was called safe.
MEASURES = frozenset({"visit-damage", "crater-measure", "crater-bearing", "remnant", "visit-item"})


@dataclass(frozen=True, slots=True)
class Safety:
    """The statement before anything else: hazard, who says so, who cleared, whom it was reported to."""

    hazard: str
    stated_by: str
    cleared_by: str = ""
    what: str = ""
    reported_to: str = ""


@dataclass(frozen=True, slots=True)
class Objective:
    """What was learnt about a military objective: the answer, by whom, and where it is said to be."""

    answer: str
    by: str
    side: str = ""
    what: str = ""
    position: Point | None = None


def open_site(
    recorder: Recorder,
    *,
    code: str,
    place: str,
    position: Point,
    kind: str,
    marking: str = "",
    use: str = "",
    incident: str = "",
) -> tuple[str, Act]:
    """Open a site: its position with method and error, and what stood there."""
    site = new_subject("site", recorder.surroundings.randomness)
    values: list[tuple[str, JsonValue]] = [
        ("site-code", code),
        ("site-place", place),
        ("site-position", position.to_json()),
        ("site-object", filled(type=kind, marking=marking, use=use)),
    ]
    if incident:
        values.append(("site-incident", incident))
    said = [recorder.new_assertion(site, predicate, value) for predicate, value in values]
    return site, Act("site.open", tuple(said), reason="Site opened.")


def open_visit(
    recorder: Recorder,
    *,
    code: str,
    site: str,
    mission: str,
    day: str,
    team: Sequence[str],
    safety: Safety,
) -> tuple[str, Act]:
    """Open a visit with its safety statement; a hazard said to be cleared names who cleared it."""
    visit = new_subject("visit", recorder.surroundings.randomness)
    values: list[tuple[str, JsonValue]] = [
        ("visit-code", code),
        ("visit-safety", _safety(safety)),
        ("visit-site", site),
        ("visit-mission", mission),
        ("visit-day", day),
        ("visit-team", list(team)),
    ]
    said = [recorder.new_assertion(visit, predicate, value) for predicate, value in values]
    return visit, Act("visit.open", tuple(said), reason="Visit opened with its safety statement.")


def state_safety(recorder: Recorder, visit: str, safety: Safety) -> Act:
    """Record a further safety statement; one newer than the last counts, and any hazard stops the measuring."""
    return Act("visit.safety", (recorder.new_assertion(visit, "visit-safety", _safety(safety)),))


def record_measures(
    recorder: Recorder, visit: Record, values: Sequence[tuple[str, JsonValue]], *, basis: Sequence[Basis] = ()
) -> Act:
    """Record what was measured and seen at a visit, each value as (predicate, value), in one entry.

    Refused where a hazard is present or suspected, and for a bearing that is not readable.
    """
    hazards = [value["hazard"] for value in visit.values("visit-safety")]
    if not hazards or hazards[-1] in _STOPS:
        raise FieldworkError(
            "hazard",
            f"At the visit {visit.text('visit-code')} the site is "
            f"{'not said to be safe' if not hazards else 'said to hold an explosive hazard'}.",
            "Keep away, report it to mine action, and record a new safety statement once it is cleared.",
        )
    said = []
    for predicate, value in values:
        if predicate not in MEASURES:
            raise FieldworkError(
                "no-measure",
                f"{predicate!r} is no measure of a visit.",
                f"Known: {', '.join(sorted(MEASURES))}.",
            )
        if predicate == "crater-bearing":
            Bearing.read(value)
        said.append(recorder.new_assertion(visit.id, predicate, value, basis=basis))
    return Act("visit.measure", tuple(said), reason="Measured and seen on site.")


def answer_about_objective(
    recorder: Recorder, site: Record, found: Objective, *, basis: Sequence[Basis] = ()
) -> Act:
    """Record what was learnt about a military objective, with distance and bearing from the site.

    What somebody told in an interview names it as basis: only then does their consent reach it.
    """
    value = filled(answer=found.answer, by=found.by, side=found.side, what=found.what)
    if found.position is not None:
        here = _position(site)
        metres, bearing = distance_and_bearing(*_degrees(here), *_degrees(found.position))
        value |= {
            "distance_m": round(metres),
            "bearing_mdeg": round(bearing * MILLI) % (360 * MILLI),
            "error_m": here.precision_m + found.position.precision_m,
        }
    said = recorder.new_assertion(site.id, "objective-near", value, basis=basis)
    return Act("site.objective", (said,), reason="What was learnt about a military objective.")


def propose_munitions(
    recorder: Recorder, site: Record, visit: Record, remnant: str, *, adviser: str = ""
) -> Act:
    """Record the candidates the measures of a remnant leave, in order, with reasons. No identification."""
    held = next((one for one in visit.live("remnant") if one.value["code"] == remnant), None)
    if held is None:
        raise FieldworkError("remnant", f"There is no remnant {remnant!r} at this visit.", "Record it first.")
    value = held.value
    found = hypotheses(
        Measured(
            value.get("diameter_mm"),
            value.get("length_mm"),
            value.get("error_mm", 0),
            value.get("markings", ""),
        )
    )
    if not found:
        raise FieldworkError(
            "no-measures",
            f"Nothing was measured of {remnant} that leaves candidates.",
            "Measure its diameter.",
        )
    basis = [Basis(item=visit.id, locator=f"row={remnant}")]
    said = tuple(
        recorder.new_assertion(
            site.id,
            "munition-hypothesis",
            {
                "remnant": remnant,
                "weapon": one.weapon.name,
                "place": one.place,
                "fits": list(one.fits),
                "against": list(one.against),
                "open": list(one.open),
                "table": table_digest(),
                **filled(adviser=adviser),
            },
            basis=basis,
        )
        for one in found
    )
    return Act("site.munition", said, reason=f"Candidates from the measures of {remnant}.")


def work_out_origin(
    recorder: Recorder, site: Record, visit: Record, crater: str, *, weapon: str = ""
) -> tuple[CraterAzimuth, Act]:
    """Record the mean azimuth of a crater's bearings and, with a weapon of the table, the ranges of the sector."""
    values = bearings_at(visit, crater)
    if not values:
        raise FieldworkError("no-bearing", f"There is no bearing at crater {crater!r}.", "Take at least one.")
    found = crater_azimuth(values, _position(site), day=date.fromisoformat(str(visit.value("visit-day"))))
    mean = found.mean
    value: dict[str, JsonValue] = {
        "azimuth_mdeg": round(mean.degrees * MILLI) % (360 * MILLI),
        "error_mdeg": max(1, round(mean.error * MILLI)),
        "bearings": mean.bearings,
        "measurers": mean.measurers,
    }
    if mean.spread is not None:
        value["spread_mdeg"] = round(mean.spread * MILLI)
    if found.declination is not None:
        value |= {
            "declination_mdeg": round(found.declination.degrees * MILLI),
            "model": found.declination.model,
        }
    if weapon:
        value |= _ranges(weapon)
    said = recorder.new_assertion(
        site.id, "origin-sector", value, basis=[Basis(item=visit.id, locator=f"row={crater}")]
    )
    return found, Act("site.origin", (said,), reason=f"Worked out from {mean.bearings} bearings at {crater}.")


def _ranges(weapon: str) -> dict[str, JsonValue]:
    found = weapons().get(weapon)
    if found is None:
        raise FieldworkError("weapon", f"There is no weapon {weapon!r} in the table.", "See fieldwork/data.")
    if found.turns:
        raise FieldworkError(
            "turning",
            f"{found.name} steers on its way: how it came in says nothing of where it came from.",
            "Work the azimuth out without a weapon.",
        )
    if found.farthest_m is None:
        raise FieldworkError("no-range", f"The table has no range for {found.name}.", "Choose another.")
    return {
        "weapon": found.name,
        "range_min_m": round(found.nearest_m or 0),
        "range_max_m": round(found.farthest_m),
    }


def _safety(safety: Safety) -> dict[str, JsonValue]:
    if (safety.hazard == "cleared") != bool(safety.cleared_by):
        raise FieldworkError(
            "cleared-by", "A site is cleared by somebody, and only then.", "Name the body that cleared it."
        )
    return filled(
        hazard=safety.hazard,
        stated_by=safety.stated_by,
        cleared_by=safety.cleared_by,
        what=safety.what,
        reported_to=safety.reported_to,
    )


def _position(site: Record) -> Point:
    value = site.value("site-position")
    if value is None:
        raise FieldworkError(
            "no-position",
            f"The site {site.text('site-code')} has no position that is agreed on.",
            "Record one with method and error, or decide between those there are.",
        )
    return Point.from_json(value)


def _degrees(point: Point) -> tuple[float, float]:
    return point.lat / MICRO, point.lon / MICRO
