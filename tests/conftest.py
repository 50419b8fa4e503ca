"""The real demonstration, built once per worker through the ordinary door, and copies of it to damage."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from embers.projections.setup import ensure_django

# Playwright leaves an event loop in the worker's thread; tests of tables may come after it in the same worker.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
ensure_django()  # tests read the tables through their models, which need it before they are imported

ROOT = Path(__file__).resolve().parents[1]
for shared in ("servers", "oracles", "exercise"):
    sys.path.insert(0, str(Path(__file__).parent / shared))


@dataclass(frozen=True)
class Demonstration:
    """What one run of the demonstration left behind. Tests read it; who wants to change it takes a copy."""

    root: Path
    built: tuple[object, ...]

    @property
    def case(self) -> Path:
        return self.root / "karabakh2020"

    @property
    def dossier(self) -> Path:
        return self.case / "exports" / "dossier"


@pytest.fixture
def runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for key holders' sockets with a path short enough for one; pytest's own are too long for that."""
    with tempfile.TemporaryDirectory(prefix="er-", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    from embers.actions.demonstration import build_demonstration

    root = tmp_path_factory.mktemp("demonstration") / "demo"
    built = build_demonstration(
        root,
        published=ROOT / "demo" / "karabakh2020",
        imagery=ROOT / "demo" / "imagery",
        progress=lambda _: None,
    )
    settle(root)
    return Demonstration(root, built)


def settle(root: Path) -> None:
    """Put what still stands in write-ahead logs into the databases, so that files can be copied one by one."""
    import sqlite3

    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
    for path in root.rglob("*.sqlite3"):
        database = sqlite3.connect(path)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()


@pytest.fixture(scope="session")
def demo_case(demonstration: Demonstration) -> object:
    """The published-facts case of the demonstration, opened with its own keyring."""
    from embers.actions.case_folder import CaseFolder
    from embers.surroundings import Surroundings

    return CaseFolder(demonstration.case, demonstration.root / "keyring", Surroundings())


@pytest.fixture(scope="session")
def demo_database(demo_case: object) -> object:
    return demo_case.projection_to_read()  # type: ignore[attr-defined]


@pytest.fixture
def demo_copy(demonstration: Demonstration, tmp_path: Path) -> Callable[[], object]:
    """Return a maker of fresh copies of the published-facts case, with the keyring, to be damaged at will."""
    from embers.actions.case_folder import CaseFolder
    from embers.surroundings import Surroundings

    made = 0

    def copy() -> CaseFolder:
        nonlocal made
        made += 1
        target = tmp_path / f"copy-{made}"
        shutil.copytree(demonstration.root / "keyring", target / "keyring")
        shutil.copytree(demonstration.case, target / "case")
        return CaseFolder(target / "case", target / "keyring", Surroundings())

    return copy


@pytest.fixture(scope="session")
def postgres() -> Iterator[object]:
    """A real PostgreSQL server, thrown away at the end."""
    from postgres_server import start_postgres

    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A real S3-speaking server in a process of its own; its keys stand in the environment, where they belong."""
    from s3_server import KEYS, start_s3

    server = start_s3(tmp_path_factory.mktemp("s3") / "log")
    before = {name: os.environ.get(name) for name in KEYS}
    os.environ.update(KEYS)
    yield server
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    server.stop()
