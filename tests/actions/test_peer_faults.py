"""Faults seen in other systems of this kind, each tried here: every test fails on a system that has the fault.

More of them: digests stated in lists, test_acquire.py; altered bytes over HTTP, tests/web/test_guard.py; every way in
which whoever owns the database can rewrite history, test_tamper.py.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from protected_case import SHEET, protected_case

from embers.actions.acquire import Looking, acquire
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.custody_events import Custodian
from embers.actions.dossiers import export_dossier
from embers.actions.erasure import approve_erasure, ask_erasure, carry_out, order_erasure
from embers.actions.field_case import field_key, start_field_case
from embers.actions.items import ItemOrigin
from embers.actions.recorder import Act
from embers.actions.reports import build_and_record
from embers.actions.sealing import coded_person, open_sealed, seal_sheet
from embers.actions.verification import verify_case
from embers.custody.acquisition import examine
from embers.custody.chain import chain_of
from embers.custody.field_lock import Argon2Cost
from embers.custody.sheet import read_sheet
from embers.errors import EmbersError, ObjectError
from embers.ids import new_subject
from embers.journal.assertion import Relation
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


def test_a_third_save_takes_back_only_what_its_author_saw(folder, recorder):
    place = new_subject("place", folder.surroundings.randomness)
    first, second = (
        recorder.new_assertion(place, "place-territory", text) for text in ("Exerton district", "Trainland")
    )
    for said in (first, second):
        recorder.record(Act("place.say", (said,)))
    over = [Relation("supersedes", first.id)]
    third = recorder.new_assertion(place, "place-territory", "Exerton city", relations=over)
    recorder.record(Act("place.say", (third,)))
    found = ProjectedCase(folder.projection()).subject(place).one("place-territory")
    assert {held.value for held in found.held} == {"Trainland", "Exerton city"}
    assert found.contested
    raw = b"".join(entry.raw for _, entry in recorder.journal.entries())
    assert all(text in raw for text in (b"Exerton district", b"Trainland", b"Exerton city"))


class StoppedClock:
    """A clock that shows one second for ever, or the second it is set to."""

    def __init__(self) -> None:
        self.shows = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.shows


@pytest.fixture
def clock():
    return StoppedClock()


@pytest.fixture
def in_one_second(tmp_path, clock):
    made = CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings(clock=clock))
    return made, open_case(made, staff="staff-01", role="custodian")


def test_uploads_of_one_name_in_one_second_are_all_kept(in_one_second, tmp_path):
    folder, recorder = in_one_second
    taken = {}
    for number in range(5):
        path = tmp_path / str(number) / "IMG_0001.jpg"
        path.parent.mkdir()
        path.write_bytes(b"\xff\xd8\xff\xe0" + bytes([number]) * 500)
        got = acquire(recorder, path, ORIGIN, look=Looking.nothing())
        taken[got.item] = path.read_bytes()
    view = ProjectedCase(folder.projection())
    for item, data in taken.items():
        (value,) = view.subject(item).values("item-object")
        with folder.objects().open(value["sha256"]) as handle:
            assert handle.read() == data
        assert (value["name"], value["sha256"]) == ("IMG_0001.jpg", hashlib.sha256(data).hexdigest())
    assert len(taken) == len(set(taken.values())) == 5


@pytest.mark.parametrize("made_up", ["0" * 32, "zz" * 16, hashlib.md5(b"other").hexdigest()])
def test_a_made_up_digest_names_nothing(folder, recorder, tmp_path, made_up):
    path = tmp_path / "a.txt"
    path.write_bytes(b"seen on the spot " * 9)
    got = examine(path, folder.surroundings, folder.objects(), given={"md5": made_up})
    true = hashlib.md5(path.read_bytes()).hexdigest()
    assert got.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert got.given[0].found == true
    assert not got.given[0].matches
    assert any(true in text and made_up in text for text in got.warnings)
    with pytest.raises(ObjectError, match="not the expected"):
        folder.objects().put(io.BytesIO(b"bytes"), sha256="0" * 64)
    assert not folder.objects().has("0" * 64)


def test_history_rewritten_in_the_database_is_named(folder, recorder, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"seen on the spot " * 9)
    acquire(recorder, path, ORIGIN, look=Looking.nothing())
    acquire(recorder, path, ORIGIN, look=Looking.nothing())
    recorder.journal.close()
    assert verify_case(folder).sound
    with sqlite3.connect(folder.journal_path) as db:
        db.executescript("DROP TRIGGER entry_update; DROP TRIGGER entry_delete;")
        (origin,) = db.execute("SELECT origin FROM log").fetchone()
        changed = db.execute(
            "UPDATE entry SET raw = CAST(replace(CAST(raw AS TEXT), 'card reader', 'card readex') AS BLOB) "
            "WHERE seq = 1"
        ).rowcount
        last = db.execute("DELETE FROM entry WHERE seq = 2").rowcount
    db.close()
    assert (changed, last) == (1, 1)
    problems = {problem.where for problem in verify_case(folder, with_projection=False).problems}
    assert any(f"log {origin}, entry 1" in where for where in problems), problems
    assert any(origin in where and "entry 1" not in where for where in problems), problems


def test_nobody_rewrites_history_with_the_rights_of_the_program(folder, recorder):
    recorder.journal.close()
    with sqlite3.connect(folder.journal_path) as db:
        for statement in ("UPDATE entry SET raw = x'00'", "DELETE FROM entry"):
            with pytest.raises(sqlite3.IntegrityError):
                db.execute(statement)
    db.close()


def test_an_act_that_is_dated_back_is_said_to_be(in_one_second, clock, tmp_path):
    folder, recorder = in_one_second
    path = tmp_path / "a.txt"
    path.write_bytes(b"seen on the spot " * 9)
    got = acquire(recorder, path, ORIGIN, look=Looking.nothing())
    assert chain_of(ProjectedCase(folder.projection()), got.item).discrepancies == ()
    clock.shows = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)  # the laptop's clock is set back half a year
    who = Custodian(recorder, ProjectedCase(folder.projection()))
    recorder.record(who.hand_over(got.item, "staff-02", detail="By hand."))
    chain = chain_of(ProjectedCase(folder.projection()), got.item)
    (said,) = chain.discrepancies
    assert "2026-05-01T09:00:00Z (claimed) after" in said
    assert "one of the two times is wrong" in said
    # Where it stands is proven all the same: behind what it claims to precede.
    assert [entry.entry.seq for _, entry in recorder.journal.entries()][-1] == max(
        step.seq for step in chain.steps
    )


def test_who_opened_what_is_never_deleted_by_age_or_by_hand(tmp_path):
    """The peer deletes its access log after 90 days. Here openings are entries: they outlive what they opened."""
    made = protected_case(tmp_path)
    vault = made.open_compartment("identity-vault", "staff-01", "staff-02")
    person, said = coded_person(made.first, made.view, "W-017")
    thing = seal_sheet(made.first, made.folder.wraps(), SHEET.encode(), subject=person, to=[vault], also=said)
    made.first.record(thing.act)
    reader = made.recorders["staff-02"]
    arguments = {"own": made.ages["staff-02"], "purpose": "call back", "write": lambda _: None}
    open_sealed(reader, made.folder.wraps(), thing.sealed.sha256, **arguments)
    opened = list(reader.journal.entries())[-1][1]
    assert (opened.entry.by, b"call back" in opened.raw) == (reader.person.id, True)
    subject, act = ask_erasure(
        made.first,
        made.view,
        [thing.sealed.sha256],
        ground="consent-withdrawn",
        scope="identity-link",
        asked_by="W-017",
    )
    made.first.record(act)
    for code in ("staff-02", "staff-03"):
        made.recorders[code].record(approve_erasure(made.recorders[code], subject))
    made.first.record(order_erasure(made.first, made.view, subject))
    folder = made.folder
    carry_out(made.first, made.view, folder.wraps(), folder.objects(), folder=folder.path)
    assert opened.raw in [entry.raw for _, entry in reader.journal.entries()]
    made.close()
    folder.projection()
    assert verify_case(folder).sound
    with sqlite3.connect(folder.journal_path) as db:  # and whoever deletes it by hand is found out
        db.executescript("DROP TRIGGER entry_update; DROP TRIGGER entry_delete;")
        assert db.execute("DELETE FROM entry WHERE raw = ?", [opened.raw]).rowcount == 1
    db.close()
    assert not verify_case(folder, with_projection=False).sound


def test_names_that_collide_in_a_package_keep_their_own_bytes(folder, recorder, tmp_path):
    """Same names in several folders, names that differ in case only, names no file system of Windows takes."""
    card = tmp_path / "card"
    names = ["a/IMG_0001.txt", "b/IMG_0001.txt", "b/img_0001.TXT", "x?y.txt", "x*y.txt", "x:y.txt", "CON.txt"]
    names += ["Mu\u0308.txt", "M\u00fc.txt"]
    for number, name in enumerate(names):
        path = card / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"content {number}; ".encode() * 9)
    acquire(recorder, card, ORIGIN, look=Looking.nothing())
    build_and_record(folder, recorder)
    folder.projection()
    target = tmp_path / "dossier"
    assert export_dossier(folder, target).exhibits == len(names)
    with (target / "data" / "loadfile" / "generic.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert (
        len({row["Path"].casefold() for row in rows})
        == len({row["Original name"] for row in rows})
        == len(names)
    )
    found = {(target / row["Path"]).read_bytes() for row in rows}
    assert found == {f"content {number}; ".encode() * 9 for number in range(len(names))}
    for row in rows:
        assert hashlib.sha256((target / row["Path"]).read_bytes()).hexdigest() == row["SHA-256"]


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
    manifest = (target / "manifest-sha256.txt").read_text()
    for row in rows:
        assert f"{row['SHA-256']}  {row['Path']}" in manifest
    # No column is empty all the way down, except those of which nothing is known here (the peer lost one so).
    empty = {name for name in rows[0] if not any(row[name] for row in rows)}
    assert empty <= {"Licence", "Warnings", "Derived from", "Gaps in custody"}, empty


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
