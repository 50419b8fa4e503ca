"""A real S3-speaking server in a process of its own, on a free port, and a link to it that can be broken."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

KEYS = {
    "AWS_ACCESS_KEY_ID": "exercise-key",
    "AWS_SECRET_ACCESS_KEY": "exercise-secret",
    "AWS_REGION": "us-east-1",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class S3Server:
    """A running server. Objects can be changed behind the store's back, as its operator could."""

    process: subprocess.Popen[bytes]
    port: int
    made: int = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bucket(self) -> str:
        """Make a fresh bucket and return its name."""
        self.made += 1
        name = f"embers-exercise-{self.made}"
        self.send("PUT", f"/{name}")
        return name

    def send(self, method: str, path: str, data: bytes | None = None) -> bytes:
        # Without a type, urllib says that the bytes are a form, and the server reads them as one.
        kind = {"Content-Type": "application/octet-stream"}
        asked = Request(self.endpoint + path, data=data, method=method, headers=kind)
        with urlopen(asked, timeout=30) as answer:
            return bytes(answer.read())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def start_s3(log: Path) -> S3Server:
    port = free_port()
    program = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(program, stdout=output, stderr=output)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return S3Server(process, port)
    raise RuntimeError(log.read_text())


@dataclass
class WeakLink:
    """A TCP link that can be cut: ``decide(number, sent, received)`` says after each piece whether to cut now.

    ``number`` counts connections from 0; the other two are bytes that went to the server and came from it.
    """

    target: int
    decide: Callable[[int, int, int], bool] = lambda number, sent, received: False
    cuts: int = 0
    connections: int = 0
    _listener: socket.socket = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            far = socket.create_connection(("127.0.0.1", self.target))
            counts = {"sent": 0, "received": 0}
            for source, sink, what in ((near, far, "sent"), (far, near, "received")):
                threading.Thread(
                    target=self._pump, args=(number, source, sink, what, counts), daemon=True
                ).start()

    def _pump(
        self, number: int, source: socket.socket, sink: socket.socket, what: str, counts: dict[str, int]
    ) -> None:
        try:
            while data := source.recv(65536):
                counts[what] += len(data)
                with self._lock:
                    cut = self.decide(number, counts["sent"], counts["received"])
                    self.cuts += cut
                if cut:
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
