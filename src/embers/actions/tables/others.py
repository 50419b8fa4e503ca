"""Writes an extract in the forms of other programs: followthemoney entities, and the events of timemap.

followthemoney has no word for an act, a claim or a degree of certainty. What does not fit is left out of its
properties, never bent into them: no person becomes anything but a person, and nobody is linked to an event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from embers import dates
from embers.actions.tables.extract import Extract, Named
from embers.places import degrees_text

_SCHEMA = {
    "place": "Address",
    "organisation": "Organization",
    "party": "Organization",
    "unit": "Organization",
}
_SCHEMA |= {"person": "Person", "incident": "Event"}
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def write_ftm(extract: Extract, folder: Path) -> Mapping[str, int]:
    """Write followthemoney entities, one a line."""
    counts: dict[str, int] = {}
    with (folder / "entities.ftm.json").open("x", encoding="utf-8", newline="\n") as handle:
        for kind, schema in _SCHEMA.items():
            for one in extract.named(kind):
                entity = {"id": _id(one.id), "schema": schema, "properties": _properties(kind, one)}
                handle.write(_dump(entity) + "\n")
                counts[f"entities.ftm.json: {kind}"] = counts.get(f"entities.ftm.json: {kind}", 0) + 1
    return counts


def _id(subject: str) -> str:
    return "embers-" + subject.replace(":", "-")


def _properties(kind: str, one: Named) -> dict[str, list[str]]:
    if kind == "place":
        found = {"full": [one.label], "name": [one.label]}
        for held in one.record.live("place-position")[:1]:
            found |= {
                "latitude": [degrees_text(held.value["lat"])],
                "longitude": [degrees_text(held.value["lon"])],
            }
        return found
    names = [one.label]
    for predicate in ("organisation-name", "party-name", "unit-name"):
        names += [value["text"] for value in one.record.values(predicate) if value["text"] not in names]
    found = {"name": names}
    if kind == "incident":
        day = _day(one)
        found |= {"recordId": [one.code]} if one.code else {}
        found |= {"startDate": [day[0]], "endDate": [day[1]]} if day else {}
        if place := one.record.value("incident-place"):
            found["addressEntity"] = [_id(place)]
        found |= (
            {"summary": texts} if (texts := [str(t) for t in one.record.values("incident-account")]) else {}
        )
    return found


def _day(one: Named) -> tuple[str, str] | None:
    """Return the first and last possible day; nothing if one is open or the day is contested."""
    occurred = one.record.value("occurred")
    if not occurred:
        return None
    read = dates.parse(occurred)
    return (read.earliest.isoformat(), read.latest.isoformat()) if read.earliest and read.latest else None


def write_timemap(extract: Extract, folder: Path) -> Mapping[str, int]:
    """Write what timemap reads: events that have a day and a place on the map, their sources and parties."""
    used: set[str] = set()
    events = list(_events(extract, used))
    sources = {one.id: _source(one) for one in extract.named("source") if one.id in used} if used else {}
    parties = sorted({name for event in events for name in event["associations"]})
    associations = [
        {
            "id": name,
            "title": name,
            "desc": "Alleged party",
            "mode": "FILTER",
            "filter_paths": ["alleged party", name],
        }
        for name in parties
    ]
    counts = {}
    for name, content in (("events", events), ("sources", sources), ("associations", associations)):
        with (folder / f"{name}.json").open("x", encoding="utf-8", newline="\n") as handle:
            handle.write(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        counts[f"{name}.json"] = len(content)
    return counts


def _events(extract: Extract, used: set[str]) -> Iterator[dict[str, Any]]:
    for one in extract.named("incident"):
        point, day = one.record.value("incident-position"), _day(one)
        if point is None or day is None:
            continue
        occurred = dates.parse(one.record.value("occurred"))
        place = one.record.value("incident-place")
        cited = dict.fromkeys(
            ground.target
            for held in one.record.held
            for ground in held.grounds
            if ground.target.startswith("source:")
        )
        used.update(cited)
        party = one.record.value("alleged-party")
        yield {
            "id": one.id,
            "title": one.label,
            "description": one.record.text("incident-account") or one.label,
            "date": day[0],
            "time": occurred.text[11:16] if occurred.precision in {"minute", "second"} else "",
            "time_precision": occurred.precision,
            "time_display": dates.describe(occurred),
            "location": extract.name(place) if place else "",
            "location_precision": f"{point['precision_m']} m, {point['method']}",
            "latitude": degrees_text(point["lat"]),
            "longitude": degrees_text(point["lon"]),
            "type": "incident",
            "category": "incident",
            "associations": [str(party)] if party else [],
            "sources": list(cited),
            "comments": "",
        }


def _source(one: Named) -> dict[str, Any]:
    urls = [str(url) for url in one.record.values("source-address")]
    return {
        "id": one.id,
        "title": one.label,
        "type": str(one.record.value("source-type", "")),
        "date": str(one.record.value("source-published", "")),
        "url": urls[0] if urls else "",
        "desc": one.record.text("source-publisher"),
        "thumbnail": "",
        "paths": urls[:1],
    }
