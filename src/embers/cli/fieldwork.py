"""``embers mission`` and ``embers site``: what was planned, travelled, refused, measured and worked out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.field_desk import FieldDesk, field_desk, pairs, typed
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.errors import UsageError

MISSION = Annotated[str, typer.Argument(help="Code of the mission.")]
SITE = Annotated[str, typer.Argument(help="Code of the site.")]
VISIT = Annotated[str, typer.Argument(help="Code of the visit.")]
DAY = Annotated[str, typer.Argument(help="Day, such as 2026-05-09.")]


def _place(desk: FieldDesk, name: str) -> str:
    wanted = name.casefold()
    for id, record in desk.view.kind("place").items():
        names = {str(value["name"]).casefold() for value in record.values("place-name")}
        if wanted in names or name == id:
            return id
    raise UsageError(
        "place", f"There is no place {name!r} in this case.", "Give one of its names, or its id."
    )


@command
def mission_plan(
    code: Annotated[str, typer.Argument(help="A new code for the mission, such as M-02.")],
    title: Annotated[str, typer.Argument(help="Title.")],
    *,
    period: Annotated[str, typer.Option(help="Period, such as 2026-05-02/2026-05-09.")],
    side: Annotated[str, typer.Option(help="Code of the side that holds the area.")],
    aim: Annotated[str, typer.Option(help="Aim in one sentence.")],
    question: Annotated[list[str], typer.Option(help="What the mission is to answer.")],
    team: Annotated[list[str], typer.Option(help="CODE=ROLE, such as F-03=interviewer.")],
    stop: Annotated[list[str] | None, typer.Option(help="DAY=PLACE.")] = None,
    risk: Annotated[list[str] | None, typer.Option(help="A risk, and what is done about it.")] = None,
    contact: Annotated[list[str] | None, typer.Option(help="CODE=WHAT FOR; a code, never a name.")] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record the plan of a mission. People stand under staff codes."""
    from embers.actions.missions import Plan, plan_mission

    desk = field_desk(case)
    stops = [(day, _place(desk, place)) for day, place in pairs(stop or [])]
    plan = Plan(
        code,
        title,
        period,
        side,
        aim,
        question,
        pairs(team),
        stops=stops,
        risks=risk or (),
        contacts=pairs(contact or []),
    )
    desk.tell(plan_mission(desk.signer, plan)[1], f"{code}: planned.", as_json=as_json)


