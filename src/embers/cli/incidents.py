"""``embers incident``, ``who-commanded``, ``counts``, ``identity``: what happened, how many, and who was where."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.cli.where import here, recorder
from embers.errors import UsageError

if TYPE_CHECKING:
    from embers.actions.recorder import Act, Recorder
    from embers.patterns.casualties import Tally
    from embers.people.command import Gap, UnitThen
    from embers.projections.view import ProjectedCase

CODE = Annotated[str, typer.Argument(help="Code of an incident.")]
REASON = Annotated[str, typer.Option(help="Why, in one sentence.")]


def _view(case: Path | None) -> ProjectedCase:
    from embers.projections.view import ProjectedCase

    return ProjectedCase(here(case).folder.projection_to_read())


def _writing(case: Path | None) -> tuple[Recorder, ProjectedCase]:
    from embers.projections.view import ProjectedCase

    found = here(case)
    return recorder(found, role="analyst"), ProjectedCase(found.folder.projection())


def _record(case: Path | None, signer: Recorder, act: Act, *, as_json: bool, told: str) -> None:
    entry = signer.record(act)
    here(case).folder.projection()
    if as_json:
        emit({"entry": entry.id, "assertions": [said.id for said in entry.entry.assertions]})
    else:
        say(told)


def _incident(view: ProjectedCase, code: str) -> str:
    """Return the incident with a code it has or had; one that had it before it was merged is found by its own."""
    former = ""
    for id, record in view.kind("incident").items():
        if code in (id, record.text("incident-code")):
            return id
        if code in map(str, record.values("former-code")):
            former = id
    if former:
        return former
    raise UsageError(
        "incident",
        f"There is no incident {code!r} in this case.",
        "`embers search` finds incidents by any word.",
    )


@command
def merge(
    code: CODE,
    into: Annotated[str, typer.Argument(help="Code of the incident it is the same as.")],
    *,
    reason: REASON,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Say that two incidents are one: the first one's claims count with the second, its code leads there."""
    from embers.actions.incidents import merge_incident

    signer, view = _writing(case)
    act = merge_incident(signer, view, _incident(view, code), _incident(view, into), reason=reason)
    _record(case, signer, act, as_json=as_json, told=f"{code} is now part of {into}; its code leads there.")


