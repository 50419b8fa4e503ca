"""Runs batch checks in helping processes when that pays, and in this one otherwise."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self

from embers.journal.entry_check import Batch, Outcome, check_batch

#: Below this many entries, starting processes costs more than it saves.
WORTH_IT = 5000
#: Batches under way at once for each process: enough to keep it busy, few enough to stay small.
WINDOW = 4

Take = Callable[[Outcome], None]


class CheckPool:
    """Checks batches and hands the outcomes back in the order of the batches."""

    def __init__(self, workers: int | None, entries: int) -> None:
        if workers is None:
            workers = (os.cpu_count() or 1) if entries >= WORTH_IT else 0
        self._workers = workers if workers > 1 else 0
        self._executor: ProcessPoolExecutor | None = None
        self._under_way: deque[tuple[Future[Outcome], Batch, Take]] = deque()

    def __enter__(self) -> Self:
        if self._workers:
            # Not "fork": this process may have threads and open databases.
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self._workers, mp_context=context)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def submit(self, batch: Batch, take: Take) -> None:
        """Check a batch now or soon; ``take`` gets the outcome."""
        if self._executor is not None:
            try:
                self._under_way.append((self._executor.submit(check_batch, batch), batch, take))
            except BrokenProcessPool:
                self._give_up()
        if self._executor is None:
            take(check_batch(batch))
        while len(self._under_way) > self._workers * WINDOW:
            self._collect()

    def finish(self) -> None:
        """Wait for everything under way."""
        while self._under_way:
            self._collect()

    def _collect(self) -> None:
        future, batch, take = self._under_way.popleft()
        try:
            outcome = future.result()
        except BrokenProcessPool:  # a helper was killed: the check goes on here, nothing is left out
            self._give_up()
            outcome = check_batch(batch)
        take(outcome)

    def _give_up(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
        self._workers = 0
        waiting, self._under_way = self._under_way, deque()
        for _, batch, take in waiting:
            take(check_batch(batch))
