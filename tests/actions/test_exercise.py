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
NAMES = ("Marrow", "Tindal", "Vesk", "Orlov-Pell", "Colley", "Rook", "Osten", "Lunt")


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
    people = [one for one in view.kind("person").values() if one.text("person-code").startswith("W-")]
    assert len(people) == 8
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
    assert first.interviews == second.interviews == 4
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


def test_a_body_is_in_the_report_as_agreed_and_a_degree_is_the_clinicians(
    exercise: tuple[CaseFolder, object],
) -> None:
    folder, _ = exercise
    public = _text(folder.exports_path / "report.html").decode()
    assert "Detention D-01" in public
    assert "F-07: typical of what is told: hands bound behind the back with wire, twice." in public
    assert public.count("what is told: ") == 6
    assert "F-07: physician, twelve years of forensic work" in public
    assert "F-07: not consistent with what is told: the time at the depot." in public
    assert "brought a blanket and loosened the wire" in public  # what speaks for those accused is printed too
    assert "Detention D-02" in public
    assert "a person whose name is withheld" in public
    assert (
        "Struck with a belt for having no paper" not in public
    )  # told by somebody who agreed to analysis only
    assert "Examination E-02" not in public  # nobody of the family could agree to it


def test_the_seized_laptop_is_ended_with_everything_it_wrote_at_home(
    exercise: tuple[CaseFolder, object],
) -> None:
    folder, _ = exercise
    view = ProjectedCase(folder.projection())
    journal = folder.journal(read_only=True)
    try:
        roster, own = journal.roster(), journal.logs()[0].origin
        (gone,) = [one for one in view.kind("device").values() if one.live("device-gone")]
        (origin,) = [log for log, device in roster.devices.items() if device == gone.id]
        assert origin != own
        limit = roster.limits[origin]
        assert limit.size == journal.store.size(origin) == 3
        (person,) = [id for id, one in view.kind("person").items() if one.text("staff-code") == "F-04"]
        assert not roster.has_key(person)
    finally:
        journal.close()
    value = gone.values("device-gone")[0]
    assert value["on_it"]
    assert value["safe"]
    logged = [value["by"] for one in view.kind("mission").values() for value in one.values("mission-log")]
    assert logged.count("F-04") == 2
