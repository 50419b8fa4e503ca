"""Errors of the API as problem details (RFC 9457): every one carries the stable code of an :class:`EmbersError`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from embers.errors import (
    ApiError,
    DateError,
    EmbersError,
    JournalError,
    PlaceError,
    StorageError,
    VocabularyError,
)
from embers.web.shell import status_of

MEDIA = "application/problem+json"
_STATUS = {
    "api.not-found": 404,
    "api.method": 405,
    "api.token": 401,
    "api.slow": 429,
    "api.key": 400,
    "api.key-reused": 422,
    "api.key-running": 409,
    "api.media": 415,
    "api.length": 411,
    "api.size": 413,
    "api.input": 422,
    "api.changed": 412,
    "api.fault": 500,
    "object.mismatch": 422,
}
_INPUT = (VocabularyError, DateError, PlaceError)
#: Seconds after which somebody who sent too many wrong tokens may try again.
_WAIT_S = "60"


def problem(error: EmbersError, *, headers: Mapping[str, str] | None = None, **more: object) -> HttpResponse:
    """Return an error as a problem: what is wrong in ``title``, what to do in ``hint``, and its ``code``."""
    status = _status(error)
    told = {
        "type": f"urn:embers:error:{error.code}",
        "title": error.message,
        "status": status,
        "code": error.code,
        **({"hint": error.hint} if error.hint else {}),
        **more,
    }
    response = HttpResponse(json.dumps(told, ensure_ascii=False), status=status, content_type=MEDIA)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="embers"'
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = _WAIT_S
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _status(error: EmbersError) -> int:
    if error.code in _STATUS:
        return _STATUS[error.code]
    if isinstance(error, _INPUT) or error.code in {"journal.canonical", "journal.shape"}:
        return 422
    if isinstance(error, StorageError):
        return 503
    if isinstance(error, JournalError):
        return 409
    return status_of(error)


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer an address of the API that names nothing."""
    del request
    return problem(
        ApiError(
            "not-found", "There is nothing at this address.", "See /api/openapi.json for every operation."
        )
    )
