"""The office of an exercise team, served in a thread of the test."""

from __future__ import annotations

import socketserver
import threading
import wsgiref.simple_server
from collections.abc import Iterator
from contextlib import contextmanager

from exercise_team import Team

from embers.actions.sync import cosigner, open_replica, open_state
from embers.surroundings import SystemClock
from embers.sync.office_app import OfficeApp
from embers.sync.witness import Witness

TOKEN = "a token of the exercise, long enough"


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *words):
        pass


class Threads(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


@contextmanager
def served_office(team: Team) -> Iterator[str]:
    """Serve the office, which is a mirror and a witness, and give its address."""
    team.run(
        "office", "key", "cosigner", "mirror", "--operator", "the office", "--case", team.root / "office"
    )
    folder = team.folder("office")
    replica = open_replica(folder, folder.journal(), fetch=True)
    witness = Witness(open_state(folder), cosigner(folder.keyring(), "mirror"), SystemClock())
    served = OfficeApp(replica, token=TOKEN, witness=witness)
    with wsgiref.simple_server.make_server("127.0.0.1", 0, served, Threads, Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
