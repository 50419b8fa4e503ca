"""The model of a disk that loses power, against what POSIX promises."""

import os
import random
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from faults.inject import Fault
from faults.trace import OPTIONS, read_trace

from faults import child, volume


@pytest.fixture
def after(tmp_path):
    """Run work under strace in a folder; return the states a power cut at its end could leave."""

    def run(work, torn=0):
        base = tmp_path / "base"
        base.mkdir()
        (base / "old").write_bytes(b"old")
        disk = volume.Volume(base, tmp_path / "acks")
        done = child.run(
            lambda: work(base), log=tmp_path / "log", strace=("-o", str(tmp_path / "trace"), *OPTIONS)
        )
        assert done.how == "done", done.told
        for call in read_trace(tmp_path / "trace"):
            disk.apply(call)
        return [files for _, files in disk.states(random.Random(1), torn)]

    return run


def flush(path):
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def test_unflushed_bytes_and_names_are_lost_when_dropped_and_there_when_kept(after):
    dropped, kept = after(lambda base: (base / "new").write_bytes(b"data"))
    assert dropped == {"old": b"old"}
    assert kept == {"old": b"old", "new": b"data"}


def test_a_flushed_file_without_a_flushed_folder_has_no_name(after):
    def work(base):
        (base / "new").write_bytes(b"data")
        flush(base / "new")

    assert "new" not in after(work)[0]


def test_flushing_file_and_folder_keeps_both(after):
    def work(base):
        (base / "new").write_bytes(b"data")
        flush(base / "new")
        flush(base)

    assert after(work)[0]["new"] == b"data"


def test_a_name_flushed_before_its_bytes_holds_nothing(after):
    def work(base):
        (base / "new").write_bytes(b"data")
        flush(base)

    assert after(work)[0]["new"] == b""


def test_a_replaced_file_is_the_old_or_the_new_one(after):
    def work(base):
        (base / "side").write_bytes(b"new")
        flush(base / "side")
        (base / "side").replace(base / "old")

    dropped, kept = after(work)
    assert dropped == {"old": b"old"}
    assert kept == {"old": b"new"}


def test_a_torn_write_keeps_some_sectors(after):
    def work(base):
        (base / "new").write_bytes(b"")
        flush(base)
        (base / "new").write_bytes(b"x" * 512 * 64)

    torn = {files["new"] for files in after(work, torn=40)}
    assert any(0 < data.count(b"x") < 512 * 64 and data.count(b"x") % 512 == 0 for data in torn)
    assert len(torn) > 3


def test_a_state_is_written_as_it_is(after, tmp_path):
    def work(base):
        (base / "empty").mkdir()
        (base / "full").mkdir()
        (base / "full" / "one").write_bytes(b"1")

    kept = after(work)[1]
    volume.write(kept, tmp_path / "again")
    assert (tmp_path / "again" / "empty").is_dir()
    assert (tmp_path / "again" / "full" / "one").read_bytes() == b"1"


def _logged(path, *words):
    """Write a table through a write-ahead log that is left behind, as by a process that was killed."""
    path.mkdir()
    done = child.run(lambda: _left_behind(path / "notes.sqlite3", words), log=path.parent / "log")
    assert done.how == "done", done.told
    return path / "notes.sqlite3-wal"


def _left_behind(database, words):
    line = sqlite3.connect(database, isolation_level=None)
    line.execute("PRAGMA journal_mode=WAL")
    line.execute("CREATE TABLE note (word TEXT)")
    for word in words:
        line.execute("INSERT INTO note VALUES (?)", (word,))
    os._exit(0)


def test_the_salts_of_a_log_do_not_make_another_state(tmp_path):
    logs = [_logged(tmp_path / name, "one", "two") for name in ("a", "b")]
    assert logs[0].read_bytes() != logs[1].read_bytes()
    assert volume.digest(logs[0].parent, []) == volume.digest(logs[1].parent, [])


def test_another_page_or_a_torn_frame_of_a_log_is_another_state(tmp_path):
    whole = _logged(tmp_path / "a", "one", "two")
    other = _logged(tmp_path / "b", "one", "three")
    states = {volume.digest(path.parent, []) for path in (whole, other)}
    for at in (40, 32 + 24 + 100, len(whole.read_bytes()) - 1):
        data = bytearray(whole.read_bytes())
        data[at] ^= 1
        (tmp_path / "torn").mkdir(exist_ok=True)
        (tmp_path / "torn" / "notes.sqlite3").write_bytes((tmp_path / "a" / "notes.sqlite3").read_bytes())
        (tmp_path / "torn" / "notes.sqlite3-wal").write_bytes(data)
        states.add(volume.digest(tmp_path / "torn", []))
    assert len(states) == 5


def test_a_fault_meets_the_call_it_names_and_no_other(tmp_path):
    def work():
        for name in ("one", "two", "three"):
            with suppress(OSError):
                (tmp_path / name).mkdir()

    assert child.run(work, log=tmp_path / "log", fault=Fault.of("mkdir", 2, "ENOSPC")).how == "done"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "three"]


def test_a_killing_fault_comes_before_its_call(tmp_path):
    def work():
        for name in ("one", "two", "three"):
            (tmp_path / name).mkdir()

    assert child.run(work, log=tmp_path / "log", fault=Fault.of("mkdir", 2, "KILL")).how == "killed"
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
