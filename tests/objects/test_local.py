from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import resource
import signal

import pytest

import embers.objects.mapped
from embers.errors import ObjectError
from embers.objects.checking import verify_many
from embers.objects.digest import ALGORITHMS, digest_stream
from embers.objects.local import INCOMING, LocalObjectStore
from embers.objects.mapped import MappedFiles
from embers.surroundings import LocalDisk, Surroundings

DATA = os.urandom(3 * 1024 * 1024 + 17)
SHA256 = hashlib.sha256(DATA).hexdigest()


def files(store):
    return sorted(path for path in store.path.rglob("*") if path.is_file())


def test_what_goes_in_comes_out(store):
    stored = store.put(io.BytesIO(DATA), also=("md5",))
    assert (stored.sha256, stored.size, stored.fresh) == (SHA256, len(DATA), True)
    assert dict(stored.digests) == {"sha256": SHA256, "md5": hashlib.md5(DATA).hexdigest()}
    with store.open(SHA256) as handle:
        assert handle.read() == DATA
    assert store.has(SHA256)
    assert store.size(SHA256) == len(DATA)
    assert store.verify(SHA256) is None
    assert list(store.all()) == [SHA256]
    assert files(store) == [store.path / SHA256[:2] / SHA256[2:4] / SHA256]
    assert files(store)[0].stat().st_mode & 0o777 == 0o444


def test_the_same_bytes_are_kept_once(store):
    store.put(io.BytesIO(DATA))
    before = files(store)[0].stat().st_ino
    assert store.put(io.BytesIO(DATA)).fresh is False
    assert [path.stat().st_ino for path in files(store)] == [before]


@pytest.mark.parametrize("wrong", [{"sha256": "0" * 64}, {"size": 1}, {"sha256": SHA256, "size": 0}])
def test_unexpected_bytes_leave_nothing_behind(store, wrong):
    with pytest.raises(ObjectError, match="Nothing was stored"):
        store.put(io.BytesIO(DATA), **wrong)
    assert files(store) == []
    assert not store.has(SHA256)


def test_a_stream_that_breaks_leaves_nothing_behind(store):
    class Broken(io.BytesIO):
        def read(self, count=-1):
            if self.tell() > 2_000_000:
                raise OSError(5, "Input/output error")
            return super().read(count)

    with pytest.raises(OSError, match="Input/output"):
        store.put(Broken(DATA))
    assert files(store) == []


@pytest.mark.parametrize("step", ["create", "sync", "link", "make_folder"])
def test_a_failing_disk_leaves_nothing_behind_and_a_second_try_works(tmp_path, step):
    class Failing(LocalDisk):
        fails = True

        def __getattribute__(self, name):
            if name == step and Failing.fails:
                raise OSError(28, "No space left on device")
            return super().__getattribute__(name)

    store = LocalObjectStore(tmp_path / "objects", Surroundings(disk=Failing()))
    with pytest.raises(OSError, match="No space"):
        store.put(io.BytesIO(DATA))
    Failing.fails = False
    assert files(store) == []
    assert store.put(io.BytesIO(DATA)).fresh
    assert store.verify(SHA256) is None


def test_one_flipped_bit_is_found_and_named_and_not_overwritten(store):
    store.put(io.BytesIO(DATA))
    path = files(store)[0]
    path.chmod(0o644)
    rotten = bytearray(DATA)
    rotten[1_234_567] ^= 1
    path.write_bytes(rotten)
    assert SHA256 in store.verify(SHA256).sha256
    assert "was altered" in store.verify(SHA256).what
    with pytest.raises(ObjectError, match=SHA256):
        store.put(io.BytesIO(DATA))
    assert path.read_bytes() == rotten
    assert [problem.sha256 for problem in store.verify_all()] == [SHA256]


def test_a_missing_object_is_named(store):
    assert store.verify(SHA256).what == "is missing"
    with pytest.raises(ObjectError, match="Restore it"):
        store.open(SHA256)


