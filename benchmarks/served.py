"""A case served as a person serves it: `embers serve` in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from embers.actions.case_folder import CaseFolder

_TRIES, _BETWEEN_S = 600, 0.1


def serve(folder: CaseFolder, port: int) -> subprocess.Popen[bytes]:
    """Start the server, in a group of processes of its own, and wait until it answers."""
    environment = {**os.environ, "EMBERS_KEYRING": str(folder.keyring_path), "EMBERS_PERSON": "staff-01"}
    if address := folder.journal_address:
        environment |= dict.fromkeys(("EMBERS_JOURNAL", "EMBERS_TABLES", "EMBERS_ACCOUNTS"), address)
    command = [sys.executable, "-m", "embers.cli.main", "serve", str(folder.path), "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    for _ in range(_TRIES):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(_BETWEEN_S)
    server.terminate()
    raise SystemExit("The server did not answer within a minute.")


@contextmanager
def served(folder: CaseFolder) -> Iterator[int]:
    """Serve a case within the block, and give its port: one that nobody else has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = serve(folder, port)
    try:
        yield port
    finally:
        server.terminate()
        server.wait(20)
