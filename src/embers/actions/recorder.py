"""The one door to the journal: checks what is said, signs it, appends it, brings the projection up to date.

Every module in ``actions`` builds assertions and hands them here. Nothing else writes evidence or case data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from embers.errors import ActionError
from embers.ids import new_id
from embers.journal.assertion import Assertion, Basis, JsonValue, Relation
from embers.journal.entry import ClaimedTime, EntryDraft, ObjectRef, SignedEntry
from embers.journal.journal import Journal
from embers.journal.keys import PersonKey
from embers.objects.store import ObjectStore
from embers.surroundings import Surroundings, utc_text
from embers.vocabulary.loader import Vocabulary, load_vocabulary
from embers.vocabulary.value import check_value

_RELATIONS = frozenset(
    {
        "supersedes",
        "retracts",
        "disputes",
        "corroborates",
        "derived-from",
        "translation-of",
        "redaction-of",
        "decides",
    }
)


def filled(**fields: JsonValue) -> dict[str, JsonValue]:
    """Return the fields of a record that hold something; an optional one that is empty is left out."""
    found = {name: list(part) if isinstance(part, tuple) else part for name, part in fields.items()}
    return {name: part for name, part in found.items() if part not in ("", [])}


@dataclass(frozen=True, slots=True)
class Act:
    """One act as a person performs it: what kind of act, the assertions, the objects, the reason."""

    name: str
    assertions: tuple[Assertion, ...]
    objects: tuple[ObjectRef, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class Recorder:
    """Signs acts as one person in one role on one device."""

    journal: Journal
    objects: ObjectStore
    person: PersonKey
    role: str
    surroundings: Surroundings
    clock_quality: str = "unsynced"
    vocabulary: Vocabulary = field(default_factory=load_vocabulary)
    after: Callable[[], object] | None = None

    def new_assertion(
        self,
        subject: str,
        predicate: str,
        value: JsonValue,
        *,
        basis: Sequence[Basis] = (),
        valid: str | None = None,
        confidence: str | None = None,
        marking: str | None = None,
        relations: Sequence[Relation] = (),
        id: str | None = None,
    ) -> Assertion:
        """Build a checked assertion with a fresh id (or ``id``, for imports of published tables)."""
        if check_value(subject, predicate, value, self.vocabulary).rests and not basis:
            raise ActionError(
                "basis",
                f"{predicate!r} rests on nothing.",
                "Name the interview, item or source it was taken from: consent and proof reach it only then.",
            )
        for relation in relations:
            if relation.rel not in _RELATIONS:
                raise ActionError(
                    "relation",
                    f"There is no relation {relation.rel!r}.",
                    f"Known: {', '.join(sorted(_RELATIONS))}.",
                )
        return Assertion(
            id=id or new_id(self.surroundings.randomness),
            subject=subject,
            predicate=predicate,
            value=value,
            basis=tuple(basis),
            valid=valid,
            confidence=confidence,
            marking=marking,
            relations=tuple(relations),
        )

    def new_id(self) -> str:
        """Return a fresh id for an assertion that was checked elsewhere."""
        return new_id(self.surroundings.randomness)

    def record(self, act: Act) -> SignedEntry:
        """Sign and append one act; return the entry once it is on stable storage."""
        return self.record_all([act])[0]

    def record_all(self, acts: Sequence[Act]) -> list[SignedEntry]:
        """Sign and append several acts in one transaction: all of them or none."""
        for act in acts:
            if not act.assertions and not act.objects:
                raise ActionError(
                    "empty", f"The act {act.name!r} says nothing.", "Add at least one assertion."
                )
        drafts = [self._draft(act) for act in acts]
        signed = self.journal.append_many(drafts, self.person)
        if self.after is not None:
            self.after()
        return signed

    def _draft(self, act: Act) -> EntryDraft:
        return EntryDraft(
            act=act.name,
            role=self.role,
            at=self.claimed(self.surroundings.clock.now()),
            assertions=act.assertions,
            objects=act.objects,
            reason=act.reason,
        )

    def claimed(self, moment: datetime) -> ClaimedTime:
        """Write a time as this device's claim."""
        offset = moment.strftime("%z") or "+0000"
        return ClaimedTime(
            claimed=utc_text(moment),
            tz=f"{offset[:3]}:{offset[3:]}",
            clock=self.clock_quality,
            offset_ms=None,
        )
