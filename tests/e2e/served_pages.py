"""The real server, as ``embers serve`` starts it, in a process of its own."""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from embers.actions.case_folder import CaseFolder
from embers.surroundings import Surroundings
from embers.web.serve import Listening, run


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(path: Path, keys: Path, port: int) -> None:
    run(CaseFolder(path, keys, Surroundings()), Listening(port=port))


@contextmanager
def served(folder: CaseFolder) -> Iterator[str]:
    """Serve a case and yield its address."""
    port = free_port()
    spawn = multiprocessing.get_context("spawn")
    server = spawn.Process(target=_serve, args=(folder.path, folder.keyring_path, port))
    server.start()
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            with urlopen(address, timeout=5):
                break
        except (URLError, ConnectionError):
            time.sleep(0.1)
    else:
        server.terminate()
        pytest.fail("the server did not answer within a minute")
    yield address
    server.terminate()
    server.join(10)
