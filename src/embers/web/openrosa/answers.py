"""Answers in the form OpenRosa asks for: its headers, its XML message, and refusals a phone can show."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from xml.sax.saxutils import escape

from django.http import HttpRequest, HttpResponse

from embers.errors import EmbersError, FieldworkError
from embers.web.api.problems import problem
from embers.web.environment import OPENROSA_ROOT

XML = "text/xml; charset=utf-8"
#: Bytes one request should have (X-OpenRosa-Accept-Content-Length). A phone with more sends several; each is kept.
ADVISED = 32 * 1024 * 1024
_RESPONSE = (
    '<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message nature="{nature}">{text}</message>'
    "</OpenRosaResponse>"
)
#: A phone asks for a name and password again when told 401, and tries again later when told 503.
_STATUS = {"access.key-locked": 503, "fieldwork.form": 404, "api.submission": 400}


def is_openrosa(request: HttpRequest) -> bool:
    """Tell whether a phone asks."""
    return request.path_info.startswith(OPENROSA_ROOT)


def with_headers(response: HttpResponse) -> HttpResponse:
    """Give an answer the headers of OpenRosa's HTTP request standard."""
    response.headers["X-OpenRosa-Version"] = "1.0"
    response.headers["X-OpenRosa-Accept-Content-Length"] = str(ADVISED)
    response.headers["Date"] = format_datetime(datetime.now(UTC), usegmt=True)
    return response


def message(text: str, *, status: int, nature: str = "") -> HttpResponse:
    """Answer with a sentence the phone shows."""
    body = f"<?xml version='1.0' encoding='UTF-8'?>{_RESPONSE.format(nature=nature, text=escape(text))}"
    return with_headers(HttpResponse(body, status=status, content_type=XML))


def xml(text: str) -> HttpResponse:
    """Answer with a document of the protocol."""
    return with_headers(HttpResponse(f"<?xml version='1.0' encoding='UTF-8'?>{text}", content_type=XML))


def refusal(error: EmbersError, *, allow: str = "") -> HttpResponse:
    """Answer with what is wrong and what to do, under the status the API would give it."""
    status = _STATUS.get(error.code) or problem(error).status_code
    if isinstance(error, FieldworkError) and error.code not in _STATUS:
        status = 400
    answer = message(f"{error.message} {error.hint}".strip(), status=status, nature="submit_error")
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Basic realm="embers", charset="UTF-8"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "300"
    if allow:
        answer.headers["Allow"] = allow
    return answer
