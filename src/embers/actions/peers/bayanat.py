"""Reads JSON exports of Bayanat (4.0): bulletins, actors or incidents, alone or in a zip with their media.

A bulletin becomes a source, since it is what somebody published or handed in; its dated events become incidents.
An actor becomes a person under a code, or an organisation. Names of persons, their profiles and photographs are left
out: a table is kept in the clear.
"""

from __future__ import annotations

from typing import Any

from embers.actions.peers.converted import Converted, clock, day, degrees, part, parts, plain, text
from embers.actions.peers.export_files import ExportFiles, broken

_KINDS = {"bulletins": "bulletin", "actors": "actor", "incidents": "incident"}
#: Fields of work inside Bayanat: who does what next, and who may see what.
_WORK = (
    *("assigned_to", "first_peer_reviewer", "comments", "status", "review", "review_action", "roles", "tags"),
    *(
        "originid",
        "source_link_type",
        "documentation_date",
        "public_description",
        "sjac_title",
        "sjac_title_ar",
    ),
)
_NAMES = ("name", "nickname", "first_name", "middle_name", "last_name", "father_name", "mother_name")
_PERSONAL = (
    *("occupation", "position", "family_status", "no_children", "ethnographies", "nationalities", "dialects"),
    *("id_number", "origin_place", "actor_profiles", "medias"),
)
_KNOWN = {
    *(
        "class",
        "id",
        "title",
        "title_ar",
        "description",
        "source_link",
        "publish_date",
        "updated_at",
        "type",
        "_type",
    ),
    *(
        "locations",
        "geoLocations",
        "labels",
        "verLabels",
        "sources",
        "events",
        "medias",
        "sex",
        "_sex",
        "age",
        "_age",
    ),
    *("bulletin_relations", "actor_relations", "incident_relations", "civilian", "_civilian"),
    *("potential_violations", "claimed_violations"),
    *_WORK,
    *_NAMES,
    *(f"{name}_ar" for name in (*_NAMES, "occupation", "position")),
    *_PERSONAL,
}


def read(files: ExportFiles, made: Converted) -> None:
    """Make the rows of an export."""
    documents = [name for name in files.names if name.lower().endswith(".json")]
    if not documents:
        raise broken(files.path.name, "it holds no JSON; Bayanat's CSV lacks texts and positions")
    for document in documents:
        for kind, record in files.records(document):
            if kind not in _KINDS:
                raise broken(document, f"Bayanat has no list {kind!r}")
            {"bulletins": _bulletin, "actors": _actor, "incidents": _incident}[kind](made, record, files)
            made.leave(f"{_KINDS[kind]}: fields of work", (record.get(name) for name in _WORK))
            for name in record.keys() - _KNOWN:
                made.leave(f"{_KINDS[kind]}: field {name} of its own", [record[name]])


def _key(kind: str, record: dict[str, Any]) -> str:
    number = text(record.get("id"))
    return f"{kind} {number}" if number else ""


def _bulletin(made: Converted, record: dict[str, Any], files: ExportFiles) -> None:
    key, number = _key("bulletin", record), text(record.get("id"))
    _source(made, record)
    link = text(record.get("source_link"))
    web = link.startswith(("http://", "https://"))
    made.add(
        key,
        Source=number,
        Published=day(record.get("publish_date")),
        Address=link if web else "",
        Source_note=plain(record.get("description")),
    )
    if link and not web:
        made.add(f"{key} link", Source=number, Source_note=f"Source link in the export: {link}")
    for place in parts(record.get("locations")):
        _place(made, place)
        name = text(place.get("title"))
        made.add(
            f"{key} place {text(place.get('id'))}", Source=number, Source_note=f"Place in the export: {name}"
        )
    for point in parts(record.get("geoLocations")):
        where = f"{degrees(point.get('lat'))}, {degrees(point.get('lng'))}"
        told = ": ".join(filter(None, [text(point.get("title")), where, text(point.get("comment"))]))
        made.add(
            f"{key} point {text(point.get('id'))}",
            Source=number,
            Source_note=f"Position in the export: {told}",
        )
    _notes(made, key, record, "Source")
    for event in parts(record.get("events")):
        _event(made, event, source=number)
    for media in parts(record.get("medias")):
        given = {"MD5 or tag of the store": text(media.get("etag"))} if media.get("etag") else {}
        name = text(media.get("filename"))
        found = made.file(files, name, text(media.get("title")), given)
        if found:
            told = f"Held with it: {text(media.get('title')) or name}"
            made.add(
                f"{key} media {text(media.get('id'))}", Source=number, Source_note=told, Source_media=found
            )
    for relation in parts(record.get("actor_relations")):
        _named(made, part(relation.get("actor")))
        made.leave("bulletin: what an actor is in a bulletin", [relation.get("related_as") or [0]])
    for relation in parts(record.get("incident_relations")):
        _of_source(made, part(relation.get("incident")), record)
    made.leave("bulletin: relations to other bulletins", parts(record.get("bulletin_relations")))


