"""Material by the API: bytes sent under their digest, items made of them, custody, and bytes read back by ranges."""

from __future__ import annotations

import io
import re
from typing import Any, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Schema, Status
from pydantic import Field

from embers.access.roles import Permission
from embers.actions.custody_events import Custodian
from embers.actions.items import ItemOrigin, acquire_stored
from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError, ApiError
from embers.projections import models
from embers.projections.view import ProjectedCase
from embers.web.api import lists, uploads
from embers.web.api.once import Recorded, recorded_once
from embers.web.api.records import readable
from embers.web.pages.objects import preserved_object
from embers.web.reader import folder_of, reader_of
from embers.web.security import body_length
from embers.web.shell import desk

router = Router(tags=["Material"])
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_LONG = Field("", max_length=1000)


class Uploaded(Schema):
    """Bytes that are on stable storage here, and of which whoever sent them can make an item within a day."""

    sha256: str
    size: int


class ItemIn(Schema):
    """An item to be made of uploaded bytes, in the words of the person who takes it in."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    name: str = Field(min_length=1, max_length=400, description="The file's name as it came.")
    title: str = Field(min_length=1, max_length=400)
    source: str = Field(min_length=1, max_length=1000)
    method: str = Field(min_length=1, max_length=400)
    licence: str = _LONG
    attribution: str = _LONG


class CustodyIn(Schema):
    """One custody event: ``to`` for hand-over and return, ``found`` for take-over and open, ``number`` for seal."""

    step: Literal["hand-over", "take-over", "seal", "open", "access", "return"]
    detail: str = Field(min_length=1, max_length=2000)
    to: str = Field("", max_length=60)
    found: str = Field("", max_length=60)
    number: str = Field("", max_length=60)
    bag: str = Field("", max_length=60)
    place: str = Field("", max_length=200)
    reason: str = Field("", max_length=2000)


class _Body(io.RawIOBase):
    """The body of a request as a stream, never whole in memory."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__()
        self._request = request

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - whatever the interpreter hands in
        data = self._request.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


_BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_OBJECT: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The bytes; 206 for a range.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@router.get("/objects/{sha256}", url_name="api-object", operation_id="getObject", openapi_extra=_OBJECT)
def read_object(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Read preserved bytes, whole or one range of them (RFC 9110); every byte is checked before it is sent."""
    return preserved_object(request, sha256)


@router.api_operation(["HEAD"], "/objects/{sha256}", url_name="api-object", include_in_schema=False)
def ask_object(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Read size and tag of preserved bytes."""
    return preserved_object(request, sha256)


@router.put(
    "/objects/{sha256}",
    url_name="api-object",
    response={201: Uploaded},
    operation_id="putObject",
    openapi_extra=_BYTES,
)
def put_object(request: HttpRequest, sha256: str) -> Status[Uploaded]:
    """Send bytes under their stated SHA-256. Others are refused, and nothing of them is kept.

    Sending them again is harmless. The answer is the same whether or not the case held them before.
    """
    if not _SHA256.match(sha256):
        raise ApiError(
            "input", "This is no SHA-256.", "Give 64 lower-case hexadecimal digits, those of the bytes."
        )
    if "CONTENT_LENGTH" not in request.META or not request.META["CONTENT_LENGTH"]:
        raise ApiError("length", "The request does not say how long its body is.", "Send Content-Length.")
    size, person = body_length(request), reader_of(request).person
    stream = cast(io.BufferedIOBase, io.BufferedReader(_Body(request), 1024 * 1024))
    folder = folder_of(request)
    uploads.sweep(folder)  # before these come: what is late may be the same bytes
    stored = folder.objects().put(cast(Any, stream), sha256=sha256, size=size)
    uploads.note(person, stored)
    return Status(201, Uploaded(sha256=sha256, size=size))


@lists.router.post(
    "/items", url_name="api-items", response={201: Recorded}, operation_id="addItem", tags=["Material"]
)
def add_item(request: HttpRequest, response: HttpResponse, body: ItemIn) -> Status[Recorded]:
    """Make an item of bytes you uploaded: its digest, origin and first custody event, in one entry."""
    at = desk(request)

    def draft(recorder: Recorder) -> Act:
        # Whoever knows the digest of somebody else's bytes gets no item of them, and does not learn that they are here.
        if not uploads.sent_by(reader_of(request).person, body.sha256):
            raise ActionError(
                "upload",
                f"You sent no bytes with the SHA-256 {body.sha256} today.",
                "Send them with PUT /api/v1/objects/{sha256} first.",
            )
        origin = ItemOrigin(body.title, body.source, body.method, body.licence, body.attribution)
        # That the same bytes were preserved before is told only to those who find them.
        known = models.StoredObject.objects.using(at.alias).filter(sha256=body.sha256).exists()
        return acquire_stored(recorder, body.sha256, origin, name=body.name, fresh=not known).act

    return recorded_once(request, response, Permission.RECORD, draft)


@router.post(
    "/items/{id}/custody",
    url_name="api-item-custody",
    response={201: Recorded},
    operation_id="addCustodyEvent",
)
def add_custody(request: HttpRequest, response: HttpResponse, id: str, body: CustodyIn) -> Status[Recorded]:
    """Record a custody event of an item; it is checked against the chain so far."""
    item = id if ":" in id else f"item:{id}"
    readable(request, item)
    folder = folder_of(request)

    def draft(recorder: Recorder) -> Act:
        # The chain is judged as a whole, also what of it this person does not read, as the command line does.
        return _custody(Custodian(recorder, ProjectedCase(folder.database())), item, body)

    return recorded_once(request, response, Permission.RECORD, draft)


def _custody(custodian: Custodian, item: str, body: CustodyIn) -> Act:
    if body.step == "hand-over":
        return custodian.hand_over(item, _needed(body, "to"), detail=body.detail, place=body.place)
    if body.step == "take-over":
        return custodian.take_over(item, detail=body.detail, found=body.found, place=body.place)
    if body.step == "seal":
        return custodian.seal(item, _needed(body, "number"), detail=body.detail, bag=body.bag)
    if body.step == "open":
        found, reason = _needed(body, "found"), _needed(body, "reason")
        return custodian.open(item, found=found, reason=reason, detail=body.detail)
    if body.step == "access":
        return custodian.access(item, reason=_needed(body, "reason"), detail=body.detail)
    return custodian.give_back(item, _needed(body, "to"), detail=body.detail)


def _needed(body: CustodyIn, name: str) -> str:
    value = str(getattr(body, name)).strip()
    if not value:
        raise ApiError("input", f"The step {body.step!r} needs {name!r}.", "See /api/openapi.json.")
    return value
