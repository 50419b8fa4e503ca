"""One contract for every journal store: the same tests run on an SQLite file and on a real PostgreSQL server."""

from __future__ import annotations

import hashlib
import itertools
import tracemalloc
from pathlib import Path

import pytest

from embers.errors import JournalError
from embers.journal.place import create_store, open_store
from embers.journal.store import JournalStore, StoredLog

LOG = StoredLog("embers.invalid/one", "embers.invalid/one+00000000+AA==", "case-1")
OTHER = StoredLog("embers.invalid/two", "embers.invalid/two+00000000+AA==", "case-1")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """Where a new journal can be made: a path, or the address of an empty database."""
    if request.param == "sqlite":
        return tmp_path / "journal.sqlite3"
    server = request.getfixturevalue("postgres")
    return server.address(server.database())


@pytest.fixture
def store(place):
    made = create_store(place)
    yield made
    made.close()


def fill(store: JournalStore, count: int, log: StoredLog = LOG) -> None:
    with store.transaction():
        if log not in store.logs():
            store.add_log(log)
        start = store.size(log.origin)
        for seq in range(start, start + count):
            raw = f"entry {seq} of {log.origin}".encode()
            store.add_entry(log.origin, seq, leaf=hashlib.sha256(raw).digest(), raw=raw)
        store.add_checkpoint(log.origin, start + count, note=f"note {start + count} é\n")


def test_an_empty_store_holds_nothing(store):
    assert list(store.entries()) == list(store.registering()) == list(store.logs()) == []
    assert (store.last_position(), store.size(LOG.origin)) == (0, 0)
    assert store.last_checkpoint(LOG.origin) is None
    assert store.find(b"\0" * 32) is None
    assert list(store.checkpoints(LOG.origin)) == list(store.nodes(LOG.origin)) == []


