"""Deciding between competing values, disputing, retracting, correcting. Nothing is overwritten."""

from __future__ import annotations

from collections.abc import Sequence

from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError
from embers.journal.assertion import Assertion, Basis, JsonValue, Relation


def decide(
    recorder: Recorder,
    subject: str,
    predicate: str,
    chosen: str,
    *,
    rule: str,
    instead_of: Sequence[str] = (),
    id: str | None = None,
) -> Assertion:
    """Draft the decision that one assertion's value is shown, with the rule it follows.

    ``instead_of`` are the decisions known here that it replaces. Two that do not know of each other and differ settle
    nothing: what they are about is contested again.
    """
    if not rule.strip():
        raise ActionError("reason", "A decision needs a reason.", "Say which rule or reason it follows.")
    return recorder.new_assertion(
        subject,
        "decision",
        {"predicate": predicate, "rule": rule},
        relations=[Relation("decides", chosen), *(Relation("supersedes", old) for old in instead_of)],
        id=id,
    )


def correct(
    recorder: Recorder, old: Assertion, value: JsonValue, *, basis: Sequence[Basis], reason: str
) -> Act:
    """Replace a value by a new assertion that supersedes the old one; the old one stays readable."""
    fresh = recorder.new_assertion(
        old.subject, old.predicate, value, basis=basis, relations=[Relation("supersedes", old.id)]
    )
    return Act("assertion.correct", (fresh,), reason=_reason(reason))


def retract(recorder: Recorder, old: Assertion, *, reason: str) -> Act:
    """Take an assertion back: it stays in the journal and no longer counts."""
    note = recorder.new_assertion(
        old.subject, "note", f"Retracted: {_reason(reason)}", relations=[Relation("retracts", old.id)]
    )
    return Act("assertion.retract", (note,), reason=reason)


def dispute(recorder: Recorder, other: Assertion, *, reason: str) -> Act:
    """Mark an assertion as disputed; both stay side by side."""
    note = recorder.new_assertion(
        other.subject, "note", f"Disputed: {_reason(reason)}", relations=[Relation("disputes", other.id)]
    )
    return Act("assertion.dispute", (note,), reason=reason)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ActionError("reason", "A correction needs a reason.", "Say why in one sentence.")
    return reason
