"""Importing a table: what a row says, again and changed, taken back, and what hostile files do."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from velmora_table import HEADER, MAPPING, ROWS, imported, importer, write

from embers.errors import ActionError
from embers.projections.view import ProjectedCase


def incidents(folder: Any) -> dict[str, Any]:
    view = ProjectedCase(folder.projection())
    return {record.text("incident-code"): record for record in view.kind("incident").values()}


def size(recorder: Any) -> int:
    return sum(1 for _ in recorder.journal.entries())


def test_rows_become_signed_assertions_that_rest_on_their_row(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    done = imported(folder, recorder, write(tmp_path / "list.csv", *ROWS))
    assert (done.rows, done.new, done.wrong, done.recorded) == (3, 3, 0, True)
    found = incidents(folder)
    assert found.keys() == {"V-1", "V-2", "V-3"}
    assert found["V-1"].value("occurred") == "2020-10-17"
    assert found["V-1"].values("victim-status") == ["civilian", "medical"]
    assert found["V-1"].value("incident-position")["lat"] == 40_500_000
    assert found["V-2"].values("incident-position") == []  # empty is nothing, not the equator
    view = ProjectedCase(folder.projection())
    places = view.kind("place")
    assert sorted(record.value("place-name")["name"] for record in places.values()) == ["Osk", "Velm"]
    assert found["V-1"].value("incident-place") == found["V-3"].value("incident-place")
    grounds = {ground.locator for held in found["V-2"].held for ground in held.grounds}
    assert grounds == {"row=2"}
    assert view.subject(done.item).text("item-title") == "List of a district"


def test_a_dry_run_counts_and_records_nothing(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    before = size(recorder)
    one = importer(folder, recorder, write(tmp_path / "list.csv", *ROWS))
    found = one.check()
    one.close()
    assert (found.rows, found.new, found.recorded) == (3, 3, False)
    assert size(recorder) == before


def test_the_same_again_adds_nothing_and_a_changed_row_supersedes(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    imported(folder, recorder, write(tmp_path / "list.csv", *ROWS))
    before = size(recorder)
    again = imported(folder, recorder, write(tmp_path / "copy.csv", *ROWS))
    assert (again.unchanged, again.recorded, size(recorder)) == (3, False, before)
    changed = ROWS[0].replace("a market", "the market").replace(";medical", "")
    done = imported(folder, recorder, write(tmp_path / "new.csv", changed, ROWS[1]))
    assert (done.changed, done.unchanged, done.absent) == (1, 1, 1)
    found = incidents(folder)
    assert found["V-1"].text("incident-title") == "Shelling of the market"
    assert not found["V-1"].one("incident-title").contested
    assert found["V-1"].values("victim-status") == ["civilian"]
    assert found["V-3"].text("incident-title") == "Strike on a road"
    back = imported(folder, recorder, write(tmp_path / "list.csv", *ROWS))
    assert back.changed == 1
    assert incidents(folder)["V-1"].text("incident-title") == "Shelling of a market"


def test_what_a_person_corrected_stays_corrected(case: Any, tmp_path: Path) -> None:
    from embers.actions.recorder import Act
    from embers.journal.assertion import Relation

    folder, recorder = case
    imported(folder, recorder, write(tmp_path / "list.csv", *ROWS))
    record = incidents(folder)["V-1"]
    wrong = record.one("occurred").held[0]
    better = recorder.new_assertion(
        record.id, "occurred", "2020-10-16", relations=[Relation("supersedes", wrong.id)]
    )
    recorder.record(Act("incident.correct", (better,), reason="Read from the register."))
    again = imported(folder, recorder, tmp_path / "list.csv")
    assert (again.unchanged, again.recorded) == (3, False)
    assert incidents(folder)["V-1"].value("occurred") == "2020-10-16"


def test_an_import_is_taken_back_whole_and_may_come_again(case: Any, tmp_path: Path) -> None:
    from embers.actions.tables.undo import undo_import

    folder, recorder = case
    done = imported(folder, recorder, write(tmp_path / "list.csv", *ROWS))
    with pytest.raises(ActionError, match="no import"):
        undo_import(recorder, folder.projection(), "other", reason="mistake")
    count = undo_import(recorder, folder.projection(), "district-list", reason="The wrong list.")
    assert count == done.assertions
    assert all(not held.live for record in incidents(folder).values() for held in record.held)
    with pytest.raises(ActionError, match="stands any more"):
        undo_import(recorder, folder.projection(), "district-list", reason="The wrong list.")
    again = imported(folder, recorder, tmp_path / "list.csv")
    assert again.new == 3
    assert incidents(folder)["V-2"].text("incident-title") == "Fire at a school"


def test_an_import_that_was_cut_off_goes_on(
    case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, recorder = case
    rows = [f"{n},Event {n},17.10.2020,Velm,,,,civilian\n" for n in range(400)]
    path = write(tmp_path / "list.csv", *rows)
    monkeypatch.setattr("embers.actions.tables.importing._ENTRIES", 3)
    append, calls = recorder.journal.append_many, []

    def cut(drafts: Any, person: Any) -> Any:
        calls.append(len(drafts))
        if len(calls) == 2:
            raise OSError("power")
        return append(drafts, person)

    monkeypatch.setattr(recorder.journal, "append_many", cut)
    with pytest.raises(OSError, match="power"):
        imported(folder, recorder, path)
    there = len(incidents(folder))
    assert 0 < there < 400
    done = imported(folder, recorder, path)
    assert (done.unchanged, done.new) == (there, 400 - there)
    found = incidents(folder)
    assert len(found) == 400
    assert all(len(record.live("incident-title")) == 1 for record in found.values())


WRONG_ROWS = {
    "an impossible date": ("1,A,31.02.2020,Velm,,,,\n", "no date"),
    "a date that is no date": ("1,A,soon,Velm,,,,\n", "no date"),
    "a formula": ("1,\"=cmd|'/c calc'!A0\",17.10.2020,Velm,,,,\n", "formula"),
    "half a position": ("1,A,17.10.2020,Velm,40.5,,,\n", "lacks lon"),
    "a position off the earth": ("1,A,17.10.2020,Velm,95.5,46,,\n", "95"),
    "too few cells": ("1,A\n", "cells"),
    "too many cells": ("1,A,17.10.2020,Velm,,,,,,more\n", "cells"),
    "no key": (",A,17.10.2020,Velm,,,,\n", "no key"),
    "control characters": ("1,A\x07,17.10.2020,Velm,,,,\n", "no text"),
    "a very long cell": (f"1,{'A' * 40_000},17.10.2020,Velm,,,,\n", "longer"),
    "a word of no list": ("1,A,17.10.2020,Velm,,,,wizard\n", "wizard"),
}


@pytest.mark.parametrize("what", WRONG_ROWS)
def test_a_wrong_row_is_named_and_nothing_is_recorded(case: Any, tmp_path: Path, what: str) -> None:
    folder, recorder = case
    before = size(recorder)
    row, said = WRONG_ROWS[what]
    done = imported(folder, recorder, write(tmp_path / "list.csv", ROWS[1], row, ROWS[2]))
    assert (done.wrong, done.recorded, size(recorder)) == (1, False, before)
    assert {problem.row for problem in done.problems} == {3}
    assert any(said in problem.what for problem in done.problems)
    assert all(problem.hint for problem in done.problems)


def test_words_of_no_list_are_gathered(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    rows = [f"{n},A,17.10.2020,Velm,,,,wizard\n" for n in range(5)]
    assert imported(folder, recorder, write(tmp_path / "list.csv", *rows)).terms == [("Groups", "wizard", 5)]


def test_a_key_used_twice_is_named_with_both_rows(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    done = imported(folder, recorder, write(tmp_path / "list.csv", *ROWS, ROWS[0]))
    assert [(problem.row, problem.key) for problem in done.problems] == [(5, "1")]
    assert "row 2" in done.problems[0].what


def test_a_wrong_encoding_is_named_by_line_and_mended_by_the_mapping(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    path = tmp_path / "list.csv"
    path.write_bytes((HEADER + ROWS[0] + ROWS[1].replace("school", "школа")).encode("windows-1251"))
    done = imported(folder, recorder, path)
    assert [problem.row for problem in done.problems] == [3]
    assert "utf-8" in done.problems[0].what
    named = MAPPING.replace("[table]", '[table]\nencoding = "windows-1251"')
    assert imported(folder, recorder, path, named).new == 2
    assert incidents(folder)["V-2"].text("incident-title") == "Fire at a школа"


def test_utf_16_with_a_mark_and_semicolons_is_read(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    path = tmp_path / "list.csv"
    text = "ID;Title;Date;Place;Lat;Lon;Killed;Groups\n1;Пожар;17.10.2020;Velm;;;;civilian\n"
    path.write_bytes(text.encode("utf-16"))
    assert imported(folder, recorder, path).new == 1
    assert incidents(folder)["V-1"].text("incident-title") == "Пожар"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (HEADER.encode() + b'1,"open,17.10.2020\n' + b"x" * 3_000_000, "table-line"),
        (b"x" * 3_000_000, "table-line"),
        (b"", "table-header"),
        (b"ID,ID\n1,2\n", "table-header"),
        (b"ID,Title\n1,2\n", "table-columns"),
        (HEADER.replace("\n", ",Witness\n").encode() + b"1,A,17.10.2020,Velm,,,,,x\n", "table-unused"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(case: Any, tmp_path: Path, data: bytes, code: str) -> None:
    folder, recorder = case
    before = size(recorder)
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(ActionError) as caught:
        imported(folder, recorder, path)
    assert caught.value.code == f"action.{code}"
    assert size(recorder) == before


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"incident-title"', '"incident-tittle"', "mapping-terms"),
        ('predicate = "occurred"', 'predicate = "signing-key"', "mapping-terms"),
        ('predicate = "occurred"', 'predicate = "kept-in"', "mapping-reach"),
        ('kind = "place"\nkey', 'kind = "palace"\nkey', "mapping-terms"),
        ("[table]", '[table]\nmood = "x"', "mapping"),
        ('name = "district-list"', 'name = "../x"', "mapping"),
    ],
)
def test_a_mapping_with_unknown_words_is_refused_first(
    case: Any, tmp_path: Path, old: str, new: str, code: str
) -> None:
    folder, recorder = case
    assert old in MAPPING
    with pytest.raises(ActionError) as caught:
        imported(folder, recorder, tmp_path / "no-such.csv", MAPPING.replace(old, new, 1))
    assert caught.value.code == f"action.{code}"


def workbook(path: Path, cells: list[list[object]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    for row in cells:
        book.active.append(row)
    book.save(path)
    return path


def test_a_spreadsheet_is_read_with_its_dates_and_numbers(case: Any, tmp_path: Path) -> None:
    from datetime import datetime

    folder, recorder = case
    rows: list[list[object]] = [
        HEADER.strip().split(","),
        [1, "Fire", datetime(2020, 10, 17), "Velm", 40.5, 46.25, None, "civilian"],  # noqa: DTZ001 - as a sheet has it
        [2, "=1+1", "18.10.2020", "Velm", None, None, None, None],
    ]
    done = imported(folder, recorder, workbook(tmp_path / "list.xlsx", rows))
    assert [(problem.row, "formula" in problem.what) for problem in done.problems] == [(3, True)]
    assert imported(folder, recorder, workbook(tmp_path / "list.xlsx", rows[:2])).new == 1
    found = incidents(folder)["V-1"]
    assert found.value("occurred") == "2020-10-17"
    assert found.value("incident-position")["lon"] == 46_250_000


def broken(path: Path) -> bytes:
    return path.read_bytes()[:-200]


def damaged(path: Path) -> bytes:
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 3, len(data) // 3 + 400):
        data[place] ^= 0x5A
    return bytes(data)


def bomb(path: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        with new.open("xl/worksheets/sheet9.xml", "w") as part:
            for _ in range(40):
                part.write(b" " * 1_000_000)
    return out.getvalue()


def entities(path: Path) -> bytes:
    return declaring(path, b'<!DOCTYPE x [<!ENTITY a "aaaa">]>')


def entities_after_a_comment(path: Path) -> bytes:
    return declaring(path, b"<!--" + b" long " * 3000 + b'--><!DOCTYPE x [<!ENTITY a "aaaa">]>')


def entities_in_utf_16(path: Path) -> bytes:
    return declaring(path, '<!DOCTYPE x [<!ENTITY a "aaaa">]><x/>'.encode("utf-16"), whole=True)


def declaring(path: Path, prolog: bytes, *, whole: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if "sheet1" in name:
                data = prolog if whole else prolog + data[data.index(b"<worksheet") :]
            new.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        *(broken, damaged, bomb, entities, entities_after_a_comment, entities_in_utf_16),
        *(lambda _: b"PK\x03\x04", lambda _: b"\xd0\xcf"),
    ],
)
def test_a_broken_spreadsheet_is_refused(case: Any, tmp_path: Path, damage: Any) -> None:
    folder, recorder = case
    before = size(recorder)
    path = workbook(tmp_path / "list.xlsx", [HEADER.strip().split(","), [1, "Fire", "2020-10-17"]])
    path.write_bytes(damage(path))
    with pytest.raises(ActionError, match=r"list\.xlsx"):
        imported(folder, recorder, path)
    assert size(recorder) == before


def test_memory_does_not_grow_with_the_table(case: Any, tmp_path: Path) -> None:
    """A short form of the huge file: what is held while rows are checked is the same for ten times the rows."""
    import tracemalloc

    folder, recorder = case

    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        with path.open("w", encoding="utf-8") as handle:
            handle.write(HEADER)
            handle.writelines(f"{n},{'long ' * 200}{n},17.10.2020,Velm,,,,\n" for n in range(rows))
        one = importer(folder, recorder, path)
        tracemalloc.start()
        assert one.check().new == rows
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        one.close()
        return found

    peak(20)  # what is loaded once
    assert peak(1000) < peak(100) + 1_500_000  # the tenfold file is 900,000 bytes longer, twice that as text
