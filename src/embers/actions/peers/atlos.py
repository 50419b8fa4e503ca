"""Reads exports of Atlos: the whole project (a zip or its folder), or the CSV of its incidents.

Each piece of source material becomes a source with its address and files; the incident rests on it. Comments and the
log of changes stay outside: they name the people who work there.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from embers.actions.peers.converted import Converted, degrees, part, parts, text
from embers.actions.peers.export_files import ExportFiles, broken

#: How exact Atlos says a position is, in metres (platform/lib/platform/material/attribute.ex); else not stated.
_PRECISION = {"Exact": "10", "Vicinity": "100", "Locality": "1000"}
_UNSTATED = "5000"
_WORK = (
    "attr_status",
    "attr_restrictions",
    "attr_sensitive",
    "attr_assignments",
    "inserted_at",
    "updated_at",
)
_KNOWN = {
    *("slug", "id", "deleted", "project", "versions", "source_material", "project_attributes"),
    *(
        "attr_description",
        "attr_more_info",
        "attr_date",
        "attr_geolocation",
        "attr_geolocation_resolution",
        "attr_tags",
    ),
    *_WORK,
}
_CSV = {"slug", "description", "more_info", "date", "latitude", "longitude", "geolocation_resolution", "tags"}
_CSV_WORK = ("status", "restrictions", "sensitive", "assignments", "inserted_at", "updated_at")


def read(files: ExportFiles, made: Converted) -> None:
    """Make the rows of an export."""
    found = [name for name in files.names if name.endswith("/metadata.json") or name == "metadata.json"]
    whole = [(name, told) for name in found if "slug" in (told := part(files.document(name)))]
    if whole:
        for name, told in whole:
            _incident(made, told, files, name.removesuffix("metadata.json"))
        logs = [name for name in files.names if name.endswith("updates.json")]
        made.leave("comments and changes: files", logs)
        return
    tables = [name for name in files.names if name.lower().endswith(".csv")]
    if len(tables) != 1:
        raise broken(files.path.name, "it is neither a whole export of Atlos nor its CSV")
    _table(made, files, tables[0])


def _incident(made: Converted, told: dict[str, Any], files: ExportFiles, folder: str) -> None:
    slug = text(told.get("slug"))
    if told.get("deleted"):
        made.left_out["incidents deleted there"] += 1
        return
    point = part(told.get("attr_geolocation")).get("coordinates")
    lon, lat = point if isinstance(point, list) and len(point) == 2 else (None, None)
    _row(
        made,
        slug,
        title=told.get("attr_description"),
        account=told.get("attr_more_info"),
        date=told.get("attr_date"),
        lat=lat,
        lon=lon,
        resolution=text(told.get("attr_geolocation_resolution")),
    )
    tags = told.get("attr_tags")
    for tag in tags if isinstance(tags, list) else []:
        made.add(f"{slug} tag {text(tag)}", Incident=slug, Incident_note=f"Tag in the export: {text(tag)}")
    for one in parts(told.get("project_attributes")):
        _attribute(made, slug, text(one.get("name")), one.get("value"))
    for version in parts(told.get("source_material")):
        _version(made, version, slug, files, folder)
    made.leave("incident: fields of work", (told.get(name) for name in _WORK))
    for name in told.keys() - _KNOWN:
        # What Atlos keeps under two names is in the attributes of the project too.
        made.leave(f"incident: field {name}", [told[name]])


def _row(made: Converted, slug: str, *, resolution: str, **told: object) -> None:
    lat, lon = degrees(told["lat"]), degrees(told["lon"])
    made.add(
        slug,
        Incident=slug,
        Title=told["title"],
        Account=told["account"],
        Date=told["date"],
        Lat=lat,
        Lon=lon,
        Precision=_PRECISION.get(resolution, _UNSTATED) if lat or lon else "",
    )


def _attribute(made: Converted, slug: str, name: str, value: object) -> None:
    """Keep an attribute of the project's own as a note, in its words; a mapping of one's own may do better."""
    words = [text(one) for one in value] if isinstance(value, list) else [text(value)]
    for word in filter(None, words):
        made.add(f"{slug} {name} {word}"[:120], Incident=slug, Incident_note=f"{name} in the export: {word}")


def _version(made: Converted, version: dict[str, Any], slug: str, files: ExportFiles, folder: str) -> None:
    number = f"{slug}-{text(version.get('scoped_id'))}"
    if version.get("visibility") not in (None, "visible"):
        made.left_out["source material hidden or removed there"] += 1
        return
    address = text(version.get("source_url"))
    web = address.startswith(("http://", "https://"))
    made.add(
        number,
        Source=number,
        Address=address if web else "",
        Source_note="" if web or not address else f"Address in the export: {address}",
    )
    made.add(
        f"{number} of {slug}",
        Incident=slug,
        Incident_source=number,
        Incident_note=f"Source material {number}.",
    )
    held = f"{folder}{number}/"
    there = files.within(held)
    for artifact in parts(version.get("artifacts")):
        kind = text(artifact.get("type"))
        named = next((name for name in there if name.startswith(f"{held}{kind}_")), f"{held}{kind}")
        given = {"SHA-256": text(artifact["file_hash_sha256"])} if artifact.get("file_hash_sha256") else {}
        found = made.file(files, named, text(artifact.get("title")) or f"{number} {kind}", given)
        if found:
            told = f"Held with it: {kind}"
            made.add(
                f"{number} {text(artifact.get('id'))}", Source=number, Source_note=told, Source_media=found
            )
    made.leave("source material: metadata of the archiver", [version.get("metadata")])


def _table(made: Converted, files: ExportFiles, name: str) -> None:
    try:
        with files.open(name) as handle:
            rows = csv.DictReader(io.TextIOWrapper(handle, encoding="utf-8-sig", newline=""), strict=True)
            if "slug" not in (rows.fieldnames or ()):
                raise broken(name, "it has no column slug")
            for told in rows:
                _table_row(made, {key: _bare(value) for key, value in told.items() if isinstance(value, str)})
    except (UnicodeDecodeError, csv.Error) as error:
        raise broken(name, str(error)) from error


def _table_row(made: Converted, told: dict[str, str]) -> None:
    slug = told.get("slug", "")
    _row(
        made,
        slug,
        title=told.get("description"),
        account=told.get("more_info"),
        date=told.get("date"),
        lat=told.get("latitude"),
        lon=told.get("longitude"),
        resolution=told.get("geolocation_resolution", ""),
    )
    for tag in filter(None, (one.strip() for one in told.get("tags", "").split(","))):
        made.add(f"{slug} tag {tag}", Incident=slug, Incident_note=f"Tag in the export: {tag}")
    made.leave("incident: fields of work", (told.get(name) for name in _CSV_WORK))
    for name in told.keys() - _CSV - set(_CSV_WORK):
        number = name.removeprefix("source_")
        if number.isdecimal() and told[name]:
            source = f"{slug}-{number}"
            web = told[name].startswith(("http://", "https://"))
            cells = (
                {"Address": told[name]} if web else {"Source note": f"Address in the export: {told[name]}"}
            )
            made.add(source, Source=source, **cells)
            note = f"Source material {source}."
            made.add(f"{source} of {slug}", Incident=slug, Incident_source=source, Incident_note=note)
        elif not number.isdecimal():
            _attribute(made, slug, name, told[name])


def _bare(cell: str) -> str:
    """Take away the mark Atlos puts before what a spreadsheet would run."""
    return cell[1:] if cell[:2] in {"'=", "'+", "'-", "'@"} else cell
