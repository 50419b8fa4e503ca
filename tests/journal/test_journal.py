from __future__ import annotations

import multiprocessing
import shutil
import sqlite3

import pytest

from embers.errors import JournalError
from embers.journal.entry import ObjectRef
from embers.journal.journal import Journal
from embers.journal.keys import Keyring
from embers.journal.merkle import verify_consistency, verify_inclusion
from embers.journal.verify import verify_journal

on_every_store = pytest.mark.parametrize("small", ["sqlite", "postgres"], indirect=True)


@on_every_store
def test_what_was_appended_is_read_back_in_order(small):
    assert [signed for _, signed in small.journal.entries()] == small.entries
    assert [signed for _, signed in small.journal.entries(after=3)] == small.entries[3:]
    for signed in small.entries:
        assert small.journal.get(signed.id) == signed
    with pytest.raises(JournalError, match="no entry"):
        small.journal.get("00" * 32)


@on_every_store
def test_an_entry_may_only_cite_stored_objects(small):
    missing = ObjectRef("ab" * 32, 1, "text/plain")
    with pytest.raises(JournalError, match="which is not stored"):
        small.journal.append_many([small.note(), small.note(objects=(missing,))], small.person)
    assert small.journal.store.size(small.origin) == 5
    small.journal.append(small.note(), small.person)
    assert verify_journal(small.journal, keyring=small.ring).sound


@on_every_store
def test_an_unregistered_person_cannot_append(small):
    stranger = small.ring.create_person("stranger")
    with pytest.raises(JournalError, match="not registered"):
        small.journal.append(small.note(), stranger)
    assert small.journal.store.size(small.origin) == 5


@on_every_store
def test_a_second_case_cannot_start_in_the_same_journal(small):
    small.case = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(JournalError, match="does not belong to the case"):
        small.start_second_log()


def test_rows_are_neither_changed_nor_deleted(small):
    db = sqlite3.connect(small.path)
    for table, column in (("log", "vkey"), ("entry", "raw"), ("node", "hash"), ("checkpoint", "note")):
        db.execute("INSERT OR IGNORE INTO node VALUES ('x', 8, 0, x'00')")
        with pytest.raises(sqlite3.DatabaseError, match="append only"):
            db.execute(f"UPDATE {table} SET {column} = {column}")
        with pytest.raises(sqlite3.DatabaseError, match="append only"):
            db.execute(f"DELETE FROM {table}")
    db.close()


def test_reading_needs_no_keys_and_cannot_write(small):
    reader = small.reopen(read_only=True)
    assert len(list(reader.entries())) == 5
    with pytest.raises(JournalError, match="reading only"):
        reader.append(small.note(), small.person)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.store.add_node("x", 8, index=0, hash=b"")
    reader.close()


@on_every_store
def test_proofs_across_a_tile_border(small):
    small.journal.append_many([small.note(str(number)) for number in range(600)], small.person)
    size, origin = small.journal.store.size(small.origin), small.origin
    point = small.journal.checkpoint(origin)
    assert point.size == size == 605
    for stored in small.journal.store.log_entries(origin, 0, size)[::53]:
        path = small.journal.inclusion(origin, stored.seq)
        assert verify_inclusion(stored.leaf, stored.seq, size, path, point.root)
    for old, note in small.journal.store.checkpoints(origin):
        before = small.journal._read(origin, note)
        assert verify_consistency(
            old, before.root, size, point.root, small.journal.consistency(origin, old, size)
        )
    assert verify_journal(small.journal, keyring=small.ring).sound


def append_some(place, around_folder, count):
    from pathlib import Path

    from small_journal import AT

    from embers.journal.entry import EntryDraft
    from embers.surroundings import Surroundings

    around = Surroundings()
    ring = Keyring(Path(around_folder), around)
    journal = Journal.open(place, around, keyring=ring)
    person = ring.load_person("staff-01")
    for _ in range(count):
        journal.append(EntryDraft("note.add", "lead", AT), person)
    journal.close()


