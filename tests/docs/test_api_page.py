"""Every curl command of the page about the API, as it is written, one after the other, against the real server."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

# importlib mode does not put folders on the path; builders of cases lie beside the tests.
sys.path.extend(
    str(Path(__file__).parents[1] / folder) for folder in ("web", "projections", "actions", "e2e")
)

import prepared_pages  # noqa: F401 - first: what follows needs its models
from office import Office
from served_pages import served

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "api.md").read_text(encoding="utf-8")
MARK = "@@ answered @@"
#: What the answer to a command holds, by a part of the command.
SEEN = {
    "$API/me": "key_unlocked",
    "$API/case": "records",
    "incidents?q=testford": "Shelling of Testford",
    "$API/incidents/EX-1": "incident-title",
    "kinds/person/records": "next",
    "search?q=testford": "matched",
    "trace/EX-1": "down",
    "$API/journal": "checkpoint",
    "$API/verification": "current",
    "$API/key": '"unlocked": true',
    "first-note-0001": '"entry"',
    "-T sent.txt": '"size": 44',
    "first-item-0001": '"entry"',
    "bytes=0-7": "Exercise",
    "tasks?state=open": '"rows"',
    "first-ask-0001": '"entry"',
    "$INCIDENT/reviews": '"reviews"',
    "curl -s $API/incidents": "api.token",
}


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run the page in one shell, as its reader does; return what each command printed."""
    folder = tmp_path_factory.mktemp("api-page")

    def built() -> Office:
        made = Office(folder)
        accounts = made.accounts
        accounts.accept(
            accounts.invite(made.people.persons["investigator"]), "staff-05", "five plain words here today"
        )
        return made

    with ThreadPoolExecutor(max_workers=1) as other_thread:
        office = other_thread.submit(built).result()
    program = folder / "embers"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m embers.cli.main "$@"\n')
    program.chmod(0o755)
    with served(office.folder) as address:
        script = "\n".join(f"{line}\nprintf '\\n%s\\n' '{MARK}'" for line in commands())
        environment = {
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PORT": address.rpartition(":")[2],
            "EMBERS_KEYRING": str(office.folder.keyring_path),
            "EMBERS_CASE_FOLDER": str(office.folder.path),
        }
        script = f"cd {shlex.quote(str(office.folder.path))}\n{script}"
        done = subprocess.run(
            ["sh", "-c", script], env=environment, capture_output=True, text=True, check=False
        )
    assert done.stderr == "", done.stderr
    return dict(zip(enumerate_lines(), done.stdout.split(MARK), strict=False))


def enumerate_lines() -> list[str]:
    return [f"{number} {line}" for number, line in enumerate(commands())]


def test_every_command_of_the_page_is_answered_as_it_says(answers: dict[str, str]):
    assert len(answers) == len(commands()) > 18
    for line, answer in answers.items():
        if " curl" not in line or "=$(" in line:
            continue
        expected = [seen for part, seen in SEEN.items() if part in line]
        assert expected, f"say in SEEN what {line!r} shows"
        assert any(seen in answer for seen in expected), (line, answer)


def test_the_second_note_is_the_first(answers: dict[str, str]):
    notes = [json.loads(answer) for line, answer in answers.items() if "first-note-0001" in line]
    assert len(notes) == 2
    assert notes[0] == notes[1]