def _source(made: Converted, record: dict[str, Any]) -> None:
    made.add_once(
        f"source {text(record.get('id'))}" if record.get("id") else "",
        Source=record.get("id"),
        Source_title=record.get("title"),
        Source_title_ar="" if record.get("title") else record.get("title_ar"),
    )


def _happened(made: Converted, record: dict[str, Any]) -> None:
    made.add_once(
        f"happened {text(record.get('id'))}" if record.get("id") else "",
        Incident=record.get("id"),
        Incident_title=record.get("title"),
        Incident_title_ar="" if record.get("title") else record.get("title_ar"),
        Account=plain(record.get("description")),
    )


def _of_source(made: Converted, incident: dict[str, Any], bulletin: dict[str, Any]) -> None:
    """Say that a bulletin tells of an incident; an export of either kind names both."""
    _happened(made, incident)
    _source(made, bulletin)
    one, other = text(incident.get("id")), text(bulletin.get("id"))
    made.add_once(
        f"incident {one} bulletin {other}",
        Incident=one,
        Incident_source=other,
        Incident_note=f"Bulletin {other} of the export tells of it.",
    )


def _place(made: Converted, place: dict[str, Any]) -> str:
    number = text(place.get("id"))
    made.add_once(
        f"place {number}",
        Place=number,
        Place_name=place.get("title"),
        Place_name_ar=place.get("title_ar"),
        Place_lat=degrees(place.get("lat")),
        Place_lon=degrees(place.get("lng")),
    )
    return number


def _event(made: Converted, event: dict[str, Any], *, source: str = "", part_of: str = "") -> None:
    number = f"E{text(event.get('id'))}"
    where = part(event.get("location"))
    kind = text(part(event.get("eventtype")).get("title"))
    made.add(
        f"event {number}",
        Incident=number,
        Incident_title=text(event.get("title")) or kind,
        Incident_title_ar="" if event.get("title") or kind else event.get("title_ar"),
        Occurred=_when(event),
        Occurred_note=_clock_note(event),
        Incident_place=_place(made, where) if where else "",
        Incident_source=source,
        Part_of=part_of,
        Incident_note=f"Kind of event in the export: {kind}" if kind else "",
    )
    made.leave("event: comments", [event.get("comments"), event.get("comments_ar")])


def _when(event: dict[str, Any]) -> str:
    first, last = day(event.get("from_date")), day(event.get("to_date"))
    about = "~" if event.get("estimated") else ""
    ends = [f"{one}{about}" for one in dict.fromkeys((first, last)) if one]
    return "/".join(ends)


def _clock_note(event: dict[str, Any]) -> str:
    times = [found for name in ("from_date", "to_date") if (found := clock(event.get(name)))]
    return f"Time in the export: {' to '.join(times)}, without a time zone" if times else ""


def _incident(made: Converted, record: dict[str, Any], _: ExportFiles) -> None:
    key, number = _key("incident", record), text(record.get("id"))
    _happened(made, record)
    where = [_place(made, place) for place in parts(record.get("locations"))]
    events = parts(record.get("events"))
    only = events[0] if len(events) == 1 else {}
    made.add(
        key,
        Incident=number,
        Occurred=_when(only),
        Occurred_note=_clock_note(only),
        Incident_place=where[0] if len(where) == 1 else "",
    )
    if only and (place := part(only.get("location"))):
        made.add(
            f"{key} place", Incident=number, Incident_note=f"Place of its event: {text(place.get('title'))}"
        )
    for event in events if len(events) > 1 else ():
        _event(made, event, part_of=number)
    for place in parts(record.get("locations")) if len(where) > 1 else ():
        told = f"Place in the export: {text(place.get('title'))}"
        made.add(f"{key} place {text(place.get('id'))}", Incident=number, Incident_note=told)
    _notes(made, key, record, "Incident")
    for relation in parts(record.get("bulletin_relations")):
        _of_source(made, record, part(relation.get("bulletin")))
    for relation in parts(record.get("actor_relations")):
        _role(made, part(relation.get("actor")), record, relation)
    for relation in parts(record.get("incident_relations")):
        other = part(relation.get("incident")) or part(relation.get("incident_to"))
        _happened(made, other)
        made.add(f"{key} incident {text(other.get('id'))}", Incident=number, Related_incident=other.get("id"))


