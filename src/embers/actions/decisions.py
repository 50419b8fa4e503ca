"""Deciding between competing values, disputing, retracting, correcting. Nothing is overwritten, all can be undone.

What is said about an assertion is read by nobody who may not read that assertion: it carries the same marking at least,
and rests on the same items and sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from embers.access.standing import LEVELS, OPEN, rank
from embers.actions.grounding import basis_of
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView, Held
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


def decide_between(
    recorder: Recorder, chosen: Held, before: Iterable[Held] = (), *, reason: str, id: str | None = None
) -> Act:
    """Draft the entry by which one of several values is shown. It takes the place of the decisions ``before``."""
    if not chosen.live:
        raise ActionError("not-live", "This value does not stand any more.", "Choose one that stands.")
    relations = [Relation("decides", chosen.id), *(Relation("supersedes", one.id) for one in before)]
    said = recorder.new_assertion(
        chosen.subject,
        "decision",
        {"predicate": chosen.predicate, "rule": _reason(reason)},
        basis=basis_of(chosen),
        marking=marking_of(recorder, chosen),
        relations=relations,
        id=id,
    )
    return Act("value.decide", (said,), reason=reason)


def correct(
    recorder: Recorder,
    view: CaseView,
    old: Held,
    value: JsonValue,
    *,
    basis: Sequence[Basis],
    marking: str | None = None,
    reason: str,
    id: str | None = None,
) -> Act:
    """Replace one's own value by a new assertion that supersedes the old one; the old one stays readable."""
    _require_own(recorder, view, old)
    level = max(rank(marking), rank(old.marking))
    fresh = recorder.new_assertion(
        old.subject,
        old.predicate,
        value,
        basis=basis,
        valid=old.valid,
        marking=LEVELS[level] if level > OPEN else None,
        relations=[Relation("supersedes", old.id)],
        id=id,
    )
    return Act("value.correct", (fresh,), reason=_reason(reason))


def retract(recorder: Recorder, view: CaseView, old: Held, *, reason: str, id: str | None = None) -> Act:
    """Take one's own assertion back: it stays in the journal and no longer counts.

    What was a correction, a dispute, a decision or itself a retraction is undone by it: what stood before stands again.
    """
    _require_own(recorder, view, old)
    return _about(recorder, old, "retracts", "Retracted", reason=reason, id=id)


def dispute(recorder: Recorder, other: Held, *, reason: str, id: str | None = None) -> Act:
    """Mark an assertion as disputed; it stands, and the reason stands beside it."""
    if not other.live:
        raise ActionError("not-live", "This value does not stand any more.", "There is nothing to dispute.")
    return _about(recorder, other, "disputes", "Disputed", reason=reason, id=id)


def marking_of(recorder: Recorder, held: Held) -> str | None:
    """Return the marking that what is said about an assertion must bear; nothing if everybody may read it."""
    known = recorder.vocabulary.predicates.get(held.predicate)
    level = max(rank(held.marking), rank(known.sensitivity if known else "confidential"))
    return LEVELS[level] if level > OPEN else None


def is_own(recorder: Recorder, view: CaseView, held: Held) -> bool:
    """Tell whether the person who signs here signed an assertion, with whichever of their keys."""
    persons = recorder.journal.roster().subjects
    entry = view.entries([held.entry]).get(held.entry)
    by = persons.get(entry.by, "") if entry else ""
    return bool(by) and by == persons.get(recorder.person.id)


def _about(recorder: Recorder, held: Held, relation: str, word: str, *, reason: str, id: str | None) -> Act:
    said = recorder.new_assertion(
        held.subject,
        "note",
        f"{word}: {_reason(reason)}",
        basis=basis_of(held),
        marking=marking_of(recorder, held),
        relations=[Relation(relation, held.id)],
        id=id,
    )
    return Act("value.retract" if relation == "retracts" else "value.dispute", (said,), reason=reason)


def _require_own(recorder: Recorder, view: CaseView, held: Held) -> None:
    known = recorder.vocabulary.predicates.get(held.predicate)
    if held.predicate != "decision" and (known is None or not known.by_hand):
        raise ActionError(
            "not-by-hand",
            f"“{known.label if known else held.predicate}” is not taken back or changed by hand.",
            "It has a command of its own: see docs/reference/commands.md.",
        )
    if not is_own(recorder, view, held):
        raise ActionError(
            "not-own",
            "Somebody else recorded this. People take back and correct what they recorded themselves.",
            "Dispute it, or record another value beside it and decide.",
        )
    if held.status == "retracted":
        raise ActionError("not-live", "This was taken back already.", "Nothing was changed.")


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ActionError("reason", "This needs a reason.", "Say why in one sentence.")
    return reason.strip()
