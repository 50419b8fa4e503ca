"""The two campaigns: every file call of an operation made to fail, and the power cut after every change."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from . import child, steady, volume
from .inject import Fault
from .operations import Operation
from .trace import CHANGING, GROWING, OPTIONS, Call, read_trace

T = TypeVar("T")
FAULTS = ("KILL", "EIO", "ENOSPC")


@dataclass(slots=True)
class Tally:
    """What a campaign saw: trials by fault and outcome, and every failure with what is needed to repeat it."""

    trials: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    failures: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of trials."""
        return sum(self.trials.values())


class Bench:
    """A place for trials of one operation: a prepared folder that each trial starts from."""

    def __init__(self, operation: Operation, folder: Path) -> None:
        self.operation = operation
        self.base = folder / "trial"
        self.acks = folder / "acks"
        self._log = folder / "log"
        self._verdict = folder / "verdict"
        self._trace = folder / "trace"
        self._ready = folder / "ready"
        self._known: dict[str, list[str]] = {}
        self.repeated = 0
        steady.begin("prepare")
        done = child.run(lambda: operation.prepare(self.base), log=self._log)
        if done.how != "done":
            raise RuntimeError(f"{operation.name} cannot be prepared: {done.told}")
        self.base.rename(self._ready)

    def reset(self) -> None:
        """Start again from the prepared folder."""
        shutil.rmtree(self.base, ignore_errors=True)
        shutil.copytree(self._ready, self.base)
        self.acks.write_text("")
        self._log.unlink(missing_ok=True)

    def act(self, *strace: str, fault: Fault | None = None, turn: str = "act") -> child.Outcome:
        """Run the operation; under strace if options are given, with one call failing if a fault is."""
        steady.begin(turn)
        return child.run(self._act, log=self._log, strace=strace, fault=fault)

    def _act(self) -> None:
        with self.acks.open("ab", buffering=0) as told:
            self.operation.act(self.base, lambda id: (told.write(f"{id}\n".encode()), None)[1])

    def acknowledged(self) -> list[str]:
        """Return what the operation acknowledged."""
        return self.acks.read_text().split()

    def wrong(self, acknowledged: list[str]) -> list[str]:
        """Judge the folder, then do the operation again without fault and judge again.

        A folder of the very bytes of one that was judged, with the same promises, is not judged twice.
        """
        state = volume.digest(self.base, acknowledged)
        if state in self._known:
            self.repeated += 1
        else:
            self._known[state] = self._wrong(acknowledged)
        return self._known[state]

    def _wrong(self, acknowledged: list[str]) -> list[str]:
        passing = self.operation.passing
        found = [one for one in self._judge(acknowledged) if not (passing and passing in one)]
        if not found:
            self.acks.write_text("")
            again = self.act(turn="again")
            if again.how != "done":
                return [f"cannot be done again: {again.told.strip()[-300:]}"]
            found = [
                f"after doing it again: {one}" for one in self._judge(acknowledged + self.acknowledged())
            ]
        return found

    def _judge(self, acknowledged: list[str]) -> list[str]:
        self._verdict.unlink(missing_ok=True)

        def work() -> None:
            self._verdict.write_text("\n".join(self.operation.wrong(self.base, acknowledged)))

        steady.begin("judge")
        done = child.run(work, log=self._log)
        if done.how != "done":
            return [f"cannot be verified: {done.told.strip()[-300:]}"]
        return self._verdict.read_text().splitlines()

    def calls(self) -> list[Call]:
        """Run the operation once without fault and return its file calls in order."""
        self.reset()
        done, calls = self.traced()
        if done.how != "done":
            raise RuntimeError(f"{self.operation.name} fails without any fault: {done.told}")
        return calls

    def traced(self, *inject: str, turn: str = "act") -> tuple[child.Outcome, list[Call]]:
        """Run the operation where the folder stands; return how it ended and its file calls in order."""
        done = self.act("-o", str(self._trace), *OPTIONS, *inject, turn=turn)
        return done, read_trace(self._trace)