def _notes(made: Converted, key: str, record: dict[str, Any], column: str) -> None:
    """Keep what Bayanat's own lists say as notes: its labels and violations are nobody's legal finding here."""
    for name, what in (
        *(
            ("labels", "Label in the export, not verified"),
            ("verLabels", "Label in the export, verified there"),
        ),
        *(("potential_violations", "Potential violation in the export"), ("sources", "Source in the export")),
        ("claimed_violations", "Claimed violation in the export"),
    ):
        for one in parts(record.get(name)):
            told = text(one.get("path")) or text(one.get("title")) or text(one.get("title_ar"))
            cells = {column: record.get("id"), f"{column}_note": f"{what}: {told}"}
            made.add(f"{key} {name} {text(one.get('id'))}", **cells)


def _named(made: Converted, actor: dict[str, Any]) -> None:
    """Know an actor another record names: under a code, since a name without a type may be a person's."""
    if actor.get("id"):
        made.add_once(f"person {text(actor.get('id'))}", Person=actor.get("id"))
        made.leave("actor: names", [actor.get("name")])


def _role(made: Converted, actor: dict[str, Any], incident: dict[str, Any], relation: dict[str, Any]) -> None:
    _named(made, actor)
    roles = relation.get("related_as")
    for role in roles if isinstance(roles, list) and roles else [""] if not roles else [roles]:
        made.add_once(
            f"incident {text(incident.get('id'))} actor {text(actor.get('id'))} as {text(role)}",
            Person=actor.get("id"),
            Role=role,
            Role_incident=incident.get("id"),
            Person_note=f"In incident {text(incident.get('id'))} of the export: relation {text(role) or 'not stated'}",
        )
    made.leave("relations: probability and comment", [relation.get("probability"), relation.get("comment")])


def _actor(made: Converted, record: dict[str, Any], _: ExportFiles) -> None:
    key, number = _key("actor", record), text(record.get("id"))
    if record.get("type") == "Entity":
        made.add(key, Organisation=number, Organisation_name=record.get("name"))
        if record.get("name_ar"):
            made.add(f"{key} ar", Organisation=number, Organisation_name_ar=record["name_ar"])
        made.leave("organisation: profiles and media", [record.get("actor_profiles"), record.get("medias")])
        made.leave("organisation: relations", _relations(record))
        return
    made.add_once(f"person {number}" if number else "", Person=number)
    made.add(key, Person=number, Sex=record.get("sex"), Age=record.get("age"))
    if record.get("civilian"):
        told = f"Said in the export of whether a civilian: {text(record['civilian'])}"
        made.add(f"{key} civilian", Person=number, Person_note=told)
    made.leave("actor: names", (record.get(f"{name}{end}") for name in _NAMES for end in ("", "_ar")))
    made.leave(
        "actor: profiles, photographs and other personal data", (record.get(name) for name in _PERSONAL)
    )
    for event in parts(record.get("events")):
        kind = text(part(event.get("eventtype")).get("title"))
        told = ", ".join(filter(None, [kind, _when(event)]))
        if told:
            made.add(
                f"{key} event {text(event.get('id'))}",
                Person=number,
                Person_note=f"Event in the export: {told}",
            )
    for relation in parts(record.get("incident_relations")):
        incident = part(relation.get("incident"))
        _happened(made, incident)
        _role(made, record, incident, relation)
    for relation in parts(record.get("actor_relations")):
        other = part(relation.get("actor")) or part(relation.get("actor_to"))
        _named(made, other)
        kin = text(relation.get("related_as"))
        cells = {"Relative": other.get("id"), "Relation": kin}
        cells["Person note"] = (
            f"With actor {text(other.get('id'))} of the export: relation {kin or 'not stated'}"
        )
        made.add(f"{key} actor {text(other.get('id'))}", Person=number, **cells)
    for relation in parts(record.get("bulletin_relations")):
        _source(made, part(relation.get("bulletin")))
        made.leave("actor: what an actor is in a bulletin", [relation.get("related_as") or [0]])


def _relations(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        one for name in ("actor", "bulletin", "incident") for one in parts(record.get(f"{name}_relations"))
    ]