@command
def mission_stop(
    mission: MISSION,
    day: DAY,
    place: Annotated[str, typer.Argument(help="Place, by one of its names.")],
    *,
    outcome: Annotated[str, typer.Option(help="made, cut-short, not-made.")],
    reason: Annotated[str, typer.Option(help="Why it was cut short or not made.")] = "",
    what: Annotated[str, typer.Option(help="What was done there.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record what became of a stop. One that was not made is a gap the report prints."""
    from embers.actions.missions import settle_stop

    desk = field_desk(case)
    id = desk.named("mission", mission).id
    act = settle_stop(desk.signer, id, day, _place(desk, place), outcome=outcome, what=what, reason=reason)
    desk.tell(act, f"{mission}: {place} {outcome}.", as_json=as_json)


@command
def mission_refusal(
    mission: MISSION,
    day: DAY,
    *,
    kind: Annotated[str, typer.Option(help="access, interview, information, entry.")],
    by: Annotated[str, typer.Option(help="Body that refused; for a person: 'a person asked'.")],
    reason: Annotated[str, typer.Option(help="The reason given.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record that access, an interview or information was refused."""
    from embers.actions.missions import record_refusal

    desk = field_desk(case)
    act = record_refusal(
        desk.signer, desk.named("mission", mission).id, day=day, kind=kind, by=by, reason=reason
    )
    desk.tell(act, f"{mission}: refusal of {kind} recorded.", as_json=as_json)


@command
def mission_clock(
    mission: MISSION,
    day: DAY,
    *,
    what: Annotated[str, typer.Option(help="Kind of device, such as camera.")],
    device: Annotated[str, typer.Option(help="Its own mark.")],
    ahead_ms: Annotated[int, typer.Option(help="Milliseconds its clock is ahead; negative: behind.")],
    compared_with: Annotated[str, typer.Option(help="The known clock.")],
    error_ms: Annotated[int, typer.Option(help="Error of the comparison.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record how far a device's clock is ahead of a known one."""
    from embers.actions.missions import check_clock

    desk = field_desk(case)
    id = desk.named("mission", mission).id
    act = check_clock(
        desk.signer,
        id,
        what=what,
        device=device,
        day=day,
        ahead_ms=ahead_ms,
        compared_with=compared_with,
        error_ms=error_ms,
    )
    desk.tell(act, f"{mission}: clock of {device} recorded.", as_json=as_json)


@command
def mission_log(
    mission: MISSION,
    day: DAY,
    text: Annotated[str, typer.Argument(help="What happened that day.")],
    *,
    by: Annotated[str, typer.Option(help="Staff code.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Write one day of the log."""
    from embers.actions.missions import write_log

    desk = field_desk(case)
    act = write_log(desk.signer, desk.named("mission", mission).id, day, text, by=by)
    desk.tell(act, f"{mission}: {day} written.", as_json=as_json)


@command
def mission_debrief(
    mission: MISSION,
    day: DAY,
    *,
    by: Annotated[str, typer.Option(help="Staff code.")],
    answer: Annotated[
        list[str] | None, typer.Option(help="QUESTION=ANSWER; a question without one stays open.")
    ] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Close a mission: every stop has an outcome, every question an answer or stays open."""
    from embers.actions.missions import debrief
    from embers.fieldwork.mission import open_questions

    desk = field_desk(case)
    act = debrief(desk.signer, desk.named("mission", mission), day, by=by, answers=pairs(answer or []))
    desk.record(act)
    left = open_questions(desk.named("mission", mission))
    if as_json:
        emit({"open_questions": left})
        return
    say(f"{mission}: debriefed. {len(left)} questions stay open.")
    for text in left:
        say(f"  {text}")


@command
def mission_effort(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Show the effort on every side: days, stops, interviews, visits, refusals."""
    from embers.fieldwork.mission import effort_by_side

    found = effort_by_side(field_desk(case).view)
    if as_json:
        emit(found)
        return
    head = ("side", "missions", "days", "made", "not made", "interviews", "visits", "refused")
    rows = [
        (
            e.side,
            *map(
                str, (e.missions, e.days, e.stops_made, e.stops_not_made, e.interviews, e.visits, e.refusals)
            ),
        )
        for e in found
    ]
    table([head, *rows])


@command
def site_open(
    code: Annotated[str, typer.Argument(help="A new code for the site.")],
    *,
    place: Annotated[str, typer.Option(help="Place, by one of its names.")],
    latitude: Annotated[str, typer.Option(help="Degrees, such as -37.512.")],
    longitude: Annotated[str, typer.Option(help="Degrees.")],
    precision_m: Annotated[int, typer.Option(help="Radius in metres it certainly lies in.")],
    method: Annotated[str, typer.Option(help="How the position was taken.")],
    kind: Annotated[str, typer.Option(help="Type of object, such as dwelling.")],
    marking: Annotated[str, typer.Option(help="How it was marked.")] = "",
    incident: Annotated[str, typer.Option(help="Code of the incident.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open a site: where it is, how that is known, what stood there."""
    from embers.actions.sites import open_site
    from embers.places import Point

    desk = field_desk(case)
    point = Point.from_text(latitude, longitude, precision_m=precision_m, method=method)
    about = desk.named("incident", incident).id if incident else ""
    _, act = open_site(
        desk.signer,
        code=code,
        place=_place(desk, place),
        position=point,
        kind=kind,
        marking=marking,
        incident=about,
    )
    desk.tell(
        act,
        f"{code}: open. Nothing is measured before a visit states that it is safe.",
        as_json=as_json,
    )


@command
def site_visit(
    code: Annotated[str, typer.Argument(help="A new code for the visit.")],
    site: SITE,
    day: DAY,
    *,
    mission: Annotated[str, typer.Option(help="Code of the mission.")],
    team: Annotated[list[str], typer.Option(help="Staff code.")],
    hazard: Annotated[str, typer.Option(help="present, suspected, cleared, none-seen.")],
    stated_by: Annotated[str, typer.Option(help="Who says so.")],
    cleared_by: Annotated[str, typer.Option(help="Body that cleared the site.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open a visit with its safety statement. Explosive hazards come before everything else."""
    from embers.actions.sites import Safety, open_visit

    desk = field_desk(case)
    _, act = open_visit(
        desk.signer,
        code=code,
        site=desk.named("site", site).id,
        mission=desk.named("mission", mission).id,
        day=day,
        team=team,
        safety=Safety(hazard, stated_by, cleared_by),
    )
    desk.tell(act, f"{code}: open; hazard: {hazard}.", as_json=as_json)


@command
def site_safety(
    visit: VISIT,
    hazard: Annotated[str, typer.Argument(help="present, suspected, cleared, none-seen.")],
    *,
    stated_by: Annotated[str, typer.Option(help="Who says so.")],
    cleared_by: Annotated[str, typer.Option(help="Body that cleared the site.")] = "",
    what: Annotated[str, typer.Option(help="What was seen, from where.")] = "",
    reported_to: Annotated[str, typer.Option(help="Mine action body it was reported to.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record a further safety statement. A hazard stops all measuring."""
    from embers.actions.sites import Safety, state_safety

    desk = field_desk(case)
    safety = Safety(hazard, stated_by, cleared_by, what, reported_to)
    act = state_safety(desk.signer, desk.named("visit", visit).id, safety)
    desk.tell(act, f"{visit}: hazard {hazard}.", as_json=as_json)


@command
def site_measure(
    visit: VISIT,
    what: Annotated[
        str, typer.Argument(help="visit-damage, crater-measure, crater-bearing, remnant, visit-item.")
    ],
    fields: Annotated[
        list[str], typer.Argument(help="FIELD=VALUE, as docs/reference/vocabulary.md lists them.")
    ],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record one measure of a visit, once the site was called safe."""
    from embers.actions.sites import record_measures

    desk = field_desk(case)
    predicate = desk.signer.vocabulary.predicate(what)
    value = typed(desk, what, fields)
    act = record_measures(desk.signer, desk.named("visit", visit), [(what, value)])
    desk.tell(act, f"{visit}: {predicate.label.lower()} recorded.", as_json=as_json)


@command
def site_munitions(
    site: SITE,
    visit: VISIT,
    remnant: Annotated[str, typer.Argument(help="Code of the remnant.")],
    *,
    adviser: Annotated[str, typer.Option(help="Code of the weapons adviser.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record what a remnant may be, in order, with reasons. No identification."""
    from embers.actions.sites import propose_munitions

    desk = field_desk(case)
    act = propose_munitions(
        desk.signer, desk.named("site", site), desk.named("visit", visit), remnant, adviser=adviser
    )
    desk.record(act)
    found = [said.value for said in act.assertions]
    if as_json:
        emit(found)
        return
    for one in found:
        say(f"{one['place']}  {one['weapon']}")
        for label, name in (("fits", "fits"), ("against", "against"), ("open", "open")):
            for text in one[name]:
                say(f"   {label}: {text}")


@command
def site_origin(
    site: SITE,
    visit: VISIT,
    crater: Annotated[str, typer.Argument(help="Code of the crater.")],
    *,
    weapon: Annotated[str, typer.Option(help="Id of the weapons table, for the ranges.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Work out the azimuth to the origin from all bearings of a crater, with its error."""
    from embers.actions.sites import work_out_origin

    desk = field_desk(case)
    found, act = work_out_origin(
        desk.signer, desk.named("site", site), desk.named("visit", visit), crater, weapon=weapon
    )
    desk.record(act)
    if as_json:
        emit(act.assertions[0].value)
        return
    mean = found.mean
    spread = f", spread {mean.spread:.1f}°" if mean.spread is not None else ", one bearing: no spread known"
    say(f"{mean.degrees:.1f}° ± {mean.error:.1f}° to the origin, from {mean.bearings} bearings{spread}.")
    if found.declination:
        say(f"Declination {found.declination.degrees:+.2f}° ({found.declination.model}) applied.")
