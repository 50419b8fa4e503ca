"""What a mapping makes of cells: figures, own codes, texts in NFC, and ids as the standard library writes them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from velmora_table import MAPPING, imported, write

from embers.actions.recorder import Act
from embers.actions.tables.templates import Wrong, each, figures, number_of, text_of
from embers.ids import PUBLISHED, derived_id, new_id
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("5", ("eq", [5])),
        ("5-7", ("between", [5, 7])),
        ("at least 5", ("gte", [5])),
        ("5+", ("gte", [5])),
        ("about 5", ("approx", [5])),
        ("0", ("eq", [0])),
        ("some", ("some", [])),
    ],
)
def test_figures_are_read_as_people_write_them(text: str, read: tuple[str, list[int]]) -> None:
    assert figures(text) == read


@pytest.mark.parametrize("text", ["5?", "-5", "five", "9" * 16, "5-" + "9" * 16])
def test_what_is_no_figure_or_none_a_journal_holds_is_refused(text: str) -> None:
    with pytest.raises(Wrong, match="no figure"):
        figures(text)


def test_numbers_are_whole_and_bounded() -> None:
    assert number_of("1 000", "n") == 1000
    with pytest.raises(Wrong):
        number_of("9" * 16, "n")


def test_an_empty_cell_empties_its_template_and_joined_texts_are_in_nfc() -> None:
    both = text_of("{A} {B}")
    assert both({"A": "x", "B": ""}) is None
    assert text_of("e{A}")({"A": "\u0301"}) == "\u00e9"


def test_each_combination_of_cells_that_hold_several_values_comes_once() -> None:
    found = [(cells["A"], cells["B"]) for cells in each(("A", "B"), {"A": ["1", "2"], "B": ["x", "y"]})]
    assert found == [("1", "x"), ("1", "y"), ("2", "x"), ("2", "y")]


def test_ids_are_those_of_the_standard_library() -> None:
    for part in ("", "x", "Հ", "a\x1fb"):
        assert derived_id(part, "y") == str(uuid.uuid5(PUBLISHED, f"{part}\x1fy"))
    drawn = uuid.UUID(new_id(Surroundings().randomness))
    assert (drawn.version, drawn.variant) == (4, uuid.RFC_4122)


def test_a_case_may_use_codes_of_its_own_where_a_list_is_open(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    header = "ID,Title,Date,Place,Lat,Lon,Killed,Groups,Party\n"
    path = write(tmp_path / "list.csv", "1,A,17.10.2020,Velm,,,,,RED\n", header=header)
    mapping = MAPPING + '\n[[record.say]]\npredicate = "alleged-party"\nvalue = "{Party}"\n'
    assert imported(folder, recorder, path, mapping).recorded
    (found,) = ProjectedCase(folder.projection()).kind("incident").values()
    assert found.value("alleged-party") == "RED"


FIGURES = """
[table]
name = "figures"
source = "A district office"
row = "{No}"

[[record]]
kind = "incident"
table = "district-list"
key = "{Incident}"

[[record.say]]
predicate = "occurred-note"
value = "{Note}"
"""


def test_rows_may_speak_of_the_subjects_of_another_table(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    path = tmp_path / "figures.csv"
    path.write_text("No,Incident,Note\n1,1,At dawn.\n2,1,Before dawn.\n", encoding="utf-8")
    wrong = imported(folder, recorder, path, FIGURES)
    assert (wrong.wrong, wrong.recorded) == (1, False)  # the other table is not in the case yet
    imported(folder, recorder, write(tmp_path / "list.csv", "1,A,17.10.2020,Velm,,,,\n"))
    assert imported(folder, recorder, path, FIGURES).recorded
    (found,) = ProjectedCase(folder.projection()).kind("incident").values()
    assert found.values("occurred-note") == ["At dawn.", "Before dawn."]


def test_a_table_far_larger_than_the_case_is_computed_anew(
    case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adding to tables that are there takes twice as long; both ways give the same (tests/projections)."""
    from embers.projections import rebuild
    from embers.projections.projector import Projector

    folder, recorder = case
    folder.projection()
    fill, filled = Projector.fill, []
    monkeypatch.setattr(
        Projector, "fill", lambda self, journal: filled.append(fill(self, journal)) or filled[-1]
    )
    path = write(tmp_path / "list.csv", *(f"{n},{'long ' * 400},17.10.2020,Velm,,,,\n" for n in range(200)))
    monkeypatch.setattr(rebuild, "_MANY", 3)
    assert imported(folder, recorder, path).recorded
    assert len(ProjectedCase(folder.projection()).kind("incident")) == 200
    assert len(filled) == 1
    recorder.record(Act("note.write", (recorder.new_assertion(_first(folder), "note", "One more."),)))
    folder.projection()
    assert len(filled) == 1  # one entry more is added


def _first(folder: Any) -> str:
    return next(iter(ProjectedCase(folder.projection()).kind("incident")))


def test_what_cannot_be_signed_is_said_of_its_row(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    path = tmp_path / "list.csv"
    path.write_text(
        "ID,Title,Date,Place,Lat,Lon,Killed,Groups\n1,A\\ud800,17.10.2020,Velm,,,,\n", encoding="ascii"
    )
    odd = MAPPING.replace("[table]", '[table]\nencoding = "unicode-escape"')
    done = imported(folder, recorder, path, odd)
    assert [problem.row for problem in done.problems] == [2]
    assert "no text" in done.problems[0].what
