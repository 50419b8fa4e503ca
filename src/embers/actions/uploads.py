"""Bytes that were sent and never became evidence: destroyed once nobody can make anything of them any more."""

from __future__ import annotations

from collections.abc import Iterable

from embers.actions.case_folder import CaseFolder
from embers.projections import models


def destroy_unnamed(folder: CaseFolder, digests: Iterable[str]) -> tuple[str, ...]:
    """Destroy those of these stored bytes that no entry names; return their SHA-256. Repeating it is harmless.

    Entries are signed under the lock held here, and signing looks for the bytes they name: so no entry can come to name
    bytes while they are destroyed. Only the caller can know that bytes came by an upload: others may lie here because
    their entries are still on the way.
    """
    gone = []
    objects, journal = folder.objects(), folder.journal()
    try:
        for sha256 in dict.fromkeys(digests):
            # One lock for each: a large file takes its time, and people are signing meanwhile.
            with journal.store.transaction():
                named = models.StoredObject.objects.using(folder.projection().alias).filter(sha256=sha256)
                if not named.exists() and objects.destroy(sha256):
                    gone.append(sha256)
    finally:
        journal.close()
    return tuple(gone)
