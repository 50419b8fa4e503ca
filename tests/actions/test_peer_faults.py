"""Faults seen in other systems of this kind, each tried here. Same-name uploads and made-up digests: test_acquire.py;
altered bytes over HTTP: tests/web/test_guard.py; history rewritten by whoever owns the database: test_tamper.py.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3

import pytest

from embers.actions.acquire import Looking, acquire
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.dossiers import export_dossier
from embers.actions.field_case import field_key, start_field_case
from embers.actions.items import ItemOrigin
from embers.actions.recorder import Act
from embers.actions.reports import build_and_record
from embers.actions.verification import verify_case
from embers.custody.field_lock import Argon2Cost
from embers.custody.sheet import read_sheet
from embers.errors import EmbersError
from embers.ids import new_subject
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

ORIGIN = ItemOrigin("Card", "exercise", "card reader")


@pytest.fixture
def folder(tmp_path):
    return CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())


@pytest.fixture
def recorder(folder):
    return open_case(folder, staff="staff-01", role="editor")


def test_two_editors_who_save_stale_copies_both_stay_and_the_value_is_contested(folder, recorder):
    place = new_subject("place", folder.surroundings.randomness)
    for text in ("Exerton district", "Trainland"):  # neither has seen the other
        recorder.record(Act("place.say", (recorder.new_assertion(place, "place-territory", text),)))
    found = ProjectedCase(folder.projection()).subject(place).one("place-territory")
    assert found.contested
    assert found.value is None
    assert {held.value for held in found.held} == {"Exerton district", "Trainland"}


def test_history_rewritten_in_the_database_is_named(folder, recorder, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"seen on the spot " * 9)
    acquire(recorder, path, ORIGIN, look=Looking.nothing())
    recorder.journal.close()
    assert verify_case(folder).sound
    with sqlite3.connect(folder.journal_path) as db:
        db.executescript("DROP TRIGGER entry_update; DROP TRIGGER entry_delete;")
        db.execute(
            "UPDATE entry SET raw = CAST(replace(CAST(raw AS TEXT), 'card reader', 'card readex') AS BLOB)"
        )
    db.close()
    problems = verify_case(folder, with_projection=False).problems
    assert problems
    assert any("1" in problem.where for problem in problems)


def test_an_altered_exhibit_is_not_handed_over(folder, recorder, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"seen on the spot " * 9)
    got = acquire(recorder, path, ORIGIN, look=Looking.nothing())
    build_and_record(folder, recorder)
    folder.projection()
    stored = folder.objects().place(got.sha256)
    stored.chmod(0o644)
    stored.write_bytes(b"seen in the spot " * 9)
    with pytest.raises(EmbersError, match=got.sha256):
        export_dossier(folder, tmp_path / "dossier")
    assert not (tmp_path / "dossier").exists()


def test_an_export_of_six_hundred_items_is_whole_and_every_table_can_be_read(folder, recorder, tmp_path):
    card = tmp_path / "card"
    card.mkdir()
    for number in range(600):  # the peer's export broke at 250
        (card / f"IMG_{number:04d}.txt").write_bytes(f"picture {number}, ".encode() * 9)
    acquire(recorder, card, ORIGIN, look=Looking.nothing())
    build_and_record(folder, recorder)
    folder.projection()
    target = tmp_path / "dossier"
    assert export_dossier(folder, target).exhibits == 600
    for name in ("case.jsonld", "custody/chains.json", "completeness/completeness.json", "roster.json"):
        assert json.loads((target / "data" / name).read_bytes())
    with (target / "data" / "loadfile" / "generic.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["Original name"] for row in rows} == {f"IMG_{number:04d}.txt" for number in range(600)}
    assert all(row["SHA-256"] in (target / "manifest-sha256.txt").read_text() for row in rows[::50])


def test_material_taken_in_on_a_field_laptop_lies_nowhere_in_the_clear(tmp_path):
    around = Surroundings()
    path = tmp_path / "field"
    start_field_case(
        path, "four words nobody guesses", around, cost=Argon2Cost(memory_kib=8192, iterations=1)
    )
    key = field_key(path, around, passphrase="four words nobody guesses")
    folder = CaseFolder(path, tmp_path / "keys", around, key=key)
    recorder = open_case(folder, staff="staff-01", role="investigator")
    given = tmp_path / "given"
    given.mkdir()
    for number in range(3):
        (given / f"{number}.txt").write_bytes(b"PLANTED testimony " * 20 + bytes([number]))
    got = acquire(recorder, given, ORIGIN)
    recorder.journal.close()
    assert not [one for one in path.rglob("*") if one.is_file() and b"PLANTED" in one.read_bytes()]
    sheet = ProjectedCase(folder.projection()).subject(got.item).values("item-sheet")[0]
    with folder.objects().open(sheet["sha256"]) as handle:
        _, *rows = read_sheet(io.BytesIO(handle.read()))
    assert [row["opens"]["opens"] for row in rows] == ["yes"] * 3
    assert verify_case(folder).sound
