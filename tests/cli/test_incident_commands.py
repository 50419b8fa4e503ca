"""Commands on incidents, command, counts and identity, as people call them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from called import embers
from velmora import Velmora, happenings, units, velmora


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Velmora:
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))
    monkeypatch.delenv("EMBERS_PERSON", raising=False)
    found = velmora(tmp_path)
    units(found)
    happenings(found)
    found.folder.projection().close()
    return found


def test_who_commanded_in_any_script_with_gaps(made: Velmora) -> None:
    case = made.folder.path
    told = embers("who-commanded", "Карсель", "2031-05-07", "--case", case)
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == "Velmoran army: held"
    assert lines[1].startswith("V-112 2nd battalion of the 11th brigade, stationed")
    assert "  commander: C-02 Ilva Sarn, major" in lines
    assert "      commander: C-01 Aren Dovik / Арен Довик (not sure for that day)" in lines
    assert any(line.strip() == "? V-GS General staff: no commander is recorded for the day" for line in lines)
    assert "not what anybody did or knew" in lines[-1]
    found = embers("who-commanded", "Karsel", "2031-05-07", "--case", case, "--json").json
    assert found["units"][0]["commanders"][0]["held"][0]["grounds"]
    held = embers("who-held", "2031-05-12", "--case", case).out.splitlines()
    assert len(held) == 3
    assert held[-1].endswith("sources name different parties as holding the place")
    assert embers("who-held", "2031-05-07", "--case", case, "--json").json[made.ids["karsel"]]["gaps"] == []
    assert embers("who-commanded", "Nowhere", "2031-05-07", "--case", case).code == 2
    assert embers("who-commanded", "Karsel", "yesterday", "--case", case).code == 2


def test_counts_as_text_csv_and_json(made: Velmora) -> None:
    case = made.folder.path
    told = embers("counts", "--case", case).out
    assert "6 to 8, 1 not known, 2 people known" in told
    assert "V-1: fewer people known to the case than killed in any figure." in told
    rows = list(
        csv.DictReader(io.StringIO(embers("counts", "--by", "place,month", "--csv", "--case", case).out))
    )
    karsel = next(row for row in rows if "Karsel" in row["place"])
    assert (karsel["month"], karsel["killed_min"], karsel["killed_max"]) == ("2031-05", "6", "8")
    assert (karsel["injured_min"], karsel["injured_incidents_some_no_figure"]) == ("", "1")
    assert rows[-1]["place"] == "all"
    child = [
        row
        for row in csv.DictReader(
            io.StringIO(embers("counts", "--category", "age,status", "--csv", "--case", case).out)
        )
        if row["age"] == "child"
    ]
    assert {(row["party"], row["killed_min"]) for row in child} == {("VEL", "2"), ("OST", "")}
    assert embers("counts", "--json", "--case", case).json["whole"]["incidents"] == 4
    assert embers("counts", "--by", "guilt", "--case", case).code == 1


def test_judging_and_taking_back(made: Velmora) -> None:
    case = made.folder.path
    told = embers("identity", "pairs", "person", "--case", case).out
    assert "+ the same harm in the same incident: injured" in told
    one, other = made.ids["W-001"], made.ids["W-003"]
    judged = embers("identity", "judge", one, other, "same", "--reason", "one list", "--case", case, "--json")
    (assertion,) = judged.json["assertions"]
    left = embers("identity", "pairs", "person", "--case", case, "--json").json["pairs"]
    assert {one, other} not in [set(pair["pair"].values()) for pair in left]
    assert embers("identity", "take-back", assertion, "--reason", "two lists", "--case", case).code == 0
    assert embers("identity", "pairs", "person", "--case", case).out == told
    assert (
        embers("identity", "judge", one, made.ids["V-1"], "same", "--reason", "x", "--case", case).code == 1
    )


def test_merging_splitting_and_relating(made: Velmora) -> None:
    case = made.folder.path
    assert (
        "leads there"
        in embers("incident", "merge", "V-4", "V-1", "--reason", "one event", "--case", case).out
    )
    claim = next(h.id for h in made.view.subject(made.ids["V-1"]).held if h.predicate == "killed" and h.live)
    split = embers("incident", "split", "V-1", "--part", f"V-8={claim}", "--reason", "two", "--case", case)
    assert split.out == "V-8 split from V-1.\n"
    assert (
        embers("incident", "relate", "V-8", "V-1", "series", "--reason", "same day", "--case", case).code == 0
    )
    assert embers("incident", "split", "V-1", "--part", "V-9", "--reason", "x", "--case", case).code == 2
    assert embers("incident", "merge", "V-99", "V-1", "--reason", "x", "--case", case).code == 2
