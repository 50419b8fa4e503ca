"""A case whose journal, tables and accounts lie on one PostgreSQL server, with several servers of pages before it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from addresses import ROUTES, address
from answers import reader
from browsing import PASSWORD, Browser, code_of
from called import embers
from circle_case import Circle
from django.conf import settings
from large_case_here import large_case
from on_server import on_server, schema_on
from test_large_case import PAGES

from embers.access.standing import INTERNAL, OPEN, Standing
from embers.actions.case_folder import CaseFolder
from embers.errors import ProjectionError
from embers.web.rules import RULES, Door
from embers.web.serve import application

#: What differs between two answers to one question.
_BY_LOT = re.compile(r'(name="(?:csrfmiddlewaretoken|draft)" value=")[^"]+|nonce-[\w+/=-]+')


def told(app, path: str) -> tuple[int, str]:
    answer = reader(app)(path)
    return answer.status, _BY_LOT.sub(r"\1", answer.body.decode("utf-8", "replace"))


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Circle:
    made = Circle(tmp_path_factory.mktemp("team"))
    made.keep()
    made.folder.projection()
    return made


@pytest.fixture(scope="module")
def moved(circle: Circle, postgres) -> CaseFolder:
    folder = on_server(circle.folder, postgres)
    folder.projection()
    return folder


@pytest.mark.parametrize(
    "standing", [None, Standing(INTERNAL), Standing(OPEN)], ids=["holder", "internal", "open"]
)
def test_every_address_answers_as_from_a_file(
    circle: Circle, moved: CaseFolder, standing: Standing | None
) -> None:
    ours, theirs = (application(folder, standing=standing) for folder in (circle.folder, moved))
    for name in ROUTES:
        if RULES[name].needs not in {Door.OWN, Door.ENTRANCE}:
            for path in {address(name, circle), address(name, circle).partition("?")[0]}:
                assert told(ours, path) == told(theirs, path), path


def test_every_page_of_a_long_case_answers_as_from_a_file(
    tmp_path_factory: pytest.TempPathFactory, postgres
) -> None:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    in_file = large_case(tmp_path_factory.mktemp("long"), 310)
    there = on_server(in_file, postgres)
    there.projection()
    ours, theirs = application(in_file), application(there)
    for path in PAGES:
        status, text = told(ours, path)
        alias = there.database().as_read_by(None).alias
        with CaptureQueriesContext(connections[alias]) as captured:
            answered = told(theirs, path)
        if "order=best" not in path:
            assert answered == (status, text), path
        assert answered[0] == status
        assert len(captured) <= 22, path


@dataclass
class Server:
    """One of the servers, as somebody's browser reaches it."""

    port: int
    process: subprocess.Popen[str]
    lines: list[str]
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, cookies: dict[str, str], body: str = "") -> tuple[int, str, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        carried = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = {"Cookie": carried, "Host": f"localhost:{self.port}"}
        if body:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://localhost:{self.port}",
            }
        connection.request("POST" if body else "GET", path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for key, line in answer.getheaders():
            if key.lower() == "set-cookie":
                cookies.update({name: one.value for name, one in SimpleCookie(line).items()})
        connection.close()
        return answer.status, answer.getheader("Location") or "", text

    def form(self, path: str, cookies: dict[str, str], **fields: str) -> tuple[int, str]:
        _, _, text = self.ask(path, cookies)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        assert token, text
        return self.ask(path, cookies, urlencode({"csrfmiddlewaretoken": token[1], **fields}))[:2]


@dataclass
class Team:
    root: Path
    environment: dict[str, str]

    def begin(self) -> Server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "embers.cli.main", "serve", "case", "--port", str(port)]
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, text=True, cwd=self.root
        )
        return Server(port, process, [])


def ready(server: Server) -> Server:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1):
            return server
        time.sleep(0.1)
    raise AssertionError("the server does not listen")


