"""Exports of Central, Briefcase and Kobo go the way of what a phone sends: recorded once, whatever came first.

The exports are written here in the shapes those servers write: columns, keys and folders as in their documentation.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from tests.forms.phone_case import PhoneCase, account_answers, photo, site_answers, submission

from embers.actions.forms.exports.importing import FormsImported, import_forms
from embers.errors import FieldworkError

SITE = "embers_site_visit"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> PhoneCase:
    return PhoneCase(tmp_path_factory.mktemp("exports"))


def imported(case: PhoneCase, path: Path, **how: Any) -> FormsImported:
    return import_forms(case.recorder, case.folder.projection, path, **how)


def flat(answers: dict[str, Any], join: str) -> tuple[dict[str, str], dict[str, list[dict[str, str]]]]:
    """Return columns and repeats as a server flattens a form: groups joined to a path, repeats apart."""
    row: dict[str, str] = {}
    repeats: dict[str, list[dict[str, str]]] = {}
    for name, value in answers.items():
        if isinstance(value, list):
            repeats[name] = [{one: str(text) for one, text in each.items()} for each in value]
        elif isinstance(value, dict):
            row |= {f"{name}{join}{inner}": str(text) for inner, text in value.items()}
        else:
            row[name] = str(value)
    return row, repeats


def table(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def central(path: Path, sent: dict[str, dict[str, Any]], media: dict[str, bytes]) -> Path:
    """Write a zip as Central does: one CSV for the form and each repeat, positions in four columns, media beside."""
    main, repeated = [], {}
    for instance, answers in sent.items():
        row, repeats = flat(answers, "-")
        lat, lon, height, error = row.pop("position").split()
        row |= {"position-Latitude": lat, "position-Longitude": lon, "position-Altitude": height,
                "position-Accuracy": error, "meta-instanceID": f"uuid:{instance}", "KEY": f"uuid:{instance}",
                "SubmitterName": "P-07", "AttachmentsPresent": "2", "FormVersion": "1"}  # fmt: skip
        main.append({"SubmissionDate": "2026-05-03T12:00:00.000Z", **row})
        for name, each in repeats.items():
            repeated.setdefault(name, []).extend(
                {**one, "PARENT_KEY": f"uuid:{instance}", "KEY": f"uuid:{instance}/{name}[{number}]"}
                for number, one in enumerate(each, start=1)
            )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{SITE}.csv", table(main))
        for name, rows in repeated.items():
            archive.writestr(f"{SITE}-{name}.csv", table(rows))
        for name, data in media.items():
            archive.writestr(f"media/{name}", data)
    return path


def test_central_after_the_phone_records_nothing_new(case: PhoneCase, tmp_path: Path):
    instance = str(uuid.uuid4())
    answers = site_answers(case.mission, site_code="CE-1")
    case.receive(submission(SITE, answers, instance=instance), one_jpg=photo(1), two_jpg=photo(2))
    before = case.entries
    media = {"one.jpg": photo(1), "two.jpg": photo(2)}
    done = imported(case, central(tmp_path / "KS.zip", {instance: answers}, media))
    assert (done.new, done.known, done.unread) == (0, 1, [])
    assert case.entries == before


def test_the_phone_after_central_records_nothing_new(case: PhoneCase, tmp_path: Path):
    instance = str(uuid.uuid4())
    answers = site_answers(case.mission, site_code="CE-2")
    done = imported(case, central(tmp_path / "KS.zip", {instance: answers}, {"one.jpg": photo(3)}))
    assert (done.new, done.files, done.missing) == (1, 1, [f"{instance}: two.jpg"])
    before = case.entries
    late = case.receive(submission(SITE, answers, instance=instance), one_jpg=photo(3), two_jpg=photo(4))
    assert not late.new
    assert case.entries == before + 1
    visit = case.view.subject(late.about)
    assert len(visit.values("visit-item")) == 2
    assert visit.values("crater-bearing")[0]["second_mdeg"] == 48000
    item = case.view.subject(late.item)
    assert item.values("item-object")[0]["role"] == "derived"
    assert item.values("item-origin")[0]["source"].startswith("export KS.zip, SHA-256 ")


def test_an_export_imported_again_records_nothing(case: PhoneCase, tmp_path: Path):
    sent = {str(uuid.uuid4()): site_answers(case.mission, site_code=f"CE-{number}") for number in (5, 6)}
    path = central(tmp_path / "two.zip", sent, {})
    assert imported(case, path).new == 2
    before = case.entries
    assert imported(case, path).known == 2
    assert case.entries == before


def test_a_row_that_cannot_be_read_is_named_and_the_others_come_in(case: PhoneCase, tmp_path: Path):
    sent = {
        "not-an-id": site_answers(case.mission),
        str(uuid.uuid4()): site_answers(case.mission, site_code="CE-7"),
    }
    done = imported(case, central(tmp_path / "KS.zip", sent, {}))
    assert done.new == 1
    assert [one.where for one in done.unread] == ["row 2"]


def test_folders_of_xml_as_briefcase_keeps_them(case: PhoneCase, tmp_path: Path):
    instance = str(uuid.uuid4())
    xml = submission(SITE, site_answers(case.mission, site_code="BR-1"), instance=instance)
    folder = tmp_path / "ODK Briefcase Storage" / "forms" / "Visit" / "instances" / f"uuid{instance}"
    folder.mkdir(parents=True)
    inner = b'<data isComplete="true" instanceID="uuid:' + instance.encode() + b'" '
    (folder / "submission.xml").write_bytes(xml.replace(b"<data ", inner, 1))
    (folder / "one.jpg").write_bytes(photo(5))
    (folder / "other.txt").write_text("not named")
    (folder.parents[1] / "Visit.xml").write_text("<h:html xmlns:h='http://www.w3.org/1999/xhtml'/>")
    (folder.parent / "broken").mkdir()
    (folder.parent / "broken" / "submission.xml").write_text("<data")
    done = imported(case, tmp_path / "ODK Briefcase Storage")
    assert (done.new, done.files, len(done.unread)) == (1, 1, 1)
    assert done.unread[0].where.endswith("broken/submission.xml")
    again = case.receive(xml, one_jpg=photo(5))
    assert (again.new, again.files) == (False, 0)


def kobo_json(case: PhoneCase, instance: str, answers: dict[str, Any]) -> dict[str, Any]:
    """Return a submission as /api/v2/assets/UID/data/ gives it."""
    row, repeats = flat(answers, "/")
    told = {
        name: [{f"{name}/{one}": text for one, text in each.items()} for each in rows]
        for name, rows in repeats.items()
    }
    return {
        "_id": 7, "formhub/uuid": uuid.uuid4().hex, "start": "2026-05-03T10:00:00.000+04:00", **row, **told,
        "__version__": "vAbC", "meta/instanceID": f"uuid:{instance}", "meta/rootUuid": f"uuid:{instance}",
        "_xform_id_string": "aXyZ", "_uuid": instance, "_attachments": [{"filename": "x"}],
        "_geolocation": [-37.5, 44.1], "_submission_time": "2026-05-03T06:10:00", "_tags": [], "_submitted_by": None,
    }  # fmt: skip


def test_json_of_kobo_with_its_media(case: PhoneCase, tmp_path: Path):
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    answers = site_answers(case.mission, site_code="KO-1")
    results = [
        kobo_json(case, first, answers),
        kobo_json(case, second, site_answers(case.mission, site_code="KO-2")),
    ]
    (tmp_path / "data.json").write_text(json.dumps({"count": 2, "next": None, "results": results}))
    for number, instance in enumerate((first, second)):
        folder = tmp_path / "media" / "team" / "attachments" / "aXyZ" / instance
        folder.mkdir(parents=True)
        (folder / "one.jpg").write_bytes(photo(10 + number))  # one name in two submissions
    done = imported(case, tmp_path / "data.json", media=tmp_path / "media")
    assert (done.new, done.files, done.unread) == (2, 2, [])
    before = case.entries
    again = case.receive(submission(SITE, answers, instance=first), one_jpg=photo(10))
    assert (again.new, again.files, case.entries) == (False, 0, before)


def test_workbooks_of_kobo(case: PhoneCase, tmp_path: Path):
    instance = str(uuid.uuid4())
    answers = site_answers(case.mission, site_code="KO-3")
    row, repeats = flat(answers, "/")
    book = Workbook()
    book.active.title = "Visit"
    row |= {"_position_latitude": "-37.5", "_index": "1", "_uuid": instance, "__version__": "v"}
    for value in (list(row), list(row.values())):
        book.active.append(value)
    for name, each in repeats.items():
        sheet = book.create_sheet(name)
        sheet.append([*each[0], "_index", "_parent_index"])
        for number, one in enumerate(each, start=1):
            sheet.append([*(one.get(column, "") for column in each[0]), number, 1])
    book.save(tmp_path / "kobo.xlsx")
    done = imported(case, tmp_path / "kobo.xlsx")
    assert (done.new, done.unread) == (1, [])
    assert not case.receive(submission(SITE, answers, instance=instance)).new


def test_a_csv_of_kobo_with_a_column_for_each_choice(case: PhoneCase, tmp_path: Path):
    instance = str(uuid.uuid4())
    answers = account_answers(case.mission, interview_code="KO-IV")
    row, _ = flat(answers, "/")
    row |= {
        "uses/analysis": "1",
        "uses/recording": "1",
        "uses/contact": "0",
        "_uuid": instance,
        "_index": "1",
    }
    text = "\n".join(";".join(f'"{cell}"' for cell in line) for line in (row.keys(), row.values()))
    (tmp_path / "kobo.csv").write_text(text, encoding="utf-8-sig")
    done = imported(case, tmp_path / "kobo.csv")
    assert (done.new, done.unread) == (1, [])
    again = case.receive(submission("embers_first_account", answers, instance=instance))
    assert not again.new
    assert {held.marking for held in case.view.subject(again.item).held} == {"confidential"}


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("x.zip", b"no zip", "fieldwork.export"),
        ("x.json", b"[1", "fieldwork.export"),
        ("x.json", b'[{"a": 1}]', "fieldwork.export-form"),
        ("x.csv", b"a;b\n1;2\n", "fieldwork.export-form"),
        ("x.pdf", b"%PDF", "fieldwork.export"),
    ],
)
def test_what_is_no_export_is_refused(case: PhoneCase, tmp_path: Path, name: str, data: bytes, code: str):
    (tmp_path / name).write_bytes(data)
    before = case.entries
    with pytest.raises(FieldworkError) as refused:
        imported(case, tmp_path / name)
    assert refused.value.code == code
    assert case.entries == before
