"""Writing by the API: the same actions as the command line, each under an idempotency key and signed by its person."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from embers.access.roles import Permission
from embers.actions import decisions
from embers.actions.recorder import Act, Recorder
from embers.case_view import Held
from embers.errors import ActionError, ApiError
from embers.ids import kind_of, new_subject
from embers.journal.assertion import Assertion, Basis
from embers.projections import models
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.value import references
from embers.web.api.once import Recorded, recorded_once
from embers.web.api.records import readable, tag_of, unknown
from embers.web.shell import Desk, desk

router = Router(tags=["Writing"])
Words = Field(min_length=1, max_length=2000)


class BasisIn(Schema):
    """What an assertion rests on: an item or a source by its id, and the place in it."""

    item: str | None = Field(None, max_length=80)
    source: str | None = Field(None, max_length=80)
    locator: str = Field("", max_length=200)


class AssertionIn(Schema):
    """One assertion. Its value has the shape the vocabulary gives its predicate."""

    predicate: str = Field(max_length=60)
    value: Any
    basis: list[BasisIn] = Field([], max_length=50)
    valid: str | None = Field(None, max_length=80)
    confidence: str | None = Field(None, max_length=20)
    marking: Literal["open", "internal", "confidential"] | None = None


class AddIn(AssertionIn):
    """One assertion to add to a record, and why."""

    reason: str = Field("", max_length=2000)


class RecordIn(Schema):
    """A new record: its kind and what is said of it first."""

    kind: str = Field(max_length=40)
    assertions: list[AssertionIn] = Field(min_length=1, max_length=200)
    reason: str = Field("", max_length=2000)


class DecisionIn(Schema):
    """Which of the competing assertions of a predicate is shown, and the rule or reason it follows."""

    predicate: str = Field(max_length=60)
    chosen: str = Field(max_length=60)
    rule: str = Words


class CorrectionIn(Schema):
    """The value that takes the place of another one; the other stays readable."""

    value: Any
    basis: list[BasisIn] = Field([], max_length=50)
    reason: str = Words


class ReasonIn(Schema):
    """Why."""

    reason: str = Words


@router.post("/records", url_name="api-records", response={201: Recorded}, operation_id="addRecord")
def add_record(request: HttpRequest, response: HttpResponse, body: RecordIn) -> Status[Recorded]:
    """Begin a record of a kind with its first assertions, in one entry."""
    kind = load_vocabulary().kind(body.kind)
    at = desk(request)

    def draft(recorder: Recorder) -> Act:
        subject = new_subject(body.kind, recorder.surroundings.randomness)
        said = tuple(_assertion(at, recorder, subject, one) for one in body.assertions)
        return Act("record.new", said, reason=body.reason)

    if kind.by_hand != "all":
        raise _not_by_hand(body.kind)
    return recorded_once(request, response, Permission.RECORD, draft)


@router.post(
    "/records/{id}/assertions",
    url_name="api-record-assertions",
    response={201: Recorded},
    operation_id="addAssertion",
)
def add_assertion(request: HttpRequest, response: HttpResponse, id: str, body: AddIn) -> Status[Recorded]:
    """Add one assertion, such as a claim, to a record. What is there stays beside it."""
    at = unchanged(request, id)

    def draft(recorder: Recorder) -> Act:
        return Act("value.add", (_assertion(at, recorder, id, body),), reason=body.reason)

    return recorded_once(request, response, Permission.RECORD, draft)


@router.post(
    "/records/{id}/decisions",
    url_name="api-record-decisions",
    response={201: Recorded},
    operation_id="addDecision",
)
def decide(request: HttpRequest, response: HttpResponse, id: str, body: DecisionIn) -> Status[Recorded]:
    """Decide which of the competing values of a predicate is shown."""
    at = unchanged(request, id)
    _require_by_hand(id, body.predicate)
    chosen = at.view.held([body.chosen]).get(body.chosen)
    if chosen is None or chosen.subject != id or chosen.predicate != body.predicate:
        raise unknown(body.chosen)

    def draft(recorder: Recorder) -> Act:
        made = decisions.decide(recorder, id, body.predicate, body.chosen, rule=body.rule)
        return Act("assertion.decide", (made,), reason=body.rule)

    return recorded_once(request, response, Permission.DECIDE, draft)


@router.post(
    "/assertions/{id}/correct",
    url_name="api-assertion-correct",
    response={201: Recorded},
    operation_id="correctAssertion",
)
def correct(request: HttpRequest, response: HttpResponse, id: str, body: CorrectionIn) -> Status[Recorded]:
    """Replace a value by another one that supersedes it."""
    at, old = _named(request, id)

    def draft(recorder: Recorder) -> Act:
        basis = basis_of(at, body.basis)
        require_known(at, references(body.value))
        return decisions.correct(recorder, at.view, old, body.value, basis=basis, reason=body.reason)

    return recorded_once(request, response, Permission.RECORD, draft)


@router.post(
    "/assertions/{id}/retract",
    url_name="api-assertion-retract",
    response={201: Recorded},
    operation_id="retractAssertion",
)
def retract(request: HttpRequest, response: HttpResponse, id: str, body: ReasonIn) -> Status[Recorded]:
    """Take an assertion back: it stays readable and no longer counts."""
    at, old = _named(request, id)
    return recorded_once(
        request,
        response,
        Permission.RECORD,
        lambda recorder: decisions.retract(recorder, at.view, old, reason=body.reason),
    )


@router.post(
    "/assertions/{id}/dispute",
    url_name="api-assertion-dispute",
    response={201: Recorded},
    operation_id="disputeAssertion",
)
def dispute(request: HttpRequest, response: HttpResponse, id: str, body: ReasonIn) -> Status[Recorded]:
    """Mark an assertion as disputed."""
    _, old = _named(request, id)
    return recorded_once(
        request,
        response,
        Permission.RECORD,
        lambda recorder: decisions.dispute(recorder, old, reason=body.reason),
    )


def unchanged(request: HttpRequest, id: str) -> Desk:
    """Return the case if the token finds the record, and it is as the request's If-Match last saw it."""
    found = readable(request, id)
    wanted = request.headers.get("If-Match")
    if wanted and "*" not in wanted and tag_of(found) not in [one.strip() for one in wanted.split(",")]:
        raise ApiError("changed", "The record has changed since you read it.", "Read it again, then decide.")
    return desk(request)


