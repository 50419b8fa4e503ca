"""A real Chromium for page tests. Any request that would leave this machine fails the test that made it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

# importlib mode does not put folders on the path; builders of cases lie beside the tests.
sys.path.extend(
    str(Path(__file__).parents[1] / folder)
    for folder in ("e2e", "web", "sync", "projections", "actions", "imagery/layers")
)

from chromium import browser, colour_scheme, context, page, playwright, traffic  # noqa: F401 - fixtures
from served_pages import served
from showcase import Showcase, build


@pytest.fixture(scope="session")
def pages_case(tmp_path_factory: pytest.TempPathFactory) -> Showcase:
    # Playwright keeps an event loop running in this thread, in which Django refuses to work.
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        path = tmp_path_factory.mktemp("e2e-pages")
        return other_thread.submit(build, path, exercise=True).result()


@pytest.fixture(scope="session")
def site(pages_case: Showcase) -> Iterator[str]:
    with served(pages_case.folder) as address:
        yield address
