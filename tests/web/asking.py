"""A program that asks the API with a token, as a server sees it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import unquote

from answers import Answer, called
from office import Office

from embers.access.roles import Permission
from embers.access.standing import LEVELS
from embers.web.accounts.database import accounts_of
from embers.web.accounts.tokens import NOT_FOR_PROGRAMS, make_token
from embers.web.reader import policy_of

BASE = "/api/v1"


@dataclass
class Program:
    app: object
    secret: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: object = None, *, data: bytes | None = None, **headers: str
    ) -> Answer:
        """Ask; ``headers`` are written with underscores. What writes gets a fresh key unless one is given."""
        route, _, query = path.partition("?")
        sent = data if data is not None else b"" if body is None else json.dumps(body).encode()
        given = {"content_type": "application/json" if data is None else "application/octet-stream"}
        if self.secret:
            given["authorization"] = f"Bearer {self.secret}"
        if method == "POST":
            given["idempotency_key"] = secrets.token_urlsafe(12)
        given |= headers
        environ: dict[str, object] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(route).encode("utf-8", "surrogateescape").decode("latin-1"),
            "QUERY_STRING": query,
            "HTTP_HOST": "127.0.0.1:8000",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(sent),
            "CONTENT_LENGTH": str(len(sent)),
            "CONTENT_TYPE": given.pop("content_type"),
            "SCRIPT_NAME": "",
        }
        environ |= {f"HTTP_{name.upper()}": value for name, value in given.items() if value}
        status, answered, data = called(self.app, environ)
        return Answer(status, dict(answered), data)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", BASE + path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self.ask("POST", BASE + path, body if body is not None else {}, **headers)


def secret_for(
    office: Office, name: str, *, scopes: tuple[str, ...] = (), level: str = "confidential", days: int = 30
) -> str:
    """Make a token of somebody, with everything they may do unless scopes are named."""
    accounts = office.accounts
    if name not in {one.name for one in accounts.every()}:
        office.make_account(name)
    account = accounts.named(name)
    may = policy_of(office.folder).of(account.person).permissions
    wanted = scopes or tuple(one.value for one in may - NOT_FOR_PROGRAMS)
    assert level in LEVELS
    assert set(wanted) <= {one.value for one in Permission}
    with accounts_of(accounts.alias):
        return make_token(account, name, scopes=wanted, level=level, days=days, may=may).secret


def program(office: Office, name: str, *, unlocked: bool = False, **how) -> Program:
    """Return a program with a token of somebody, their key unlocked if asked."""
    made = Program(office.app, secret_for(office, name, **how))
    if unlocked:
        answer = made.post("/key", {"passphrase": ""})
        assert answer.status == 200, answer.text
    return made


def told(answer: Answer) -> dict:
    """Return the JSON of an answer."""
    return json.loads(answer.body)
