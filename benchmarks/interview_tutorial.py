"""Do the tutorial of the interview as it is written: clicks, keys, and seconds until the end is seen.

    python benchmarks/interview_tutorial.py [--write] [--pictures]

The steps are read from docs/tutorial/interview.md. Seconds are those of the machine and of a browser that types without
pause: how long a person waits for Embers, not how long they listen. ``--pictures`` makes the pictures of the page anew.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from results import machine, report
from workday.tasks import Hand
from workday.written import Command, Picture, Step, Walker, read_parts

from embers.projections.setup import ensure_django

ensure_django()  # the tables' models need it before they are imported

from embers.actions.case_folder import DEMO_MARK, CaseFolder  # noqa: E402
from embers.actions.cases import case_subject, open_case  # noqa: E402
from embers.actions.demonstration import STAFF  # noqa: E402
from embers.actions.exercise.case import build_exercise  # noqa: E402
from embers.surroundings import Surroundings  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path.extend(str(ROOT / folder) for folder in ("tests/e2e", "tests/web", "tools"))

from browsing import code_of  # noqa: E402
from chromium import FLAGS, chromium_path  # noqa: E402
from make_screenshots import save  # noqa: E402

PAGE = ROOT / "docs" / "tutorial" / "interview.md"
#: Steps before this one prepare the computer and the account.
COUNTED_FROM = "/interviews/IV-301"
_PRINTED = "the printed address"


@dataclass
class Counted:
    """What was needed: from the first answer to the closed interview, and seconds of each part."""

    clicks: int = 0
    keys: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def build_exercise_only(folder: Path) -> None:
    """Make the training case as ``embers demo`` does, without the other cases, reports and dossiers."""
    ring = folder / "keyring"
    ring.mkdir(parents=True)
    (ring / DEMO_MARK).touch()
    case = CaseFolder(folder / "exercise", ring, Surroundings())
    recorder = open_case(case, staff=STAFF, role="demonstration")
    build_exercise(case, recorder, ROOT / "demo" / "exercise", case=case_subject(recorder.journal))
    recorder.journal.close()
    case.projection().close()


@dataclass
class Terminal:
    """Where somebody types the commands of the page. ``embers demo`` builds the training case only."""

    folder: Path
    printed: str = ""
    _server: subprocess.Popen[str] | None = None
    _port: int = 0

    @property
    def site(self) -> str:
        """Where the server is, as a browser types it."""
        return "/".join(self.printed.split("/")[:3])

    def run(self, line: str) -> None:
        """Run one command to its end; a server until :meth:`close`."""
        words = shlex.split(line)
        command = [sys.executable, "-m", "embers.cli.main", *words[1:]]
        if words[:2] == ["embers", "demo"]:
            if not (self.folder / "embers-demo").exists():
                build_exercise_only(self.folder / "embers-demo")
        elif words[:2] == ["embers", "serve"]:
            self._serve(command)
        else:
            subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def _serve(self, command: list[str]) -> None:
        if not self._port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self._port = probe.getsockname()[1]
        self._server = subprocess.Popen(
            [*command, "--port", str(self._port)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._server.stdout is not None
        while not self.printed:  # the first time it prints an address
            if found := re.search(r"http://\S+", self._server.stdout.readline()):
                self.printed = found[0]
        for _ in range(600):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError("the server does not answer")

    def cut(self) -> None:
        """Kill the server with all its processes, in the middle of whatever they do."""
        assert self._server is not None
        os.killpg(self._server.pid, signal.SIGKILL)
        self._server.wait()

    def close(self) -> None:
        """End the server."""
        if self._server is not None and self._server.poll() is None:
            self._server.terminate()
            self._server.wait()


def walk(page: Page, terminal: Terminal, picture: Callable[[str], None] = lambda _: None) -> Counted:
    """Do the whole page; return what the interview itself took."""
    hand = Hand(page, "")
    walker = Walker(hand, code_of)
    counted, part, begun = Counted(), "", 0.0
    for title, one in _titled(PAGE.read_text(encoding="utf-8")):
        if isinstance(one, Command):
            terminal.run(one.line)
        elif isinstance(one, Picture):
            picture(one.name)
        else:
            printed = one.words[:1] == (_PRINTED,)
            if printed:
                hand.address = terminal.site
            if one.words == (COUNTED_FROM,):
                hand.clicks = hand.keys = 0
            if title != part:
                part, begun = title, time.perf_counter()
            walker.do(Step(one.kind, (terminal.printed,), one.sentence) if printed else one)
            counted.seconds[title] = time.perf_counter() - begun
    counted.clicks, counted.keys = hand.clicks, hand.keys
    return counted


def _titled(text: str) -> Iterator[tuple[str, Command | Step | Picture]]:
    """Yield everything to be done with the title of its section."""
    for section in re.split(r"(?m)^(?=## )", text):
        title = section.partition("\n")[0].removeprefix("## ")
        for one in read_parts(section):
            yield title, one


@contextmanager
def terminal_in(folder: Path) -> Iterator[Terminal]:
    """Open a terminal in a folder; what it started ends with the block."""
    found = Terminal(folder)
    try:
        yield found
    finally:
        found.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    parser.add_argument("--pictures", action="store_true", help="make the pictures of the page anew")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        terminal_in(Path(scratch)) as terminal,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1180, "height": 900}, reduced_motion="reduce")
        counted = walk(page, terminal, _shoot(page) if options.pictures else lambda _: None)
        browser.close()
    figures = {title: f"{seconds:.1f} s" for title, seconds in counted.seconds.items()}
    taken = {"from the first answer to the end": f"{counted.clicks} clicks, {counted.keys} keys"}
    report({**machine(), **taken, **figures}, write=options.write)


def _shoot(page: Page) -> Callable[[str], None]:
    """Return what takes a picture for the documents."""
    return lambda name: save(Image.open(io.BytesIO(page.screenshot())), name)


if __name__ == "__main__":
    os.environ.setdefault(
        "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
    )  # Playwright keeps an event loop in this thread
    main()