@command
def split(
    code: CODE,
    part: Annotated[
        list[str], typer.Option(help="NEWCODE=CLAIM,CLAIM: a new code and the ids or numbers of its claims.")
    ],
    *,
    reason: REASON,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Say that an incident was several: claims named go to new incidents, the others stay with the old code."""
    from embers.actions.incidents import split_incident

    signer, view = _writing(case)
    incident = _incident(view, code)
    named = {
        str(held.value.get("ref")): held.id
        for held in view.subject(incident).held
        if held.live and isinstance(held.value, dict) and held.value.get("ref")
    }
    parts = {}
    for text in part:
        new, sign, claims = text.partition("=")
        if not sign or not new:
            raise UsageError(
                "part", f"{text!r} names no part.", "Write NEWCODE=CLAIM,CLAIM with ids or numbers of claims."
            )
        parts[new] = [named.get(one, one) for one in claims.split(",") if one]
    act = split_incident(signer, view, incident, parts, reason=reason)
    _record(case, signer, act, as_json=as_json, told=f"{', '.join(parts)} split from {code}.")


@command
def relate(
    code: CODE,
    other: Annotated[str, typer.Argument(help="Code of the other incident.")],
    kind: Annotated[str, typer.Argument(help="salvo, series, reprisal, same-target or part-of.")],
    *,
    reason: REASON,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Say how two incidents belong together."""
    from embers.actions.incidents import relate_incidents

    signer, view = _writing(case)
    act = relate_incidents(signer, _incident(view, code), _incident(view, other), kind, reason=reason)
    _record(case, signer, act, as_json=as_json, told=f"{code}: {kind}, {other}.")


@command
def who_commanded(
    place: Annotated[str, typer.Argument(help="Name of a place in any script, or its id.")],
    day: Annotated[str, typer.Argument(help="Day, such as 2020-10-17.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Tell which units were at a place on a day and who commanded them, with sources and what is not known."""
    from embers.people import command as asked

    view = _view(case)
    found = asked.places_named(view, place)
    if len(found) != 1:
        raise UsageError(
            "place",
            f"{'Several places are' if found else 'No place is'} called {place!r} in this case.",
            f"Give one of these ids: {', '.join(found)}." if found else "`embers search` finds places.",
        )
    answer = asked.who_commanded(view, found[0], _day(day))
    if as_json:
        emit(answer)
        return
    for one in answer.control:
        say(f"{_name(view, one.party)}: {_code('control-degree', one.degree)}{_sure(one.sure)}")
    for unit in answer.units:
        _say_unit(view, unit, 0)
    for gap in answer.gaps:
        say(_gap(view, gap))
    say(f"Rests on {len(answer.ids)} assertions. It says who held which post, not what anybody did or knew.")


@command
def who_held(
    day: Annotated[str, typer.Argument(help="Day, such as 2020-10-17.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Tell which party held which place on a day, for every place a source speaks of, with what is unsure."""
    from embers.people.command import control_on

    view = _view(case)
    found = control_on(view, _day(day))
    if as_json:
        emit({id: {"control": control, "gaps": gaps} for id, (control, gaps) in found.items()})
        return
    for id, (control, gaps) in found.items():
        for one in control:
            held = f"{_code('control-degree', one.degree)}{_sure(one.sure)}"
            say(f"{_name(view, id)}: {_name(view, one.party)}, {held}")
        for gap in gaps:
            say(_gap(view, gap))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("day", f"{text!r} is not a day.", "Write it like 2020-10-17.") from None


def _say_unit(view: ProjectedCase, unit: UnitThen, depth: int) -> None:
    margin = "  " * depth
    presence = f", {_code('presence', unit.presence)}" if unit.presence else ""
    say(f"{margin}{_name(view, unit.unit)}{presence}{_sure(unit.sure)}")
    for one in unit.commanders:
        rank = f", {one.rank}" if one.rank else ""
        say(f"{margin}  {_code('command-post', one.post)}: {_name(view, one.person)}{rank}{_sure(one.sure)}")
    for gap in unit.gaps:
        say(f"{margin}  {_gap(view, gap)}")
    for above in unit.superiors:
        say(f"{margin}  under:")
        _say_unit(view, above, depth + 2)


def _gap(view: ProjectedCase, gap: Gap) -> str:
    return f"? {_name(view, gap.about)}: {_code('command-gap', gap.code)}"


def _sure(sure: str) -> str:
    return "" if sure == "yes" else " (not sure for that day)"


def _code(codes: str, term: str) -> str:
    from embers.vocabulary.loader import load_vocabulary

    return load_vocabulary().label(codes, term)


def _name(view: ProjectedCase, subject: str) -> str:
    """Return how a subject is called here: its code first, then its names."""
    from embers.people.candidates import names_of

    record = view.subject(subject)
    code = next((record.text(p) for p in ("unit-code", "person-code", "incident-code") if record.text(p)), "")
    called = " / ".join(names_of(record)) or record.text("party-name")
    return f"{code} {called}".strip() or subject


@command
def counts(
    *,
    by: Annotated[str, typer.Option(help="party, place, month, incident; several with a comma.")] = "party",
    category: Annotated[str, typer.Option(help="status, age, sex, cause; several with a comma.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Count casualties: smallest and largest figures, incidents of which nothing is known, people known one by one."""
    from embers.patterns.casualties import HARMS, casualty_table
    from embers.patterns.casualty_csv import casualty_csv

    view = _view(case)
    wanted = [name for name in category.split(",") if name]
    found = casualty_table(view, by=[name for name in by.split(",") if name], category=wanted)

    def words(name: str, key: str) -> str:
        return _name(view, key) if name == "place" and ":" in key else key

    if as_json:
        emit(found)
        return
    if as_csv:
        typer.echo(casualty_csv(found, words=words), nl=False)
        return
    head = [*found.by, "category" if wanted else "", "incidents", *HARMS]
    rows = [[*found.by, "category", "incidents", *HARMS] if wanted else [name for name in head if name]]
    for line in (*found.lines, found.whole):
        keys = [words(name, key) for name, key in zip(found.by, line.key, strict=False)]
        keys += ["all"] * (len(found.by) - len(keys))
        if wanted:
            keys.append(", ".join(value for _, value in line.category) or "all")
        rows.append([*keys, str(line.incidents), *(_tally(line.tallies[harm]) for harm in HARMS)])
    table(rows)
    differing = [one for one in found.each if one.state in {"more-known", "fewer-known"} and not one.category]
    for one in differing:
        how = "more" if one.state == "more-known" else "fewer"
        say(f"{one.code}: {how} people known to the case than {one.harm} in any figure.")
    say("Ends are added to ends. An incident without a figure adds nothing and is told as not known.")


def _tally(tally: Tally) -> str:
    from embers.patterns.casualties import span_words

    parts = [span_words(tally.span)]
    if tally.some:
        parts.append(f"{tally.some} without figure")
    if tally.unknown:
        parts.append(f"{tally.unknown} not known")
    if tally.persons:
        parts.append(f"{len(tally.persons)} people known")
    return ", ".join(parts)


@command
def pairs(
    kind: Annotated[str, typer.Argument(help="person, place, unit, organisation or incident.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """List pairs of records that may be one, with the reasons for and against. Nothing is merged."""
    from embers.people.candidates import NAMES, candidates
    from embers.people.identity import identities

    if kind not in NAMES:
        raise UsageError(
            "kind", f"Records of the kind {kind!r} are not compared.", f"Kinds: {', '.join(NAMES)}."
        )
    view = _view(case)
    records = view.kind(kind)
    found = candidates(records, kind=kind, judged=identities(records.values()).judged)
    if as_json:
        emit(found)
        return
    for one in found.pairs:
        say(f"{one.pair.first}  {_name(view, one.pair.first)}")
        say(f"{one.pair.second}  {_name(view, one.pair.second)}")
        for sign, reasons in (("+", one.reasons), ("-", one.against)):
            for reason in reasons:
                detail = f": {reason.detail}" if reason.detail else ""
                say(f"  {sign} {_code('pair-reason', reason.code)}{detail}")
    say(f"{len(found.pairs)} pairs to judge.")
    for feature, count in found.too_common:
        say(f"Not followed, as {count} records share it: {feature}")


@command
def judge(
    first: Annotated[str, typer.Argument(help="Id of a record.")],
    second: Annotated[str, typer.Argument(help="Id of another record of the same kind.")],
    judgement: Annotated[str, typer.Argument(help="same, not-same or unsure.")],
    *,
    reason: REASON,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Judge whether two records are the same. It can be taken back, and nothing is merged by it."""
    from embers.actions.identity import judge as judged

    signer, view = _writing(case)
    act = judged(signer, view, first, second, judgement, reasons=reason)
    told = f"{_code('judgement', judgement)}: {_name(view, first)}, {_name(view, second)}."
    _record(case, signer, act, as_json=as_json, told=told)


@command
def take_back(
    assertion: Annotated[str, typer.Argument(help="Id of the judgement.")],
    *,
    reason: REASON,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Take a judgement back: what it brought together parts again."""
    from embers.actions.identity import take_judgement_back

    signer, view = _writing(case)
    held = view.held([assertion]).get(assertion)
    if held is None:
        raise UsageError("assertion", f"There is no assertion {assertion!r}.", "Give the id of a judgement.")
    act = take_judgement_back(signer, held, reason=reason)
    _record(case, signer, act, as_json=as_json, told="The judgement is taken back.")
