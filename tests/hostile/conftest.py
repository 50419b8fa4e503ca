"""What attackers are given here: a case with people of every role, programs with tokens, and a real Chromium."""

from __future__ import annotations

import sys
from pathlib import Path

# importlib mode does not put folders on the path; builders of cases lie beside the tests.
sys.path.extend(
    str(Path(__file__).parents[1] / folder) for folder in ("hostile", "web", "projections", "actions", "e2e")
)

import prepared_pages  # noqa: F401 - first: what follows needs its models
from chromium import browser, colour_scheme, context, page, playwright, traffic  # noqa: F401 - fixtures
