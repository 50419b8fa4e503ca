from __future__ import annotations

import sys
from pathlib import Path

import pytest

from embers.web.serve import prepare_django

# importlib mode does not put folders on the path; the makers of small cases lie beside the tests.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "actions")]

prepare_django()  # tests of lists take them from the pages that show them, and those need their models

from circle_case import Circle  # noqa: E402
from on_server import ENGINES, there  # noqa: E402


@pytest.fixture(params=ENGINES)
def circle(request: pytest.FixtureRequest, tmp_path: Path) -> Circle:
    """A small case with a compartment, with its tables in a file and on a server."""
    made = Circle(tmp_path)
    made.folder = made.people.folder = made.made.folder = there(request, made.folder)
    return made
