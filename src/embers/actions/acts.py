"""Acts within an incident: what was done, who took part and how, where it could be located, what was hit and why.

Each function drafts one act of recording. Nothing here says that something is proven: a degree of involvement is what
is alleged, a mode of liability is one to examine, and what nobody asked is recorded as not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embers.actions.grounding import AS_SAID, resting_on
from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError
from embers.ids import kind_of, new_subject
from embers.journal.assertion import Assertion, Basis, JsonValue
from embers.law.liability import mode

#: What an attribution at each level may name.
_NAMED = {"party": "party", "force": "unit", "unit": "unit", "person": "person"}


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who says something, for which side, as of when, and how it was read."""

    id: str
    side: str
    as_of: str
    reading: str = "direct"


def claim_value(said: JsonValue, claimant: Claimant) -> dict[str, JsonValue]:
    """Return a value in its claim envelope."""
    return {
        "is": said,
        "claimant": claimant.id,
        "side": claimant.side,
        "as_of": claimant.as_of,
        "scope": "incident",
        "reading": claimant.reading,
    }


def record_act(
    recorder: Recorder,
    incident: str,
    kind: str,
    *,
    summary: str = "",
    times: Sequence[Mapping[str, str]] = (),
    places: Sequence[Mapping[str, JsonValue]] = (),
    basis: Sequence[Basis],
) -> tuple[str, Act]:
    """Draft an act with its times and places, each with a role; none of either means not known. Return its id too."""
    act = new_subject("act", recorder.surroundings.randomness)
    values: list[tuple[str, JsonValue]] = [("act-incident", incident), ("act-kind", kind)]
    if summary:
        values.append(("act-summary", {"text": summary, "lang": "en"}))
    values += [("act-time", dict(time)) for time in times]
    for place in places:
        if not {"place", "point"} & set(place):
            raise ActionError(
                "act-place",
                "A place of an act names neither a place nor a point.",
                "Leave it out where it is not known; record that it cannot be located with a location result.",
            )
        values.append(("act-place", dict(place)))
    return act, Act("act.record", _all(recorder, act, values, basis), reason=AS_SAID)


def involve(
    recorder: Recorder,
    act: str,
    degree: str,
    *,
    level: str,
    who: str = "",
    modes: Sequence[str] = (),
    attribution: Mapping[str, str] | None = None,
    basis: Sequence[Basis],
) -> tuple[str, Act]:
    """Draft that somebody took part in an act, or that nobody is named (level ``none``, no ``who``).

    ``modes`` are modes of liability to examine; they are refused for the person something was done to.
    """
    expected = _NAMED.get(level)
    if (level == "none") != (not who) or (expected and who and kind_of(who) != expected):
        raise ActionError(
            "involvement-level",
            f"An attribution at the level {level!r} names {f'a {expected}' if expected else 'nobody'}.",
            "Choose the level that fits what is named.",
        )
    if modes and not degree.startswith(("alleged-", "commanded-")):
        raise ActionError(
            "involvement-mode",
            f"A mode of liability does not belong to the degree {degree!r}.",
            "It hangs on the involvement of an alleged author or of whoever was in command.",
        )
    involvement = new_subject("involvement", recorder.surroundings.randomness)
    values: list[tuple[str, JsonValue]] = [
        ("involvement-act", act),
        ("involvement-degree", degree),
        ("involvement-level", level),
    ]
    if who:
        values.append(("involvement-who", who))
    values += [("involvement-mode", {"mode": mode(id).id}) for id in modes]
    if attribution:
        values.append(("involvement-attribution", dict(attribution)))
    return involvement, Act("involvement.record", _all(recorder, involvement, values, basis), reason=AS_SAID)


def locate(
    recorder: Recorder,
    subject: str,
    result: str,
    *,
    day: str,
    method: str,
    by: str = "",
    basis: Sequence[Basis] = (),
) -> Act:
    """Draft the result of trying to locate an incident or act; "cannot be located" is one."""
    value: dict[str, JsonValue] = {"result": result, "day": day, "method": method}
    if by:
        value["by"] = by
    said = recorder.new_assertion(subject, "location-result", value, basis=basis)
    return Act("location.result", (said,), reason=method)


def state_objective(
    recorder: Recorder,
    subject: str,
    kind: str,
    claimant: Claimant,
    *,
    what: str = "",
    method: str = "",
    basis: Sequence[Basis],
) -> Act:
    """Draft one statement on a military objective; the claimant and the day are who says it or looked, and when.

    The four kinds stay four: what the attacker claimed, what an investigator saw, that somebody searched and found
    none, that nobody asked.
    """
    if kind in {"claimed-by-attacker", "seen"} and not what:
        raise ActionError("objective", "This statement names no objective.", "Say what was claimed or seen.")
    if kind == "searched-none-found" and not method:
        raise ActionError(
            "objective", "A search needs to be described.", "Say where and how it was searched for."
        )
    if kind in {"searched-none-found", "not-asked"} and what:
        raise ActionError(
            "objective", f"A statement of the kind {kind!r} names an objective.", "Choose another kind."
        )
    said: dict[str, JsonValue] = {"kind": kind}
    said |= {name: text for name, text in (("what", what), ("method", method)) if text}
    value = claim_value(said, claimant)
    assertion = recorder.new_assertion(subject, "objective-statement", value, basis=resting_on(basis))
    return Act("objective.state", (assertion,), reason=AS_SAID)


def circumstance(
    recorder: Recorder,
    subject: str,
    predicate: str,
    said: Mapping[str, JsonValue],
    claimant: Claimant,
    *,
    basis: Sequence[Basis],
) -> Act:
    """Draft a claim on the use of a weapon, damage, displacement, a protected object or a warning."""
    known = ("weapon-use", "damage-to", "displacement", "protected-status", "warning-given")
    if predicate not in known:
        raise ActionError("circumstance", f"{predicate!r} is no circumstance.", f"Known: {', '.join(known)}.")
    value = claim_value(dict(said), claimant)
    return Act(
        "circumstance.record",
        (recorder.new_assertion(subject, predicate, value, basis=resting_on(basis)),),
        reason=AS_SAID,
    )


def _all(
    recorder: Recorder, subject: str, values: Sequence[tuple[str, JsonValue]], basis: Sequence[Basis]
) -> tuple[Assertion, ...]:
    grounds = resting_on(basis)
    return tuple(recorder.new_assertion(subject, name, value, basis=grounds) for name, value in values)
