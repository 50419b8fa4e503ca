"""Sends a large object to an office over a line that breaks, by a sender that is killed; counts what came twice.

python benchmarks/sync_broken_link.py             1 GB, one request in ten broken, the sender killed 20 times
python benchmarks/sync_broken_link.py --megabytes 40 --kills 3

The sender is ``embers sync with``, a process that is ended by SIGKILL while a piece is on its way, at random pieces,
and started again. The office is the real application behind a proxy that breaks requests in the middle, loses answers
and cuts them (tests/sync/bad_line.py).
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import wsgiref.simple_server
from pathlib import Path

from results import machine, report

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.devices import ask_to_join, enrol, join, make_cosigner, name_cosigner, renew
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Recorder
from embers.actions.sync import open_replica, status, synchronise
from embers.surroundings import Surroundings
from embers.sync.chunks import CHUNK
from embers.sync.office_app import OfficeApp

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "sync"))
from bad_line import BadLine, Faults
from served_office import Quiet, Threads

TOKEN = "a token of the benchmark, long enough"
#: One request in ten breaks: torn, or its answer lost or cut.
BROKEN = Faults(torn=0.05, lost=0.03, cut=0.02)
DONE, PROBLEM = 0, 1


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


class Sender:
    """The laptop's ``embers sync with``, again and again until it is done, ended in between by :meth:`kill`."""

    def __init__(self, laptop: CaseFolder) -> None:
        self._laptop = laptop
        self._process: subprocess.Popen[bytes] | None = None
        self.runs = self.killed = self.gave_up = 0

    def kill(self) -> None:
        """End the process at once, as a power cut or a flat battery does."""
        if self._process is not None:
            self._process.kill()

    def send(self, address: str) -> None:
        """Run until the exchange is done."""
        environment = os.environ | {
            "EMBERS_SYNC_TOKEN": TOKEN,
            "EMBERS_KEYRING": str(self._laptop.keyring_path),
        }
        words = ["sync", "with", address, "--case", str(self._laptop.path)]
        while True:
            self.runs += 1
            command = [sys.executable, "-m", "embers.cli.main", *words]
            self._process = subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            _, told = self._process.communicate()
            if self._process.returncode == DONE:
                return
            if self._process.returncode < 0:
                self.killed += 1
            elif self._process.returncode == PROBLEM and b"broke" in told:
                self.gave_up += 1  # five breaks in a row: a person starts it again
            else:
                raise RuntimeError(told.decode(errors="replace"))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        office, laptop, signer = team(root)
        large = root / "film.bin"
        with large.open("wb") as handle:
            for _ in range(options.megabytes):
                handle.write(chance.randbytes(1 << 20))
        stored = signer.record(
            acquire_file(signer, large, ItemOrigin("film", "exercise", "copy of a file")).act
        )
        signer.journal.close()
        (sha256,) = (ref.sha256 for ref in stored.entry.objects)
        large.unlink()
        pieces = -(-options.megabytes * (1 << 20) // CHUNK)
        at = set(chance.sample(range(1, pieces + 1), min(options.kills, pieces)))
        app = OfficeApp(open_replica(office, office.journal(), fetch=True), token=TOKEN)
        sender = Sender(laptop)
        started = time.perf_counter()
        with wsgiref.simple_server.make_server("127.0.0.1", 0, app, Threads, Quiet) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            line = BadLine(
                server.server_port, BROKEN, seed=options.seed, stop=at.__contains__, stopped=sender.kill
            )
            with line.open():
                sender.send(line.address)
            server.shutdown()
        seconds = time.perf_counter() - started
        whole = office.objects().verify(sha256) is None
        confirmed = all(log.with_one == log.entries for log in status(laptop).logs if log.own)
    repeated = sum(line.pieces.values()) - len(line.pieces)
    once_each = all(times <= 1 + line.broken[piece] for piece, times in line.pieces.items())
    report(
        {
            **machine(),
            "megabytes": options.megabytes,
            "pieces": len(line.pieces),
            "sender_killed": sender.killed,
            "requests_torn": line.faults["torn"],
            "answers_lost": line.faults["lost"],
            "answers_cut": line.faults["cut"],
            "sender_runs": sender.runs,
            "sender_gave_up": sender.gave_up,
            "pieces_broken_off": sum(line.broken.values()),
            "pieces_sent_again": repeated,
            "at_most_one_piece_for_each_break": once_each,
            "arrived_whole": whole,
            "receipt_held": confirmed,
            "seconds": round(seconds, 1),
        },
        write=options.write,
    )
    return 0 if whole and confirmed and once_each else 1


if __name__ == "__main__":
    sys.exit(main())
