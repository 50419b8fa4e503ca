from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# importlib mode does not put folders on the path; the builders of cases lie beside the tests.
sys.path.extend(
    str(Path(__file__).parents[1] / folder) for folder in ("web", "projections", "actions", "cli")
)

from embers.web.serve import application, prepare_django

prepare_django()  # tests read the table of addresses, whose pages need their models

from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402

# One guess costs almost nothing here: tests log in often. The real cost is asserted in test_log_in.py.
REAL_COST = (Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.time_cost)
Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.time_cost = 64, 1

from answers import Get, reader  # noqa: E402
from showcase import Showcase, build  # noqa: E402


@pytest.fixture(scope="session")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Showcase:
    return build(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def get(showcase: Showcase) -> Iterator[Get]:
    yield reader(application(showcase.folder))


@pytest.fixture
def real_cost() -> tuple[int, int]:
    """Memory in KiB and rounds of one guess at a password, as people's passwords are kept."""
    return REAL_COST
