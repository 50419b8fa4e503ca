"""The model of a disk that loses power, against what POSIX promises."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

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
    import os

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
