"""The power fails while an interview is typed: whatever the server told the browser is kept must be there afterwards.

The operation asks the server's own pages, in one process: an answer grows, and each piece is kept as the page keeps it.
Judged is what a person would find on the shelf of drafts.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.interviews import Setting, open_interview
from embers.actions.readings import enrol_server
from embers.fieldwork.interview import Preparation
from embers.projections.view import ProjectedCase
from embers.web.accounts import database
from embers.web.serve import Wsgi, application, prepare_django

prepare_django()  # before the models of accounts; every trial is a fork of this process, and its sessions stay valid

from embers.web.accounts.registry import Accounts  # noqa: E402
from embers.web.drafts import shelf  # noqa: E402

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests" / "web"))

from browsing import PASSWORD, Browser, add_app  # noqa: E402 - a browser without a screen

from . import steady  # noqa: E402

Ack = Callable[[str], None]
PLACE, QUESTION = "/interviews/IV-1", "What did you see?"
#: How an answer grows while it is typed, and how often it is kept.
WORDS = "Exercise: the lamp went out, then there was a noise above the well and people ran to the yard. "
PIECES = 4


def _text(piece: int) -> str:
    """Return what has been typed when a piece is kept."""
    return (WORDS * 6)[: 60 * piece]


def _folder(base: Path) -> CaseFolder:
    return CaseFolder(base / "case", base / "keyring", steady.surroundings())


def prepare(base: Path) -> None:
    """Make a case with an interview, an account, and a browser that is logged in."""
    folder = _folder(base)
    recorder = open_case(folder, staff="staff-01", role="lead")
    enrol_server(recorder, folder)
    view = ProjectedCase(folder.projection())
    _, act = open_interview(
        recorder,
        view,
        code="IV-1",
        person_code="W-1",
        held="2031-05-09",
        preparation=Preparation("no"),
        setting=Setting("staff-01", "en"),
    )
    recorder.record(act)
    founder = next(id for id, one in view.kind("person").items() if one.text("staff-code"))
    recorder.journal.close()
    folder.projection().close()
    app = application(folder, accounts=True)
    accounts = Accounts.of(folder)
    accounts.accept(accounts.invite(founder), "staff-01", PASSWORD)
    browser = Browser(app)
    browser.log_in("staff-01")
    add_app(browser)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(PLACE).text)
    if token is None:
        raise RuntimeError("the page of the interview has no form")
    (base / "browser").write_text(json.dumps({"cookies": browser.cookies, "token": token[1]}))


def type_answer(base: Path, ack: Ack) -> None:
    """Type an answer and have it kept piece by piece, as the page does."""
    kept = json.loads((base / "browser").read_text())
    app = application(_folder(base), accounts=True)
    form = {"csrfmiddlewaretoken": kept["token"], "number": "1", "question": QUESTION, "language": "en"}
    for piece in range(1, PIECES + 1):
        told = _telling(app, partial(ack, f"typed:{piece}"))
        Browser(told, cookies=kept["cookies"]).send(f"{PLACE}/typed", {**form, "answer": _text(piece)})


class _Told:
    """An answer of which the browser has every byte, and which the server has not closed yet."""

    def __init__(self, parts: Iterable[bytes], tell: Callable[[], None]) -> None:
        self._parts = parts
        self._tell = tell

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts
        self._tell()

    def close(self) -> None:
        self._parts.close()  # type: ignore[attr-defined]


def _telling(app: Wsgi, tell: Callable[[], None]) -> Wsgi:
    """Have ``tell`` called as soon as a browser has read that its text is kept.

    Django closes its connections after that, and SQLite flushes then whatever the settings: too late for the browser.
    """

    def pages(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        begun: list[str] = []
        parts = app(environ, lambda status, headers, _=None: (begun.append(status), start(status, headers)))
        return _Told(parts, tell if begun[0].startswith("200") else lambda: None)

    return pages


def judge(base: Path, acknowledged: Sequence[str]) -> list[str]:
    """Return what was told to be kept and is not on the shelf after the restart, and whether its file is damaged."""
    folder = _folder(base)
    journal = folder.journal(read_only=True)
    people = set(journal.roster().subjects.values())
    journal.close()
    accounts = Accounts.of(folder)
    with database.accounts_of(accounts.alias):
        drafts = [kept.given.get("answer", "") for one in people for kept in shelf.of_person(one)]
    told = max((int(one.removeprefix("typed:")) for one in acknowledged), default=0)
    possible = [_text(piece) for piece in range(told, PIECES + 1)]
    wrong = _unsound(folder)
    if told and (len(drafts) != 1 or drafts[0] not in possible):
        wrong.append(
            f"{len(possible[0])} letters were told to be kept; the shelf holds {[len(d) for d in drafts]}"
        )
    return wrong


def _unsound(folder: CaseFolder) -> list[str]:
    """Return what SQLite finds wrong with the file of accounts and drafts."""
    link = sqlite3.connect(folder.accounts_path)
    try:
        return [f"app.sqlite3: {row[0]}" for row in link.execute("PRAGMA integrity_check") if row[0] != "ok"]
    finally:
        link.close()


def without_flush(base: Path, ack: Ack) -> None:
    """Mutant: drafts are written as tables are that can be made anew: no flush when a piece is kept."""
    careful = database._in_file

    def careless(path: str, key: bytes) -> dict[str, object]:
        found = careful(path, key)
        options = dict(found["OPTIONS"])  # type: ignore[call-overload]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=NORMAL")
        return found | {"OPTIONS": options}

    database._in_file = careless  # in this child process only
    type_answer(base, ack)
