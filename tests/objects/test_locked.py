"""Objects at rest in field mode: the same promises as the plain store, and files that say nothing."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from embers.errors import ObjectError
from embers.objects.local import LocalObjectStore
from embers.objects.locked import CHUNK, LockedObjectStore
from embers.surroundings import Surroundings

KEY = b"k" * 32


@pytest.fixture
def store(tmp_path: Path) -> LockedObjectStore:
    return LockedObjectStore(tmp_path / "objects", Surroundings(), key=KEY)


def content(size: int) -> bytes:
    return (hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1))[:size]


@pytest.mark.parametrize(
    "size", [0, 1, 4055, 4056, 4057, CHUNK - 40, CHUNK, CHUNK + 1, 3 * CHUNK - 40, 300_000]
)
def test_objects_come_back_whole_and_from_any_place(store, size):
    data = content(size)
    stored = store.put(io.BytesIO(data))
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert store.size(stored.sha256) == size
    assert store.verify(stored.sha256) is None
    with store.open(stored.sha256) as handle:
        assert handle.read() == data
        for place in (0, size // 3, max(0, size - 5), size):
            handle.seek(place)
            assert handle.read(70_000) == data[place : place + 70_000]
    assert not store.put(io.BytesIO(data)).fresh
    assert list(store.all()) == [stored.sha256]


def test_files_tell_neither_content_nor_digest_nor_size(store):
    stored = [store.put(io.BytesIO(content(size))) for size in (10, 2000, 4000)]
    files = [path for path in store.path.rglob("*") if path.is_file()]
    assert len({path.stat().st_size for path in files}) == 1
    every = b"".join(str(path).encode() + path.read_bytes() for path in files)
    for one, size in zip(stored, (10, 2000, 4000), strict=True):
        assert one.sha256.encode() not in every
        assert bytes.fromhex(one.sha256) not in every
        assert content(size)[:10] not in every


def test_every_change_to_a_file_is_found(store):
    stored = store.put(io.BytesIO(content(200_000)))
    place = store.place(stored.sha256)
    place.chmod(0o644)
    raw = place.read_bytes()
    chunk = CHUNK + 16
    for name, data in {
        "flipped head": b"X" + raw[1:],
        "flipped salt": raw[:20] + bytes([raw[20] ^ 1]) + raw[21:],
        "flipped body": raw[:5000] + bytes([raw[5000] ^ 1]) + raw[5001:],
        "last chunk dropped": raw[: 49 + 3 * chunk],
        "chunks swapped": raw[:49]
        + raw[49 + chunk : 49 + 2 * chunk]
        + raw[49 : 49 + chunk]
        + raw[49 + 2 * chunk :],
        "something added": raw + bytes(20),
        "empty": b"",
    }.items():
        place.write_bytes(data)
        problem = store.verify(stored.sha256)
        assert problem is not None, name
        assert problem.what == "was altered or cut"
        assert list(store.verify_all()), name


def test_another_key_opens_nothing_and_a_file_cannot_stand_for_another(store):
    one, other = (store.put(io.BytesIO(content(size))) for size in (100, 200))
    stranger = LockedObjectStore(store.path, Surroundings(), key=b"x" * 32)
    assert not stranger.has(one.sha256)
    assert list(stranger.all()) == []
    here, there = store.place(one.sha256), store.place(other.sha256)
    here.chmod(0o644)
    here.write_bytes(there.read_bytes())
    assert "now have SHA-256" in store.verify(one.sha256).what
    assert list(store.all()) == [other.sha256]


def test_refusals_are_those_of_the_plain_store(store):
    with pytest.raises(ObjectError, match="not a SHA-256"):
        store.open("../../etc/passwd")
    with pytest.raises(ObjectError) as caught:
        store.open("0" * 64)
    assert caught.value.code == "object.missing"
    with pytest.raises(ObjectError, match="not the expected ones"):
        store.put(io.BytesIO(b"x"), sha256="0" * 64)
    stored = store.put(io.BytesIO(b"gone soon"))
    assert store.destroy(stored.sha256)
    assert not store.destroy(stored.sha256)
    assert not [path for path in store.path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["plain", "locked"])
def test_destroying_takes_the_copies_that_lie_beside(tmp_path, kind):
    path, around = tmp_path / "objects", Surroundings()
    store = LockedObjectStore(path, around, key=KEY) if kind == "locked" else LocalObjectStore(path, around)
    data = content(9000)
    stored, other = store.put(io.BytesIO(data)), store.put(io.BytesIO(content(10)))
    side = path / ".incoming" / "left-by-a-crash"
    side.write_bytes(store.place(stored.sha256).read_bytes())
    cut = path / ".incoming" / "cut-off"
    cut.write_bytes(b"half")
    place = store.place(stored.sha256)
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:-9])
    kept = store.replace_damaged(stored.sha256, io.BytesIO(data))
    assert kept is not None
    assert kind == "plain" or stored.sha256 not in kept.name
    assert store.destroy(stored.sha256)
    assert not side.exists()
    assert not kept.exists()
    assert cut.exists(), "what was never whole may be somebody else's and still be written"
    assert list(store.all()) == [other.sha256]
