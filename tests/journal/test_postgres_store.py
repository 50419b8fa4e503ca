"""What only a server can do to a journal: roles, administrators, broken connections, several machines."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import re
import signal
import time

import psycopg
import pytest
from small_journal import SmallJournal, small_journal

from embers.errors import JournalError
from embers.journal.entry import EntryDraft
from embers.journal.journal import Journal
from embers.journal.place import create_store, open_store
from embers.journal.verify import verify_journal

CHANGES = ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}")
TABLES = {"log": "vkey", "entry": "raw", "node": "hash", "checkpoint": "note"}


class Served:
    """A small journal on the server, and the database it lies in."""

    def __init__(self, server, folder):
        self.server, self.database = server, server.database()
        self.small: SmallJournal = small_journal(folder, place=server.address(self.database))

    def edit(self, sql, *values):
        """Do what an administrator can do: take the guards away and change rows."""
        for table in TABLES:
            self.server.query(self.database, f"ALTER TABLE embers.{table} DISABLE TRIGGER ALL")
            self.server.query(self.database, f"GRANT ALL ON embers.{table} TO administrator")
        self.server.query(self.database, sql, *values)

    def sessions(self):
        return [
            row[0]
            for row in self.server.query(
                self.database,
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
        ]

    def cut(self):
        """End every connection to the database from the server's side, and wait until they are gone."""
        for pid in self.sessions():
            self.server.query(self.database, "SELECT pg_terminate_backend(%s)", pid)
        while self.sessions():
            time.sleep(0.01)


@pytest.fixture
def served(postgres, tmp_path):
    made = Served(postgres, tmp_path)
    yield made
    made.small.journal.close()


def test_nobody_changes_a_row_in_passing(served):
    """Not the role of the application, not the owner, and not a superuser, for whom rights are not asked."""
    server, database = served.server, served.database
    server.query(database, "DROP ROLE IF EXISTS application")
    server.query(database, "CREATE ROLE application LOGIN")
    server.query(database, "GRANT USAGE ON SCHEMA embers TO application")
    server.query(database, "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA embers TO application")
    with psycopg.connect(server.address(database, "application"), autocommit=True) as db:
        for table, change in itertools.product(TABLES, CHANGES):
            sql = change.format(f"embers.{table}", TABLES[table])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(sql)
            with pytest.raises(psycopg.errors.RaiseException, match="append only"):
                server.query(database, sql)
    server.query(database, "DROP OWNED BY application")
    assert verify_journal(served.small.journal, keyring=served.small.ring).sound


def test_the_role_of_the_application_needs_no_more_than_to_read_and_to_add(served):
    server, database, small = served.server, served.database, served.small
    server.query(database, "DROP ROLE IF EXISTS application")
    server.query(database, "CREATE ROLE application LOGIN")
    server.query(database, "GRANT USAGE ON SCHEMA embers TO application")
    server.query(database, "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA embers TO application")
    place = server.address(database, "application")
    journal = Journal.open(place, small.around, keyring=small.ring, objects=small.objects)
    journal.append(small.note(), small.person)
    assert verify_journal(journal, keyring=small.ring).entries == 6
    journal.close()
    server.query(database, "DROP OWNED BY application")


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ("UPDATE embers.entry SET raw = raw || ' '::bytea WHERE seq = 2", "do not have the stored leaf hash"),
        ("DELETE FROM embers.entry WHERE seq = 2", "entry 2 should stand here"),
        ("DELETE FROM embers.entry WHERE seq = 4", "the log has only 4 entries: it was cut"),
        ("UPDATE embers.checkpoint SET note = replace(note, '5', '6')", "."),
        ("UPDATE embers.log SET vkey = 'x'", "key"),
        ("INSERT INTO embers.node SELECT origin, 8, 0, '\\x00' FROM embers.log", "no such full tile"),
    ],
)  # fmt: skip
def test_an_administrators_edit_is_found_and_named(served, edit, found):
    served.edit(edit)
    problems = verify_journal(served.small.journal).problems
    assert problems
    assert any(re.search(found, problem.what) for problem in problems), problems


def test_a_cut_tail_is_found_by_the_memory_of_the_device(served):
    served.edit("DELETE FROM embers.entry WHERE seq >= 3")
    served.edit("DELETE FROM embers.checkpoint WHERE size > 3")
    assert verify_journal(served.small.journal).sound, "nothing on the server can tell"
    problems = verify_journal(served.small.journal, keyring=served.small.ring).problems
    assert any("cut, or restored from a back-up" in problem.what for problem in problems)
    with pytest.raises(JournalError, match="Start a new log"):
        served.small.journal.append(served.small.note(), served.small.person)