@pytest.fixture
def team(tmp_path: Path, postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Team, list[Server]]]:
    address_of_all = postgres.address(postgres.database())
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))
    for name in ("JOURNAL", "TABLES", "ACCOUNTS"):
        monkeypatch.setenv(f"EMBERS_{name}", address_of_all)
    made = Team(tmp_path, dict(os.environ))
    assert embers("init", tmp_path / "case", "--title", "Exercise of the team").code == 0
    servers = [made.begin(), made.begin()]
    yield made, servers
    for one in servers:
        one.process.terminate()
    for one in servers:
        one.process.wait(20)


def test_two_servers_share_accounts_and_see_what_is_added(team: tuple[Team, list[Server]]) -> None:
    made, servers = team
    assert sorted(path.name for path in (made.root / "case").iterdir()) == [
        "embers.toml",
        "exports",
        "objects",
    ]
    first, second = map(ready, servers)
    case = made.root / "case"
    welcome = embers("account", "new", "staff-01", "--case", case).out
    found = re.search(r"/account/welcome/[\w-]+", welcome)
    assert found, welcome
    cookies: dict[str, str] = {}
    assert first.form(found[0], cookies, name="lead", password=PASSWORD, again=PASSWORD)[0] == 302
    assert second.ask(found[0], {})[0] == 404, "used up for every server"
    assert second.ask("/items", {})[:2] == (302, "/account/log-in?next=/items")
    assert first.form("/account/log-in", cookies, login="lead", password=PASSWORD)[0] == 302
    assert second.ask("/items", cookies)[1] == "/account/factors", (
        "logged in here too; a second factor is asked"
    )
    assert second.form("/account/confirm", cookies, password=PASSWORD)[0] == 302
    _, _, text = second.ask("/account/factors/codes/add", cookies)
    secret = re.search(r'<span class="mono">([A-Z2-7]+)</span>', text)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert secret
    assert token
    body = urlencode({"csrfmiddlewaretoken": token[1], "code": code_of(secret[1])})
    assert second.ask("/account/factors/codes/add", cookies, body)[0] == 302
    assert first.ask("/items", cookies)[0] == 200
    (made.root / "notes.txt").write_text("Exercise.\n")
    added = embers("add", made.root / "notes.txt", "--source", "exercise", "--title", "Notes", "--case", case)
    assert added.code == 0, added.err
    for server in servers:
        assert ">Notes<" in server.ask("/items", cookies)[2]
    assert first.form("/account/log-out", cookies)[0] == 302
    assert second.ask("/items", cookies)[0] == 302, "logged out everywhere"


def test_sessions_signed_before_stay_valid_when_the_secret_is_shared(
    circle: Circle, postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    from embers.web.accounts.registry import Accounts

    monkeypatch.setattr(settings, "SECRET_KEY", settings.SECRET_KEY)
    monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", [])
    before = settings.SECRET_KEY
    folder = replace(circle.folder, accounts_address=schema_on(postgres, "app"))
    app = application(folder, accounts=True)
    assert before != settings.SECRET_KEY
    assert [before] == settings.SECRET_KEY_FALLBACKS
    shared = settings.SECRET_KEY
    application(folder, accounts=True)
    assert (shared, [before]) == (settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS)
    accounts = Accounts.of(folder)
    accounts.accept(accounts.invite(circle.people.persons["staff-01"]), "staff-01", PASSWORD)
    browser = Browser(app)
    assert browser.log_in("staff-01").status == 302
    monkeypatch.setattr(settings, "SECRET_KEY", "that of a process begun later")
    monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", [shared])
    assert browser.get("/account").headers["Location"] == "/account/factors", "still logged in"


def test_accounts_of_another_case_are_refused(circle: Circle, tmp_path: Path, postgres) -> None:
    from embers.web.accounts.registry import Accounts

    place = schema_on(postgres, "app")
    Accounts.of(replace(circle.folder, accounts_address=place))
    other = Circle(tmp_path)
    with pytest.raises(ProjectionError) as caught:
        Accounts.of(replace(other.folder, accounts_address=place))
    assert caught.value.code == "projection.other-case"
