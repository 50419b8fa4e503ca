"""Units of the parties in time: names, who is above whom, who commands, where they are; who controls a place.

``when`` is EDTF: ``2020-09-27/2020-10-09``, ``2020-09-27/`` (end not known), ``2020-09-27/..`` (still so), or empty
where the time is not known. Everything rests on a source.
"""

from __future__ import annotations

from collections.abc import Sequence

from embers import dates
from embers.actions.grounding import AS_SAID, resting_on
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView
from embers.errors import ActionError
from embers.ids import new_subject
from embers.journal.assertion import Basis, JsonValue


def register_unit(
    recorder: Recorder,
    view: CaseView,
    code: str,
    *,
    party: str,
    names: Sequence[tuple[str, str]],
    level: str,
    basis: Sequence[Basis],
) -> tuple[str, Act]:
    """Draft a unit with its party, level and names: pairs of a name and its language, one for each script."""
    if any(record.text("unit-code") == code for record in view.kind("unit").values()):
        raise ActionError("unit-known", f"The code {code} is in use.", "Codes are never used twice.")
    unit = new_subject("unit", recorder.surroundings.randomness)
    values: list[tuple[str, JsonValue]] = [
        ("unit-code", code),
        ("unit-party", party),
        ("unit-level", level),
        *(("unit-name", {"text": name, "lang": lang}) for name, lang in names),
    ]
    said = tuple(recorder.new_assertion(unit, name, value, basis=resting_on(basis)) for name, value in values)
    return unit, Act("unit.register", said, reason=AS_SAID)


def subordinate(recorder: Recorder, unit: str, superior: str, *, when: str, basis: Sequence[Basis]) -> Act:
    """Draft that a unit was under another."""
    if unit == superior:
        raise ActionError("unit-self", "A unit is not its own superior.", "Name another unit.")
    return _in_time(recorder, unit, "unit-superior", superior, when=when, basis=basis)


def command(
    recorder: Recorder,
    unit: str,
    person: str,
    *,
    post: str,
    when: str,
    rank: str = "",
    basis: Sequence[Basis],
) -> Act:
    """Draft that a person held a post in a unit. It says nothing of what they did or knew."""
    value: dict[str, JsonValue] = {"person": person, "post": post}
    if rank:
        value["rank"] = rank
    return _in_time(recorder, unit, "unit-commander", value, when=when, basis=basis)


def position(
    recorder: Recorder, unit: str, place: str, *, presence: str, when: str, basis: Sequence[Basis]
) -> Act:
    """Draft that a unit, or its command post, was at a place."""
    return _in_time(
        recorder, unit, "unit-position", {"place": place, "presence": presence}, when=when, basis=basis
    )


def control(
    recorder: Recorder, place: str, party: str, *, degree: str, when: str, basis: Sequence[Basis]
) -> Act:
    """Draft that a party held a place in fact, that it was fought over, or that the party had lost it."""
    return _in_time(
        recorder, place, "area-control", {"party": party, "degree": degree}, when=when, basis=basis
    )


def _in_time(
    recorder: Recorder, subject: str, predicate: str, value: JsonValue, *, when: str, basis: Sequence[Basis]
) -> Act:
    if when:
        dates.parse(when)
    said = recorder.new_assertion(subject, predicate, value, basis=resting_on(basis), valid=when or None)
    return Act(predicate.replace("-", ".", 1), (said,), reason=AS_SAID)
