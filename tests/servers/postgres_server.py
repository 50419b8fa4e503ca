"""A real PostgreSQL server for one test run: made with initdb, reached over a socket in its folder, then removed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

_LINE = (
    "unix_socket_directories = '{folder}'\nlisten_addresses = ''\nmax_connections = 100\n"
    "shared_buffers = {buffers}\n"
)


class PostgresMissingError(Exception):
    """PostgreSQL's programs are not on this machine; tools/install_test_system.sh installs them."""


def programs() -> Path:
    """Return the folder of the newest PostgreSQL programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found or on_path:
        return found[-1].parent if found else Path(on_path or "").parent
    raise PostgresMissingError(
        "No initdb in /usr/lib/postgresql or PATH. Run: sh tools/install_test_system.sh"
    )


def _other_user() -> dict[str, object]:
    """PostgreSQL refuses to run as root; then it runs as ``postgres``, or as ``nobody``."""
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresMissingError("There is no unprivileged user to run PostgreSQL.")


@dataclass
class PostgresServer:
    """A running server; ``administrator`` is its superuser."""

    folder: Path
    made: int = 0
    administrator: str = "administrator"

    def address(self, database: str, user: str = "administrator") -> str:
        """Return the address of a database for a user."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def database(self) -> str:
        """Make a fresh database and return its name."""
        self.made += 1
        name = f"case_{self.made}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name}")
        return name

    def query(self, database: str, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Run SQL as the administrator."""
        with psycopg.connect(self.address(database), autocommit=True) as db:
            cursor = db.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def run(self, *arguments: str) -> None:
        """Run ``pg_ctl`` on this server."""
        subprocess.run(
            [str(programs() / "pg_ctl"), "-D", str(self.folder / "data"), *arguments],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            **_other_user(),
        )

    def start(self) -> None:
        self.run("-w", "-s", "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        self.run("-m", "immediate", "-s", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def start_postgres(*, buffers: str = "16MB") -> PostgresServer:
    """Make a cluster and start it; ``buffers`` is its cache, 128 MB where nobody says otherwise.

    Its folder is short-named, because socket paths are limited to 107 bytes.
    """
    folder = Path(tempfile.mkdtemp(prefix="embers-pg-"))
    other = _other_user()
    if other:
        os.chown(folder, int(str(other["user"])), int(str(other["group"])))
    subprocess.run(
        [
            str(programs() / "initdb"),
            *("-D", str(folder / "data"), "-U", "administrator", "--auth=trust"),
            *("-E", "UTF8", "--no-locale", "--no-sync"),
        ],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        **other,
    )
    with (folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write(_LINE.format(folder=folder, buffers=buffers))
    server = PostgresServer(folder)
    server.start()
    return server


@contextmanager
def new_database(*, buffers: str = "16MB") -> Iterator[str]:
    """Give the address of a database on a server that is started for the purpose and thrown away."""
    server = start_postgres(buffers=buffers)
    try:
        yield server.address(server.database())
    finally:
        server.stop()
