"""A case served as a person serves it: `embers serve` in a process of its own, on a port nobody else has."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from embers.actions.case_folder import CaseFolder

_WAITS = 600


@contextmanager
def served(folder: CaseFolder) -> Iterator[int]:
    """Start the server, wait until it answers, and give its port; it is stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "EMBERS_KEYRING": str(folder.keyring_path), "EMBERS_PERSON": "staff-01"}
    if address := folder.journal_address:
        environment |= dict.fromkeys(("EMBERS_JOURNAL", "EMBERS_TABLES", "EMBERS_ACCOUNTS"), address)
    command = [sys.executable, "-m", "embers.cli.main", "serve", str(folder.path), "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int) -> None:
    for _ in range(_WAITS):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The server did not answer within a minute.")
