"""Which SQLite opens what: keys, and the releases with the write-ahead log fault."""

from __future__ import annotations

import sqlite3

import pytest

from embers.errors import JournalError
from embers.journal import sqlite_connection
from embers.journal.sqlite_connection import connect, old_sqlite_warning, require_fixed_sqlcipher
from embers.journal.sqlite_store import SqliteJournalStore
from embers.journal.store import StoredLog

KEY = bytes(range(32))


@pytest.mark.parametrize(("version", "warned"), [((3, 51, 2), True), ((3, 40, 1), True), ((3, 51, 3), False)])
def test_an_old_sqlite_is_warned_of(monkeypatch, version, warned):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert ("3.51.3" in old_sqlite_warning()) == warned


def test_field_mode_refuses_an_old_one(monkeypatch):
    require_fixed_sqlcipher()
    monkeypatch.setattr(sqlite_connection.sqlcipher, "sqlite_version_info", (3, 46, 1))
    with pytest.raises(JournalError) as caught:
        require_fixed_sqlcipher()
    assert caught.value.code == "journal.sqlite"


def test_an_encrypted_journal_opens_with_its_key_only(tmp_path):
    path = tmp_path / "journal.sqlite3"
    store = SqliteJournalStore.create(path, key=KEY)
    with store.transaction():
        store.add_log(StoredLog("embers.invalid/exercise", "vkey", "case"))
        store.add_entry("embers.invalid/exercise", 0, leaf=b"leaf", raw=b"Upper Testford bakery")
    for file in tmp_path.iterdir():
        assert b"Testford" not in file.read_bytes()
        assert b"embers.invalid" not in file.read_bytes()
    assert SqliteJournalStore(path, read_only=True, key=KEY).size("embers.invalid/exercise") == 1
    store.close()
    for wrong in (b"", bytes(32)):
        with pytest.raises(JournalError, match="not a readable journal"):
            SqliteJournalStore(path, key=wrong)
    with pytest.raises(ValueError, match="32 bytes"):
        connect(path, mode="ro", key=b"short")
