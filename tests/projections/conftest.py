from __future__ import annotations

import sys
from pathlib import Path

from embers.web.serve import prepare_django

# importlib mode does not put folders on the path; the makers of small cases lie beside the tests.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "actions")]

prepare_django()  # tests of lists take them from the pages that show them, and those need their models
