"""Judging whether two records are the same, and taking a judgement back. Nothing is merged by it."""

from __future__ import annotations

from embers.actions.grounding import with_reason
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView, Held
from embers.errors import ActionError
from embers.ids import kind_of
from embers.journal.assertion import Relation
from embers.people.candidates import NAMES
from embers.people.identity import PREDICATE, identities, pair_of


def judge(recorder: Recorder, view: CaseView, one: str, other: str, judgement: str, *, reasons: str) -> Act:
    """Draft a judgement on two records of one kind; it takes the place of the ones known here on the same pair."""
    pair = pair_of(one, other)
    kind = kind_of(pair.first)
    if one == other or kind != kind_of(pair.second) or kind not in NAMES:
        raise ActionError(
            "pair", "These are not two records of one kind that is compared.", f"Kinds: {', '.join(NAMES)}."
        )
    records = [view.subject(pair.first), view.subject(pair.second)]
    if not all(record.held for record in records):
        raise ActionError("pair", "One of these records is not in the case.", "Check both ids.")
    before = identities(records).judged.get(pair)
    said = recorder.new_assertion(
        pair.first,
        PREDICATE,
        {"other": pair.second, "judgement": judgement, "reasons": with_reason(reasons)},
        relations=[Relation("supersedes", held.id) for held in (before.held if before else ())],
    )
    return Act("identity.judge", (said,), reason=reasons)


def take_judgement_back(recorder: Recorder, held: Held, *, reason: str) -> Act:
    """Draft the retraction of a judgement; what it brought together parts, and what it replaced stands again."""
    if held.predicate != PREDICATE or not held.live:
        raise ActionError("judgement", "This is no standing judgement.", "Nothing was changed.")
    note = recorder.new_assertion(
        held.subject, "note", f"Judgement taken back: {reason}", relations=[Relation("retracts", held.id)]
    )
    return Act("identity.take-back", (note,), reason=reason)
