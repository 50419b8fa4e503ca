"""Reading many objects again on every core at once, in a bounded amount of memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from embers.objects.mapped import MappedFiles
from embers.objects.store import ObjectProblem


class Verifying(Protocol):
    """The part of an object store that is asked."""

    def verify(self, sha256: str) -> ObjectProblem | None:
        """Re-read an object; return what is wrong with it, or nothing."""
        ...

    def mappable(self, sha256: str) -> Path | None:
        """Return the file of an object that is better mapped than read: a large one that holds its plain bytes."""
        ...


def verify_many(store: Verifying, names: Iterable[str]) -> Iterator[tuple[str, ObjectProblem | None]]:
    """Re-read the named objects; yield each with what is wrong, in the order given.

    Names are drawn a few ahead of the readers, so a caller may stop giving them at any moment. Hashing leaves Python's
    lock, so threads are enough.
    """
    waiting: deque[tuple[str, Future[ObjectProblem | None]]] = deque()
    workers = os.cpu_count() or 1
    with MappedFiles() as files, ThreadPoolExecutor(workers) as pool:
        try:
            for name in names:
                waiting.append((name, pool.submit(_verify, store, name, files)))
                if len(waiting) > 4 * workers:
                    first, result = waiting.popleft()
                    yield first, result.result()
            while waiting:
                first, result = waiting.popleft()
                yield first, result.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _verify(store: Verifying, name: str, files: MappedFiles) -> ObjectProblem | None:
    path = store.mappable(name)
    if path is not None and files.holds(path, name):
        return None
    return store.verify(name)
