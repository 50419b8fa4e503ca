"""Lets the tests of exports of other systems import what stands beside them and beside those of tables."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tables"))


@pytest.fixture
def case(tmp_path: Path) -> object:
    from velmora_table import new_case

    return new_case(tmp_path)
