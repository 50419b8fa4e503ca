"""Finds the demonstration data: inside the installed package, or in the source tree of an editable install."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from embers.errors import UsageError


def demo_folder(name: str) -> Path:
    """Return the folder of one demonstration set; refuse an installation that lacks it."""
    source = Path(__file__).resolve().parents[3] / "demo" / name
    if source.is_dir():
        return source
    with as_file(files("embers") / "demo_data" / name) as packaged:
        if packaged.is_dir():
            return packaged
    raise UsageError(
        "demo-data",
        f"The demonstration data {name!r} is not part of this installation.",
        "Install Embers from a release or a full clone.",
    )
