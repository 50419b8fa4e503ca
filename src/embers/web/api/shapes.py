"""What the API answers with, in types. A field's words are those of docs/reference/words.md."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field

from embers.case_view import EntryInfo, Held, Record
from embers.projections.trace import TracedSentence


class GroundOut(Schema):
    """What an assertion rests on: an item or a source, and the place in it."""

    target: str
    locator: str


class RelationOut(Schema):
    """How an assertion relates to another one."""

    rel: str
    id: str


class AssertionOut(Schema):
    """One assertion: who says what about what. ``entry`` is the signed entry that brought it."""

    id: str
    subject: str
    predicate: str
    value: Any
    basis: list[GroundOut]
    valid: str | None
    confidence: str | None
    marking: str | None
    relations: list[RelationOut]
    status: str = Field(description="live, superseded or retracted")
    disputed: bool
    entry: str
    reason: str

    @classmethod
    def of(cls, held: Held) -> AssertionOut:
        """Return an assertion as it is held."""
        return cls(
            id=held.id,
            subject=held.subject,
            predicate=held.predicate,
            value=held.value,
            basis=[GroundOut(target=one.target, locator=one.locator) for one in held.grounds],
            valid=held.valid,
            confidence=held.confidence,
            marking=held.marking,
            relations=[RelationOut(rel=rel, id=id) for rel, id in held.relations],
            status=held.status,
            disputed=held.disputed,
            entry=held.entry,
            reason=held.reason,
        )


class ValueOut(Schema):
    """What a predicate that has one value comes to: settled, decided, or contested and then nothing."""

    value: Any
    contested: bool
    assertions: list[str]


class SubjectOut(Schema):
    """One record in a list: its id, kind, code and label."""

    id: str
    kind: str
    code: str
    label: str


class RecordOut(SubjectOut):
    """Everything held about one record, superseded and retracted assertions included."""

    values: dict[str, ValueOut]
    assertions: list[AssertionOut]


class SentenceOut(Schema):
    """One sentence of the report."""

    id: str
    number: str
    report: str
    section: str
    text: str

    @classmethod
    def of(cls, one: TracedSentence) -> SentenceOut:
        """Return a sentence as it was found."""
        return cls(id=one.id, number=one.number, report=one.report, section=one.section, text=one.text)


class EntryOut(Schema):
    """One signed entry: who signed it, where it stands in which log, and when its device says it was."""

    id: str
    log: str
    seq: int
    by: str
    role: str
    act: str
    claimed_at: str
    reason: str

    @classmethod
    def of(cls, one: EntryInfo) -> EntryOut:
        """Return an entry as the case knows it."""
        return cls(
            id=one.id,
            log=one.log,
            seq=one.seq,
            by=one.by,
            role=one.role,
            act=one.act,
            claimed_at=one.claimed_at,
            reason=one.reason,
        )


def values_of(record: Record, once: frozenset[str]) -> dict[str, ValueOut]:
    """Return what each predicate of a record that has one value comes to."""
    found = {}
    for predicate in dict.fromkeys(held.predicate for held in record.held if held.live):
        if predicate in once:
            one = record.one(predicate)
            found[predicate] = ValueOut(value=one.value, contested=one.contested, assertions=list(one.ids))
    return found