def test_strangers_in_the_folder_are_named(store):
    store.put(io.BytesIO(DATA))
    (store.path / "ab").mkdir(exist_ok=True)
    (store.path / "ab" / "notes.txt").write_text("not an object")
    wrong = store.path / "00" / "00" / SHA256
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(DATA)
    assert {problem.what for problem in store.verify_all()} == {
        "is not an object: its name or place is not that of one"
    }
    assert len(list(store.verify_all())) == 2
    assert list(store.all()) == [SHA256]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n", "a" * 65])
def test_only_digests_are_names(store, name):
    for call in (store.open, store.has, store.size, store.place):
        with pytest.raises(ObjectError, match="not a SHA-256"):
            call(name)


def test_side_files_of_a_crash_are_no_objects_and_are_swept(store):
    store.put(io.BytesIO(DATA))
    (store.path / INCOMING / "left").write_bytes(DATA[:100])
    assert list(store.all()) == [SHA256]
    assert list(store.verify_all()) == []
    assert store.sweep() == 1
    assert store.sweep() == 0
    assert store.verify(SHA256) is None


def put_all(path, count):
    store = LocalObjectStore(path, Surroundings())
    for number in range(count):
        store.put(io.BytesIO(bytes([number]) * 10_000))


def test_two_processes_store_the_same_objects(store):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=put_all, args=(store.path, 40)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(list(store.all())) == 40
    assert list(store.verify_all()) == []


def test_every_algorithm_in_one_pass():
    found = digest_stream(io.BytesIO(DATA), ALGORITHMS)
    assert found.all() == {name: hashlib.new(name, DATA).hexdigest() for name in ALGORITHMS}
    assert found.size == len(DATA)


def put_large(path, result):
    class Endless:
        left = 300 * 1024 * 1024

        def read(self, count):
            count = min(count, self.left)
            self.left -= count
            return bytes(count)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    LocalObjectStore(path, Surroundings()).put(Endless())
    result.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


def test_memory_does_not_grow_with_the_object(store):
    context = multiprocessing.get_context("spawn")
    result = context.Queue()
    worker = context.Process(target=put_large, args=(store.path, result))
    worker.start()
    grown = result.get(timeout=60)
    worker.join()
    assert grown < 20_000  # KiB, for an object of 300 MiB


@pytest.fixture
def large(tmp_path):
    """A store of two objects that are large enough to be mapped, one of them long."""
    store = LocalObjectStore(tmp_path / "objects", Surroundings())
    long, other = (store.put(io.BytesIO(bytes([n]) * size)) for n, size in ((1, 96 << 20), (2, 5 << 20)))
    return store, long.sha256, other.sha256


def test_a_large_file_is_mapped_and_what_is_wrong_with_it_is_said_all_the_same(large):
    store, long, other = large
    assert store.mappable(long) == store.place(long)
    assert list(store.verify_all()) == []
    with MappedFiles() as files:
        assert files.holds(store.place(other), other)
        assert not files.holds(store.place(other), long)
        assert not files.holds(store.path / "no such file", long)
    for sha256, change in ((long, 50 << 20), (other, 7)):
        store.place(sha256).chmod(0o600)
        with store.place(sha256).open("r+b") as handle:
            handle.seek(change)
            handle.write(b"x")
    found = {problem.sha256: problem.what for problem in store.verify_all()}
    assert found.keys() == {long, other}
    assert all("was altered" in what for what in found.values())


def test_a_file_that_is_cut_while_it_is_mapped_ends_no_check(large, monkeypatch):
    """The process that maps it is ended by the system, as on a failing disk; the check goes on and says why."""
    store, long, _ = large
    store.place(long).chmod(0o600)
    cutting = embers.objects.mapped._PROGRAM.replace(
        "                running.update(part)",
        "                os.truncate(path, 100); running.update(part)",  # between mapping and reading
    )
    assert cutting != embers.objects.mapped._PROGRAM
    monkeypatch.setattr(embers.objects.mapped, "_PROGRAM", cutting)
    with MappedFiles() as files:
        assert not files.holds(store.place(long), long)
        assert files._all[0].wait(10) == -signal.SIGBUS
    found = dict(verify_many(store, [long]))
    assert "its 100 bytes now have" in found[long].what
    monkeypatch.undo()
    assert {problem.sha256 for problem in store.verify_all()} == {long}, "the others are read all the same"
