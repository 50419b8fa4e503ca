"""Incidents over time: relations, state of legal work, right of reply, merging and splitting with codes that survive.

A report cites a code for ever. Merging keeps the code of what was merged as a former code of what it went into;
splitting leaves the old code on the old record, which then says where its claims went. Both are undone by taking
the entry's assertions back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from embers.actions.grounding import basis_of, with_reason
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView, Held, Record
from embers.errors import ActionError
from embers.ids import new_subject
from embers.incidents.reading import is_claim
from embers.journal.assertion import Assertion, Basis, JsonValue, Relation


def merge_incident(recorder: Recorder, view: CaseView, old: str, into: str, *, reason: str) -> Act:
    """Draft that one incident is the same as another: its claims count there and its codes lead there."""
    if old == into:
        raise ActionError("merge", "An incident is not merged into itself.", "Name two incidents.")
    first, second = view.subject(old), view.subject(into)
    for record in (first, second):
        _require(record)
    for record in (first, second):
        if record.live("merged-into"):
            raise ActionError(
                "merge",
                f"The incident {record.text('incident-code')} is merged already.",
                "Take that back first, or name the incident it went into.",
            )
    had = {str(code) for code in second.values("former-code")}
    codes = [first.text("incident-code"), *map(str, first.values("former-code"))]
    said = [recorder.new_assertion(old, "merged-into", into)]
    # What went into the old one goes on with it, so that nobody has to walk a chain.
    said += [
        recorder.new_assertion(held.subject, "merged-into", into, relations=[Relation("supersedes", held.id)])
        for held in view.naming(old)
        if held.live and held.predicate == "merged-into" and held.value == old
    ]
    said += [recorder.new_assertion(into, "former-code", code) for code in codes if code not in had]
    return Act("incident.merge", tuple(said), reason=with_reason(reason))


def split_incident(
    recorder: Recorder, view: CaseView, old: str, parts: Mapping[str, Sequence[str]], *, reason: str
) -> Act:
    """Draft that an incident was several: ``parts`` are new codes, each with the ids of the claims that go there.

    A claim goes to one part; those named nowhere stay with the old incident, which keeps its code. Each moved claim is
    a new assertion on the same basis that supersedes the old one, so taking it back brings the old one back.
    """
    record = view.subject(old)
    _require(record)
    claims = {held.id: held for held in record.held if held.live and is_claim(held)}
    named = [id for ids in parts.values() for id in ids]
    if not parts or len(set(named)) != len(named) or not set(named) <= set(claims):
        raise ActionError(
            "split",
            "The parts name a claim twice, or one that is not a standing claim of this incident.",
            "Give each part its code and the ids of its own claims.",
        )
    said: list[Assertion] = []
    for code, ids in parts.items():
        _require_new_code(view, code)
        part = new_subject("incident", recorder.surroundings.randomness)
        said.append(recorder.new_assertion(part, "incident-code", code))
        said.append(recorder.new_assertion(part, "split-from", old))
        said += [
            recorder.new_assertion(part, held.predicate, held.value, basis=basis_of(held))
            for held in (*record.live("incident-title"), *record.live("alleged-party"))
        ]
        said += [_moved(recorder, part, claims[id]) for id in ids]
    return Act("incident.split", tuple(said), reason=with_reason(reason))


def relate_incidents(
    recorder: Recorder, incident: str, other: str, kind: str, *, reason: str, basis: Sequence[Basis] = ()
) -> Act:
    """Draft that two incidents belong together: same salvo, series, said to be a reprisal, same target, part of."""
    value: dict[str, JsonValue] = {"incident": other, "kind": kind, "reasons": with_reason(reason)}
    if incident == other:
        raise ActionError("relation-self", "An incident has no relation to itself.", "Name two incidents.")
    said = recorder.new_assertion(incident, "incident-relation", value, basis=basis)
    return Act("incident.relate", (said,), reason=reason)


def qualify(
    recorder: Recorder, incident: str, state: str, *, reason: str, instead_of: Sequence[str] = ()
) -> Act:
    """Draft the state of legal work on an incident. Documented and not qualified is a state; it hides nothing."""
    said = recorder.new_assertion(
        incident,
        "incident-qualification",
        {"state": state, "reasons": with_reason(reason)},
        relations=[Relation("supersedes", old) for old in instead_of],
    )
    return Act("incident.qualify", (said,), reason=reason)


def ask_for_reply(
    recorder: Recorder, incident: str, to: str, *, sent: str, due: str = "", letter: str = ""
) -> Act:
    """Draft that a party or body was asked to reply before publication."""
    value: dict[str, JsonValue] = {"to": to, "sent": sent}
    value |= {name: text for name, text in (("due", due), ("letter", letter)) if text}
    said = recorder.new_assertion(incident, "reply-letter", value)
    return Act("reply.ask", (said,), reason="Right of reply before publication.")


def note_reply(
    recorder: Recorder, letter: Held, outcome: str, *, day: str, effect: str, answer: str = ""
) -> Act:
    """Draft the answer to a letter, or the silence, and what it changed ("nothing" is an effect to be written down)."""
    if letter.predicate != "reply-letter":
        raise ActionError("reply", "There is no such letter.", "Name the assertion that records the letter.")
    value: dict[str, JsonValue] = {"letter": letter.id, "outcome": outcome, "day": day, "effect": effect}
    if answer:
        value["answer"] = answer
    said = recorder.new_assertion(letter.subject, "reply-outcome", value)
    return Act("reply.note", (said,), reason=effect)


def _moved(recorder: Recorder, part: str, held: Held) -> Assertion:
    return recorder.new_assertion(
        part,
        held.predicate,
        held.value,
        basis=basis_of(held),
        valid=held.valid,
        confidence=held.confidence,
        marking=held.marking,
        relations=[Relation("supersedes", held.id), Relation("derived-from", held.id)],
    )


def _require(record: Record) -> None:
    if not record.live("incident-code"):
        raise ActionError("incident", f"There is no incident {record.id}.", "Give the code of an incident.")


def _require_new_code(view: CaseView, code: str) -> None:
    for record in view.kind("incident").values():
        if code in {*map(str, record.values("incident-code")), *map(str, record.values("former-code"))}:
            raise ActionError(
                "code-used", f"The code {code} is or was in use.", "Codes are never used twice."
            )
