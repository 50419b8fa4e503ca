"""The process that keeps the key of an unlocked field case: it answers its own user only, and forgets in time."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from embers.custody import key_holder
from embers.errors import CustodyError

LOCK = "0123456789abcdef0123456789abcdef"
KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _runtime(runtime_folder: Path) -> Path:
    return runtime_folder


def serve_in_thread(idle_s: float) -> threading.Thread:
    path = key_holder.socket_path(LOCK)
    thread = threading.Thread(target=key_holder.serve_key, args=(path, KEY.hex()), kwargs={"idle_s": idle_s})
    thread.start()
    while not key_holder.is_unlocked(LOCK) and thread.is_alive():
        time.sleep(0.01)
    return thread


def test_a_key_is_held_in_a_process_of_its_own_until_it_is_forgotten():
    assert key_holder.held_key(LOCK) == b""
    key_holder.hold(LOCK, KEY, minutes=1)
    assert key_holder.held_key(LOCK) == KEY
    key_holder.hold(LOCK, KEY[::-1], minutes=1)
    assert key_holder.held_key(LOCK) == KEY[::-1]
    assert key_holder.forget(LOCK)
    assert key_holder.held_key(LOCK) == b""
    assert not key_holder.socket_path(LOCK).exists()


def test_it_forgets_when_nobody_asks():
    thread = serve_in_thread(0.4)
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert key_holder.held_key(LOCK) == b""


def test_asking_for_the_key_is_use_and_looking_is_not(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(key_holder, "_now", lambda: now[0])
    thread = serve_in_thread(60)
    now[0] += 50
    assert key_holder.held_key(LOCK) == KEY
    now[0] += 50  # 100 seconds after the start, 50 after the last use
    assert key_holder.is_unlocked(LOCK)
    now[0] += 11  # looking did not count
    assert key_holder.held_key(LOCK) == b""
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_a_folder_that_others_can_enter_is_not_trusted(tmp_path):
    folder = key_holder.socket_path(LOCK).parent
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    with pytest.raises(CustodyError, match="this user alone"):
        key_holder.serve_key(key_holder.socket_path(LOCK), KEY.hex(), idle_s=1)
    assert key_holder.held_key(LOCK) == b""
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert key_holder.held_key(LOCK) == b""


def test_the_key_is_not_among_what_the_system_shows_of_a_process():
    """Arguments and environment are readable for every program of the user; core dumps end up on the disk."""
    key_holder.hold(LOCK, KEY, minutes=1)
    try:
        for process in Path("/proc").glob("[0-9]*"):  # nothing to look at where there is no /proc
            try:
                arguments = (process / "cmdline").read_bytes()
                if b"embers.custody.key_holder" not in arguments:
                    continue
                limits = (process / "limits").read_text().splitlines()
            except OSError:
                continue
            assert KEY.hex().encode() not in arguments
            (cores,) = (line.split() for line in limits if line.startswith("Max core file size"))
            assert cores[4:6] == ["0", "0"]
    finally:
        key_holder.forget(LOCK)
