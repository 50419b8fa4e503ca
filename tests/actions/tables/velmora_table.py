"""A table of the invented country, its mapping, and a case to import it into."""

from __future__ import annotations

from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.recorder import Recorder
from embers.actions.tables.importing import Importer, TableImport
from embers.surroundings import Surroundings

HEADER = "ID,Title,Date,Place,Lat,Lon,Killed,Groups\n"
ROWS = (
    "1,Shelling of a market,17.10.2020,Velm,40.5,46.25,3,civilian;medical\n",
    "2,Fire at a school,18.10.2020,Osk,,,,civilian\n",
    "3,Strike on a road,19.10.2020,Velm,40.6,46.3,0,\n",
)
MAPPING = """
[table]
name = "district-list"
title = "List of a district"
source = "A district office"
row = "{ID}"
empty = ["n/a"]
ignore = ["Killed"]

[column.Date]
date = "%d.%m.%Y"

[column.Groups]
split = ";"
codes = { civilian = "civilian", medical = "medical" }

[[record]]
kind = "place"
key = "{Place}"
once = true

[[record.say]]
predicate = "place-name"
value = { name = "{Place}", lang = "en", used_by = "unknown" }

[[record]]
kind = "incident"
key = "{ID}"

[[record.say]]
predicate = "incident-code"
value = "V-{ID}"

[[record.say]]
predicate = "incident-title"
value = "{Title}"
lang = "en"

[[record.say]]
predicate = "occurred"
value = "{Date}"

[[record.say]]
predicate = "victim-status"
value = "{Groups}"

[[record.say]]
predicate = "incident-place"
value = { kind = "place", key = "{Place}" }

[[record.say]]
predicate = "incident-position"
value = { lat = "{Lat}", lon = "{Lon}", precision_m = "500", method = "stated in the list" }
"""


def new_case(path: Path) -> tuple[CaseFolder, Recorder]:
    folder = CaseFolder(path / "case", path / "keys", Surroundings())
    return folder, open_case(folder, staff="staff-01", role="importer")


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text(header + "".join(rows), encoding="utf-8")
    return path


def importer(folder: CaseFolder, recorder: Recorder, path: Path, mapping: str = MAPPING) -> Importer:
    return Importer(recorder, folder.projection(), path, mapping.encode())


def imported(folder: CaseFolder, recorder: Recorder, path: Path, mapping: str = MAPPING) -> TableImport:
    one = importer(folder, recorder, path, mapping)
    try:
        return one.record()
    finally:
        one.close()
