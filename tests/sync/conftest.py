"""Lets the tests of this folder import what lies beside them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "web"))

from exercise_team import Team
from served_office import served_office


@pytest.fixture
def team(tmp_path, monkeypatch):
    return Team(tmp_path, monkeypatch)


@pytest.fixture
def address(team):
    with served_office(team) as found:
        yield found
