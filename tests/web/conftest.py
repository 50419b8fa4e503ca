from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# importlib mode does not put folders on the path; the builders of cases lie beside the tests.
sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in ("web", "projections", "actions"))

from answers import Get, reader
from showcase import Showcase, build

from embers.web.serve import application


@pytest.fixture(scope="session")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Showcase:
    return build(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def get(showcase: Showcase) -> Iterator[Get]:
    yield reader(application(showcase.folder))
