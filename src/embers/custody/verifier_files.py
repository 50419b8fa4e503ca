"""Finds the stand-alone verifier, so that every dossier can carry a copy."""

from __future__ import annotations

import sys
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from embers.errors import CustodyError
from embers.journal.verify import Problem

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


@cache
def _verifier() -> ModuleType:
    """Load the verifier from its file, exactly as it is put into dossiers."""
    verifier_files()
    folder = next(folder for folder in _folders() if folder.joinpath(NAMES[0]).is_file())
    with resources.as_file(folder.joinpath(NAMES[0])) as path:
        spec = spec_from_file_location("embers_standalone_verifier", path)
        if spec is None or spec.loader is None:
            raise CustodyError("no-verifier", f"{path} cannot be loaded.", "Install Embers again.")
        module = module_from_spec(spec)
        sys.modules[spec.name] = module  # its dataclasses look themselves up here
        spec.loader.exec_module(module)
    return module


def check_dossier(path: Path) -> list[Problem]:
    """Run the stand-alone verifier over a dossier; an empty list means that it found nothing wrong."""
    facts = _verifier().check(path)
    hint = "Run `embers verify` on the case; do not hand this dossier over."
    return [Problem(str(one["where"]), str(one["what"]), hint) for one in facts["problems"]]


def _folders() -> list[Traversable]:
    package = resources.files("embers")
    source_tree = Path(__file__).resolve().parents[3] / "verifier"
    return [package.joinpath("verifier_data"), source_tree]
