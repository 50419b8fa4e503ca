"""A browser without a screen: keeps cookies, reads the token of a form, sends forms. Talks WSGI as a server does."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from io import BytesIO
from urllib.parse import unquote, urlencode

from answers import Answer, called

PASSWORD = "seven plain words drawn by dice"


@dataclass
class Browser:
    app: object
    host: str = "127.0.0.1:8000"
    address: str = "127.0.0.1"
    scheme: str = "http"
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    def ask(self, path: str, *, method: str = "GET", body: bytes = b"", **extra: str) -> Answer:
        route, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(route).encode().decode("latin-1"),
            "QUERY_STRING": query,
            "HTTP_HOST": self.host,
            "REMOTE_ADDR": self.address,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": self.scheme,
            "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "SCRIPT_NAME": "",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **extra,
        }
        status, headers, data = called(self.app, environ)
        self.set_cookies = [value for name, value in headers if name == "Set-Cookie"]
        for text in self.set_cookies:
            for name, morsel in SimpleCookie(text).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return Answer(status, dict(headers), data)

    def get(self, path: str, **extra: str) -> Answer:
        return self.ask(path, **extra)

    def post(self, path: str, **fields: str) -> Answer:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        return self.send(path, {"csrfmiddlewaretoken": token[1] if token else "", **fields})

    def send(self, path: str, fields: dict[str, str], **extra: str) -> Answer:
        extra.setdefault("CONTENT_TYPE", "application/x-www-form-urlencoded")
        return self.ask(path, method="POST", body=urlencode(fields).encode(), **extra)

    def log_in(self, name: str, password: str = PASSWORD, *, next: str = "") -> Answer:
        return self.post(f"/account/log-in{'?next=' + next if next else ''}", login=name, password=password)


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the code an authenticator app shows now (RFC 6238), by another way than the library's."""
    import base64
    import hmac
    import struct

    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + steps), "sha1").digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def add_app(browser: Browser) -> str:
    """Set up an app with codes, confirming with the password where that is asked; return its secret."""
    path = "/account/factors/codes/add"
    answer = browser.get(path)
    if answer.status == 302:
        browser.post(answer.headers["Location"], password=PASSWORD)
        answer = browser.get(path)
    found = re.search(r'<span class="mono">([A-Z2-7]+)</span>', answer.text)
    assert found, answer.text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
    assert token
    done = browser.send(path, {"csrfmiddlewaretoken": token[1], "code": code_of(found[1])})
    assert done.status == 302, done.text
    return found[1]
