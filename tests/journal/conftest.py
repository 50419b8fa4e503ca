"""A small real journal, and the pieces tests build others from."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_journal import SmallJournal, small_journal


@pytest.fixture
def small(tmp_path: Path, request: pytest.FixtureRequest) -> SmallJournal:
    """A case with two people and five entries, in a file; in PostgreSQL for tests that ask for ``postgres``."""
    place = None
    if getattr(request, "param", "sqlite") == "postgres":
        server = request.getfixturevalue("postgres")
        place = server.address(server.database())
    made = small_journal(tmp_path, place=place)
    yield made
    made.journal.close()


@pytest.fixture
def digest():
    return lambda data: hashlib.sha256(data).hexdigest()
