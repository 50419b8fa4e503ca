"""Every command of the tutorial, as it is written, one after the other, by somebody who has just installed Embers."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial" / "first-case.md").read_text(encoding="utf-8")
#: Making the environment is the README's first command; this test runs in one that is made.
INSTALLING = ("python3 -m venv", ".venv/bin/pip install")
#: What the page says a reader sees.
SEEN = {
    "embers demo": "dossier",
    "search gence": "Gəncə",
    "show K20-33": "17 October 2020",
    "law support": "not examined",
    "trace incident-k20-33.12": "Table incidents.csv",
    "trace C171": "incident-k20-33",
    "verify my-case": "Nothing was altered",
}


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder like a fresh clone with its environment made, and the surroundings of somebody new."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / ".venv" / "bin").mkdir(parents=True)
    program = folder / ".venv" / "bin" / "embers"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m embers.cli.main "$@"\n')
    program.chmod(0o755)
    (folder / "README.md").write_bytes((ROOT / "README.md").read_bytes())
    home = folder / "home"
    home.mkdir()
    around = {name: value for name, value in os.environ.items() if not name.startswith(("EMBERS_", "XDG_"))}
    return folder, around | {"HOME": str(home)}


def test_the_page_has_commands_and_names_no_other_program() -> None:
    assert len(commands()) > 12
    for command in commands():
        assert command.startswith((".venv/bin/embers ", *INSTALLING)), command


def test_every_command_does_what_the_page_says(desk: tuple[Path, dict[str, str]]) -> None:
    folder, around = desk
    seen = set()
    for command in commands():
        if command.startswith(INSTALLING):
            continue
        if " serve " in command:
            look_at_the_pages(command, folder, around)
            continue
        done = subprocess.run(
            shlex.split(command), cwd=folder, env=around, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        for part, words in SEEN.items():
            if part in command:
                assert words in done.stdout, f"{command}\n{done.stdout}"
                seen.add(part)
    assert seen == set(SEEN)
    assert (folder / "my-case" / "exports" / "report.pdf").read_bytes().startswith(b"%PDF")


def look_at_the_pages(command: str, folder: Path, around: dict[str, str]) -> None:
    """Serve, open the address the page names, stop with Ctrl-C."""
    address = re.search(r"`(http://127\.0\.0\.1:\d+)`", PAGE)
    assert address is not None
    server = subprocess.Popen(
        shlex.split(command), cwd=folder, env=around, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{address.group(1)}/report") as answer:
                    assert "Ganja" in answer.read().decode()
                    break
            except urllib.error.URLError:
                assert server.poll() is None, server.stdout and server.stdout.read().decode()
                time.sleep(0.1)
        else:
            pytest.fail(f"{command} answers nothing at {address.group(1)}")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
    assert server.returncode in {0, 130, -signal.SIGINT}
