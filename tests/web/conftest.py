from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest

# importlib mode does not put the folder on the path; the builder of the case lies beside the tests.
sys.path.insert(0, str(Path(__file__).parent))

from showcase import Showcase, build

from embers.web.serve import application


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
        begun: list[tuple[str, list[tuple[str, str]]]] = []
        parts = app(environ, lambda status, headers, _=None: begun.append((status, headers)))
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = begun[0]
        return Answer(int(status.split()[0]), dict(headers), body)

    return get


@pytest.fixture(scope="session")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Showcase:
    return build(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def get(showcase: Showcase) -> Iterator[Get]:
    yield reader(application(showcase.folder))
