from __future__ import annotations

import hashlib
import io
import os

import pytest

from embers.errors import ObjectError
from embers.objects.local import INCOMING, QUARANTINE, LocalObjectStore
from embers.surroundings import LocalDisk, Surroundings, _flush_each


def left(store):
    return list((store.path / INCOMING).iterdir())


def test_nothing_is_stored_before_the_commit_and_all_of_it_after(store):
    data = [os.urandom(500) for _ in range(50)]
    with store.batch() as batch:
        stored = [batch.put(io.BytesIO(one), also=("md5",)) for one in data]
        assert list(store.all()) == []
        batch.commit()
        assert len(list(store.all())) == 50
    assert [one.sha256 for one in stored] == [hashlib.sha256(one).hexdigest() for one in data]
    assert dict(stored[0].digests)["md5"] == hashlib.md5(data[0]).hexdigest()
    assert all(one.fresh for one in stored)
    assert list(store.verify_all()) == []
    assert left(store) == []


def test_a_batch_that_is_left_stores_nothing(store):
    with pytest.raises(KeyError), store.batch() as batch:
        batch.put(io.BytesIO(b"one"))
        raise KeyError
    assert list(store.all()) == []
    assert left(store) == []


def test_the_same_bytes_are_stored_once(store):
    store.put(io.BytesIO(b"known"))
    with store.batch() as batch:
        found = [batch.put(io.BytesIO(data)).fresh for data in (b"known", b"new", b"new")]
        batch.commit()
    assert found == [False, True, False]
    assert len(list(store.all())) == 2
    assert left(store) == []


def test_unexpected_bytes_are_refused_and_the_rest_goes_on(store):
    with store.batch() as batch:
        with pytest.raises(ObjectError, match="not the expected"):
            batch.put(io.BytesIO(b"x"), sha256="0" * 64)
        batch.put(io.BytesIO(b"y"))
        batch.commit()
    assert len(list(store.all())) == 1


def recording(tmp_path):
    """Return a store whose disk writes down in which order bytes are flushed and names are given."""
    done = []

    class Recording(LocalDisk):
        def flushing(self, folder):
            from contextlib import nullcontext

            def flush(paths):
                done.append(("flush", sum(path.is_file() for path in paths), len(list(store.all()))))
                _flush_each(paths)

            return nullcontext(flush)

    store = LocalObjectStore(tmp_path / "objects", Surroundings(disk=Recording()))
    return store, done


def test_bytes_are_flushed_before_names_and_names_before_the_end(tmp_path):
    store, done = recording(tmp_path)
    with store.batch() as batch:
        for number in range(20):
            batch.put(io.BytesIO(bytes([number]) * 100))
        batch.commit()
    # 20 files of bytes while none had its name; then the folders, when all had theirs.
    assert done == [("flush", 20, 0), ("flush", 0, 20)]
    assert list(store.verify_all()) == []


def test_a_disk_that_loses_a_write_is_heard_before_anything_has_a_name(tmp_path):
    class Losing(LocalDisk):
        def flushing(self, folder):
            from contextlib import nullcontext

            def flush(paths):
                raise OSError(5, "Input/output error")

            return nullcontext(flush)

    store = LocalObjectStore(tmp_path / "objects", Surroundings(disk=Losing()))
    with pytest.raises(OSError, match="Input/output"), store.batch() as batch:
        batch.put(io.BytesIO(b"lost"))
        batch.commit()
    assert list(store.all()) == []
    assert left(store) == []


def test_the_real_flush_takes_files_and_folders(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    with LocalDisk().flushing(tmp_path) as flush:
        flush([tmp_path / "a", tmp_path])
    _flush_each([tmp_path / "a", tmp_path])
    with pytest.raises(FileNotFoundError):
        _flush_each([tmp_path / "gone"])


def spoil(store, sha256):
    path = store.place(sha256)
    path.chmod(0o644)
    path.write_bytes(b"rotten")


def test_damaged_bytes_give_way_and_are_kept_aside(store):
    sha256 = store.put(io.BytesIO(b"good bytes")).sha256
    with pytest.raises(ObjectError, match="is not damaged"):
        store.replace_damaged(sha256, io.BytesIO(b"good bytes"))
    spoil(store, sha256)
    with pytest.raises(ObjectError, match="not the expected"):
        store.replace_damaged(sha256, io.BytesIO(b"other bytes"))
    assert store.place(sha256).read_bytes() == b"rotten"
    kept = store.replace_damaged(sha256, io.BytesIO(b"good bytes"))
    assert store.verify(sha256) is None
    assert kept.read_bytes() == b"rotten"
    assert kept.parent == store.path / QUARANTINE
    assert list(store.all()) == [sha256]
    assert list(store.verify_all()) == []
    store.place(sha256).unlink()
    assert store.replace_damaged(sha256, io.BytesIO(b"good bytes")) is None
    assert store.verify(sha256) is None
