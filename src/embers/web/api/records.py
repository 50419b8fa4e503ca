"""Records of any kind, their assertions, the vocabulary, the map, the search and the trace."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from embers.access.roles import Permission
from embers.case_view import Record
from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.listing import place_text, read_place
from embers.projections.search import kind_counts, read_query
from embers.projections.search import page as results
from embers.projections.search_why import reasons
from embers.projections.trace import trace
from embers.vocabulary.loader import load_vocabulary
from embers.web.api.lists import MOST, link_next
from embers.web.api.shapes import (
    AssertionOut,
    EntryOut,
    RecordOut,
    SentenceOut,
    SubjectOut,
    values_of,
)
from embers.web.listing import box_of
from embers.web.pages import maps
from embers.web.reader import reader_of
from embers.web.shell import Desk, desk

router = Router(tags=["Records"])
#: Kinds whose pages need more than reading; their records need it here as well.
_NEEDS = {
    **dict.fromkeys(("charge", "proposition", "element-link", "finding"), Permission.LAW),
    "report": Permission.REPORT,
}
#: Assertions walked down in one trace.
_WALKED = 400


class CaseOut(Schema):
    """What the case says of itself."""

    id: str
    title: str
    exercise: bool
    notices: list[str]
    records: dict[str, int] = Field(description="Records of each kind that the token finds.")


class RecordsOut(Schema):
    """One page of the records of a kind."""

    rows: list[SubjectOut]
    next: str | None


class CursorQuery(Schema):
    """How the records of a kind are asked for."""

    after: str = Field("", max_length=2000)
    limit: int = Field(50, ge=1, le=MOST)
    code: str = Field("", max_length=60, description="Only records with this code.")


class MapQuery(Schema):
    """What part of the map is asked for."""

    box: str = Field("", max_length=60, description="South, north, west, east in millionths of a degree.")
    zoom: str = Field("", max_length=2)
    party: str = Field("", max_length=40)
    incident: str = Field("", max_length=60, description="Only the incident with this code.")
    first: str = Field("", alias="from", max_length=10, description="Day, month or year.")
    last: str = Field("", alias="to", max_length=10, description="Day, month or year.")


class SearchQuery(Schema):
    """A search in words; ``kind`` narrows it."""

    q: str = Field("", max_length=500)
    kind: str = Field("", max_length=40)
    box: str = Field("", max_length=60, description="South, north, west, east in millionths of a degree.")
    best: bool = Field(False, description="Ranked by words, among the first 2,000 matches.")
    after: int = Field(0, ge=0, lt=2**62)
    limit: int = Field(30, ge=1, le=MOST)


class ReasonOut(Schema):
    """Why a record was found: the part, the words round the match, and the spelling that matched."""

    field: str
    before: str
    matched: str
    after: str
    asked: str
    script: str


class HitOut(Schema):
    """One record that was found, and why."""

    subject: str
    kind: str
    label: str
    extract: str
    why: list[ReasonOut]


class FoundOut(Schema):
    """One page of what was found. Counts by kind are exact where ``exact`` says so, else at least that many."""

    rows: list[HitOut]
    next: int | None
    kinds: dict[str, int]
    exact: bool


class StepOut(Schema):
    """One assertion on the way down, with its entry."""

    assertion: AssertionOut
    entry: EntryOut


class TraceOut(Schema):
    """Both walks: down to evidence and entries, up to the sentences that rest on it."""

    start: str
    kind: str
    label: str
    down: list[StepOut]
    more: int = Field(description="Assertions that were left out of the walk down.")
    up: list[SentenceOut]


@router.get("/case", url_name="api-case", response=CaseOut, operation_id="getCase")
def case(request: HttpRequest) -> CaseOut:
    """Read what the case says of itself, and how many records of each kind there are."""
    at = desk(request)
    kinds = at.database.rows("SELECT kind, count(*) FROM case_subject GROUP BY kind ORDER BY kind")
    return CaseOut(
        id=at.case.id,
        title=at.case.text("case-title"),
        exercise=bool(at.case.value("case-exercise", False)),
        notices=[str(text) for text in at.case.values("case-notice")],
        records={str(kind): int(count) for kind, count in kinds if _may_read(request, str(kind))},
    )


@router.get("/vocabulary", url_name="api-vocabulary", response=dict[str, Any], operation_id="getVocabulary")
def vocabulary(request: HttpRequest) -> dict[str, Any]:
    """Read the kinds of record, what may be said of each, and the lists of codes."""
    del request
    known = load_vocabulary()
    return {
        "kinds": {one.id: {"label": one.label, "definition": one.definition} for one in known.kinds.values()},
        "predicates": {
            one.id: {
                "label": one.label,
                "of": sorted(one.of),
                "type": one.type,
                "cardinality": one.cardinality,
                "sensitivity": one.sensitivity,
                "claim": one.claim,
                "codes": one.codes,
                "names": sorted(one.kinds),
                "fields": {part.name: {"type": part.type, "optional": part.optional} for part in one.fields},
                "definition": one.definition,
            }
            for one in known.predicates.values()
        },
        "codes": {
            one.id: {term: words.label for term, words in one.terms.items()} for one in known.codes.values()
        },
    }


@router.get(
    "/kinds/{kind}/records", url_name="api-records-of-kind", response=RecordsOut, operation_id="listRecords"
)
def records_of_kind(
    request: HttpRequest, response: HttpResponse, kind: str, query: Query[CursorQuery]
) -> RecordsOut:
    """List the records of a kind: persons, units, places, missions, or any other of the vocabulary, by code."""
    load_vocabulary().kind(kind)
    at = desk(request)
    rows = models.Subject.objects.using(at.alias).filter(kind=kind)
    if query.code:
        rows = rows.filter(code=query.code)
    if query.after:
        code, id = read_place(query.after)
        rows = rows.filter(Q(code__gt=str(code)) | Q(code=str(code), id__gt=id))
    found = list(rows.order_by("code", "id")[: query.limit + 1]) if _may_read(request, kind) else []
    shown = found[: query.limit]
    after = place_text((shown[-1].code, shown[-1].id)) if len(found) > query.limit else None
    link_next(request, response, after)
    return RecordsOut(rows=[_subject(row) for row in shown], next=after)


def _subject(row: models.Subject) -> SubjectOut:
    return SubjectOut(id=row.id, kind=row.kind, code=row.code, label=row.label)


@router.get("/records/{id}", url_name="api-record", response=RecordOut, operation_id="getRecord")
def record(request: HttpRequest, response: HttpResponse, id: str) -> RecordOut:
    """Read everything held about one record of any kind. Its ETag changes whenever an assertion about it does."""
    return record_out(request, response, id)


@router.get("/incidents/{code}", url_name="api-incident", response=RecordOut, operation_id="getIncident")
def incident(request: HttpRequest, response: HttpResponse, code: str) -> RecordOut:
    """Read everything held about the incident with a code."""
    return record_out(request, response, coded(desk(request), "incident", code))


@router.get("/sources/{code}", url_name="api-source", response=RecordOut, operation_id="getSource")
def source(request: HttpRequest, response: HttpResponse, code: str) -> RecordOut:
    """Read everything held about the source with a code."""
    return record_out(request, response, coded(desk(request), "source", code))


@router.get("/items/{id}", url_name="api-item", response=RecordOut, operation_id="getItem")
def item(request: HttpRequest, response: HttpResponse, id: str) -> RecordOut:
    """Read everything held about one item: digests, custody, checks. Its bytes are read from /objects."""
    return record_out(request, response, id if ":" in id else f"item:{id}")


def coded(at: Desk, kind: str, code: str) -> str:
    """Return the id of the record with a code; one that the token does not find is not there."""
    row = models.Subject.objects.using(at.alias).filter(kind=kind, code=code).order_by("id").first()
    if row is None or not code:
        raise unknown(code)
    return row.id


def record_out(request: HttpRequest, response: HttpResponse, id: str) -> RecordOut:
    """Return a record as this token finds it; one that it may not find is not there."""
    found = readable(request, id)
    response.headers["ETag"] = tag_of(found)
    return record_of(desk(request), found)


def record_of(at: Desk, found: Record) -> RecordOut:
    """Return everything held about a record."""
    row = models.Subject.objects.using(at.alias).filter(id=found.id).first()
    once = frozenset(one.id for one in load_vocabulary().predicates.values() if one.cardinality == "one")
    return RecordOut(
        id=found.id,
        kind=found.kind,
        code=row.code if row else "",
        label=row.label if row else "",
        values=values_of(found, once),
        assertions=[AssertionOut.of(held) for held in found.held],
    )


def readable(request: HttpRequest, id: str) -> Record:
    """Return a record if the token finds anything about it; otherwise it is not there."""
    at = desk(request)
    found = at.view.subject(id)
    if not found.held or not _may_read(request, found.kind):
        raise unknown(id)
    return found


def _may_read(request: HttpRequest, kind: str) -> bool:
    needs = _NEEDS.get(kind)
    return needs is None or reader_of(request).may(needs)


def tag_of(record: Record) -> str:
    """Return the tag of a record: another one whenever what is held about it, or its standing, is another."""
    held = sorted((one.id, one.status, one.disputed) for one in record.held)
    return f'"{hashlib.sha256(repr(held).encode()).hexdigest()[:32]}"'


def unknown(given: str) -> ProjectionError:
    """Return the error for what is not there, or not for this token."""
    return ProjectionError("unknown", f"{given[:80]!r} is not in this case.", "See the lists for what is.")


@router.get("/assertions/{id}", url_name="api-assertion", response=AssertionOut, operation_id="getAssertion")
def assertion(request: HttpRequest, id: str) -> AssertionOut:
    """Read one assertion."""
    held = desk(request).view.held([id]).get(id)
    if held is None or not _may_read(request, held.subject.partition(":")[0]):
        raise unknown(id)
    return AssertionOut.of(held)


@router.get("/claims/{id}", url_name="api-claim", response=AssertionOut, operation_id="getClaim")
def claim(request: HttpRequest, id: str) -> AssertionOut:
    """Read one claim about an incident."""
    row = models.Claim.objects.using(desk(request).alias).filter(id=id).first()
    if row is None:
        raise unknown(id)
    return assertion(request, id)


_GEOJSON: dict[str, Any] = {
    "responses": {
        200: {
            "description": "A FeatureCollection.",
            "content": {"application/geo+json": {"schema": {"type": "object"}}},
        }
    }
}


@router.get("/map", url_name="api-map", operation_id="getMap", openapi_extra=_GEOJSON)
def case_map(request: HttpRequest, query: Query[MapQuery]) -> HttpResponse:
    """Read what is in sight as GeoJSON (RFC 7946): incidents, or counts by square when there are many."""
    del query  # its shape is checked; the page's own reader reads it
    return maps.geojson(request)


@router.get("/search", url_name="api-search", response=FoundOut, operation_id="search")
def search(request: HttpRequest, response: HttpResponse, query: Query[SearchQuery]) -> FoundOut:
    """Search everything the token finds, across scripts, with the reason for each result."""
    at = desk(request)
    asked = read_query(query.q.strip(), kinds=(query.kind,) if query.kind else (), box=box_of(request))
    shown = results(at.database, asked, after=query.after, limit=query.limit, best=query.best)
    kinds, exact = kind_counts(at.database, asked)
    link_next(request, response, str(shown.following) if shown.following else None)
    return FoundOut(
        rows=[
            HitOut(
                subject=one.subject,
                kind=one.kind,
                label=one.label,
                extract=one.extract,
                why=[
                    ReasonOut(
                        field=why.field,
                        before=why.before,
                        matched=why.matched,
                        after=why.after,
                        asked=why.asked,
                        script=why.script,
                    )
                    for why in reasons(one, asked)
                ],
            )
            for one in shown.found
        ],
        next=shown.following or None,
        kinds=dict(kinds),
        exact=exact,
    )


@router.get("/trace/{path:id}", url_name="api-trace", response=TraceOut, operation_id="getTrace")
def walk(request: HttpRequest, id: str) -> TraceOut:
    """Walk both ways from a sentence, an assertion, a record, a code, an exhibit number or a digest."""
    found = trace(desk(request).database, id)
    down = [one for one in found.down if _may_read(request, one.held.subject.partition(":")[0])]
    return TraceOut(
        start=found.start,
        kind=found.kind,
        label=found.label,
        down=[
            StepOut(assertion=AssertionOut.of(one.held), entry=EntryOut.of(one.entry))
            for one in down[:_WALKED]
        ],
        more=max(0, len(down) - _WALKED),
        up=[SentenceOut.of(one) for one in found.up] if reader_of(request).may(Permission.REPORT) else [],
    )
