"""Objects read in checked pieces: any range equals the slice, and an altered piece is never handed out."""

from __future__ import annotations

import hashlib
import io
import tracemalloc

import pytest

from embers.errors import ObjectError
from embers.objects.local import LocalObjectStore
from embers.objects.locked import LockedObjectStore
from embers.objects.pieces import PIECE, PieceTables
from embers.objects.place import open_objects
from embers.surroundings import Surroundings

DATA = bytes(range(256)) * ((2 * PIECE + 5000) // 256)
BORDERS = sorted({0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, len(DATA) - 1, len(DATA)})


@pytest.fixture(params=["folder", "locked", "bucket"])
def store(request, tmp_path):
    if request.param == "bucket":
        server = request.getfixturevalue("s3")
        return open_objects(f"s3://{server.bucket()}?endpoint={server.endpoint}", Surroundings())
    if request.param == "folder":
        return LocalObjectStore(tmp_path / "objects", Surroundings())
    return LockedObjectStore(tmp_path / "objects", Surroundings(), key=b"k" * 32)


def test_every_range_equals_the_slice(store):
    sha256 = store.put(io.BytesIO(DATA)).sha256
    assert store.has(sha256)
    pieces = PieceTables().of(store, sha256)
    assert pieces.size == len(DATA)
    for start in BORDERS:
        for end in BORDERS:
            assert b"".join(pieces.read(store, start, end)) == DATA[start:end]


def test_an_empty_object_has_no_bytes(store):
    sha256 = store.put(io.BytesIO(b"")).sha256
    pieces = PieceTables().of(store, sha256)
    assert (pieces.size, b"".join(pieces.read(store, 0, 0))) == (0, b"")


def alter(store, sha256, at):
    place = store.place(sha256)
    place.chmod(0o644)
    raw = bytearray(place.read_bytes())
    raw[at] ^= 1
    place.write_bytes(raw)


@pytest.mark.parametrize("store", ["folder", "locked"], indirect=True)
def test_bytes_altered_before_or_after_the_first_reading_are_refused(store):
    sha256 = store.put(io.BytesIO(DATA)).sha256
    tables = PieceTables()
    pieces = tables.of(store, sha256)
    alter(store, sha256, PIECE + PIECE // 2)
    assert b"".join(pieces.read(store, 0, 1000)) == DATA[:1000]  # another piece is still whole
    got = []
    with pytest.raises(ObjectError) as refused:
        got.extend(tables.of(store, sha256).read(store, 0, len(DATA)))
    assert refused.value.code == "object.altered"
    assert b"".join(got) == DATA[:PIECE]
    with pytest.raises(ObjectError):
        PieceTables().of(store, sha256)


def test_a_whole_reading_needs_the_memory_of_a_few_pieces(tmp_path):
    store = LocalObjectStore(tmp_path / "objects", Surroundings())
    sha256 = store.put(io.BytesIO(bytes(24 * PIECE))).sha256
    tables = PieceTables()
    tracemalloc.start()
    try:
        digest = hashlib.sha256()
        for part in tables.of(store, sha256).read(store, 0, 24 * PIECE):
            digest.update(part)
        assert digest.hexdigest() == sha256
        assert tracemalloc.get_traced_memory()[1] < 6 * PIECE
    finally:
        tracemalloc.stop()


def test_tables_forget_what_was_not_looked_at_lately(tmp_path):
    store = LocalObjectStore(tmp_path / "objects", Surroundings())
    names = [store.put(io.BytesIO(bytes([number]) * 3)).sha256 for number in range(3)]
    tables = PieceTables(kept=64)
    first = tables.of(store, names[0])
    tables.of(store, names[1])
    assert tables.of(store, names[0]) is first
    tables.of(store, names[2])  # one too many: the least recently used goes
    assert tables.of(store, names[0]) is first
    store.destroy(names[1])
    with pytest.raises(ObjectError, match="is not in"):
        tables.of(store, names[1])