def _named(request: HttpRequest, id: str) -> tuple[Desk, Held]:
    held: Held | None = desk(request).view.held([id]).get(id)
    if held is None:
        raise unknown(id)
    at = unchanged(request, held.subject)
    _require_by_hand(held.subject, held.predicate)
    return at, held


def _assertion(at: Desk, recorder: Recorder, subject: str, one: AssertionIn) -> Assertion:
    _require_by_hand(subject, one.predicate)
    require_known(at, references(one.value))
    return recorder.new_assertion(
        subject,
        one.predicate,
        one.value,
        basis=basis_of(at, one.basis),
        valid=one.valid,
        confidence=one.confidence,
        marking=one.marking,
    )


def basis_of(at: Desk, given: list[BasisIn]) -> list[Basis]:
    """Return what something rests on; refuse an item or source that the token does not find."""
    found = []
    for one in given:
        if bool(one.item) == bool(one.source):
            raise ActionError("basis", "A basis names an item or a source, one of them.", "Give its id.")
        kind = "item" if one.item else "source"
        id = one.item or one.source or ""
        if kind_of(id) != kind:
            raise ActionError("basis", f"{id[:80]!r} is no {kind}.", "Give the id of an item or a source.")
        found.append(Basis(item=one.item, source=one.source, locator=one.locator))
    require_known(at, [one.item or one.source or "" for one in found])
    return found


def require_known(at: Desk, ids: list[str] | tuple[str, ...]) -> None:
    """Refuse what the token does not find: an assertion that named it would tell that it is there."""
    wanted = set(ids)
    rows = models.Subject.objects.using(at.alias).filter(id__in=wanted)
    for id in sorted(wanted - set(rows.values_list("id", flat=True))):
        raise unknown(id)


def _require_by_hand(subject: str, predicate: str) -> None:
    """Refuse what keeps a case together: it is said by an act of its own, as the vocabulary marks it."""
    kind = load_vocabulary().kinds.get(kind_of(subject))
    known = load_vocabulary().predicates.get(predicate)
    if kind is not None and kind.by_hand == "nothing":
        raise _not_by_hand(kind.id)
    if known is not None and not known.by_hand:
        raise _not_by_hand(predicate)


def _not_by_hand(what: str) -> ActionError:
    return ActionError(
        "not-by-hand",
        f"{what!r} is not written this way.",
        "It has an operation or a command of its own: see docs/reference/commands.md.",
    )
