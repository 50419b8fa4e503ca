"""The map, its data, and the same as a list for those who cannot use a map."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.places import Point, geojson_feature, method_words
from embers.projections import models
from embers.web.shell import Crumb, desk, page
from embers.web.wording import side_label


def case_map(request: HttpRequest) -> HttpResponse:
    """Show every incident whose place is public, on the map and as a list."""
    at = desk(request)
    rows = list(models.Incident.objects.using(at.alias).order_by("earliest", "code"))
    return page(
        request,
        "map.html",
        title=gettext("Map"),
        crumbs=[Crumb(gettext("Map"))],
        placed=[row for row in rows if row.lat is not None],
        unplaced=[row for row in rows if row.lat is None],
    )


def geojson(request: HttpRequest) -> HttpResponse:
    """Return incidents as GeoJSON (RFC 7946); ``incident`` narrows to one code."""
    at = desk(request)
    rows = models.Incident.objects.using(at.alias).filter(lat__isnull=False).order_by("earliest", "code")
    code = request.GET.get("incident", "")
    if code:
        rows = rows.filter(code=code)
    features = [_feature(row) for row in rows]
    collection = {"type": "FeatureCollection", "features": features}
    return JsonResponse(
        collection, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False}
    )


def _feature(row: models.Incident) -> dict[str, object]:
    point = Point(
        lat=row.lat or 0,
        lon=row.lon or 0,
        precision_m=row.precision_m or 0,
        method=method_words(row.position_method),
    )
    return geojson_feature(
        point,
        row.code,
        properties={
            "id": row.code,
            "code": row.code,
            "title": row.title,
            "date": row.when,
            "alleged": "" if row.alleged in {"", "unknown"} else side_label(row.alleged),
            "place_names": row.place_names.split(" / "),
            "url": reverse("incident", args=[row.code]),
        },
    )
