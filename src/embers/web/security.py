"""What every answer of the web application carries and what it refuses before looking at a page.

The pages are read-only and meant for one computer: no cookie is ever set, no address outside this server
is named in the policy, and a request that arrives under another host name is refused, so that a page
elsewhere cannot reach the case by pointing its own name at 127.0.0.1 (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

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
_READING = frozenset({"GET", "HEAD"})


def allowed_hosts() -> list[str]:
    """Return the host names under which this computer may be asked for its pages."""
    return ["127.0.0.1", "localhost", "[::1]"]


def read_only_and_local(answer: Answer) -> Answer:
    """Wrap the application: check host and method, set the headers, drop cookies."""

    def guarded(request: HttpRequest) -> HttpResponseBase:
        response = _refusal(request) or answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        response.cookies.clear()
        return response

    return guarded


def _refusal(request: HttpRequest) -> HttpResponse | None:
    try:
        request.get_host()
    except DisallowedHost:
        return _plain("This server answers only to the name of this computer (127.0.0.1 or localhost).", 421)
    if request.method not in _READING:
        response = _plain("These pages are read-only: only GET and HEAD are answered.", 405)
        response.headers["Allow"] = "GET, HEAD"
        return response
    return None


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
