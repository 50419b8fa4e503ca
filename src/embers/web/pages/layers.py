"""The team's own maps and pictures under the map: which there are, and their tiles."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from embers.errors import ImageryError, ProjectionError
from embers.imagery.layers.shelf import MapLayer, Shelf
from embers.imagery.layers.tile_archive import UnreadableLayer
from embers.web.reader import folder_of
from embers.web.security import OBJECT_POLICY

_SHELVES: dict[Path, Shelf] = {}
_LOCK = threading.Lock()
_WHY: Mapping[str, object] = MappingProxyType(
    {
        "damaged": gettext_lazy("The bytes are damaged, or not of the kind they are said to be."),
        "not-pmtiles": gettext_lazy("The bytes are damaged, or not of the kind they are said to be."),
        "version": gettext_lazy("It is of a version of PMTiles that is not read here; version 3 is."),
        "packed": gettext_lazy("Its tiles are packed in a way that is not read here; gzip is."),
        "kind": gettext_lazy("Its tiles are of a kind that is not drawn here."),
        "no-parts": gettext_lazy("It does not say which parts its map has."),
        "no-position": gettext_lazy("The picture does not say where on the Earth it lies."),
        "too-many-pixels": gettext_lazy("The picture has more points than are drawn here."),
        "too-heavy": gettext_lazy("It needs more memory than one copy may take."),
        "too-slow": gettext_lazy("Making the copy took too long and was ended."),
        "failed": gettext_lazy("The program that makes copies ended without an answer."),
        "unread": gettext_lazy("The file cannot be read."),
        "unknown": gettext_lazy("There is no such layer in this case."),
        "no-such-tile": gettext_lazy("The layer has no such part."),
    }
)
#: Words for what is not there, unlike what cannot be drawn.
_NONE = {"unknown", "no-such-tile"}


def layers(request: HttpRequest) -> HttpResponse:
    """Return the layers of the case folder as JSON; what cannot be drawn says why, in words."""
    rows = [_told(one) for one in _shelf(request).layers()]
    return JsonResponse({"layers": rows})


def tile(request: HttpRequest, id: str, zoom: int, *, column: int, row: int) -> HttpResponse:
    """Return one tile of a layer; an empty answer where a map has none."""
    try:
        found = _shelf(request).tile(id, zoom, column, row)
    except UnreadableLayer as error:
        hint = gettext("Look at the list of layers on the map.")
        if error.why in _NONE:
            raise ProjectionError("unknown", str(_WHY[error.why]), hint) from error
        raise ImageryError("layer", str(_WHY[error.why]), hint) from error
    response = HttpResponse(found.data if found else b"", content_type=found.media if found else "text/plain")
    response.status_code = 200 if found else 204
    response.headers["Content-Security-Policy"] = OBJECT_POLICY
    return response


def _shelf(request: HttpRequest) -> Shelf:
    folder = folder_of(request)
    with _LOCK:
        if folder.path not in _SHELVES:
            _SHELVES[folder.path] = Shelf(folder.path, folder.surroundings.disk)
        return _SHELVES[folder.path]


def _told(one: MapLayer) -> dict[str, object]:
    hint = gettext("Seen from near only: it has no coarser copies in it.") if one.coarse else ""
    address = reverse("map-layer-tile", args=[one.id, 0, 0, 0]).removesuffix("/0/0/0")
    return {
        "id": one.id,
        "title": one.title,
        "kind": one.kind,
        "attribution": one.attribution,
        "bounds": list(one.bounds),
        "minzoom": one.min_zoom,
        "maxzoom": one.max_zoom,
        "parts": list(one.parts),
        "tiles": f"{address}/{{z}}/{{x}}/{{y}}",
        "problem": str(_WHY[one.problem]) if one.problem else "",
        "hint": hint,
    }
