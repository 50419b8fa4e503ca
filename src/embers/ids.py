"""Identifiers of subjects and assertions.

A subject id is ``<kind>:<uuid>``. It says what kind of thing it is and nothing else: no name, no place,
no date, so an id in a log, a file name or an address gives nobody away.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from functools import lru_cache

from embers.errors import VocabularyError
from embers.surroundings import Randomness

_SUBJECT = re.compile(r"^[a-z][a-z-]*:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
#: Name space for ids derived from a published table, so that a second import finds the first.
PUBLISHED = uuid.UUID("6b1f6a4e-7a53-5a0b-9a7c-0e1f5be2c0de")


def new_id(randomness: Randomness) -> str:
    """Return a random UUID (version 4) as text."""
    return _written(randomness.bytes(16), version=4)


def new_subject(kind: str, randomness: Randomness) -> str:
    """Return a fresh subject id of ``kind``."""
    return f"{kind}:{new_id(randomness)}"


def derived_id(*parts: str) -> str:
    """Return the same UUID (version 5) for the same parts, for what may come in twice.

    Never used for anything that comes from a witness, unless one part is random itself and as long as an id, such as
    the id a phone gave a filled form: a derived id could be guessed by whoever knows every part.
    """
    digest = hashlib.sha1(PUBLISHED.bytes + "\x1f".join(parts).encode(), usedforsecurity=False)
    return _written(digest.digest()[:16], version=5)


def _written(data: bytes, *, version: int) -> str:
    """Return 16 bytes as a UUID of a version (RFC 9562), as :mod:`uuid` does at four times the cost."""
    digits = data.hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def derived_subject(kind: str, *parts: str) -> str:
    """Return the derived subject id of ``kind`` for ``parts``."""
    return f"{kind}:{derived_id(kind, *parts)}"


@lru_cache(maxsize=16384)
def kind_of(subject: str) -> str:
    """Return the kind a subject id names; raise :class:`VocabularyError` if it is not a subject id."""
    if not _SUBJECT.match(subject):
        raise VocabularyError(
            "subject-id",
            f"{subject!r} is not a subject id.",
            "A subject id looks like incident:6f1c2a34-....",
        )
    return subject.partition(":")[0]
