"""A dossier as people make it: a case folder, a report, ``export_dossier``, and damage on the way."""

from __future__ import annotations

import pytest

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.dossiers import export_dossier
from embers.actions.items import ItemOrigin, acquire_file, acquire_folder
from embers.actions.reports import build_and_record
from embers.custody.bag import check_bag
from embers.custody.verifier_files import check_dossier
from embers.errors import EmbersError
from embers.projections.view import ProjectedCase
from embers.reporting.dossier import select
from embers.reporting.exhibits import number_exhibits
from embers.surroundings import Surroundings

ORIGIN = ItemOrigin("A photograph", "a source", "copy from a card")


@pytest.fixture
def folder(tmp_path):
    """A case with two items, one of them a folder of two files, and its report."""
    case = CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())
    recorder = open_case(case, staff="staff-01", role="lead")
    (tmp_path / "given").mkdir()
    for name in ("a.jpg", "given/b.txt", "given/c.txt"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff\xe0" + name.encode() * 20)
    recorder.record(acquire_file(recorder, tmp_path / "a.jpg", ORIGIN).act)
    recorder.record(acquire_folder(recorder, tmp_path / "given", ORIGIN).act)
    build_and_record(case, recorder)
    recorder.journal.close()
    return case


def test_every_item_is_an_exhibit_and_the_verifier_agrees(folder, tmp_path, verifier):
    summary = export_dossier(folder, tmp_path / "dossier")
    facts = verifier.check(tmp_path / "dossier")
    assert facts["problems"] == []
    shown = {one["number"] for one in facts["exhibits"]}
    assert shown == {"EMB-0001", "EMB-0002-0001", "EMB-0002-0002"}
    assert summary.exhibits == 3
    assert facts["report"]["signed"]["data/report/report.json"]
    assert check_bag(tmp_path / "dossier") == []
    with pytest.raises(EmbersError, match="not overwritten"):
        export_dossier(folder, tmp_path / "dossier")
    again = export_dossier(folder, tmp_path / "dossier", replace=True)
    assert (again.exhibits, again.entries) == (summary.exhibits, summary.entries)


def test_the_selection_follows_the_numbers_of_the_report(folder):
    view = ProjectedCase(folder.projection_to_read())
    selection = select(view, [], [])
    numbers = number_exhibits(view)
    assert list(numbers.values()) == ["EMB-0001", "EMB-0002"]
    assert [one.item.id for one in selection.exhibits] == [
        id for id, number in numbers.items() for _ in range(1 if number == "EMB-0001" else 2)
    ]
    assert {one.held.entry for one in selection.exhibits} <= selection.entries


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_no_dossier_of_a_damaged_object(folder, tmp_path, damage):
    # The report names the picture too, so the picture itself is the smallest object that does.
    path = min(
        (p for p in folder.objects_path.rglob("*") if b"a.jpg" in _content(p)), key=lambda p: p.stat().st_size
    )
    path.chmod(0o644)
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    with pytest.raises(EmbersError):
        export_dossier(folder, tmp_path / "dossier")
    assert not (tmp_path / "dossier").exists()


def test_no_dossier_of_a_stale_report(folder, tmp_path):
    (folder.exports_path / "report.json").write_text("{}")
    with pytest.raises(EmbersError, match="does not belong to the recorded text"):
        export_dossier(folder, tmp_path / "dossier")


def test_what_the_verifier_finds_reaches_the_person(folder, tmp_path):
    export_dossier(folder, tmp_path / "dossier")
    (tmp_path / "dossier" / "data" / "README.txt").write_text("Other words.\n")
    problems = check_dossier(tmp_path / "dossier")
    assert "data/README.txt" in {problem.where for problem in problems}
    assert all(problem.hint for problem in problems)


def _content(path):
    return path.read_bytes() if path.is_file() else b""
