"""Wrapped keys in an exchange: who holds which, what may come in, what must never come back.

A wrap cannot be proven by anybody who cannot open it. So what is checked is its right to exist: the journal must
know the object and the key it is for. A wrap whose key was replaced, whose member left, or whose object was erased is
neither offered nor taken, and is dropped where it is found, however old the stick it comes from.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Protocol

from embers.errors import SyncError
from embers.journal.assertion import shape
from embers.journal.canonical import decode, encode
from embers.objects.wraps import LIMIT, WrapName

#: What every file of the age format begins with (https://age-encryption.org/v1).
_AGE = b"age-encryption.org/v1\n"
#: Wraps carried in one request.
BATCH = 500

Wrapped = tuple[WrapName, bytes]


class WrapShelf(Protocol):
    """The wraps of one copy of the case, and what its journal says about them."""

    def held(self) -> list[WrapName]:
        """Return the wraps here that have a right to exist."""
        ...

    def get(self, name: WrapName) -> bytes | None:
        """Return one wrap."""
        ...

    def take(self, wraps: Sequence[Wrapped]) -> int:
        """Keep those that have a right to exist and are not here; return how many were new."""
        ...

    def opens(self, sha256: str) -> bool:
        """Tell whether wrapped keys are here by which a member can open a sealed object."""
        ...

    def flush(self) -> None:
        """Put every wrap that can be seen here on stable storage, whoever wrote it."""
        ...

    def outdated(self, names: Iterable[WrapName]) -> list[WrapName]:
        """Return those of these wraps that the journal says must not exist any more."""
        ...


class NoWraps:
    """The shelf of a copy that keeps none, such as a witness's."""

    def held(self) -> list[WrapName]:
        """Hold nothing."""
        return []

    def get(self, name: WrapName) -> bytes | None:
        """Hold nothing."""
        del name
        return None

    def take(self, wraps: Sequence[Wrapped]) -> int:
        """Keep nothing."""
        del wraps
        return 0

    def opens(self, sha256: str) -> bool:
        """Open nothing."""
        del sha256
        return False

    def flush(self) -> None:
        """Hold nothing."""

    def outdated(self, names: Iterable[WrapName]) -> list[WrapName]:
        """Know nothing."""
        del names
        return []


def require_wrap(name: WrapName, data: bytes) -> None:
    """Refuse bytes that are no wrapped key."""
    name.path()
    if not data.startswith(_AGE) or len(data) > LIMIT:
        raise SyncError(
            "wrap", f"{wrap_text(name)} is not a wrapped key.", "It was damaged on the way; exchange again."
        )


def wrap_text(name: WrapName) -> str:
    """Write a name as it travels."""
    return f"{name.opens}.{name.key}"


def read_wrap_name(text: str) -> WrapName:
    """Read a name as it travels; refuse one that is none."""
    opens, _, key = text.partition(".")
    name = WrapName(opens, key)
    name.path()
    return name


def names_data(names: Iterable[WrapName]) -> bytes:
    """Write names for a carrier."""
    return encode({"wraps": [wrap_text(name) for name in names]})


def read_names(data: bytes) -> list[WrapName]:
    """Read names from a carrier."""
    return [read_wrap_name(str(text)) for text in shape(decode(data), {"wraps": list}, {}, "wraps")["wraps"]]


def wraps_data(wraps: Iterable[Wrapped]) -> bytes:
    """Write wraps for a carrier."""
    return encode({"wraps": [[wrap_text(name), base64.b64encode(data).decode()] for name, data in wraps]})


def read_wraps(data: bytes) -> list[Wrapped]:
    """Read wraps from a carrier; refuse what is none."""
    found = []
    for pair in shape(decode(data), {"wraps": list}, {}, "wraps")["wraps"]:
        try:
            name, text = pair
            wrapped = (read_wrap_name(str(name)), base64.b64decode(str(text), validate=True))
        except (ValueError, TypeError, binascii.Error) as error:
            raise SyncError("wrap", "The list of wrapped keys is damaged.", "Exchange again.") from error
        require_wrap(*wrapped)
        found.append(wrapped)
    return found
