from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# importlib mode does not put folders on the path; the builders of cases lie beside the tests.
sys.path.extend(
    str(Path(__file__).parents[1] / folder) for folder in ("web", "projections", "actions", "cli")
)

from answers import Get, reader
from django.core.cache import cache
from prepared_pages import REAL_COST  # first: what follows needs its models
from showcase import Showcase, build

from embers.web.serve import application


@pytest.fixture(scope="session")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Showcase:
    return build(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def get(showcase: Showcase) -> Iterator[Get]:
    yield reader(application(showcase.folder))


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """Failed attempts are counted in the memory of the process, which many tests share."""
    cache.clear()


@pytest.fixture
def real_cost() -> tuple[int, int]:
    """Memory in KiB and rounds of one guess at a password, as people's passwords are kept."""
    return REAL_COST