def test_what_went_in_comes_out_in_order_of_arrival(store):
    fill(store, 3)
    fill(store, 2, OTHER)
    fill(store, 2)
    assert list(store.logs()) == [LOG, OTHER]
    rows = list(store.entries())
    assert [row.position for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [(row.origin, row.seq) for row in rows] == [
        *((LOG.origin, seq) for seq in range(3)),
        *((OTHER.origin, seq) for seq in range(2)),
        *((LOG.origin, seq) for seq in range(3, 5)),
    ]
    assert list(store.entries(after=5)) == rows[5:]
    assert list(store.log_entries(LOG.origin, 1, 4)) == [rows[1], rows[2], rows[5]]
    assert (store.size(LOG.origin), store.size(OTHER.origin), store.last_position()) == (5, 2, 7)
    assert store.find(rows[4].leaf) == rows[4]
    assert store.hashes(LOG.origin, 0, start=2, end=9) == [rows[2].leaf, rows[5].leaf, rows[6].leaf]
    assert list(store.checkpoints(LOG.origin)) == [(3, "note 3 é\n"), (5, "note 5 é\n")]
    assert store.last_checkpoint(LOG.origin) == (5, "note 5 é\n")


def test_bytes_are_kept_exactly(store):
    raw = bytes(range(256)) * 4 + b"\x00"
    with store.transaction():
        store.add_log(LOG)
        store.add_entry(LOG.origin, 0, leaf=b"\x00" * 32, raw=raw)
    kept = store.find(b"\x00" * 32)
    assert (kept.raw, type(kept.raw), type(kept.leaf)) == (raw, bytes, bytes)


def test_tile_roots_come_back_by_level_and_number(store):
    with store.transaction():
        for level, index in itertools.product((8, 16), range(3)):
            store.add_node(LOG.origin, level, index=index, hash=bytes([level, index]))
    assert [(level, index) for level, index, _ in store.nodes(LOG.origin)] == [
        (8, 0), (8, 1), (8, 2), (16, 0), (16, 1), (16, 2),
    ]  # fmt: skip
    assert store.hashes(LOG.origin, 8, start=1, end=3) == [b"\x08\x01", b"\x08\x02"]


def test_entries_that_may_register_keys_are_found_by_their_bytes(store):
    words = [b"first", b"none", b'{"p":"signing-key"}', b"none", b'{"p":"log-key"}']
    with store.transaction():
        store.add_log(LOG)
        for seq, raw in enumerate(words):
            store.add_entry(LOG.origin, seq, leaf=hashlib.sha256(raw + bytes([seq])).digest(), raw=raw)
    assert [row.position for row in store.registering()] == [1, 3, 5]
    assert [row.position for row in store.registering(after=3)] == [5]


def test_entries_that_might_tell_of_an_erasure_are_found_by_their_bytes(store):
    words = [b"first", b'{"p":"erasure-request"}', b"an erasure-like word", b'{"p":"erasure-done"}']
    with store.transaction():
        store.add_log(LOG)
        for seq, raw in enumerate(words):
            store.add_entry(LOG.origin, seq, leaf=bytes([seq]) * 32, raw=raw)
    assert [row.raw for row in store.about_erasures()] == [words[1], words[3]]


@pytest.mark.parametrize("failure", [RuntimeError("stop"), KeyboardInterrupt()])
def test_a_block_that_fails_leaves_nothing(store, failure):
    fill(store, 2)
    with pytest.raises(type(failure)), store.transaction():
        store.add_log(OTHER)
        store.add_entry(OTHER.origin, 0, leaf=b"x" * 32, raw=b"x")
        store.add_checkpoint(OTHER.origin, 1, note="n")
        raise failure
    assert (list(store.logs()), store.last_position()) == ([LOG], 2)
    fill(store, 1)
    assert [row.position for row in store.entries()] == [1, 2, 3], "a failed block leaves no hole"


@pytest.mark.parametrize("again", ["place", "log", "checkpoint"])
def test_nothing_is_stored_twice_in_one_place(store, again):
    fill(store, 2)
    before = [*store.entries()], [*store.checkpoints(LOG.origin)]
    with pytest.raises(Exception, match=r"(?i)unique|duplicate|could not be written"), store.transaction():
        if again == "place":
            store.add_entry(LOG.origin, 1, leaf=b"y" * 32, raw=b"another")
        elif again == "log":
            store.add_log(StoredLog(LOG.origin, "another key", "case-1"))
        else:
            store.add_checkpoint(LOG.origin, 2, note="another")
    assert before == ([*store.entries()], [*store.checkpoints(LOG.origin)])


def test_a_snapshot_does_not_see_what_is_added_meanwhile(store, place):
    fill(store, 2)
    second = open_store(place)
    with store.snapshot():
        assert store.last_position() == 2
        fill(second, 3)
        assert (store.last_position(), len(list(store.entries()))) == (2, 2)
        assert store.last_checkpoint(LOG.origin)[0] == 2
    assert store.last_position() == 5
    second.close()


def test_a_reader_sees_nothing_until_the_block_is_committed(store, place):
    reader = open_store(place, read_only=True)
    with store.transaction():
        store.add_log(LOG)
        store.add_entry(LOG.origin, 0, leaf=b"z" * 32, raw=b"z")
        assert reader.last_position() == 0
    assert reader.last_position() == 1
    reader.close()


def test_a_reader_cannot_write(store, place):
    fill(store, 1)
    reader = open_store(place, read_only=True)
    with pytest.raises(Exception, match=r"(?i)read.?only"), reader.transaction():
        reader.add_checkpoint(LOG.origin, 9, note="x")
    reader.close()
    assert store.last_checkpoint(LOG.origin)[0] == 1


def test_several_readings_may_be_under_way_at_once(store):
    fill(store, 2500)
    fill(store, 1, OTHER)
    notes, rows = store.checkpoints(LOG.origin), store.entries()
    assert next(notes)[0] == 2500
    assert sum(1 for _ in rows) == 2501
    assert next(notes, None) is None


def test_entries_can_be_added_while_they_are_read(store):
    fill(store, 1500)
    seen = 0
    for row in store.entries():
        seen = row.position
        if row.position == 1000:
            fill(store, 5)
    assert seen == 1505


def test_reading_needs_no_memory_for_the_whole_journal(store):
    with store.transaction():
        store.add_log(LOG)
        for seq in range(4000):
            leaf = hashlib.sha256(b"%d" % seq).digest()
            store.add_entry(LOG.origin, seq, leaf=leaf, raw=leaf * 250)  # 8,000 bytes each, 32 MB together
    tracemalloc.start()
    assert sum(len(row.raw) for row in store.entries()) == 4000 * 8000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000, f"{peak} bytes for a page of 1,000 entries"


def test_a_journal_is_never_made_over_another(store, place):
    fill(store, 2)
    with pytest.raises(JournalError, match="already a journal"):
        create_store(place)
    assert store.last_position() == 2


def test_an_opening_that_was_cut_short_can_be_done_again(postgres):
    place = postgres.address(postgres.database())
    create_store(place).close()
    again = create_store(place)
    fill(again, 1)
    assert again.last_position() == 1
    again.close()


def test_a_place_without_a_journal_is_refused(tmp_path, postgres):
    for nowhere in (tmp_path / "none.sqlite3", postgres.address(postgres.database())):
        with pytest.raises(JournalError) as raised:
            open_store(nowhere)
        assert raised.value.code == "journal.open"
        assert raised.value.hint
    assert not Path(tmp_path / "none.sqlite3").exists()
