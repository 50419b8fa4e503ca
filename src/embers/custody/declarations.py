"""Draft declarations for a court. Marked as drafts in name and first line; only a person can make one true by signing.

Federal Rules of Evidence (United States), Rule 902(13) and (14), with 902(11) and (12). Other courts: other words.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

NAMES = ("902-13-DRAFT.txt", "902-14-DRAFT.txt")


def draft_declarations(facts: Mapping[str, object]) -> dict[str, bytes]:
    """Return every draft by file name, filled in with facts of the dossier."""
    folder = resources.files("embers.custody").joinpath("data/declarations")
    return {
        name: folder.joinpath(name).read_text(encoding="utf-8").format(**facts).encode() for name in NAMES
    }
