"""Preserved bytes, read back through their own digest, whole or in ranges. Altered bytes are never sent."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from embers.custody.media import HEAD, recognise
from embers.projections import models
from embers.web.ranges import send
from embers.web.security import OBJECT_POLICY
from embers.web.shell import Desk, desk, unknown

#: Pictures a browser may show in place.
PREVIEWED = frozenset({"image/png", "image/jpeg"})
#: Sound and film a browser may play in place, by ranges.
PLAYED = frozenset(
    {"video/mp4", "video/webm", "audio/mp4", "audio/wav", "audio/mpeg", "audio/ogg", "audio/flac"}
)
#: Drawings of reports. Embedded as an image nothing in one runs; opened by itself it is saved.
_DRAWN = "image/svg+xml"


def preserved_object(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Send an object this case introduced, or one range of it; every byte is checked before it is sent."""
    at = desk(request)
    row = readable(at, sha256)
    store = at.folder.objects()
    with store.open(sha256) as handle:
        shown = row.media in PREVIEWED | PLAYED and recognise(handle.read(HEAD), "").media == row.media
    response = send(request, store, sha256)
    response.headers["Content-Security-Policy"] = OBJECT_POLICY
    if response.status_code not in {200, 206}:
        return response
    response.headers["Content-Type"] = (
        row.media if shown or row.media == _DRAWN else "application/octet-stream"
    )
    name = models.Item.objects.using(at.alias).filter(sha256=sha256).values_list("name", flat=True).first()
    disposition = content_disposition_header(not shown, name or sha256)
    if disposition:
        response.headers["Content-Disposition"] = disposition
    return response


def readable(at: Desk, sha256: str) -> models.StoredObject:
    """Return the row of an object this reader may read; for anybody else it is not in the case.

    Who may read an object is whoever may read an assertion that names it: the projector wrote it into the row, and
    the reader's views leave the others out (docs/decisions/0011). Whatever serves bytes or copies of them asks here.
    """
    row = models.StoredObject.objects.using(at.alias).filter(sha256=sha256).order_by("id").first()
    if row is None:
        raise unknown(gettext("The object"), sha256, [], where=reverse("items"))
    return row
