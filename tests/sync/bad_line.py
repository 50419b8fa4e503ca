"""A bad line between two real processes: a proxy in this process that breaks, swallows, repeats and delays requests.

It speaks plain HTTP, so it sees whole requests and can count what is carried; the office behind it and whoever calls it
are the real programs. One seed gives one order of faults for one order of requests.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_BLOCK = 65536
#: Faults after which the caller's connection is gone.
_BREAKS = ("torn", "lost", "cut")
_TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class Faults:
    """How bad a line is: the chance of each fault at each request, and the seconds of a delay.

    ``torn`` breaks in the middle of the request, ``lost`` after the request has arrived and before its answer,
    ``cut`` in the middle of the answer; ``twice`` hands the request over two times.
    """

    torn: float = 0.0
    lost: float = 0.0
    cut: float = 0.0
    twice: float = 0.0
    delayed: float = 0.0
    delay: float = 0.05


class BadLine:
    """A listening port on this computer that carries requests to another one, badly.

    ``pieces`` counts how often each piece of an object began to be carried, ``broken`` how often it was broken off, and
    ``faults`` what was done to requests. ``stop`` is
    asked before each piece, with how many have begun; when it says yes, a part of it is carried, ``stopped`` is called,
    and the line breaks.
    """

    def __init__(
        self,
        port: int,
        faults: Faults,
        *,
        seed: int = 1,
        stop: Callable[[int], bool] = lambda _: False,
        stopped: Callable[[], object] = lambda: None,
    ) -> None:
        self.pieces: Counter[bytes] = Counter()
        self.broken: Counter[bytes] = Counter()
        self.faults: Counter[str] = Counter()
        self._port, self._bad, self._chance = port, faults, random.Random(seed)
        self._stop, self._stopped = stop, stopped
        self._one_at_a_time = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        """Return where the bad line begins."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    @contextmanager
    def open(self) -> Iterator[BadLine]:
        """Carry requests until the block ends."""
        threading.Thread(target=self._accept, daemon=True).start()
        yield self
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                caller.settimeout(_TIMEOUT)
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, suppress(OSError, _Gone):
            while True:
                head = _head(caller)
                with self._one_at_a_time:  # so that one seed is one order of faults
                    fate, where = self._fate(), self._chance.random()
                if not self._carry(caller, head, fate, where):
                    return

    def _fate(self) -> str:
        for name in (*_BREAKS, "twice", "delayed"):
            if self._chance.random() < getattr(self._bad, name):
                return name
        return ""

    def _carry(self, caller: socket.socket, head: bytes, fate: str, where: float) -> bool:
        """Carry one request and its answer; tell whether the caller's connection goes on."""
        length, stopping, first = _length(head), False, b""
        if b"/put-chunk HTTP" in head.partition(b"\r\n")[0]:
            first = b"".join(_blocks(caller, 64))  # the piece's name
            self.pieces[first] += 1
            stopping = self._stop(sum(self.pieces.values()))
            self.broken[first] += stopping or fate in _BREAKS
        if stopping or fate == "torn":
            self.faults["stopped" if stopping else "torn"] += 1
            _swallow(caller, int(where * (length - len(first))))
            if stopping:
                self._stopped()
            return False
        if fate == "delayed":
            self.faults["delayed"] += 1
            time.sleep(self._bad.delay)
        body = first + b"".join(_blocks(caller, length - len(first)))
        answer = self._ask(head, body)
        if fate == "twice":
            self.faults["twice"] += 1
            answer = self._ask(head, body)
        if fate == "lost":
            self.faults["lost"] += 1
            return False
        if fate == "cut":
            self.faults["cut"] += 1
            caller.sendall(answer[: int(where * len(answer))])
            return False
        caller.sendall(answer)
        return True

    def _ask(self, head: bytes, body: bytes) -> bytes:
        """Hand a request to the office on a connection of its own; return the whole answer."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT) as office:
            office.sendall(head + body)
            answer = _head(office)
            return answer + b"".join(_blocks(office, _length(answer)))


class _Gone(Exception):  # noqa: N818 - not an error: the other side closed its connection
    pass


def _some(line: socket.socket, count: int) -> bytes:
    data = line.recv(count)
    if not data:
        raise _Gone
    return data


def _blocks(line: socket.socket, count: int) -> Iterator[bytes]:
    while count > 0:
        data = _some(line, min(_BLOCK, count))
        count -= len(data)
        yield data


def _swallow(line: socket.socket, count: int) -> None:
    for _ in _blocks(line, count):
        pass


def _head(line: socket.socket) -> bytes:
    """Return a request's or an answer's lines up to the empty one, and not a byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += _some(line, 1)
    return head


def _length(head: bytes) -> int:
    for row in head.split(b"\r\n")[1:]:
        name, _, value = row.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
