"""Environments of their own for other people's checkers, whose requirements clash with ours or with our licence.

They run as separate programs and are never part of Embers or of its environment. Each is kept between runs beside the
repository's own, in a folder git does not see.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def newer_python() -> str:
    """Return an interpreter of 3.12 or newer: this one, one on the path, or one of pyenv's."""
    if sys.version_info >= (3, 12):
        return sys.executable
    names = [f"python3.{minor}" for minor in range(12, 20)]
    found = [path for name in names if (path := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found += [str(path) for path in sorted(pyenv.glob("3.1[2-9]*/bin/python"))]
    for path in found:  # a pyenv shim may be there and refuse to run
        if subprocess.run([path, "-c", "import ssl, venv"], capture_output=True, check=False).returncode == 0:
            return path
    pytest.fail(
        "The independent log implementation needs Python 3.12 or newer; none was found. Install one, "
        "for example with `pyenv install 3.12`, and run the tests again."
    )


def other_environment(name: str, package: str, python: str) -> Path:
    """Return the interpreter of an environment that holds one pinned package; it is made on first use."""
    folder = REPOSITORY / name
    inside = folder / "bin" / "python"
    ready = folder / package
    if not ready.exists():
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run(
            [str(inside), "-m", "pip", "install", "-q", "--disable-pip-version-check", package], check=True
        )
        ready.touch()
    return inside
