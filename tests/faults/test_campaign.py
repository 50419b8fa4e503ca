"""The short form of benchmarks/crash_campaign.py: a sample of every campaign, and mutants that must be found out."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from faults.campaign import Bench, call_faults, power_cuts, restarts
from faults.operations import MUTANTS, OPERATIONS

#: Trials of operations that also build a projection, or open several copies, take long.
FEW = {
    **dict.fromkeys(("seal", "erase", "interview-draft"), 3),
    **{name: 3 for name in OPERATIONS if name.startswith("sync-")},
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_failing_call_loses_or_damages_anything(name, tmp_path):
    tally = call_faults(Bench(OPERATIONS[name], tmp_path), sample=FEW.get(name, 6), seed=7)
    assert tally.count == FEW.get(name, 6)
    assert sum(tally.outcomes.values()) == tally.count
    assert tally.failures == []
    assert tally.raw == [], "an error without a sentence reached the person"


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_power_cut_loses_or_damages_anything(name, tmp_path):
    moments = FEW.get(name, 5)
    tally = power_cuts(Bench(OPERATIONS[name], tmp_path), sample=moments, torn=1, seed=7)
    assert tally.count == 3 * moments
    assert tally.failures == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_a_killed_process_left_unflushed_is_not_counted_as_safe(name, tmp_path):
    tally = restarts(Bench(OPERATIONS[name], tmp_path), sample=2, torn=1, seed=7)
    assert tally.count == 4
    assert tally.failures == []


@pytest.mark.parametrize(
    "name", ["row-before-object", "ack-before-commit", "continue-old-log", "receipt-before-bytes"]
)
def test_a_killed_mutant_is_found_out(name, tmp_path):
    found = call_faults(Bench(MUTANTS[name], tmp_path), first_failure=True, sample=200, seed=3)
    assert found.failures


@pytest.mark.parametrize(
    "name", ["no-fsync", "receipt-before-flush", "receipt-before-keys", "draft-without-flush"]
)
def test_a_kill_alone_does_not_show_a_missing_flush_but_a_power_cut_does(name, tmp_path):
    bench = Bench(MUTANTS[name], tmp_path)
    assert power_cuts(bench, first_failure=True, torn=1, sample=80, seed=3).failures


def test_a_campaign_repeats_by_its_seed(tmp_path):
    bench = Bench(MUTANTS["ack-before-commit"], tmp_path)
    one, two = (power_cuts(bench, sample=3, torn=2, seed=5) for _ in range(2))
    assert one.failures
    assert [line.partition(": the ack")[0] for line in one.failures] == [
        line.partition(": the ack")[0] for line in two.failures
    ]
