"""The one object of django-ninja: how bodies are read, answers written, and errors told."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from embers import __version__
from embers.errors import ApiError, EmbersError, StorageError
from embers.journal.canonical import MAX_DEPTH
from embers.web.api.problems import nothing_here, problem

LOG = logging.getLogger("embers.web.api")
#: Problems of one request that are told, and the longest text of each.
_TOLD, _LONG = 20, 300
#: Brackets a body may open: more than any body here needs, less than a reader that calls itself can bear.
_BRACKETS = 4 * MAX_DEPTH


class StrictParser(Parser):
    """Reads JSON as the journal does: no floats, no name twice, no lone surrogate, nothing nested without measure."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Return the body of a request; refuse what is no JSON, or not said to be."""
        if request.content_type != "application/json":
            raise ApiError(
                "media", "The body is not said to be JSON.", "Send Content-Type: application/json."
            )
        text = request.body
        if text.count(b"[") + text.count(b"{") > _BRACKETS and _depth(text) > _BRACKETS:
            raise ApiError("body", "The body is nested too deeply.", "Send a simpler body.")
        try:
            found = json.loads(
                text.decode("utf-8"),
                object_pairs_hook=_once_each,
                parse_float=_refused,
                parse_constant=_refused,
                parse_int=_number,
            )
            json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate is no text
        except (ValueError, RecursionError) as error:
            what = str(error)[:_LONG] if isinstance(error, _UnfitError) else "it is not JSON in UTF-8"
            raise ApiError("body", f"The body cannot be read: {what}.", "Send one JSON object.") from error
        return found


class _UnfitError(ValueError):
    """What JSON allows and a journal does not."""


def _refused(text: str) -> NoReturn:
    raise _UnfitError(f"{text[:40]} is no whole number")


def _number(text: str) -> int:
    if len(text) > 17:
        raise _UnfitError("a number has more digits than a journal holds")
    return int(text)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _UnfitError("a name stands twice in one object")
    return found


def _depth(text: bytes) -> int:
    """Return how many brackets are open at once at most, those inside texts counted as well."""
    deepest = depth = 0
    for sign in text:
        if sign in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in b"]}":
            depth -= 1
    return deepest


class Api(NinjaAPI):
    """Gives every answer that was read a tag, so that a program need not be sent what it has."""

    def create_response(
        self,
        request: HttpRequest,
        data: Any,  # noqa: ANN401 - as the library has it
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        """Return the answer; not modified where the request names its tag."""
        response = super().create_response(request, data, status=status, temporal_response=temporal_response)
        if request.method != "GET" or response.status_code != 200:
            return response
        tag = response.headers.get("ETag") or f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = tag
        known = [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]
        if tag in known or f"W/{tag}" in known:
            unchanged = HttpResponse(status=304)
            unchanged.headers["ETag"] = tag
            return unchanged
        return response


api = Api(
    title="Embers",
    version=__version__,
    description=(
        "One case of Embers: what is said in it, by whom, on which evidence. Every request but that for this document "
        "carries a token (Authorization: Bearer). Every request that writes carries an Idempotency-Key and signs one "
        "entry with the key of the token's person, which POST /key unlocks. Errors are problem details (RFC 9457)."
    ),
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    parser=StrictParser(),
)


@api.exception_handler(EmbersError)
def _refusal(request: HttpRequest, error: EmbersError) -> HttpResponse:
    del request
    return problem(error)


@api.exception_handler(ValidationError)
def _wrong_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    del request
    errors = [
        {"where": "/".join(map(str, one["loc"]))[:_LONG], "what": str(one["msg"])[:_LONG]}
        for one in error.errors[:_TOLD]
    ]
    wrong = ApiError("input", "The request has not the form this address takes.", "See /api/openapi.json.")
    return problem(wrong, errors=errors)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    del error
    return nothing_here(request)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    del request
    # The library wraps whatever went wrong in a body; the parser above has said it better.
    if isinstance(error.__cause__, EmbersError):
        return problem(error.__cause__)
    return problem(ApiError("body", str(error)[:_LONG], "See /api/openapi.json."))


@api.exception_handler(RequestDataTooBig)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(UnreadablePostError)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    del request, error
    return problem(ApiError("body", "The request could not be read.", "Send it again, in smaller parts."))


@api.exception_handler(OSError)
def _disk(request: HttpRequest, error: OSError) -> HttpResponse:
    LOG.error("%s %s", request.method, getattr(request.resolver_match, "url_name", ""), exc_info=error)
    return problem(StorageError.of(error))


@api.exception_handler(Exception)
def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    LOG.error("%s %s", request.method, getattr(request.resolver_match, "url_name", ""), exc_info=error)
    return problem(
        ApiError("fault", "Embers could not answer this.", "The server's output says what went wrong.")
    )