@on_every_store
def test_two_processes_append_to_one_log(small):
    context = multiprocessing.get_context("fork")
    workers = [
        context.Process(target=append_some, args=(small.place or small.path, str(small.ring.path), 60))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for _ in range(30):
        small.journal.append(small.note(), small.person)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    report = verify_journal(small.journal, keyring=small.ring)
    assert report.problems == ()
    assert report.entries == 5 + 2 * 60 + 30
    assert small.ring.remembered(small.origin).size >= report.entries - 2


def test_a_commit_that_failed_is_not_continued(small, monkeypatch):
    def full(*args, **more):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(small.journal.store, "add_checkpoint", full)
        with pytest.raises(JournalError, match="Nothing was added"):
            small.journal.append(small.note(), small.person)
    second = small.reopen()
    second.append(small.note("from elsewhere"), small.person)
    small.journal.append(small.note(), small.person)
    assert verify_journal(second, keyring=small.ring).sound
    second.close()


def test_a_restored_back_up_is_not_continued_but_a_new_log_cites_it(small):
    small.journal.close()
    backup = small.folder / "backup.sqlite3"
    shutil.copy(small.path, backup)
    journal = small.reopen()
    journal.append(small.note("lost"), small.person)
    journal.close()
    shutil.copy(backup, small.path)
    small.journal = small.reopen()
    with pytest.raises(JournalError, match="Start a new log"):
        small.journal.append(small.note(), small.person)
    old = small.journal.checkpoint(small.origin)
    first = small.start_second_log()
    assert first.entry.seen == {old.origin: (5, old.root.hex())}
    again = small.journal.append(small.note("goes on"), small.person)
    assert (again.entry.log, again.entry.seq) == (first.entry.log, 1)
    found = verify_journal(small.journal, keyring=small.ring).problems
    assert [problem.where for problem in found] == [f"log {small.origin}"]
    assert "restored from a back-up" in found[0].what
    assert verify_journal(small.journal).sound


def test_another_history_of_the_same_length_is_not_continued(small):
    small.journal.close()
    backup = small.folder / "backup.sqlite3"
    shutil.copy(small.path, backup)
    fork = Journal.open(backup, small.around, keyring=small.ring)
    fork.append(small.note("one history"), small.person)
    fork.close()
    memory = next((small.ring.path / "devices").glob("*.json"))
    kept = memory.read_bytes()
    memory.unlink()
    small.journal = small.reopen()
    small.journal.append(small.note("another history"), small.person)
    memory.write_bytes(kept)
    with pytest.raises(JournalError, match="not those this device signed"):
        small.journal.append(small.note(), small.person)
    found = verify_journal(small.journal, keyring=small.ring).problems
    assert "another history" in found[0].what


@on_every_store
def test_a_damaged_memory_is_named(small):
    memory = next((small.ring.path / "devices").glob("*.json"))
    memory.write_bytes(b"{}")
    with pytest.raises(JournalError, match="damaged"):
        small.journal.append(small.note(), small.person)
    assert "damaged" in verify_journal(small.journal, keyring=small.ring).problems[0].what


def test_private_keys_are_their_owners_only(small):
    for path in small.ring.path.rglob("*.pem"):
        assert path.stat().st_mode & 0o777 == 0o600
    locked = Keyring(small.folder / "locked", small.around, passphrase="correct horse")
    locked.create_person("staff-03")
    assert b"ENCRYPTED" in next((small.folder / "locked").rglob("*.pem")).read_bytes()
    with pytest.raises(JournalError, match="cannot be opened"):
        Keyring(small.folder / "locked", small.around).load_person("staff-03")
    with pytest.raises(JournalError, match="already a key"):
        locked.create_person("staff-03")
    with pytest.raises(JournalError, match="no key"):
        locked.load_person("staff-04")