def call_faults(
    bench: Bench, *, sample: int | None = None, seed: int = 1, first_failure: bool = False
) -> Tally:
    """Make every file call below the case fail in turn: killed before it, EIO, and a full disk where it can be.

    ``sample`` limits the number of trials, chosen by ``seed``; ``first_failure`` ends with the first one.
    """
    calls = bench.calls()
    plan = [
        (call, fault)
        for call in calls
        if call.touches(str(bench.base)) and call.name != "close"
        for fault in FAULTS
        if fault == "EIO" or call.name in (GROWING if fault == "ENOSPC" else CHANGING)
    ]
    tally = Tally()
    for call, fault in _some(plan, sample, seed):
        bench.reset()
        ended = bench.act(fault=Fault.of(call.name, call.nth, fault))
        acknowledged = bench.acknowledged()
        tally.trials[fault] += 1
        tally.outcomes[ended.how] += 1
        tally.acknowledged += len(acknowledged)
        named = f"{bench.operation.name}: {fault} at {call.name} {call.nth} of {Path(call.paths[0]).name}"
        if ended.how == "raw":
            tally.raw.append(f"{named}: {ended.told.strip().splitlines()[-1]}")
        tally.failures += [f"{named} ({ended.how}): {one}" for one in bench.wrong(acknowledged)]
        if first_failure and tally.failures:
            break
    return tally


def power_cuts(
    bench: Bench, *, torn: int = 4, sample: int | None = None, seed: int = 1, first_failure: bool = False
) -> Tally:
    """Cut the power after every change of the disk: unflushed changes lost, kept, and ``torn`` mixtures of both."""
    calls = bench.calls()
    bench.reset()
    tally = Tally()
    moments = list(_moments(volume.Volume(bench.base, bench.acks), calls))
    chosen = set(_some(moments, sample, seed))
    disk = volume.Volume(bench.base, bench.acks)
    for number, call in enumerate(calls):
        if not disk.apply(call) or number not in chosen:
            continue
        for how, files in disk.states(random.Random(f"{seed}/{number}"), torn):
            named = f"{bench.operation.name}: power cut after call {number} ({call.name}), {how}, seed {seed}"
            _judge(bench, disk, how, files, tally=tally, named=named)
        if first_failure and tally.failures:
            break
    return tally


def restarts(
    bench: Bench, *, torn: int = 4, sample: int | None = None, seed: int = 1, first_failure: bool = False
) -> Tally:
    """Kill the operation before every change of the disk, do it again to its end, and cut the power then.

    What a killed process wrote and did not flush is seen by the next one, and is lost with the power all the same.
    """
    calls = bench.calls()
    plan = [call for call in calls if call.touches(str(bench.base)) and call.name in CHANGING]
    tally = Tally()
    for call in _some(plan, sample, seed):
        bench.reset()
        disk = volume.Volume(bench.base, bench.acks)
        kill = ("-e", f"inject={call.name}:signal=KILL:when={call.nth}")
        for turn, inject in (("act", kill), ("restart", ())):
            _, made = bench.traced(*inject, turn=turn)
            disk.restart()
            for one in made:
                disk.apply(one)
        named = f"{bench.operation.name}: killed at {call.name} {call.nth}, done again, then the power cut"
        for how, files in disk.states(random.Random(f"{seed}/{call.nth}"), torn):
            if how == "kept":
                continue  # that is the folder as it stands
            _judge(bench, disk, how, files, tally=tally, named=f"{named}, {how}, seed {seed}")
        if first_failure and tally.failures:
            break
    return tally


def _judge(
    bench: Bench,
    disk: volume.Volume,
    how: str,
    files: dict[str, bytes],
    *,
    tally: Tally,
    named: str,
) -> None:
    """Put one state of the disk in place of the folder, and count what is wrong with it."""
    shutil.rmtree(bench.base, ignore_errors=True)
    volume.write(files, bench.base)
    tally.trials[how] += 1
    tally.acknowledged += len(disk.acknowledged)
    wrong = bench.wrong(list(disk.acknowledged))
    tally.outcomes["unsound" if wrong else "sound"] += 1
    tally.failures += [f"{named}: {one}" for one in wrong]


def _moments(disk: volume.Volume, calls: list[Call]) -> Iterator[int]:
    for number, call in enumerate(calls):
        if disk.apply(call):
            yield number


def _some(plan: list[T], sample: int | None, seed: int) -> list[T]:
    if sample is None or sample >= len(plan):
        return plan
    return random.Random(seed).sample(plan, sample)
