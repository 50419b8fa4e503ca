from __future__ import annotations

import sys
from pathlib import Path

# The builders of cases and of programs that ask lie beside the tests of the web application.
sys.path.extend(
    str(Path(__file__).parents[1] / folder) for folder in ("web", "projections", "actions", "cli")
)

from prepared_pages import REAL_COST  # noqa: F401 - first: what follows needs its models
