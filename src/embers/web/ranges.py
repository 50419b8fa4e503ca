"""Byte ranges (RFC 9110, sections 13 and 14) of objects that never change and are named by their SHA-256.

Answered: the whole, or one range (from-to, from, last N). Refused with 416: several ranges, a range that is no
range, one that begins behind the end. RFC 9110 lets a server refuse several ranges; no player needs them, and many
small or overlapping ones are a known way to keep a server busy. A unit other than bytes is ignored, as the RFC says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from embers.objects.pieces import PieceTables
from embers.objects.store import ObjectStore

#: Longer headers hold no single range.
_LONGEST = 64
#: Eighteen digits count more bytes than any store holds.
_ONE = re.compile(r"bytes=[ \t,]*([0-9]{0,18})-([0-9]{0,18})[ \t,]*", re.IGNORECASE)
_BYTES = re.compile(r"bytes=", re.IGNORECASE)
_TABLES = PieceTables()


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from ``start`` up to, not including, ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Why no range can be sent."""

    why: str


def selected(
    header: str | None, size: int, *, if_range: str | None = None, etag: str = ""
) -> Span | Refused | None:
    """Return the range a request selects, why it is refused, or nothing if the whole is to be sent.

    A range asked for of another version (``If-Range`` with another tag, a weak tag or a date) selects the whole.
    """
    if header is None or not _BYTES.match(header) or (if_range is not None and if_range.strip() != etag):
        return None
    found = _ONE.fullmatch(header.strip()) if len(header) <= _LONGEST else None
    if found is None:
        several = gettext("Several ranges were asked for. Ask for one at a time.")
        return Refused(several if "," in header else gettext("This is not a range of bytes."))
    return _span(found[1], found[2], size)


def _span(first: str, last: str, size: int) -> Span | Refused:
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    else:
        start, end = max(0, size - int(last or 0)), size
    if start >= size or end <= start:
        return Refused(gettext("The range holds no byte of this object."))
    return Span(start, end)


def send(request: HttpRequest, store: ObjectStore, sha256: str) -> HttpResponseBase:
    """Answer with an object or a range of it, streamed in constant memory, every byte checked before it is sent."""
    etag = f'"{sha256}"'
    response = _unsent(request, etag)
    if response is None:
        response = _sent(request, store, sha256, etag)
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _unsent(request: HttpRequest, etag: str) -> HttpResponseBase | None:
    """Answer the preconditions of RFC 9110, section 13.2.2; dates are not kept, so only tags are compared."""
    if (wanted := request.headers.get("If-Match")) and not _names(wanted, etag, weak=False):
        return HttpResponse(status=412)
    if (known := request.headers.get("If-None-Match")) and _names(known, etag, weak=True):
        return HttpResponse(status=304)
    return None


def _names(header: str, etag: str, *, weak: bool) -> bool:
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or etag in tags or (weak and f"W/{etag}" in tags)


def _sent(request: HttpRequest, store: ObjectStore, sha256: str, etag: str) -> HttpResponseBase:
    if request.method == "HEAD":  # RFC 9110, 14.2: a range is defined for GET alone
        response = HttpResponse()
        response.headers["Content-Length"] = str(store.size(sha256))
        return response
    pieces = _TABLES.of(store, sha256)
    asked = selected(
        request.headers.get("Range"), pieces.size, if_range=request.headers.get("If-Range"), etag=etag
    )
    if isinstance(asked, Refused):
        refusal = HttpResponse(f"{asked.why}\n", status=416, content_type="text/plain; charset=utf-8")
        refusal.headers["Content-Range"] = f"bytes */{pieces.size}"
        return refusal
    span = asked or Span(0, pieces.size)
    answer = StreamingHttpResponse(
        _begun(pieces.read(store, span.start, span.end)), status=206 if asked else 200
    )
    answer.headers["Content-Length"] = str(span.end - span.start)
    if asked:
        answer.headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{pieces.size}"
    return answer


def _begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Check the first piece now, while the answer can still be a page that says what is wrong."""
    first = next(parts, b"")

    def rest() -> Iterator[bytes]:
        yield first
        yield from parts

    return rest()
