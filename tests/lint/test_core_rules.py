"""Rules of the house that a linter has no setting for: read from the syntax trees of the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ("journal", "objects", "sync", "custody", "actions")
#: Clock, randomness and disk come from Surroundings; these calls go round it.
FORBIDDEN_CALLS = {
    "open",
    "io.open",
    "os.open",
    "os.urandom",
    "os.getrandom",
    "time.time",
    "time.time_ns",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "date.today",
    "datetime.date.today",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid1",
    "uuid4",
}
FORBIDDEN_IMPORTS = {"secrets", "random"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "stuff"}
LONGEST = 600


def wrongs(source: str) -> Iterator[str]:
    """Yield every forbidden call or import of a source as ``line: what``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS:
            yield f"{node.lineno}: {ast.unparse(node.func)}()"
        elif isinstance(node, ast.Import):
            yield from (
                f"{node.lineno}: import {name.name}" for name in node.names if name.name in FORBIDDEN_IMPORTS
            )
        elif isinstance(node, ast.ImportFrom):
            brought = {f"{node.module}.{name.name}" for name in node.names}
            if node.module in FORBIDDEN_IMPORTS or brought & FORBIDDEN_CALLS:
                yield f"{node.lineno}: from {node.module}"


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("package", CORE)
def test_core_packages_take_clock_randomness_and_disk_from_surroundings(package):
    files = sources(f"src/embers/{package}")
    assert files
    found = [
        f"{path.relative_to(ROOT)}:{wrong}" for path in files for wrong in wrongs(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\nx = time.time()",
        "from datetime import datetime, UTC\nx = datetime.now(UTC)",
        "import datetime\nx = datetime.datetime.now()",
        "import os\nx = os.urandom(8)",
        "from os import urandom",
        "from time import time",
        "import secrets",
        "from secrets import token_bytes",
        "with open('a') as handle: pass",
        "from uuid import uuid4",
    ],
)
def test_the_rule_finds_what_it_forbids(source):
    assert list(wrongs(source))


def test_the_rule_leaves_the_disk_of_surroundings_alone():
    assert not list(wrongs("x = store.open(name); y = surroundings.clock.now(); z = Journal.open(path)"))


def test_no_module_is_too_long():
    files = sources("src", "verifier", "tools", "benchmarks")
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_no_module_has_a_name_that_says_nothing():
    files = sources("src", "verifier", "tools", "benchmarks", "tests")
    parts = {part for path in files for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    assert parts & VAGUE_NAMES == set()


def test_nobody_reads_round_the_views_of_readers():
    """``main.`` names the tables behind the views that leave out what a reader may not see."""
    allowed = {"readers.py", "rebuild.py"}
    files = [path for path in sources("src") if path.name not in allowed]
    found = [str(path) for path in files if re.search(r"\bmain\.\W?(case|search)_", path.read_text("utf-8"))]
    assert found == []
