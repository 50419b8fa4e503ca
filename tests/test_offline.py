"""No request leaves the machine: the whole demonstration runs with every outward connection forbidden."""

from __future__ import annotations

import subprocess
import sys
import textwrap

WATCHED = """
    import sys

    asked = []

    def watch(event, arguments):
        if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"}:
            asked.append((event, arguments))
            raise RuntimeError(f"a connection was asked for: {event} {arguments!r}")

    sys.addaudithook(watch)
    sys.argv = ["embers", "demo", sys.argv[1]]
    from embers.cli.main import main

    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
    assert not asked, asked
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_demonstration_opens_no_connection(tmp_path):
    done = run(WATCHED, str(tmp_path / "demo"))
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "demo" / "karabakh2020" / "exports" / "report.pdf").stat().st_size > 100_000


def test_the_watch_sees_a_connection():
    watch = textwrap.dedent(WATCHED).split("sys.argv = ")[0]
    code = watch + "import socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    done = run(code)
    assert done.returncode != 0
    assert "a connection was asked for" in done.stderr
