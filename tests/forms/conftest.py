from __future__ import annotations

import sys
from pathlib import Path

# The builders of cases and of programs that ask lie beside the tests of the web application.
sys.path.extend(
    str(Path(__file__).parents[1] / folder) for folder in ("web", "projections", "actions", "cli")
)

import pytest
from prepared_pages import REAL_COST  # noqa: F401 - first: what follows needs its models
from tests.forms.outside import compiled


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the command that runs the phone from outside."""
    return compiled(tmp_path_factory.mktemp("client"))
