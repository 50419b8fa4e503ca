"""Signed notes (C2SP signed-note 1.0.0) and checkpoints (C2SP tlog-checkpoint 1.0.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from embers.errors import JournalError

ED25519 = 0x01
_DASH = "\u2014"
_SIZE = re.compile(r"(0|[1-9][0-9]{0,15})\Z")


def public_bytes(key: Ed25519PublicKey) -> bytes:
    """Return the 32 raw bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_hash(name: str, public: bytes) -> bytes:
    """Return the four-byte key id of an Ed25519 note key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """Return the key as C2SP writes it: ``name+id+base64``."""
    body = base64.b64encode(bytes([ED25519]) + public).decode()
    return f"{name}+{key_hash(name, public).hex()}+{body}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """Return (name, raw public key) of a verifier key; refuse one whose id does not match."""
    try:
        name, id, body = text.split("+", 2)  # base64 may hold "+", names may not
        raw = base64.b64decode(body, validate=True)
    except (ValueError, binascii.Error) as error:
        raise JournalError(
            "key", f"{text[:80]!r} is not a verifier key.", "It looks like name+id+base64."
        ) from error
    if len(raw) != 33 or raw[0] != ED25519 or key_hash(name, raw[1:]).hex() != id:
        raise JournalError("key", f"The verifier key of {name!r} does not match its id.", "It was altered.")
    return name, raw[1:]


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return the note: its text, a blank line, and one signature line."""
    signature = key_hash(name, public_bytes(key.public_key())) + key.sign(text.encode())
    return f"{text}\n{_DASH} {name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, name: str, public: bytes) -> str:
    """Return the text of a note if the named key signed it; signatures of unknown keys are ignored."""
    text, separator, signatures = note.rpartition("\n\n")
    text += "\n"
    wanted = key_hash(name, public)
    for line in signatures.splitlines() if separator else ():
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != _DASH or parts[1] != name:
            continue
        try:
            raw = base64.b64decode(parts[2], validate=True)
        except (ValueError, binascii.Error):
            continue
        if raw[:4] == wanted:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
            except InvalidSignature as error:
                raise JournalError(
                    "note", f"The signature of {name} on a note is wrong.", "The note was altered."
                ) from error
            return text
    raise JournalError("note", f"The note is not signed by {name}.", "Ask for the signed one.")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: origin, number of entries, root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, key: Ed25519PrivateKey) -> str:
        """Return the checkpoint as a note signed by the log's device."""
        return sign_note(self.text(), self.origin, key)


def read_checkpoint(note: str, origin: str, public: bytes) -> Checkpoint:
    """Return the checkpoint of a note signed by the log's key; refuse anything else."""
    lines = open_note(note, origin, public).splitlines()
    try:
        named, size, root = lines[0], lines[1], base64.b64decode(lines[2], validate=True)
        if named != origin or not _SIZE.match(size) or len(root) != 32 or len(lines) != 3:
            raise ValueError("fields")
    except (IndexError, ValueError, binascii.Error) as error:
        raise JournalError(
            "checkpoint", f"A checkpoint of {origin} is malformed.", "It was altered."
        ) from error
    return Checkpoint(origin, int(size), root)
