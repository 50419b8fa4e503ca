"""Copies of preserved objects for the pages: which kind of viewer an object gets, and why one gets none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext, gettext_lazy

from embers.custody.copies.made import Made
from embers.custody.copies.workshop import Workshop
from embers.errors import CustodyError
from embers.web.shell import Desk

#: One for the process: what it remembers is bounded, in memory, and gone when the server ends.
_WORKSHOP = Workshop()
PICTURE, DOCUMENT, RECORDING, TABLE, TEXT, CAPTURE, NONE = (
    "picture",
    "document",
    "recording",
    "table",
    "text",
    "capture",
    "none",
)
_PICTURES = {"jpeg", "png", "gif", "tiff", "webp", "bmp", "jp2"}
_TEXTS = {"application/json", "application/geo+json", "application/xml", "application/toml", "message/rfc822"}
_TEXTS |= {"application/gpx+xml", "application/vnd.google-earth.kml+xml", "image/svg+xml"}
SCENE = "image/tiff"
MARKUP = "text/html"

_WHY: Mapping[str, object] = MappingProxyType(
    {
        "damaged": gettext_lazy("The bytes are damaged, or not of the kind they are said to be."),
        "too-many-pixels": gettext_lazy("The picture has more points than are drawn here."),
        "too-long": gettext_lazy("There is more in it than can be listed here."),
        "too-heavy": gettext_lazy("It needs more memory than one copy may take."),
        "too-large": gettext_lazy("The object is larger than what is copied for looking at."),
        "too-slow": gettext_lazy("Making the copy took too long and was ended."),
        "failed": gettext_lazy("The program that makes copies ended without an answer."),
        "password": gettext_lazy("The document asks for a password."),
        "no-such-page": gettext_lazy("The document has no such page."),
        "no-position": gettext_lazy("The picture does not say where on the Earth it lies."),
        "no-capture": gettext_lazy("The archive is no web capture."),
        "encoding": gettext_lazy("This is not one of the encodings that can be chosen."),
    }
)


def viewer_for(media: str) -> str:
    """Return which viewer shows objects of a kind."""
    family, _, name = media.partition("/")
    if media in {"text/csv", "text/tab-separated-values"}:
        return TABLE
    if family in {"video", "audio"}:
        return RECORDING
    if family == "text" or media in _TEXTS:
        return TEXT
    if family == "image":
        return PICTURE if name in _PICTURES else NONE
    return {"application/pdf": DOCUMENT, "application/wacz": CAPTURE}.get(media, NONE)


def copy(at: Desk, sha256: str, maker: str, **parameters: object) -> Made:
    """Return a copy of an object whose row the caller has read: access is decided before this is called."""
    return _WORKSHOP.copy(at.folder.objects(), sha256, maker, **parameters)


def required(made: Made) -> Made:
    """Return a copy, or raise the error that says why there is none."""
    if sentence := why_not(made):
        raise CustodyError(
            "no-copy", sentence, gettext("The preserved bytes can still be saved as they are.")
        )
    return made


def why_not(made: Made) -> str:
    """Return why there is no copy in a sentence, or nothing if there is one."""
    code = made.facts.get("unreadable", "")
    return str(_WHY.get(code, code))
