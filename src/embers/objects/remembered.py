"""A bounded memory of what costs much to work out: made once however many ask, forgotten when others need the room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(slots=True)
class _Making:
    """One thing being made, and how many wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0


class Remembered(Generic[Value]):
    """Values by key, of a summed weight of at most ``most``; the least recently used are forgotten first.

    It lives in the memory of one process and nowhere else, and ends with it.
    """

    def __init__(self, most: int, weight: Callable[[Value], int]) -> None:
        self._most, self._weight, self._used = most, weight, 0
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._making: dict[Hashable, _Making] = {}
        self._lock = threading.Lock()

    def of(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key; make it if it is not remembered. Several who ask at once wait for one making."""
        with self._lock:
            making = self._making.setdefault(key, _Making())
            making.waiting += 1
        try:
            with making.lock:
                known = self._known(key)
                return self._keep(key, make()) if known is None else known
        finally:
            with self._lock:
                making.waiting -= 1
                if not making.waiting:
                    self._making.pop(key, None)

    def _known(self, key: Hashable) -> Value | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def _keep(self, key: Hashable, value: Value) -> Value:
        weight = self._weight(value)
        with self._lock:
            if weight <= self._most:
                self._values[key] = value
                self._used += weight
            while self._used > self._most:
                _, gone = self._values.popitem(last=False)
                self._used -= self._weight(gone)
        return value
