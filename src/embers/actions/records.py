"""Writing records and their values by hand.

What keeps the case together (keys, roles, custody, seals) is not written so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError
from embers.ids import kind_of
from embers.journal.assertion import Assertion, Basis, JsonValue
from embers.vocabulary.loader import Vocabulary
from embers.vocabulary.terms import Predicate

#: Types of value that are not typed in: digests come from bytes, sealed values from sealing.
_NOT_TYPED = frozenset({"digest", "sealed"})


@dataclass(frozen=True, slots=True)
class Written:
    """One value as somebody wrote it, with what it rests on."""

    predicate: str
    value: JsonValue
    basis: tuple[Basis, ...] = ()
    marking: str | None = None


def written_by_hand(vocabulary: Vocabulary, kind: str) -> tuple[Predicate, ...]:
    """Return the predicates people may write of a kind; none for a kind with pages or commands of its own."""
    known = vocabulary.kinds.get(kind)
    if known is None or known.by_hand == "nothing":
        return ()
    return tuple(one for one in vocabulary.predicates.values() if one.applies_to(kind) and is_typed(one))


def is_typed(predicate: Predicate) -> bool:
    """Tell whether a value of this predicate is something a person types in."""
    types = {predicate.type, *(field.type for field in predicate.fields if not field.optional)}
    return predicate.by_hand and not types & _NOT_TYPED


def add_value(recorder: Recorder, subject: str, written: Written, *, id: str | None = None) -> Act:
    """Draft the entry that adds one value to a record. Values that are there stay beside it."""
    return Act("value.add", (_assertion(recorder, subject, written, id=id),))


def new_record(recorder: Recorder, subject: str, written: Sequence[Written], *, id: str | None = None) -> Act:
    """Draft the entry that begins a record; ``id`` is that of its first assertion."""
    kind = recorder.vocabulary.kind(kind_of(subject))
    if kind.by_hand != "all":
        raise ActionError(
            "not-by-hand",
            f"A record of the kind “{kind.label}” is not made by hand.",
            "It has a command of its own: see docs/reference/commands.md.",
        )
    if not written:
        raise ActionError("empty", "A record needs at least one value.", "Fill in one field.")
    ids = [id, *[None] * (len(written) - 1)]
    said = tuple(_assertion(recorder, subject, one, id=own) for one, own in zip(written, ids, strict=True))
    return Act("record.new", said)


def _assertion(recorder: Recorder, subject: str, written: Written, *, id: str | None) -> Assertion:
    predicate = recorder.vocabulary.predicate(written.predicate)
    if predicate not in written_by_hand(recorder.vocabulary, kind_of(subject)):
        raise ActionError(
            "not-by-hand",
            f"“{predicate.label}” is not written by hand here.",
            "It has a command of its own: see docs/reference/commands.md.",
        )
    return recorder.new_assertion(
        subject,
        predicate.id,
        written.value,
        basis=written.basis,
        marking=written.marking,
        id=id,
    )
