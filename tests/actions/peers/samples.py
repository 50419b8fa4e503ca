"""Exports of other systems, built by their schemata with the invented country of the exercise as content.

Bayanat: enferno/admin/models and enferno/tasks/exports.py at 48a90d2c. Atlos: the encoders of
platform/lib/platform/material and the export controller at ba417940. Uwazi: app/api/csv at 849f7d97.
"""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
#: A name no journal, table or file name of the case may hold.
NAME = "Invented Name Of Exerton"
WORK = {
    "assigned_to": {"id": 1, "name": "analyst"},
    "status": "Human Created",
    "comments": "work",
    "roles": [],
}
VELM = {
    "id": 4,
    "title": "Velm",
    "title_ar": "فيلم",
    "lat": 40.12345678,
    "lng": 46.25,
    "full_string": "Velm | ",
}


def event(number: int, **more: Any) -> dict[str, Any]:
    told = {"id": number, "title": f"Shelling {number}", "title_ar": None, "comments": None, "location": VELM}
    told |= {
        "eventtype": {"id": 30, "title": "Bombardment"},
        "from_date": "2035-10-02T14:30",
        "to_date": None,
    }
    return told | {"estimated": None, "updated_at": "2035-11-01T00:00"} | more


def bulletin(number: int = 12) -> dict[str, Any]:
    media = {"id": 5, "title": "Crater", "fileType": "image/png", "filename": "20351003-crater.png"}
    media |= {
        "etag": hashlib.md5(PHOTO, usedforsecurity=False).hexdigest(),
        "main": True,
        "isRedaction": False,
    }
    return {
        "class": "bulletin",
        "id": number,
        "title": f"Video from Velm {number}",
        "title_ar": None,
        "description": "<p>A column of smoke &amp; dust.</p>",
        "source_link": "https://example.org/v/12",
        "publish_date": "2035-10-03T00:00",
        "locations": [VELM],
        "geoLocations": [
            {"id": 9, "title": "Crater", "lat": 40.1, "lng": 46.2, "main": True, "comment": None}
        ],
        "labels": [{"id": 1, "title": "Shelling", "path": "Weapons / Shelling"}],
        "verLabels": [],
        "sources": [{"id": 2, "title": "Channel of Exerton"}],
        "events": [event(20)],
        "medias": [media],
        "bulletin_relations": [],
        "actor_relations": [
            {"actor": {"id": 7, "name": NAME}, "related_as": [2], "probability": 1, "comment": None}
        ],
        "incident_relations": [{"incident": {"id": 3, "title": "Market of Velm", "description": None}}],
        "weather_seen": "clear",
        **WORK,
    }


def incident() -> dict[str, Any]:
    return {
        "class": "incident",
        "id": 3,
        "title": "Market of Velm",
        "title_ar": None,
        "description": None,
        "labels": [],
        "locations": [VELM],
        "potential_violations": [{"id": 1, "title": "Indiscriminate attack"}],
        "claimed_violations": [],
        "events": [event(21, to_date="2035-10-03T00:00", estimated=True)],
        "bulletin_relations": [{"bulletin": {"id": 12, "title": "Video from Velm 12"}, "related_as": 1}],
        "actor_relations": [
            {"actor": {"id": 7, "name": NAME}, "related_as": [1], "probability": 2, "comment": "sure"}
        ],
        "incident_relations": [{"incident": {"id": 8, "title": "School of Osk", "description": None}}],
        **WORK,
    }


def actors() -> list[dict[str, Any]]:
    person = {"class": "actor", "id": 7, "name": NAME, "type": "Person", "sex": "Male", "age": "Adult"}
    person |= {"mother_name": f"Mother of {NAME}", "civilian": "Civilian", "occupation": "teacher"}
    person |= {"events": [event(22, title=NAME, eventtype={"id": 11, "title": "Death"})]}
    person |= {"actor_relations": [{"actor": {"id": 8, "name": NAME}, "related_as": 5, "probability": None}]}
    person |= {"incident_relations": [{"incident": {"id": 3, "title": "Market of Velm"}, "related_as": [1]}]}
    person |= {
        "medias": [{"id": 6, "filename": "face.png"}],
        "actor_profiles": [{"description": NAME}],
        **WORK,
    }
    return [person, {"class": "actor", "id": 9, "name": "Ministry of Exerton", "type": "Entity", **WORK}]


