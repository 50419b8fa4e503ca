"""The training case: built by the actions people use, marked as an exercise wherever it goes, and true to consent."""

from __future__ import annotations

import io
import json
from functools import lru_cache
from pathlib import Path

import pypdf
import pytest

from embers.actions.case_folder import CaseFolder
from embers.actions.demonstration import _build_exercise
from embers.actions.editions import stale
from embers.fieldwork.crater import sectors_of
from embers.fieldwork.mission import effort_by_side, open_questions
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

SOURCE = Path(__file__).parents[2] / "demo" / "exercise"
NAMES = ("Marrow", "Tindal", "Vesk", "Orlov-Pell", "Colley", "Rook")


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> tuple[CaseFolder, object]:
    root = tmp_path_factory.mktemp("exercise")
    (root / "keyring").mkdir()
    folder = CaseFolder(root / "exercise", root / "keyring", Surroundings())
    return folder, _build_exercise(folder, SOURCE, lambda _: None)


@lru_cache
def _text(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).encode()
    return data


def test_every_name_is_sealed_and_found_nowhere(exercise: tuple[CaseFolder, object]) -> None:
    folder, _ = exercise
    for path in folder.path.rglob("*"):
        if path.is_file():
            content = _text(path) + path.name.encode()
            assert not any(name.encode() in content for name in NAMES), path
    view = ProjectedCase(folder.projection())
    people = [one for one in view.kind("person").values() if one.text("person-code")]
    assert len(people) == 6
    assert all(one.live("identity-sheet") for one in people)


def test_what_was_taken_back_is_in_no_export_and_the_rest_is(exercise: tuple[CaseFolder, object]) -> None:
    folder, _ = exercise
    assert stale(folder) == []
    exports = b"\n".join(_text(path) for path in folder.exports_path.rglob("*") if path.is_file())
    assert b"counted the bells" not in exports
    assert b"carry sacks" not in exports
    assert b"W-203" not in exports
    assert b"toll house" not in exports  # consented to analysis by the team, and to nothing else
    public = _text(folder.exports_path / "report.html")
    assert b"witness W-101" in public
    assert b"W-102" not in public
    assert b"Small deep ones, in the legs" in public
    assert b"sent the children home" not in public  # may be told, not quoted
    assert b"none at the school" in public
    assert b"lorries with tubes" not in public  # a condition that nobody recorded as met


def test_every_page_of_the_report_and_every_file_people_read_says_exercise(
    exercise: tuple[CaseFolder, object],
) -> None:
    folder, _ = exercise
    for pdf in folder.exports_path.rglob("*.pdf"):
        pages = pypdf.PdfReader(pdf).pages
        silent = [
            number for number, page in enumerate(pages, 1) if "exercise" not in page.extract_text().lower()
        ]
        assert not silent, (pdf, silent)
    dossier = folder.exports_path / "dossier"
    readable = [
        *folder.exports_path.glob("*.html"),
        *dossier.rglob("README*"),
        *dossier.rglob("completeness.txt"),
    ]
    readable += dossier.rglob("declarations/*")
    assert len(readable) > 4
    for path in readable:
        assert "exercise" in path.read_text("utf-8").lower(), path


def test_both_sides_are_worked_alike_and_gaps_are_told(exercise: tuple[CaseFolder, object]) -> None:
    folder, _ = exercise
    view = ProjectedCase(folder.projection())
    first, second = effort_by_side(view)
    assert (first.side, second.side) == ("OST", "VEL")
    assert first.interviews == second.interviews == 3
    assert first.visits == second.visits == 1
    assert first.refusals > 0 < second.refusals
    questions = [text for one in view.kind("mission").values() for text in open_questions(one)]
    assert "How many people were killed?" in questions


def test_sectors_point_where_the_bearings_do(exercise: tuple[CaseFolder, object]) -> None:
    folder, _ = exercise
    view = ProjectedCase(folder.projection())
    for site in view.kind("site").values():
        (sector,) = sectors_of(site)
        (value,) = site.values("origin-sector")
        assert value["declination_mdeg"] < -10_000  # far to the west out there: a compass alone would mislead
        assert 2 < sector.half_width < 15
        assert sector.farthest_m > sector.nearest_m > 0


def test_a_second_run_adds_nothing(exercise: tuple[CaseFolder, object]) -> None:
    folder, built = exercise
    again = _build_exercise(folder, SOURCE, lambda _: None)
    assert again.new_acts == 0
    assert again.entries == built.entries  # type: ignore[attr-defined]
    loaded = json.loads((folder.exports_path / "report.json").read_bytes())
    assert loaded["document"]["notices"][0]["kind"] == "exercise"
