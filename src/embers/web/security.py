"""What every answer of the web application carries and what it refuses before looking at a page.

No address outside this server is named in the policy, and a request that arrives under another host name is refused, so
that a page elsewhere cannot reach the case by pointing its own name at 127.0.0.1 (DNS rebinding). No cookie is set but
the two of a log-in: the session and the token of forms. The choice of a language is a cookie that the page itself
writes. Which methods an address answers stands in its rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from embers.web.environment import ACCOUNTS_KEY
from embers.web.reader import is_api

Answer = Callable[[HttpRequest], HttpResponseBase]

#: W3C Content Security Policy Level 3. The map draws in a worker and reads images it made itself.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; "
    "connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
#: For preserved bytes: whatever they contain, nothing in them runs, loads or is framed.
OBJECT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
    }
)
#: No form needs more; preserved material comes in by other ways. Addresses of the API have limits of their own.
MAX_BODY = 1024 * 1024


def allowed_hosts(*names: str) -> list[str]:
    """Return the host names under which this computer may be asked for its pages: its own, and those it was given."""
    return ["127.0.0.1", "localhost", "[::1]", *names]


def headers_and_hosts(answer: Answer) -> Answer:
    """Wrap the application: check host and size, set the headers, drop cookies that are not ours."""

    def guarded(request: HttpRequest) -> HttpResponseBase:
        response = _refusal(request) or answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.META.get(ACCOUNTS_KEY) is not None:
            # Under "no-referrer" a browser sends forms without their origin: they could not be told from foreign ones.
            response.headers["Referrer-Policy"] = "same-origin"
        if settings.SESSION_COOKIE_SECURE:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        response.headers["Cache-Control"] = "no-store"
        ours = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
        for name in set(response.cookies) - (ours if request.META.get(ACCOUNTS_KEY) is not None else set()):
            del response.cookies[name]
        return response

    return guarded


def _refusal(request: HttpRequest) -> HttpResponse | None:
    try:
        request.get_host()
    except DisallowedHost:
        return _plain("This server answers only to the names it was given (127.0.0.1 or localhost).", 421)
    if not is_api(request) and body_length(request) > MAX_BODY:
        return _plain("This is more than any form here takes.", 413)
    return None


def body_length(request: HttpRequest) -> int:
    """Return the bytes a request says its body has; what is no length counts as longer than anything may be."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 10**19


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
