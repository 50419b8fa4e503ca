"""Carries one large object to an office over HTTP while transfers break, and counts what had to be sent again.

python benchmarks/sync_broken_link.py                  1 GB, one transfer in ten torn, the exchange stopped 20 times
python benchmarks/sync_broken_link.py --megabytes 4 --chunk-kilobytes 64 --stops 5
"""

from __future__ import annotations

import argparse
import random
import socketserver
import tempfile
import threading
import time
import wsgiref.simple_server
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path

from results import machine, report

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.devices import ask_to_join, enrol, join, make_cosigner, name_cosigner, renew
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Recorder
from embers.actions.sync import open_replica, synchronise
from embers.errors import SyncError
from embers.surroundings import Surroundings
from embers.sync.https import HttpsPeer
from embers.sync.office_app import OfficeApp

TOKEN = "a token of the benchmark"


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """Answers without a line for each request."""

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class Threads(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    """Answers each connection in a thread of its own."""

    daemon_threads = True


class Line:
    """A line that tears large transfers by chance and is cut at given pieces; counts every piece it began to carry."""

    def __init__(self, chance: random.Random, stops: set[int], smallest: int) -> None:
        self.chance, self.stops, self.smallest = chance, stops, smallest
        self.pieces: Counter[bytes] = Counter()
        self.breaks = 0

    def connect(self, host: str, port: int) -> HTTPConnection:
        """Return a connection over this line."""
        line = self

        class Torn(HTTPConnection):
            def send(self, data: object) -> None:
                if isinstance(data, bytes) and data[:64].isalnum() and len(data) > line.smallest:
                    line.carry(self, data)
                super().send(data)

        return Torn(host, port, timeout=60)

    def carry(self, connection: HTTPConnection, data: bytes) -> None:
        """Count a piece, and tear it by chance or because the exchange is to stop here."""
        self.pieces[data[:64]] += 1
        if self.chance.random() < 0.1 or sum(self.pieces.values()) in self.stops:
            self.breaks += 1
            if connection.sock is not None:
                connection.sock.sendall(data[: self.chance.randrange(len(data))])
            connection.close()
            raise ConnectionResetError("torn")


def team(root: Path) -> tuple[CaseFolder, CaseFolder, Recorder]:
    """Make an office with a mirror's key and a laptop that has joined."""
    office, laptop = (CaseFolder(root / n, root / f"keys-{n}", Surroundings()) for n in ("office", "laptop"))
    lead = open_case(office, staff="staff-01", role="lead")
    enrol(lead, ask_to_join(laptop, "staff-02"))
    name_cosigner(lead, make_cosigner(office, "mirror"), operator="office", role="mirror")
    synchronise(office, str(root / "stick"))
    opening = next(iter(lead.journal.store.entries())).leaf.hex()
    join(laptop, str(root / "stick"), staff="staff-02", opening=opening)
    person = laptop.keyring().load_person("staff-02")
    signer = Recorder(laptop.journal(), laptop.objects(), person, "investigator", Surroundings())
    renew(signer, laptop, reason="first use")
    return office, laptop, signer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--chunk-kilobytes", type=int, default=8192)
    parser.add_argument("--stops", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    chance, chunk = random.Random(options.seed), options.chunk_kilobytes * 1024
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        office, laptop, signer = team(root)
        large = root / "film.bin"
        with large.open("wb") as handle:
            for _ in range(options.megabytes):
                handle.write(chance.randbytes(1 << 20))
        signer.record(acquire_file(signer, large, ItemOrigin("film", "exercise", "copy of a file")).act)
        signer.journal.close()
        replica = open_replica(office, office.journal(), fetch=True)
        app = OfficeApp(replica, token=TOKEN)
        pieces = options.megabytes * (1 << 20) // chunk
        stops = set(chance.sample(range(1, pieces), min(options.stops, pieces - 1)))
        line = Line(chance, stops, min(chunk // 2, 32 * 1024))
        started, exchanges, done = time.perf_counter(), 0, False
        with wsgiref.simple_server.make_server("127.0.0.1", 0, app, Threads, Quiet) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            while not done:
                exchanges += 1
                mine = open_replica(laptop, laptop.journal())  # opened anew, as after the program was killed
                mine._chunk = chunk
                address = f"http://127.0.0.1:{server.server_port}"
                try:
                    mine.exchange(HttpsPeer(address, token=TOKEN, connect=line.connect))
                    done = True
                except SyncError as error:
                    if error.code != "sync.link":
                        raise
                mine.state.close()
                mine.journal.close()
            server.shutdown()
        seconds = time.perf_counter() - started
        store = office.objects()
        whole = all(store.verify(sha256) is None for sha256 in laptop.objects().all())
    repeated = sum(line.pieces.values()) - len(line.pieces)
    found = {
        **machine(),
        "megabytes": options.megabytes,
        "pieces": len(line.pieces),
        "exchanges": exchanges,
        "breaks": line.breaks,
        "pieces_sent_again": repeated,
        "at_most_one_piece_for_each_break": repeated <= line.breaks,
        "arrived_whole": whole,
        "seconds": round(seconds, 1),
    }
    report(found, write=options.write)


if __name__ == "__main__":
    main()
