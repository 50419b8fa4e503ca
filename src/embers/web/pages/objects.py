"""Preserved bytes, read back through their own digest. Altered bytes are never sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from embers.errors import ObjectError
from embers.projections import models
from embers.web.security import OBJECT_POLICY
from embers.web.shell import desk, unknown

#: Pictures a browser may show in place, with the bytes they must begin with.
PREVIEWED = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
#: Drawings of reports. Embedded as an image nothing in one runs; opened by itself it is saved.
_DRAWN = "image/svg+xml"
#: Larger objects are read twice instead of held in memory.
_IN_MEMORY = 32 * 1024 * 1024
_CHUNK = 1024 * 1024


def preserved_object(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Send an object this case introduced; its SHA-256 is checked before and while it is sent."""
    at = desk(request)
    row = models.StoredObject.objects.using(at.alias).filter(sha256=sha256).order_by("id").first()
    if row is None:
        raise unknown(gettext("The object"), sha256, [], where=reverse("items"))
    name = models.Item.objects.using(at.alias).filter(sha256=sha256).values_list("name", flat=True).first()
    store = at.folder.objects()
    with store.open(sha256) as handle:
        start = handle.read(16)
    shown = row.media in PREVIEWED and start.startswith(PREVIEWED[row.media])
    size = store.size(sha256)
    if size <= _IN_MEMORY:
        with store.open(sha256) as handle:
            data = handle.read()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _altered(sha256)
        response: HttpResponseBase = HttpResponse(data)
    else:
        if store.verify(sha256) is not None:
            raise _altered(sha256)
        response = StreamingHttpResponse(_checked(store.open(sha256), sha256))
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Type"] = (
        row.media if shown or row.media == _DRAWN else "application/octet-stream"
    )
    response.headers["Content-Security-Policy"] = OBJECT_POLICY
    response.headers["ETag"] = f'"{sha256}"'
    disposition = content_disposition_header(not shown, name or sha256)
    if disposition:
        response.headers["Content-Disposition"] = disposition
    return response


def _altered(sha256: str) -> ObjectError:
    return ObjectError(
        "altered",
        gettext("The stored bytes of %(sha256)s are not the ones that were preserved. They are not shown.")
        % {"sha256": sha256},
        gettext("Run `embers verify`, keep this copy as it is, and restore the object from another copy."),
    )


def _checked(handle: BinaryIO, sha256: str) -> Iterator[bytes]:
    """Yield an object, holding the last piece back until the whole digest has been compared."""
    digest, held_back = hashlib.sha256(), b""
    with handle:
        while chunk := handle.read(_CHUNK):
            if held_back:
                yield held_back
            digest.update(chunk)
            held_back = chunk
    if digest.hexdigest() != sha256:
        # The bytes changed since they were checked a moment ago: the answer ends short of its length.
        raise _altered(sha256)
    yield held_back
