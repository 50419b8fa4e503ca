"""Finds the stand-alone verifier, so that every dossier can carry a copy."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from embers.errors import CustodyError

NAMES = ("verify.py", "FORMAT.md")


@cache
def verifier_files() -> dict[str, bytes]:
    """Return the verifier and the description of the formats, by file name.

    A wheel carries them as ``embers/verifier_data``; in a source tree they are in the folder ``verifier``.
    """
    for folder in _folders():
        found = {name: folder.joinpath(name) for name in NAMES}
        if all(file.is_file() for file in found.values()):
            return {name: file.read_bytes() for name, file in found.items()}
    raise CustodyError(
        "no-verifier",
        f"This installation of Embers lacks the stand-alone verifier ({' and '.join(NAMES)}).",
        "Install Embers again from its wheel or source; a dossier is never written without its verifier.",
    )


def _folders() -> list[Traversable]:
    package = resources.files("embers")
    source_tree = Path(__file__).resolve().parents[3] / "verifier"
    return [package.joinpath("verifier_data"), source_tree]
