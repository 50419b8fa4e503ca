"""Exports as programs of others read them, each in an environment of its own and told nothing of Embers.

followthemoney (MIT) wants an older rdflib than this environment has; python-calamine (MIT) is a reader of spreadsheets
in Rust that shares no code with the library that writes ours. Gnumeric is a spreadsheet program; where LibreOffice is
installed it opens the file too.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from other_environment import other_environment

sys.path.insert(0, str(Path(__file__).parents[1] / "actions" / "tables"))

from velmora_table import ROWS, imported, new_case, write

from embers.actions.recorder import Act
from embers.actions.tables.exporting import export
from embers.projections.view import ProjectedCase

FTM = """
import json, sys
from followthemoney import model
found = []
for line in open(sys.argv[1], encoding="utf-8"):
    entity = model.get_proxy(json.loads(line), cleaned=False)
    entity.schema.validate({"properties": entity.to_dict()["properties"]})
    kept = entity.to_dict()["properties"]
    found.append({"id": entity.id, "schema": entity.schema.name, "caption": entity.caption, "kept": kept})
print(json.dumps(found))
"""
SHEETS = """
import json, sys
from python_calamine import CalamineWorkbook
book = CalamineWorkbook.from_path(sys.argv[1])
print(json.dumps({name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}))
"""
TITLES = {"Shelling of a market", "Fire at a school", "Strike on a road"}
FORMULA = "=cmd|'/c calc'!A0"


def read(python: Path, script: str, path: Path) -> Any:
    done = subprocess.run(
        [str(python), "-I", "-c", script, str(path)], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def held(tmp_path: Path) -> Any:
    folder, recorder = new_case(tmp_path)
    imported(folder, recorder, write(tmp_path / "list.csv", *ROWS))
    incident = next(iter(ProjectedCase(folder.projection()).kind("incident")))
    recorder.record(Act("note.write", (recorder.new_assertion(incident, "note", FORMULA),)))
    return folder


def test_followthemoney_keeps_every_property_we_write(held: Any, tmp_path: Path) -> None:
    python = other_environment(".ftm-venv", "followthemoney==4.11.2", sys.executable)
    done = export(held, "ftm", tmp_path / "out")
    path = tmp_path / "out" / "entities.ftm.json"
    written = {one["id"]: one for one in map(json.loads, path.read_text("utf-8").splitlines())}
    found = {one["id"]: one for one in read(python, FTM, path)}
    assert found.keys() == written.keys()
    assert len(found) == sum(done.counts.values()) > 4
    for id, one in found.items():
        kept = {name: sorted(values) for name, values in one["kept"].items()}
        assert kept == {name: sorted(values) for name, values in written[id]["properties"].items()}
    assert {one["caption"] for one in found.values() if one["schema"] == "Event"} == TITLES


def test_another_reader_of_spreadsheets_sees_the_same_texts(held: Any, tmp_path: Path) -> None:
    python = other_environment(".calamine-venv", "python-calamine==0.9.1", sys.executable)
    done = export(held, "xlsx", tmp_path / "out")
    sheets = read(python, SHEETS, tmp_path / "out" / "case.xlsx")
    counts = {f"case.xlsx: {name}": len(rows) - 1 for name, rows in sheets.items()}
    assert counts == dict(done.counts)
    header, *rows = sheets["incident"]
    assert {row[header.index("incident-title")] for row in rows} == TITLES
    notes = {row[header.index("note")] for row in rows} - {""}
    assert notes == {"'" + FORMULA}


def test_a_spreadsheet_program_opens_every_sheet_and_runs_nothing(held: Any, tmp_path: Path) -> None:
    done = export(held, "xlsx", tmp_path / "out")
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    book = tmp_path / "out" / "case.xlsx"
    command = ["ssconvert", "--export-file-per-sheet", str(book), str(sheets / "%s.csv")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    subprocess.run(command, check=True, capture_output=True, timeout=100, env=environment)
    found = {path.stem: list(csv.reader(path.open(encoding="utf-8"))) for path in sheets.iterdir()}
    counts = {f"case.xlsx: {name}": len(rows) - 1 for name, rows in found.items()}
    assert counts == dict(done.counts)
    header, *rows = found["incident"]
    assert {row[header.index("incident-title")] for row in rows} == TITLES
    (note,) = {row[header.index("note")] for row in rows} - {""}
    assert note.lstrip("'") == FORMULA


def test_libreoffice_opens_the_workbook_and_runs_nothing(held: Any, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed; python-calamine reads the same file above.")
    export(held, "xlsx", tmp_path / "out")
    command = [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to"]
    options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    command += [options, "--outdir", str(tmp_path / "csv"), str(tmp_path / "out" / "case.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    text = (tmp_path / "csv" / "case-incident.csv").read_text("utf-8")
    assert "Shelling of a market" in text
    assert FORMULA in text
