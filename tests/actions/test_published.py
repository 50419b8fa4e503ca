"""Importing published tables: bad ones are refused whole, good ones come in once, ranges recompute."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject, open_case
from embers.actions.published.case import import_published
from embers.actions.published.known import known_ids
from embers.actions.recorder import Recorder
from embers.errors import EmbersError
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.reporting.blocks import RangeTable
from embers.reporting.numbering import sections_of
from embers.reporting.serialise import read_document
from embers.surroundings import Surroundings

DEMO = Path(__file__).parents[2] / "demo" / "karabakh2020"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "tables"))


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    folder = CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())
    return open_case(folder, staff="staff-01", role="importer")


def run(recorder: Recorder, tables: Path) -> int:
    journal = recorder.journal
    return import_published(recorder, tables, known=known_ids(journal), case=case_subject(journal))


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return damage


def raw(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes())) and None


DAMAGE: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "another header": (replace("claims.csv", "claim_id,", "id,"), ("claims.csv", "columns")),
    "an extra column": (replace("totals.csv", "source_id", "source_id,mood"), ("totals.csv", "columns")),
    "another header of claimants": (
        replace("claimants.csv", "claimant,side", "who,side"),
        ("claimants.csv", "columns"),
    ),
    "another header of places": (
        replace("place_names.csv", "place_key", "key"),
        ("place_names.csv", "columns"),
    ),
    "another header of incident places": (
        replace("incident_places.csv", "place_key", "key"),
        ("incident_places.csv", "columns"),
    ),
    "a claim about no incident": (replace("claims.csv", "C161,K20-33", "C161,K20-77"), ("C161", "K20-77")),
    "a claim from no source": (
        replace("claims.csv", "C161,K20-33,S30", "C161,K20-33,S999"),
        ("C161", "S999"),
    ),
    "a claim by nobody known": (
        replace("claims.csv", "S28,Minister of Emergency", "S28,Master of Emergency"),
        ("claimants.csv", "Master of Emergency"),
    ),
    "a total from no source": (replace("totals.csv", "2020-11-10,S51", "2020-11-10,S999"), ("T01", "S999")),
    "not UTF-8": (raw("sources.csv", lambda data: data + b"\xff\xfe"), ("sources.csv", "UTF-8")),
    "a bad number": (
        replace("claims.csv", "AZE,killed,eq,12,", "AZE,killed,eq,twelve,"),
        ("C161", "twelve", "claims.csv"),
    ),
    "a bad total": (replace("totals.csv", "eq,93,", "eq,many,"), ("T01", "many", "totals.csv")),
    "a bad place": (
        replace("incidents.csv", "39.79496,47.1117", "north,47.1117"),
        ("K20-01", "incidents.csv"),
    ),
    "a bad precision": (
        replace("incidents.csv", "47.1117,2000", "47.1117,near"),
        ("K20-01", "incidents.csv"),
    ),
    "an id used twice": (replace("claims.csv", "C162,", "C161,"), ("claims.csv", "C161")),
    "a missing cell": (
        raw("incident_places.csv", lambda data: data + b"K20-99\n"),
        ("incident_places.csv", "line"),
    ),
    "an unclosed quotation": (raw("totals.csv", lambda data: data + b'T99,"x'), ("totals.csv", "line")),
    "a table left out": (lambda folder: (folder / "claims.csv").unlink(), ("claims.csv", "missing")),
    "no description": (lambda folder: (folder / "case.toml").unlink(), ("case.toml",)),
    "an unknown side": (
        replace(
            "claims.csv",
            "Prosecutor General of Azerbaijan,AZE,killed",
            "Prosecutor General of Azerbaijan,XXX,killed",
        ),
        ("side",),
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_bad_table_is_named_and_nothing_is_recorded(name: str, recorder: Recorder, tables: Path) -> None:
    damage, words = DAMAGE[name]
    damage(tables)
    before = [signed.id for _, signed in recorder.journal.entries()]
    with pytest.raises(EmbersError) as caught:
        run(recorder, tables)
    assert [word for word in words if word not in caught.value.message + caught.value.hint] == []
    assert caught.value.hint
    assert [signed.id for _, signed in recorder.journal.entries()] == before


def test_a_second_import_adds_nothing_and_a_new_row_adds_only_itself(
    recorder: Recorder, tables: Path
) -> None:
    first = run(recorder, tables)
    assert first > 400
    size = sum(1 for _ in recorder.journal.entries())
    assert run(recorder, tables) == 0
    assert sum(1 for _ in recorder.journal.entries()) == size
    with (tables / "totals.csv").open("a", encoding="utf-8") as handle:
        handle.write("T999,civilians_killed,Azerbaijan,official Azerbaijani figures,AZE,eq,94,persons,")
        handle.write("2020-09-27,2020-11-10,S51\n")
    assert run(recorder, tables) == 1


def number(text: str) -> int | None:
    return int(text) if text else None


def recomputed() -> dict[tuple[str, str], tuple[int, int]]:
    """Smallest and largest figure by incident and field, by the rule of the data set's README and nothing of ours."""
    counted: dict[tuple[str, str], list[int]] = {}
    with (DEMO / "claims.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            states = (row["scope"], row["superseded"], row["inferred_by_us"])
            if (
                row["field"] in {"killed", "injured"}
                and row["value"].isdigit()
                and states == ("incident", "no", "no")
            ):
                counted.setdefault((row["incident_id"], row["field"]), []).append(int(row["value"]))
    return {key: (min(figures), max(figures)) for key, figures in counted.items()}


def test_minimum_and_maximum_of_every_incident_recompute_from_its_claims(demo_database: CaseDatabase) -> None:
    with (DEMO / "incidents.csv").open(encoding="utf-8") as handle:
        published = {row["id"]: row for row in csv.DictReader(handle)}
    projected = {row.code: row for row in models.Incident.objects.using(demo_database.alias)}
    assert projected.keys() == published.keys()
    assert len(published) == 41
    own = recomputed()
    assert len(own) >= 40
    for code, row in published.items():
        for field in ("killed", "injured"):
            low, high = own.get((code, field), (None, None))
            columns = (f"{field}_min", f"{field}_max")
            assert tuple(number(row[column]) for column in columns) == (low, high), (code, field)
            assert tuple(getattr(projected[code], column) for column in columns) == (low, high), (code, field)


def test_the_report_prints_the_recomputed_ranges(demo_case: CaseFolder) -> None:
    document = read_document((demo_case.exports_path / "report.json").read_bytes())
    own, printed = recomputed(), 0
    for section, _, _ in sections_of(document):
        for block in section.blocks:
            for row in block.rows if isinstance(block, RangeTable) else ():
                key = (section.id.removeprefix("incident-").upper(), row.field.lower())
                said = row.displayed.text.partition(", by ")[0].replace("none", "0")
                figures = tuple(int(text) for text in re.findall(r"\d+", said))
                if key in own:
                    printed += 1
                    low, high = own[key]
                    assert figures == ((low, high) if low != high else (low,)), (key, row.displayed.text)
                else:
                    assert figures == (), (key, row.displayed.text)
                    assert "not known" in said or "unknown, not zero" in said, (key, said)
    assert printed == len(own)


def test_no_range_is_taken_from_the_tables(recorder: Recorder, tables: Path) -> None:
    """The columns the ranges are compared with never enter the case: what equals them was computed."""
    with (tables / "incidents.csv").open(encoding="utf-8") as handle:
        altered = dict.fromkeys(("killed_min", "killed_max", "injured_min", "injured_max"), "987654")
        rows = [row | altered for row in csv.DictReader(handle)]
    with (tables / "incidents.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    assert run(recorder, tables) > 500
    entries = [bytes(stored.raw) for stored in recorder.journal.store.entries(0)]
    assert len(entries) > 500
    assert not any(b"987654" in raw for raw in entries)


def test_every_row_of_the_tables_is_in_the_case(demo_database: CaseDatabase) -> None:
    alias = demo_database.alias

    def ids(name: str, key: str) -> set[str]:
        with (DEMO / name).open(encoding="utf-8") as handle:
            return {row[key] for row in csv.DictReader(handle)}

    assert {row.ref for row in models.Claim.objects.using(alias)} == ids("claims.csv", "claim_id")
    assert {row.code for row in models.Source.objects.using(alias)} == ids("sources.csv", "id")
    totals = models.Subject.objects.using(alias).filter(kind="total").count()
    assert totals == len(ids("totals.csv", "total_id"))


def test_every_claim_rests_on_its_source_and_its_row(demo_database: CaseDatabase) -> None:
    links = models.Link.objects.using(demo_database.alias)
    for claim in models.Claim.objects.using(demo_database.alias):
        grounds = links.filter(assertion_id=claim.id, how__in=["item", "source"])
        assert {row.how for row in grounds} == {"item", "source"}, claim.ref
        assert f"row={claim.ref}" in {row.locator for row in grounds}
