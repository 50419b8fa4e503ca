"""The web application of a field case: it counts use, and ends when the case is locked."""

from __future__ import annotations

import threading

import pytest

from embers.actions.case_folder import CaseFolder
from embers.custody.field_lock import Argon2Cost, CaseKey, create_lock
from embers.errors import ActionError
from embers.surroundings import Surroundings
from embers.web import serve


def test_the_server_ends_when_the_key_is_forgotten(monkeypatch):
    unlocked = threading.Event()
    unlocked.set()
    ended = threading.Event()
    monkeypatch.setattr(serve, "is_unlocked", lambda _lock: unlocked.is_set())
    watcher = serve.end_when_locked("lock", ended.set, every_s=0.01)
    assert not ended.wait(0.1)
    unlocked.clear()
    assert ended.wait(5)
    watcher.join(5)
    assert not watcher.is_alive()


def test_every_request_counts_as_use(monkeypatch):
    asked = []
    monkeypatch.setattr(serve, "held_key", asked.append)
    pages = serve._used(lambda _environ, _start: [b"page"], "lock")
    assert [b"".join(pages({}, lambda *_: None)) for _ in range(3)] == [b"page"] * 3
    assert asked == ["lock"] * 3


@pytest.mark.usefixtures("runtime_folder")
def test_a_case_opened_for_one_command_is_not_served(tmp_path, monkeypatch):
    """With the passphrase in the environment a command can open the case, but a server would hold the key for ever."""
    key = create_lock(
        tmp_path / "case", "six plain words with dice", Surroundings(), cost=Argon2Cost(64, 1, 1)
    )
    folder = CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings(), key=key)
    (tmp_path / "case" / "journal.sqlite3").write_bytes(b"x")
    with pytest.raises(ActionError, match="embers unlock"):
        serve.run(folder)
    assert isinstance(key, CaseKey)
