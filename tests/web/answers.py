"""Calls a WSGI application as a server does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


Get = Callable[..., Answer]


def reader(app) -> Get:
    """Call a WSGI application as a server does, and close its answer."""

    def get(path: str, *, method: str = "GET", host: str = "127.0.0.1:8000", **extra: str) -> Answer:
        route, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(route).encode().decode("latin-1"),
            "QUERY_STRING": query,
            "HTTP_HOST": host,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
            "SCRIPT_NAME": "",
            **extra,
        }
        status, headers, body = called(app, environ)
        return Answer(status, dict(headers), body)

    return get


def called(app, environ: dict[str, object]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Call an application once and close its answer; return status, headers (some may stand twice) and body."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    parts = app(environ, lambda status, headers, _=None: begun.append((status, headers)))
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = begun[0]
    return int(status.split()[0]), headers, body
