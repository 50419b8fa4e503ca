"""The real server for other computers: TLS, its own name, an account before anything, a second factor after it."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from browsing import PASSWORD

NAME = "case.test"


@dataclass
class Served:
    port: int
    first: str
    certificate: Path

    def ask(
        self, path: str, *, host: str = "", body: str = "", **headers: str
    ) -> tuple[int, dict[str, str], str, list[str]]:
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        connection = HTTPSConnection(NAME, self.port, context=trusted, timeout=20)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sock = trusted.wrap_socket(plain, server_hostname=NAME)
        headers = {"Host": host or f"{NAME}:{self.port}", **headers}
        if body:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"https://{NAME}:{self.port}",
            }
        connection.request("POST" if body else "GET", path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        cookies = [value for key, value in answer.getheaders() if key.lower() == "set-cookie"]
        told = {key.lower(): value for key, value in answer.getheaders()}
        connection.close()
        return answer.status, told, text, cookies


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("tls")
    environment = {**os.environ, "EMBERS_KEYRING": str(root / "keys")}
    embers = [sys.executable, "-m", "embers.cli.main"]
    made = subprocess.run([*embers, "key", "certificate", NAME], cwd=root, check=True, capture_output=True)
    assert b"SHA-256" in made.stdout
    assert (root / "key.pem").stat().st_mode & 0o077 == 0
    case = str(root / "case")
    subprocess.run(
        [*embers, "init", case, "--title", "Exercise"], env=environment, check=True, capture_output=True
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["--host", "0.0.0.0", "--name", NAME, "--port", str(port)]
    options += ["--certificate", str(root / "cert.pem"), "--private-key", str(root / "key.pem")]
    server = subprocess.Popen(
        [*embers, "serve", case, *options], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    first = ""
    for line in server.stdout:
        if "/account/welcome/" in line:
            first = line.strip()
            break
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.1)
    yield Served(port, first, root / "cert.pem")
    server.terminate()
    server.wait(20)


def form(served: Served, path: str, cookies: dict[str, str], **fields: str) -> tuple[int, dict[str, str]]:
    def carried() -> str:
        return "; ".join(f"{name}={value}" for name, value in cookies.items())

    def keep(lines: list[str]) -> None:
        for line in lines:
            cookies.update({name: one.value for name, one in SimpleCookie(line).items()})

    _, _, text, lines = served.ask(path, Cookie=carried())
    keep(lines)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert token, text
    body = urlencode({"csrfmiddlewaretoken": token[1], **fields})
    status, headers, _, lines = served.ask(path, body=body, Cookie=carried())
    keep(lines)
    return status, headers


def test_other_computers_log_in_over_tls_with_a_second_factor(served: Served) -> None:
    assert served.first.startswith(f"https://{NAME}:{served.port}/account/welcome/")
    status, headers, text, _ = served.ask("/items")
    assert (status, headers["location"], text) == (302, "/account/log-in?next=/items", ""), (
        "also before any account"
    )
    assert "max-age" in headers["strict-transport-security"]
    assert served.ask("/", host="evil.example")[0] == 421
    assert served.ask("/", host=f"{NAME}.evil.example")[0] == 421
    cookies: dict[str, str] = {}
    welcome = served.first.partition(f":{served.port}")[2]
    assert form(served, welcome, cookies, name="lead", password=PASSWORD, again=PASSWORD)[0] == 302
    assert served.ask(welcome, Cookie="; ".join(f"{k}={v}" for k, v in cookies.items()))[0] == 404
    assert form(served, "/account/log-in", cookies, login="lead", password=PASSWORD)[0] == 302
    assert set(cookies) == {"__Host-embers", "__Host-embers-form"}
    status, headers, _, _ = served.ask("/items", Cookie="; ".join(f"{k}={v}" for k, v in cookies.items()))
    assert (status, headers["location"]) == (302, "/account/factors")
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as plain:
        plain.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        assert not plain.recv(64).startswith(b"HTTP"), "without TLS nothing is answered"