def bayanat(path: Path, kind: str, records: list[dict[str, Any]], *, comma: bool = True) -> Path:
    """Write a zip as Bayanat does; without ``comma`` as it joins lists of more than 250."""
    between = "," if comma else "\n"
    body = f'{{ \n"{kind}": [ \n{between.join(json.dumps(one) for one in records)}\n] \n }}'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export.json", body)
        if kind == "bulletins":
            archive.writestr("20351003-crater.png", PHOTO)
    return path


def atlos(path: Path, *, damaged: bool = False) -> Path:
    """Write a zip of a whole project as Atlos does."""
    artifact = {
        "id": "a-1",
        "type": "media",
        "mime_type": "image/png",
        "file_size": len(PHOTO),
        "title": None,
    }
    artifact["file_hash_sha256"] = hashlib.sha256(PHOTO).hexdigest()
    version: dict[str, Any] = {"id": "v-1", "scoped_id": 1, "source_url": "https://example.org/p/1"}
    version |= {
        "visibility": "visible",
        "upload_type": "direct",
        "artifacts": [artifact],
        "metadata": {"auto": 1},
    }
    told: dict[str, Any] = {
        "slug": "AB12CD",
        "id": "m-1",
        "deleted": False,
        "attr_description": "Strike on a bridge",
    }
    told |= {"attr_more_info": "Seen from two sides.", "attr_date": "2035-10-05", "attr_tags": ["bridge"]}
    told |= {"attr_geolocation": {"type": "Point", "coordinates": [46.2501234, 40.5], "crs": None}}
    told |= {
        "attr_geolocation_resolution": "Vicinity",
        "attr_status": "Completed",
        "attr_sensitive": ["Not Sensitive"],
    }
    told |= {"project_attributes": [{"name": "Impact", "id": "x", "value": ["Bridge", "Road"]}]}
    told |= {"versions": [version], "source_material": [version], "updated_at": "2035-10-06T00:00:00"}
    root = "atlos-export-2035-11-01"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{root}/project.json", json.dumps({"name": "Exercise", "attributes": []}))
        archive.writestr(f"{root}/AB12CD/metadata.json", json.dumps(told))
        archive.writestr(f"{root}/AB12CD/updates.json", json.dumps([{"explanation": "internal"}]))
        archive.writestr(f"{root}/AB12CD/AB12CD-1/metadata.json", json.dumps(version))
        archive.writestr(f"{root}/AB12CD/AB12CD-1/media_AB12CD-1.png", PHOTO + (b"x" if damaged else b""))
    return path


def atlos_csv(path: Path) -> Path:
    rows = [
        {"slug": "AB12CD", "description": "Strike on a bridge", "date": "2035-10-05", "latitude": "40.5"}
        | {
            "longitude": "46.2501234",
            "geolocation_resolution": "Exact",
            "tags": "bridge, road",
            "status": "Completed",
        }
        | {"source_1": "https://example.org/p/1", "more_info": "'=seen", "Impact": "Bridge"},
    ]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


UWAZI = (
    "Title,Date added,Template,Description,When,Where,Place,Victims,Kind,Link,Occupation,"
    "Documents,Attachments,Published\n"
    "Market of Velm,2036-01-05,Incident,Two shells fell.,2035-10-02,40.5|46.25,Velm,,weapon::shell|fire,,,,,Published\n"
    f"School of Osk,2036-01-05,Incident,,2035-10-04,,Osk,{NAME},fire,,,,,Published\n"
    "Velm,2036-01-05,Place,,,,,,,,,,,Published\n"
    "Osk,2036-01-05,Place,,,,,,,,,,,Published\n"
    f"{NAME},2036-01-05,Victim,,,,,,,,teacher,,/api/files/face.png,Unpublished\n"
    "Report of the office,2036-01-05,Report,,,,,,,Page|https://example.org/r,,/files/report.pdf,,Published\n"
    "Odd one,2036-01-05,Costume,,,,,,,,,,,Published\n"
)


def uwazi(path: Path) -> Path:
    """Write the CSV Uwazi exports, in a zip with the one file that was downloaded beside it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export.csv", UWAZI)
        archive.writestr("files/report.pdf", b"%PDF-1.4 invented")
    return path
