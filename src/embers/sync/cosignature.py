"""Cosignatures on checkpoints (C2SP tlog-cosignature 1.0.1, Ed25519, signature type 0x04).

A cosignature says: at this time, by my own clock, this checkpoint was consistent with everything I had seen of
that log. A mirror's cosignature also says: every entry and object up to its size is stored here durably.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from embers.errors import SyncError
from embers.journal.note import public_bytes
from embers.surroundings import utc_text

COSIGNATURE = 0x04
_DASH = "\u2014"
_NAME = re.compile(r"[^\s+]{1,120}\Z")


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A mirror or witness with its private key."""

    name: str
    private: Ed25519PrivateKey

    @property
    def vkey(self) -> str:
        """The public key as C2SP writes it, with the type of cosignatures."""
        return cosigner_key(self.name, public_bytes(self.private.public_key()))


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A cosignature that was checked: who, over what, and the time the cosigner claims (seconds since 1970)."""

    name: str
    text: str
    time: int


def _hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([COSIGNATURE]) + public).digest()[:4]


def cosigner_key(name: str, public: bytes) -> str:
    """Return a cosigner's verifier key: ``name+id+base64``."""
    if not _NAME.match(name):
        raise SyncError("cosigner", f"{name!r} cannot name a cosigner.", "Use a name without spaces and '+'.")
    body = base64.b64encode(bytes([COSIGNATURE]) + public).decode()
    return f"{name}+{_hash(name, public).hex()}+{body}"


def read_cosigner_key(text: str) -> tuple[str, bytes]:
    """Return (name, raw public key) of a cosigner's verifier key; refuse one whose id does not match."""
    try:
        name, id, body = text.split("+", 2)
        raw = base64.b64decode(body, validate=True)
    except (ValueError, binascii.Error) as error:
        raise SyncError("cosigner", f"{text[:80]!r} is not a cosigner's key.", "Ask for it again.") from error
    if len(raw) != 33 or raw[0] != COSIGNATURE or _hash(name, raw[1:]).hex() != id:
        raise SyncError(
            "cosigner", f"The key of the cosigner {name!r} does not match its id.", "It was altered."
        )
    return name, raw[1:]


def _message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def note_text(note: str) -> str:
    """Return the signed text of a note: everything before the blank line that precedes the signatures."""
    text, separator, _ = note.rpartition("\n\n")
    if not separator:
        raise SyncError("note", "A checkpoint has no signatures.", "Ask for it again.")
    return text + "\n"


def cosign(note: str, cosigner: Cosigner, *, time: int) -> str:
    """Return the note with one more signature line."""
    public = public_bytes(cosigner.private.public_key())
    signature = cosigner.private.sign(_message(note_text(note), time))
    raw = _hash(cosigner.name, public) + time.to_bytes(8, "big") + signature
    return f"{note}{_DASH} {cosigner.name} {base64.b64encode(raw).decode()}\n"


def read_cosignature(note: str, vkey: str) -> Cosigned:
    """Return the cosignature a cosigner put on a note; refuse a note it did not sign."""
    name, public = read_cosigner_key(vkey)
    text, wanted = note_text(note), _hash(name, public)
    for line in note[len(text) + 1 :].splitlines():
        parts = line.split(" ")
        if len(parts) != 3 or parts[:2] != [_DASH, name]:
            continue
        try:
            raw = base64.b64decode(parts[2], validate=True)
        except (ValueError, binascii.Error):
            continue
        if raw[:4] == wanted and len(raw) == 76:
            time = int.from_bytes(raw[4:12], "big")
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], _message(text, time))
            except InvalidSignature as error:
                raise SyncError(
                    "cosignature", f"The cosignature of {name} is wrong.", "It was altered."
                ) from error
            return Cosigned(name, text, time)
    raise SyncError("cosignature", f"The checkpoint is not cosigned by {name}.", "Ask for the receipt again.")


def signed_at(cosigned: Cosigned) -> str:
    """Return the time a cosigner claims, as text (UTC)."""
    return utc_text(datetime.fromtimestamp(cosigned.time, UTC))
