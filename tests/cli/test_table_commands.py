"""Tables on the command line: check, import, results, undo."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

from called import embers

sys.path.insert(0, str(Path(__file__).parents[1] / "actions" / "tables"))

from velmora_table import MAPPING, ROWS, new_case, write


def test_a_table_is_checked_imported_and_taken_back(tmp_path: Path, monkeypatch: object) -> None:
    new_case(tmp_path)
    monkeypatch.setitem(os.environ, "EMBERS_KEYRING", str(tmp_path / "keys"))  # type: ignore[attr-defined]
    path = write(tmp_path / "list.csv", *ROWS)
    mapping = tmp_path / "list.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    call = ("import", "table", path, "--mapping", mapping, "--case", tmp_path / "case")

    dry = embers(*call, "--dry-run", "--json")
    assert (dry.code, dry.json["new"], dry.json["recorded"]) == (0, 3, False)
    done = embers(*call)
    assert done.code == 0
    assert "3 rows: 3 new" in done.out
    assert "already in the case" in embers(*call).out

    write(path, ROWS[0], ROWS[1].replace("18.10.2020", "38.10.2020"))
    results = tmp_path / "rows.csv"
    wrong = embers(*call, "--results", results)
    assert wrong.code == 1
    assert "row 3" in wrong.out
    assert "Nothing was recorded" in wrong.out
    with results.open(encoding="utf-8") as handle:
        told = list(csv.DictReader(handle))
    assert [(one["row"], one["result"]) for one in told] == [("2", "unchanged"), ("3", "wrong")]

    undo = embers("import", "undo", "district-list", "--reason", "Wrong list.", "--case", tmp_path / "case")
    assert undo.code == 0
    assert "taken back" in undo.out
    assert embers("import", "table", tmp_path / "no.csv", "--mapping", mapping).code == 2


def test_an_export_of_another_system_is_read_by_its_name(tmp_path: Path, monkeypatch: object) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "actions" / "peers"))
    from samples import bayanat, bulletin

    new_case(tmp_path)
    monkeypatch.setitem(os.environ, "EMBERS_KEYRING", str(tmp_path / "keys"))  # type: ignore[attr-defined]
    path = bayanat(tmp_path / "b.zip", "bulletins", [bulletin()])
    call = ("import", "table", path, "--from", "bayanat", "--case", tmp_path / "case")
    dry = embers(*call, "--dry-run")
    assert dry.code == 0
    assert "would be recorded" in dry.out
    assert "left out: bulletin: field weather_seen of its own (1)" in dry.out
    own = tmp_path / "own.toml"
    assert embers(*call, "--write-mapping", own).code == 0
    done = embers(*call, "--mapping", own)
    assert done.code == 0
    assert "1 files came with it, 1 of them new." in done.out
    assert "already in the case" in embers(*call, "--mapping", own).out
    assert embers("import", "table", path, "--case", tmp_path / "case").code == 2
