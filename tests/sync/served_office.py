"""The office of an exercise team, served in a thread of the test."""

from __future__ import annotations

import socketserver
import threading
import wsgiref.simple_server
from collections.abc import Iterator
from contextlib import contextmanager

from exercise_team import Team

from embers.actions.sync import open_replica
from embers.sync.office_app import OfficeApp

TOKEN = "a token of the exercise, long enough"


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *words):
        pass


class Threads(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


@contextmanager
def served_office(team: Team) -> Iterator[str]:
    """Serve the office, which is a mirror, and give its address."""
    team.run(
        "office", "key", "cosigner", "mirror", "--operator", "the office", "--case", team.root / "office"
    )
    folder = team.folder("office")
    replica = open_replica(folder, folder.journal(), fetch=True)
    with served(OfficeApp(replica, token=TOKEN)) as found:
        yield found


@contextmanager
def served(app) -> Iterator[str]:
    """Serve an application in a thread, and give its address."""
    with wsgiref.simple_server.make_server("127.0.0.1", 0, app, Threads, Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
