"""The SQLite journal reads few entries to open a long log, whoever made the file and whatever its indexes say."""

from __future__ import annotations

import sqlite3

import pytest

from embers.errors import JournalError
from embers.journal.sqlite_store import SqliteJournalStore
from embers.journal.store import StoredLog

LOG = StoredLog("embers.invalid/one", "embers.invalid/one+00000000+AA==", "case-1")
WORDS = [b"first", b"none", b'{"p":"signing-key"}', b'{"p":"erasure-order"}', b'{"p":"log-key-limit"}']


@pytest.fixture
def path(tmp_path):
    store = SqliteJournalStore.create(tmp_path / "journal.sqlite3")
    with store.transaction():
        store.add_log(LOG)
        for seq, raw in enumerate(WORDS):
            store.add_entry(LOG.origin, seq, leaf=bytes([seq]) * 32, raw=raw)
    store.close()
    return store.path


def plans(path) -> list[str]:
    """Return how SQLite answers the two questions, as it says itself."""
    asked: list[str] = []
    store = SqliteJournalStore(path)
    store._db.set_trace_callback(asked.append)
    list(store.registering())
    list(store.about_erasures())
    store._db.set_trace_callback(None)
    found = [row[3] for sql in asked for row in store._db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    store.close()
    return found


def drop_indexes(path) -> None:
    with sqlite3.connect(path) as db:
        for name in ("entry_of_keys", "entry_of_erasure"):
            db.execute(f"DROP INDEX {name}")
    db.close()


def test_no_question_at_opening_reads_every_entry(path):
    assert len(plans(path)) == 3
    assert all("SCAN" not in plan or "USING INDEX" in plan for plan in plans(path)), plans(path)


def test_a_journal_of_an_earlier_version_gets_its_indexes_when_somebody_writes(path):
    drop_indexes(path)
    reader = SqliteJournalStore(path, read_only=True)
    assert [row.position for row in reader.registering()] == [1, 3, 5]
    assert [row.position for row in reader.about_erasures()] == [4]
    reader.close()
    assert any("entry_of_keys" in plan for plan in plans(path))


def test_a_full_disk_while_an_index_is_made_is_told_and_changes_nothing(path, monkeypatch):
    drop_indexes(path)
    monkeypatch.setattr(
        "embers.journal.sqlite_store._INDEXES", ("CREATE INDEX IF NOT EXISTS x ON nothing(y)",)
    )
    with pytest.raises(JournalError) as caught:
        SqliteJournalStore(path)
    assert caught.value.code == "journal.open"
