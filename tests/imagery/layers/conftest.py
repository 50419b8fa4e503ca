import sys
from pathlib import Path

# importlib mode does not put folders on the path; the builder of sample layers lies beside the tests.
sys.path.append(str(Path(__file__).parent))
