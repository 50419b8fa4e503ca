"""Whole histories of laptops, office and sticks; the long form is ``python benchmarks/sync_simulation.py``."""

from __future__ import annotations

import pytest
import simulated_world

from embers.journal.journal import Journal
from embers.journal.keys import Keyring

SEEDS = range(24)
#: In these worlds nobody copies keys, so a device that continues its log after a restore is the only one that forks.
WITHOUT_COPIES = range(1, 17, 2)


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, 8))
def test_every_world_converges_and_keeps_what_was_receipted(first, tmp_path):
    wrong = {}
    for seed in range(first, first + 8):
        world = simulated_world.simulate(seed, tmp_path)
        if found := world.wrongs_found:
            wrong[seed] = found
    assert wrong == {}, "replay with: python benchmarks/sync_simulation.py --first SEED --seeds 1"


def test_the_worlds_hold_what_they_are_meant_to_hold(tmp_path):
    total: dict[str, int] = {}
    for seed in range(4):
        for name, count in simulated_world.simulate(seed, tmp_path).counts.items():
            total[name] = total.get(name, 0) + count
    assert all(total[name] for name in ("restores", "clones", "seizures", "cuts", "entries", "receipted"))


def test_a_device_that_continues_its_log_after_a_restore_is_caught(tmp_path, monkeypatch):
    monkeypatch.setattr(Journal, "_refuse_cut_log", lambda self, origin: None)
    monkeypatch.setattr(Journal, "_refuse_other_epoch", lambda self, origin: None)
    monkeypatch.setattr(Keyring, "end", lambda self, origin, why: None)
    for seed in WITHOUT_COPIES:
        if any("forked" in found for found in simulated_world.simulate(seed, tmp_path).wrongs_found):
            return
    pytest.fail("no world noticed that the old log was continued")


def test_one_seed_is_one_history(tmp_path):
    first, again = (simulated_world.simulate(3, tmp_path / name) for name in ("a", "b"))
    assert first.counts == again.counts
    assert first.everything(first.office) == again.everything(again.office)
