"""A disk that cannot say whether a file is there: never taken for a no."""

import errno
import os
from contextlib import contextmanager
from io import BytesIO

import pytest

from embers.errors import SyncError
from embers.objects.local import LocalObjectStore
from embers.surroundings import LocalDisk, Surroundings, is_file, is_folder
from embers.sync.blobs import FolderBlobs
from embers.sync.folder import FolderPeer


@pytest.fixture
def failing(monkeypatch):
    """Let the disk fail for the paths that end in a name."""
    real = os.stat

    def fail(name):
        def stat(path, *rest, **options):
            if str(path).endswith(name):
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
            return real(path, *rest, **options)

        monkeypatch.setattr(os, "stat", stat)

    return fail


def test_a_stored_object_that_cannot_be_looked_at_is_not_absent(tmp_path, failing):
    store = LocalObjectStore(tmp_path / "objects", Surroundings())
    stored = store.put(BytesIO(b"Exercise: bytes"))
    assert store.has(stored.sha256)
    failing(stored.sha256)
    with pytest.raises(OSError, match="Input/output error"):
        store.has(stored.sha256)


def test_a_carrier_that_cannot_be_looked_at_does_not_lack_the_file(tmp_path, failing):
    blobs = FolderBlobs(tmp_path / "stick", Surroundings())
    blobs.put("objects/one", b"Exercise: bytes")
    failing("one")
    with pytest.raises(SyncError, match="cannot be read: Input/output error"):
        blobs.has("objects/one")


def test_what_is_not_there_is_a_plain_no(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert is_file(tmp_path / "file")
    assert is_folder(tmp_path)
    assert not is_folder(tmp_path / "file")
    assert not is_file(tmp_path)
    assert not is_file(tmp_path / "nothing")
    assert not is_file(tmp_path / "file" / "below")


def test_a_folder_that_cannot_be_read_is_not_walked_as_if_it_were_empty(tmp_path, monkeypatch):
    (tmp_path / "card").mkdir()
    real = os.scandir

    def scandir(path):
        if str(path).endswith("card"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(OSError, match="Input/output error"):
        list(LocalDisk().walk(tmp_path))
    assert list(LocalDisk().walk(tmp_path / "nothing")) == []


class CountingDisk(LocalDisk):
    """A disk that remembers what it was asked to flush at once."""

    def __init__(self):
        self.flushed = []

    @contextmanager
    def flushing(self, folder):
        with super().flushing(folder) as flush:

            def remembered(paths):
                self.flushed.append(list(paths))
                flush(self.flushed[-1])

            yield remembered


def test_what_lies_on_a_stick_is_flushed_before_an_exchange_builds_upon_it(tmp_path):
    """Whoever put it there may have been killed before that; a power cut would take what comes after with it."""
    FolderBlobs(tmp_path / "stick", Surroundings()).put("log/one/head", b"{}")
    disk = CountingDisk()
    blobs = FolderBlobs(tmp_path / "stick", Surroundings(disk=disk))
    FolderPeer(blobs, case="", contains=lambda _: False).frontier()
    assert disk.flushed == [
        [tmp_path / "stick", tmp_path / "stick" / "log", tmp_path / "stick" / "log" / "one"]
    ]
