"""Exchange over the bad line: what is broken off goes on by itself, and only a broken line is waited for."""

from __future__ import annotations

import random
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from bad_line import BadLine, Faults
from served_office import TOKEN

from embers.actions.devices import ask_to_join, enrol, join
from embers.actions.sync import Patience, status, synchronise
from embers.errors import SyncError

PIECE = 8192
ALL_BAD = Faults(torn=0.05, lost=0.05, cut=0.05, twice=0.1, delayed=0.05, delay=0.01)


@pytest.fixture
def line(address):
    def make(faults: Faults, seed: int = 1, **more) -> BadLine:
        return BadLine(urlsplit(address).port, faults, seed=seed, **more)

    return make


def test_one_call_goes_on_over_every_break_and_sends_each_piece_once_more_at_most(team, line):
    film = random.Random(2).randbytes(6 * PIECE)
    film += bytes(6 * PIECE) + b"end"  # 13 pieces, six of them the same
    names = {sha256(film[at : at + PIECE]).hexdigest().encode() for at in range(0, len(film), PIECE)}
    team.take_in("laptop", film)
    waited, shown = [], []
    with line(ALL_BAD, 5).open() as bad:
        done = synchronise(
            team.folder("laptop"),
            bad.address,
            token=TOKEN,
            chunk=PIECE,
            watch=shown.append,
            patience=Patience(50, waited.append),
        )
    assert waited, "the line never broke"
    assert all(bad.faults[name] for name in ("torn", "lost", "cut", "twice"))
    assert not done.refused
    assert names <= bad.pieces.keys()
    assert all(times <= 1 + bad.broken[piece] for piece, times in bad.pieces.items())
    kept = team.folder("office").objects()
    assert {kept.verify(sha256) for sha256 in kept.all()} == {None}
    own = next(log for log in status(team.folder("laptop")).logs if log.own)
    assert own.with_one == own.entries
    sent = [progress for progress in shown if progress.what == "objects sent"]
    assert (sent[-1].done, sent[-1].bytes) == (sent[-1].of, sent[-1].of_bytes)
    assert max(progress.of_bytes for progress in sent) >= len(film)


def test_a_line_on_which_nothing_moves_is_given_up_with_the_reason(team, line):
    waited = []
    with line(Faults(torn=1.0)).open() as bad, pytest.raises(SyncError) as broken:
        synchronise(team.folder("laptop"), bad.address, token=TOKEN, patience=Patience(4, waited.append))
    assert broken.value.code == "sync.link"
    assert waited == [1.0, 2.0, 4.0]


def test_what_is_refused_is_not_tried_again(team, line):
    waited = []
    with line(Faults()).open() as bad, pytest.raises(SyncError) as refused:
        synchronise(
            team.folder("laptop"), bad.address, token="another token", patience=Patience(9, waited.append)
        )
    assert (refused.value.code, waited) == ("sync.refused", [])


def test_an_answer_that_is_cut_off_is_a_broken_line_and_not_a_damaged_case(team, line):
    with line(Faults(cut=1.0)).open() as bad, pytest.raises(SyncError) as broken:
        synchronise(team.folder("laptop"), bad.address, token=TOKEN)
    assert broken.value.code == "sync.link"


def test_a_new_laptop_joins_over_a_bad_line_and_after_it_gave_up(team, line):
    third = team.folder("third")
    office = team.recorder("office")
    enrol(office, ask_to_join(third, "staff-03"))
    opening = next(iter(office.journal.store.entries())).leaf.hex()
    with line(Faults(torn=1.0)).open() as bad, pytest.raises(SyncError):
        join(third, bad.address, staff="staff-03", opening=opening, token=TOKEN)
    with line(ALL_BAD, 3).open() as bad:
        join(third, bad.address, staff="staff-03", opening=opening, token=TOKEN, patience=Patience(50))
    journal = third.journal(read_only=True)
    assert {one.leaf for one in journal.store.entries()} == {
        one.leaf for one in office.journal.store.entries()
    }


def test_one_seed_is_one_order_of_faults(team, line):
    seen = []
    for _ in range(2):
        with line(ALL_BAD, 11).open() as bad:
            for _ in range(30):
                try:
                    synchronise(team.folder("laptop"), bad.address, token="another token")
                except SyncError:
                    continue
        seen.append(dict(bad.faults))
    assert seen[0] == seen[1]
    assert seen[0]
