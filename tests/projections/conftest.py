from __future__ import annotations

import sys
from pathlib import Path

# importlib mode does not put the folder on the path; the maker of small cases lies beside the tests.
sys.path.insert(0, str(Path(__file__).parent))
