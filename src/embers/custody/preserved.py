"""Preserved bytes as those who look into them get them: a way to open them, and a plain file where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from embers.objects.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Preserved:
    """One object. ``path`` is empty where its bytes lie in no plain file: encrypted, or in a bucket.

    Then programs that read files cannot look at it; plaintext is never written out for them.
    """

    open: Callable[[], BinaryIO]
    path: Path | None
    media: str


def preserved(objects: ObjectStore, sha256: str, media: str) -> Preserved:
    """Return an object for those who look into it."""
    plain = getattr(objects, "plain_path", None)
    return Preserved(lambda: objects.open(sha256), plain(sha256) if plain else None, media)
