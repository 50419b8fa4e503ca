"""The map and its timeline, their data for what is in sight, and the first rows of the same as a list."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.places import MICRO, Box, Point, geojson_feature, method_words
from embers.projections import models
from embers.projections.map_cells import WORLD, Bar, Sight, Square, drawn, extent, timeline
from embers.projections.map_groups import Group, Layer, Part, missions, series
from embers.web.listing import box_of, day_of
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, day_words, label, names, plural_label, side_label

#: Rows listed below the map; the list of incidents has them all.
_LISTED = 50


def case_map(request: HttpRequest) -> HttpResponse:
    """Show incidents with a public place on the map, over time, and the first of them as a list."""
    at, sight = desk(request), _sight(request)
    rows = models.Incident.objects.using(at.alias)
    if sight.party:
        rows = rows.filter(alleged=sight.party)
    if sight.first:
        rows = rows.filter(earliest__gte=sight.first)
    if sight.last:
        rows = rows.filter(earliest__lt=sight.last + "~")
    ordered = rows.order_by("earliest", "id")
    bars = timeline(at.database, sight)
    kept = {"party": sight.party, "from": sight.first, "to": sight.last}
    asked = urlencode({name: value for name, value in kept.items() if value})
    parties = {"": gettext("all")} | {code: side_label(code) for code in _parties(at)}
    return page(
        request,
        "map.html",
        title=gettext("Map"),
        crumbs=[Crumb(gettext("Map"))],
        placed=list(ordered.filter(cell__isnull=False)[:_LISTED]),
        unplaced=list(ordered.filter(cell__isnull=True)[:_LISTED]),
        total=sum(bar.count for bar in bars),
        sight=sight,
        parties=list(parties.items()),
        source=reverse("map-geojson") + (f"?{asked}" if asked else ""),
        groups=reverse("map-groups") + (f"?{asked}" if asked else ""),
        list_href=reverse("incidents") + (f"?{asked}" if asked else ""),
    )


def geojson(request: HttpRequest) -> HttpResponse:
    """Return what is in sight as GeoJSON (RFC 7946): incidents, or counts by square when there are many.

    ``incident`` narrows to one code; ``box``, ``zoom``, ``party``, ``from`` and ``to`` say what is in sight. The member
    ``embers`` holds the number in sight, and whether squares stand for incidents.
    """
    at = desk(request)
    if code := request.GET.get("incident", ""):
        one = models.Incident.objects.using(at.alias).filter(cell__isnull=False, code=code)
        return _answer([_feature(row) for row in one], total=len(one), squares=False)
    sight = _sight(request)
    found = drawn(at.database, sight, _zoom(request, at, sight))
    features = [_feature(row) for row in found.singles]
    features += [_counted(square, number) for number, square in enumerate(found.squares)]
    return _answer(features, total=found.total, squares=bool(found.squares))


def days(request: HttpRequest) -> HttpResponse:
    """Return how many incidents in sight begin in each span of days, as JSON."""
    bars = timeline(desk(request).database, _sight(request))
    return JsonResponse({"bars": [_bar(bar) for bar in bars], "total": sum(bar.count for bar in bars)})


def groups(request: HttpRequest) -> HttpResponse:
    """Return incidents related as a series, and where missions went, within the span in sight, as JSON."""
    at, sight = desk(request), _sight(request)
    layers = [*series(at.database, sight), missions(at.database, at.view, sight)]
    drawn_groups = [group for layer in layers for group in layer.groups]
    subjects = {one for group in drawn_groups for part in group.parts for one in (part.subject, part.called)}
    known = names(at.alias, subjects | {group.subject for group in drawn_groups})
    return JsonResponse({"layers": [_layer(layer, known) for layer in layers if layer.groups]})


def _layer(layer: Layer, known: Mapping[str, Name]) -> dict[str, object]:
    route = layer.predicate == "mission"
    return {
        "id": layer.predicate,
        "title": plural_label(layer.predicate) if route else label(layer.predicate),
        "kind": "route" if route else "group",
        "more": layer.more,
        "groups": [_group(group, known) for group in layer.groups],
    }


def _group(group: Group, known: Mapping[str, Name]) -> dict[str, object]:
    head = known.get(group.subject)
    return {
        "title": head.text if head else "",
        "href": head.href if head else "",
        "said": reverse("claim", args=[group.said[0]]) if group.said else "",
        "disputed": group.disputed,
        "shape": group.shape(),
        "parts": [
            _part(part, known[part.called or part.subject], known[part.subject].href) for part in group.parts
        ],
    }


def _part(part: Part, name: Name, href: str) -> dict[str, object]:
    spot = part.spot
    words = [day_words(part.when), label(part.predicate) if part.predicate else "", part.note]
    return {
        "title": name.text,
        "href": href,
        "told": " · ".join(word for word in words if word),
        "dated": not part.predicate and bool(part.when),
        "at": [spot.lon / MICRO, spot.lat / MICRO] if spot else None,
        "precision_m": spot.precision_m if spot else 0,
    }


def _bar(bar: Bar) -> dict[str, object]:
    return {"span": bar.span, "words": day_words(bar.span), "count": bar.count}


def _sight(request: HttpRequest) -> Sight:
    given = box_of(request)
    south, north, west, east = given or (WORLD.south, WORLD.north, WORLD.west, WORLD.east)
    south, north = max(south, -90 * MICRO), min(north, 90 * MICRO)
    box = WORLD if east - west >= 360 * MICRO else Box(south, _round(west), north, _round(east))
    return Sight(
        box if given else WORLD,
        request.GET.get("party", "")[:40],
        day_of(request, "from"),
        day_of(request, "to"),
    )


def _round(lon: int) -> int:
    """Bring a longitude of a map that was turned round the world back to -180 to 180 degrees."""
    return (lon + 180 * MICRO) % (360 * MICRO) - 180 * MICRO


def _zoom(request: HttpRequest, at: Desk, sight: Sight) -> int:
    """Read the zoom, or choose the one at which a screen of 1,024 pixels shows everything in sight."""
    text = request.GET.get("zoom", "")
    if text.isascii() and text.isdecimal() and len(text) < 3:
        return min(int(text), 22)
    edges = extent(at.database, sight)
    if edges is None:
        return 0
    south, north, west, east = edges
    widest = max(east - west, 2 * (north - south), 1)
    return max(0, min(14, round(math.log2(360 * MICRO / widest)) + 1))


def _parties(at: Desk) -> list[str]:
    """Return the parties incidents are alleged against, by jumps through their index."""
    sql = (
        "WITH RECURSIVE p(v) AS (SELECT min(alleged) FROM case_incident UNION ALL "
        "SELECT (SELECT min(alleged) FROM case_incident WHERE alleged > p.v) FROM p WHERE p.v IS NOT NULL) "
        "SELECT v FROM p WHERE v <> '' LIMIT 60"
    )
    with at.database.connection.cursor() as cursor:
        cursor.execute(sql)
        return [str(row[0]) for row in cursor.fetchall()]


def _answer(features: list[dict[str, object]], *, total: int, squares: bool) -> HttpResponse:
    told = {"total": total, "squares": squares}
    collection = {"type": "FeatureCollection", "features": features, "embers": told}
    options = {"ensure_ascii": False, "separators": (",", ":")}
    return JsonResponse(collection, content_type="application/geo+json", json_dumps_params=options)


def _counted(square: Square, number: int) -> dict[str, object]:
    """Return a square as a feature. It has no precision: it stands for a number of incidents, not for a place."""
    return {
        "type": "Feature",
        "id": f"square-{number}",
        "geometry": {"type": "Point", "coordinates": [square.lon / MICRO, square.lat / MICRO]},
        "properties": {"count": square.count, "alleged": _party(square.party)},
    }


def _party(alleged: str) -> str:
    return "" if alleged in {"", "unknown"} else side_label(alleged)


def _feature(row: object) -> dict[str, object]:
    incident: models.Incident = row  # type: ignore[assignment]
    point = Point(
        lat=incident.lat or 0,
        lon=incident.lon or 0,
        precision_m=incident.precision_m or 0,
        method=method_words(incident.position_method),
    )
    return geojson_feature(
        point,
        incident.code,
        properties={
            "id": incident.code,
            "code": incident.code,
            "title": incident.title,
            "date": day_words(incident.when),
            "alleged": _party(incident.alleged),
            "party": "" if incident.alleged == "unknown" else incident.alleged,
            "place_names": incident.place_names.split(" / "),
            "url": reverse("incident", args=[incident.code]),
        },
    )
