"""Lets the tests of tables import what stands beside them, and gives each a case of its own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def case(tmp_path: Path) -> object:
    from velmora_table import new_case

    return new_case(tmp_path)
