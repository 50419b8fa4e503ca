"""One contract for every object store: the same tests run on a folder and on a real S3-speaking server."""

from __future__ import annotations

import hashlib
import io
import os
import threading

import obstore
import pytest

from embers.errors import ObjectError
from embers.objects.local import LocalObjectStore
from embers.objects.place import open_objects
from embers.surroundings import Surroundings

PART = 5 * 1024 * 1024
SMALL = os.urandom(70_001)
LARGE = os.urandom(PART + 12_345)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """S3 takes no smaller parts; objects above one part go another way than those below."""
    monkeypatch.setattr("embers.objects.s3.PART", PART)


class Vault:
    """A store and what lies behind it, to be looked at and damaged."""

    def __init__(self, kind, tmp_path, request):
        self.kind = kind
        if kind == "folder":
            self.folder = tmp_path / "objects"
            self.place = self.folder
        else:
            self.server = request.getfixturevalue("s3")
            self.bucket = self.server.bucket()
            self.place = f"s3://{self.bucket}/case/objects?endpoint={self.server.endpoint}"
        self.store = open_objects(self.place, Surroundings())

    def again(self):
        return open_objects(self.place, Surroundings())

    def keys(self):
        """Every stored name, side files included."""
        if self.kind == "folder":
            return sorted(
                path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()
            )
        found = [one["path"] for page in obstore.list(self.store._store) for one in page]
        return sorted(set(found) - {".created-once"})

    def write(self, key, data):
        """Write behind the store's back."""
        if self.kind == "folder":
            path = self.folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_bytes(data)
        else:
            obstore.put(self.store._store, key, data)


@pytest.fixture(params=["folder", "s3"])
def vault(request, tmp_path):
    return Vault(request.param, tmp_path, request)


def place(sha256):
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@pytest.mark.parametrize(
    "data", [b"", b"x", SMALL, LARGE[:PART], LARGE], ids=["0", "1", "70 kB", "part", "more"]
)
def test_what_goes_in_comes_out(vault, data):
    stored = vault.store.put(io.BytesIO(data), also=("md5",))
    assert (stored.sha256, stored.size, stored.fresh) == (digest(data), len(data), True)
    assert dict(stored.digests) == {"sha256": digest(data), "md5": hashlib.md5(data).hexdigest()}
    for store in (vault.store, vault.again()):
        with store.open(stored.sha256) as handle:
            assert handle.read() == data
        assert store.has(stored.sha256)
        assert store.size(stored.sha256) == len(data)
        assert store.verify(stored.sha256) is None
    assert vault.keys() == [place(stored.sha256)], "nothing else is left, and the name is the same everywhere"


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_the_same_bytes_are_kept_once(vault, data):
    assert vault.store.put(io.BytesIO(data)).fresh
    assert vault.again().put(io.BytesIO(data)).fresh is False
    assert len(vault.keys()) == 1


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("wrong", [{"sha256": "0" * 64}, {"size": 1}])
def test_unexpected_bytes_leave_nothing_behind(vault, data, wrong):
    with pytest.raises(ObjectError, match="Nothing was stored"):
        vault.store.put(io.BytesIO(data), **wrong)
    assert vault.keys() == []
    assert not vault.store.has(digest(data))


@pytest.mark.parametrize("after", [0, PART + 1])
def test_a_source_that_breaks_leaves_nothing_behind(vault, after):
    class Broken(io.BytesIO):
        def read(self, count=-1):
            if self.tell() >= after:
                raise OSError(5, "Input/output error")
            return super().read(min(count, 1_000_000))

    with pytest.raises(Exception, match="Input/output"):
        vault.store.put(Broken(LARGE))
    assert vault.keys() == []


def test_a_source_that_gives_little_at_a_time_is_read_to_its_end(vault):
    class Slow(io.BytesIO):
        def read(self, count=-1):
            return super().read(min(count, 977_777))

    assert vault.store.put(Slow(LARGE)).sha256 == digest(LARGE)


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_rot_is_found_and_named_and_not_written_over(vault, data):
    vault.store.put(io.BytesIO(data))
    rotten = bytearray(data)
    rotten[1_234] ^= 1
    vault.write(place(digest(data)), bytes(rotten))
    assert "was altered" in vault.store.verify(digest(data)).what
    with pytest.raises(ObjectError, match=f"{digest(data)} was altered"):
        vault.store.put(io.BytesIO(data))
    with vault.store.open(digest(data)) as handle:
        assert handle.read() == rotten
    assert [problem.sha256 for problem in vault.store.verify_all()] == [digest(data)]


def test_a_missing_object_is_named(vault):
    assert vault.store.verify(digest(SMALL)).what == "is missing"
    assert not vault.store.has(digest(SMALL))
    for ask in (vault.store.open, vault.store.size):
        with pytest.raises(ObjectError, match="Restore it") as raised:
            ask(digest(SMALL))
        assert raised.value.code == "object.missing"


def test_objects_are_listed_in_order_and_strangers_are_named(vault):
    kept = sorted(vault.store.put(io.BytesIO(b"%d" % number)).sha256 for number in range(40))
    vault.write("ab/notes.txt", b"not an object")
    vault.write(f"00/00/{digest(SMALL)}", SMALL)
    assert list(vault.store.all()) == kept
    assert {problem.what for problem in vault.store.verify_all()} == {
        "is not an object: its name or place is not that of one"
    }
    assert len(list(vault.store.verify_all())) == 2


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_digests_are_names(vault, name):
    for use in (vault.store.open, vault.store.has):
        with pytest.raises(ObjectError, match="not a SHA-256"):
            use(name)


def test_an_erased_object_is_gone_and_only_that_one(vault):
    kept, erased = (vault.store.put(io.BytesIO(data)).sha256 for data in (SMALL, LARGE))
    assert vault.store.destroy(erased) is True
    assert vault.store.destroy(erased) is False
    assert vault.keys() == [place(kept)]


def test_an_object_can_be_read_from_any_place(vault):
    vault.store.put(io.BytesIO(LARGE))
    with vault.store.open(digest(LARGE)) as handle:
        handle.seek(PART - 5)
        assert handle.read(10) == LARGE[PART - 5 : PART + 5]
        handle.seek(-7, os.SEEK_END)
        assert handle.read() == LARGE[-7:]
        assert handle.read() == b""


def test_many_writers_of_the_same_bytes_make_one_object(vault):
    results: list[bool] = []

    def write():
        results.append(vault.again().put(io.BytesIO(LARGE)).fresh)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    # Among threads of the test server, asking and creating is not one step; the object is one all the same.
    assert sum(results) == 1 if vault.kind == "folder" else sum(results) >= 1
    assert vault.store.verify(digest(LARGE)) is None
    assert vault.keys() == [place(digest(LARGE))]


def test_a_folder_is_a_folder_and_a_bucket_a_bucket(vault):
    assert isinstance(vault.store, LocalObjectStore) == (vault.kind == "folder")
