"""Where the objects of a case lie: a folder on this computer, or a bucket on an S3-speaking server."""

from __future__ import annotations

from pathlib import Path

from embers.objects.local import LocalObjectStore
from embers.objects.store import ObjectStore
from embers.surroundings import Surroundings


def open_objects(place: Path | str, surroundings: Surroundings) -> ObjectStore:
    """Open the object store at a place: a path is a folder, text is an ``s3://`` address."""
    if isinstance(place, Path):
        return LocalObjectStore(place, surroundings)
    from embers.objects.s3 import open_bucket  # noqa: PLC0415 - a network library, only if asked for

    return open_bucket(place, surroundings)
