"""``embers forms`` and ``embers import forms`` as a person types them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.cli.called import embers
from tests.forms.phone_case import PhoneCase, photo, site_answers, submission


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PhoneCase:
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keyring"))
    found = PhoneCase(tmp_path)
    monkeypatch.chdir(found.folder.path)
    return found


def test_forms_are_written_with_the_lists_of_the_case(case: PhoneCase, tmp_path: Path):
    told = embers("forms", "write", tmp_path / "forms")
    assert told.code == 0, told.out
    names = sorted(path.name for path in (tmp_path / "forms").iterdir())
    assert [name for name in names if name.endswith(".csv")] == ["missions.csv", "sites.csv"]
    assert len([name for name in names if name.endswith(".xlsx")]) == 3
    assert load_workbook(tmp_path / "forms" / "embers_site_visit.xlsx").sheetnames == [
        "survey",
        "choices",
        "settings",
    ]
    assert (tmp_path / "forms" / "missions.csv").read_text() == f"name,label\n{case.mission},M-01\n"
    assert embers("forms", "write", tmp_path / "forms").code == 2


def test_a_folder_of_submissions_is_imported_once_and_told(case: PhoneCase, tmp_path: Path):
    instance = str(uuid.uuid4())
    folder = tmp_path / "instances" / instance
    folder.mkdir(parents=True)
    xml = submission("embers_site_visit", site_answers(case.mission), instance=instance)
    (folder / "submission.xml").write_bytes(xml)
    (folder / "one.jpg").write_bytes(photo(1))
    first = embers("import", "forms", tmp_path / "instances", "--json")
    assert first.code == 0, first.out
    assert (first.json["new"], first.json["files"], first.json["missing"]) == (1, 1, [f"{instance}: two.jpg"])
    again = embers("import", "forms", tmp_path / "instances")
    assert "0 filled forms recorded in 0 entries, 1 known already" in again.out
    assert "two.jpg" in embers("forms", "arrived").out
    told = embers("forms", "arrived", "--json").json["submissions"]
    assert [(one["form"], one["missing"]) for one in told] == [("embers_site_visit", ["two.jpg"])]
    (folder.parent / "b").mkdir()
    (folder.parent / "b" / "submission.xml").write_text(json.dumps({}))
    broken = embers("import", "forms", tmp_path / "instances")
    assert broken.code == 1
    assert "not read: b/submission.xml" in broken.out
    assert embers("import", "forms", tmp_path / "instances", "--form", "other").code == 2
