"""X25519 keys as age writes them, so that anybody's age opens what we sealed.

Keys are made from the randomness of the surroundings. An *identity* is secret, a *recipient* is public.
Formats: C2SP age, section "The X25519 recipient type"; Bech32: BIP 173.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

import pyrage

from embers.errors import ObjectError
from embers.surroundings import Randomness

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_PREFIX = "age-secret-key-"
_RECIPIENT = re.compile(r"age1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{58}\Z")


@dataclass(frozen=True, slots=True)
class AgeIdentity:
    """A secret key of 32 bytes; it is never printed by accident."""

    raw: bytes = field(repr=False)

    @classmethod
    def fresh(cls, randomness: Randomness) -> AgeIdentity:
        """Make a new key."""
        return cls(randomness.bytes(32))

    @property
    def text(self) -> str:
        """The key as ``AGE-SECRET-KEY-1...``."""
        return _bech32(_PREFIX, self.raw).upper()

    @property
    def recipient(self) -> str:
        """The public key as ``age1...``."""
        return str(self._identity().to_public())

    def wrap_for(self, recipient: str) -> bytes:
        """Return this key encrypted to a recipient: an age file of a few hundred bytes."""
        wrapped: bytes = pyrage.encrypt(self.raw, [read_recipient(recipient)])
        return wrapped

    def unwrap(self, wrapped: bytes) -> AgeIdentity:
        """Return the key inside a wrap made for this one; refuse any other wrap."""
        try:
            raw: bytes = pyrage.decrypt(wrapped, [self._identity()])
        except pyrage.DecryptError as error:
            raise ObjectError(
                "wrap",
                "A wrapped key does not open with the key at hand.",
                "It was wrapped for somebody else, or it is damaged.",
            ) from error
        if len(raw) != 32:
            raise ObjectError("wrap", "A wrapped key has not 32 bytes.", "It was not written by Embers.")
        return AgeIdentity(raw)

    def _identity(self) -> Any:  # noqa: ANN401 - pyrage has no types
        return pyrage.x25519.Identity.from_str(self.text)

    def decrypt(self, reader: Any, writer: Any) -> None:  # noqa: ANN401 - file-like, as pyrage takes them
        """Decrypt an age stream in constant memory; refuse what is altered, cut or meant for another key.

        A failure of the reader or the writer itself is raised as what it is.
        """
        source, target = _Watched(reader), _Watched(writer)
        try:
            pyrage.decrypt_io(source, target, [self._identity()])
        except (pyrage.DecryptError, OSError) as error:  # age says OSError for a bad chunk in the middle
            if failure := source.failure or target.failure:
                raise failure from None
            raise ObjectError(
                "sealed",
                "Sealed content does not open with its key.",
                "It is altered or cut: fetch it again from another copy.",
            ) from error


class _Watched:
    """Passes calls on to a file and keeps what it raises: age would turn it into words."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 - anything with read, or write and flush
        self._file = file
        self.failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        return bytes(self._kept(self._file.read, size))

    def write(self, data: bytes) -> int:
        self._kept(self._file.write, data)
        return len(data)

    def flush(self) -> None:
        self._kept(self._file.flush)

    def _kept(self, call: Any, *given: Any) -> Any:  # noqa: ANN401
        try:
            return call(*given)
        except Exception as error:
            self.failure = error
            raise


def read_recipient(text: str) -> Any:  # noqa: ANN401 - pyrage has no types
    """Return a public key for pyrage; refuse what is not one."""
    try:
        if not _RECIPIENT.match(text):
            raise ValueError
        return pyrage.x25519.Recipient.from_str(text)
    except (ValueError, pyrage.RecipientError) as error:
        raise ObjectError(
            "recipient",
            f"{text[:80]!r} is not an age public key.",
            "It looks like age1 and 58 more characters.",
        ) from error


def fingerprint(recipient: str) -> str:
    """Return a short name for a public key: half of the SHA-256 of its text."""
    return hashlib.sha256(recipient.encode()).hexdigest()[:32]


def _bech32(prefix: str, data: bytes) -> str:
    words = _five_bit_words(data)
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*expanded, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [(check >> 5 * (5 - place)) & 31 for place in range(6)]
    return prefix + "1" + "".join(_ALPHABET[word] for word in words)


def _five_bit_words(data: bytes) -> list[int]:
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return [int(bits[place : place + 5], 2) for place in range(0, len(bits), 5)]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, factor in enumerate(_GENERATOR):
            if top >> place & 1:
                check ^= factor
    return check
