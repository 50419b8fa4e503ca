from __future__ import annotations

import sys
from pathlib import Path

# importlib mode does not put folders on the path; the makers of small cases lie beside the tests.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "actions")]