def append_until_killed(place, keys, started):
    from pathlib import Path

    from small_journal import AT

    from embers.journal.keys import Keyring
    from embers.surroundings import Surroundings

    around = Surroundings()
    ring = Keyring(Path(keys), around)
    journal = Journal.open(place, around, keyring=ring)
    person = ring.load_person("staff-01")
    while True:
        journal.append_many([EntryDraft("note.add", "lead", AT)] * 3, person)
        started.set()  # after the first, so that a busy machine does not kill a writer that has written nothing


def test_a_writer_killed_at_any_moment_leaves_all_or_nothing(served):
    """Three entries and a checkpoint belong to each append; the process is killed at 8 arbitrary moments."""
    small, context = served.small, multiprocessing.get_context("fork")
    for delay in range(8):
        started = context.Event()
        writer = context.Process(
            target=append_until_killed, args=(small.place, str(small.ring.path), started)
        )
        writer.start()
        assert started.wait(30)
        time.sleep(0.05 + 0.011 * delay)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        report = verify_journal(small.journal, keyring=small.ring)
        assert report.problems == ()
        assert (report.entries - 5) % 3 == 0
        assert report.entries > 5 + 3 * delay, "the writer did write"


@pytest.mark.parametrize("step", ["add_entry", "add_node", "add_checkpoint"])
def test_a_connection_cut_in_a_transaction_leaves_nothing(served, monkeypatch, step):
    small, store = served.small, served.small.journal.store
    small.journal.append_many(
        [small.note(str(number)) for number in range(250)], small.person
    )  # a tile is near
    real = getattr(store, step)

    def cut(*args, **more):
        real(*args, **more)
        served.cut()

    drafts = [small.note("lost") for _ in range(3)]
    with monkeypatch.context() as patch:
        patch.setattr(store, step, cut)
        with pytest.raises(JournalError, match=r"Nothing was added|in full or not at all"):
            small.journal.append_many(drafts, small.person)
    assert verify_journal(small.journal, keyring=small.ring).entries == 255
    small.journal.append_many(drafts, small.person)  # the store has connected again by itself
    report = verify_journal(small.journal, keyring=small.ring)
    assert (report.problems, report.entries) == ((), 258)


def test_a_connection_cut_at_the_commit_is_not_called_a_failure(served):
    """Nobody can know then: the message says so, and the journal is whole either way."""
    small = served.small
    with pytest.raises(JournalError) as raised, small.journal.store.transaction():
        served.cut()
    assert raised.value.code == "journal.commit-unknown"
    assert "in full or not at all" in raised.value.hint
    assert verify_journal(small.journal, keyring=small.ring).sound


def test_an_idle_connection_that_the_server_closed_is_made_again(served):
    served.cut()
    assert served.small.journal.store.last_position() == 5
    served.cut()
    served.small.journal.append(served.small.note(), served.small.person)
    assert verify_journal(served.small.journal, keyring=served.small.ring).entries == 6


def test_a_writer_waits_for_another_one_and_gives_up_with_words(served, monkeypatch):
    small, second = served.small, served.small.reopen()
    monkeypatch.setattr("embers.journal.postgres_store.PATIENCE", 1)
    third = small.reopen()
    with (
        second.store.transaction(),
        pytest.raises(JournalError, match="being written by somebody else"),
        third.store.transaction(),
    ):
        pass
    third.append(small.note(), small.person)
    second.close()
    third.close()


def test_commits_wait_for_the_disk_whatever_the_server_prefers(served):
    served.server.query(served.database, f"ALTER DATABASE {served.database} SET synchronous_commit = off")
    with psycopg.connect(served.small.place) as plain:
        assert plain.execute("SHOW synchronous_commit").fetchone() == ("off",)
    store = open_store(served.small.place)
    assert store._db.execute("SHOW synchronous_commit").fetchone() == ("on",)
    store.close()


def test_a_server_that_does_not_write_to_its_disk_is_refused(served):
    served.server.query(served.database, "ALTER SYSTEM SET fsync = off")
    served.server.run("-s", "reload")
    try:
        deadline = time.monotonic() + 10
        while served.server.query(served.database, "SHOW fsync") != [("off",)]:
            assert time.monotonic() < deadline
        with pytest.raises(JournalError, match="a power cut would lose entries"):
            open_store(served.small.place)
        open_store(served.small.place, read_only=True).close()
    finally:
        served.server.query(served.database, "ALTER SYSTEM RESET fsync")
        served.server.run("-s", "reload")


def test_a_password_is_never_shown(tmp_path):
    secret = "correct-horse"
    for address in (
        f"postgresql://someone:{secret}@/none?host={tmp_path}",
        f"postgresql://someone@/none?host={tmp_path}&password={secret}",
        f"postgresql://someone:{secret}@/none?host={tmp_path}&nonsense={secret}",
    ):
        for use in (open_store, create_store):
            with pytest.raises(JournalError) as raised:
                use(address)
            assert secret not in f"{raised.value} {raised.value.__cause__}"
            assert raised.value.code == "journal.open"
