"""An entry: one act by one person on one device, signed by the person.

The signature is Ed25519 over the canonical bytes of the entry without its ``sig`` part. The entry's id is
its leaf hash in the log, SHA-256 over a zero byte and the canonical bytes with ``sig`` (RFC 6962, 2.1).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from embers.errors import JournalError
from embers.journal.assertion import Assertion, JsonValue, shape
from embers.journal.canonical import decode, encode
from embers.journal.merkle import leaf_hash

VERSION = 1
#: C2SP tlog-tiles gives entries a 16-bit length.
MAX_BYTES = 65_535
#: How sealed content is made; FORMAT.md describes it.
SEALED_FORM = "age-v1"
#: Said of every sealed object, whatever is inside.
SEALED_MEDIA = "application/x-age"
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class ClaimedTime:
    """The time a device claims. ``clock`` says how good the claim is: unsynced, ntp or gnss."""

    claimed: str
    tz: str = "+00:00"
    clock: str = "unsynced"
    offset_ms: int | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """Return the journal form."""
        return {"claimed": self.claimed, "tz": self.tz, "clock": self.clock, "offset_ms": self.offset_ms}


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object an entry introduces: SHA-256 and size of its stored bytes, and their media type.

    ``commitment`` is empty, or the object is sealed: its stored bytes are a ciphertext, its media type is hidden in
    it, and the commitment is an HMAC-SHA-256 over the plaintext whose key is hidden there too.
    """

    sha256: str
    size: int
    media: str
    commitment: str = ""

    def to_json(self) -> dict[str, JsonValue]:
        """Return the journal form."""
        if self.commitment:
            stored = {"form": SEALED_FORM, "hmac": self.commitment, "sha256": self.sha256, "size": self.size}
            return {"sealed": stored}
        return {"sha256": self.sha256, "size": self.size, "media": self.media}


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """What a person is about to sign; the journal adds log, place, case and what it has seen of others."""

    act: str
    role: str
    at: ClaimedTime
    assertions: tuple[Assertion, ...] = ()
    objects: tuple[ObjectRef, ...] = ()
    reason: str = ""
    seen: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A complete entry. ``seen`` maps origins of other logs to the (size, root) known when it was signed."""

    log: str
    seq: int
    case: str
    by: str
    role: str
    act: str
    at: ClaimedTime
    seen: Mapping[str, tuple[int, str]]
    assertions: tuple[Assertion, ...]
    objects: tuple[ObjectRef, ...]
    reason: str
    version: int = VERSION

    def to_json(self) -> dict[str, JsonValue]:
        """Return the journal form without the signature."""
        return {
            "v": self.version,
            "log": self.log,
            "seq": self.seq,
            "case": self.case,
            "by": self.by,
            "role": self.role,
            "act": self.act,
            "at": self.at.to_json(),
            "seen": {origin: [size, root] for origin, (size, root) in self.seen.items()},
            "assertions": [said.to_json() for said in self.assertions],
            "objects": [ref.to_json() for ref in self.objects],
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry with its signature, its exact bytes, and its id."""

    entry: Entry
    alg: str
    key: str
    signature: bytes
    raw: bytes
    id: str

    def signed_bytes(self) -> bytes:
        """Return the bytes the person signed: all but ``sig``, which in sorted keys stands right before the version."""
        # Inside a text the quotes would be escaped, so the last such mark is the part itself.
        return self.raw[: self.raw.rindex(_SIG)] + _END


_ENTRY: Mapping[str, type] = {
    "v": int,
    "log": str,
    "seq": int,
    "case": str,
    "by": str,
    "role": str,
    "act": str,
    "at": dict,
    "seen": dict,
    "assertions": list,
    "objects": list,
    "reason": str,
    "sig": dict,
}


#: How the canonical bytes of an unsigned entry end; "sig" has its place in the sorted keys right before it.
_END = f',"v":{VERSION}}}'.encode()
_SIG = b',"sig":'


def seal(entry: Entry, body: bytes, *, key: str, signature: bytes) -> SignedEntry:
    """Put a signature on an entry, ``body`` being the bytes signed; refuse one too large for a log."""
    if not body.endswith(_END):
        raise JournalError(
            "version", f"The entry {entry.act!r} is not of version {VERSION}.", "Write a new one."
        )
    sig = encode({"alg": "ed25519", "key": key, "s": base64.b64encode(signature).decode()})
    raw = body.removesuffix(_END) + _SIG + sig + _END  # without writing the whole entry again
    if len(raw) > MAX_BYTES:
        raise JournalError(
            "size",
            f"The entry {entry.act!r} has {len(raw)} bytes; a log holds entries of at most {MAX_BYTES}.",
            "Put long content into an object and cite it, or split the act.",
        )
    return SignedEntry(entry, "ed25519", key, signature, raw, leaf_hash(raw).hex())


def read_entry(raw: bytes) -> SignedEntry:
    """Read the exact bytes of an entry strictly; the signature is not checked here."""
    if len(raw) > MAX_BYTES:
        raise JournalError("size", f"An entry has {len(raw)} bytes.", f"At most {MAX_BYTES} are allowed.")
    data = shape(decode(raw), _ENTRY, {}, "entry")
    if data["seq"] < 0:
        raise JournalError("shape", "An entry has a negative place.", "The entry is damaged.")
    if data["v"] != VERSION:
        raise JournalError("version", f"An entry has version {data['v']}.", "Install a newer Embers.")
    sig = shape(data["sig"], {"alg": str, "key": str, "s": str}, {}, "signature")
    if sig["alg"] != "ed25519":
        raise JournalError(
            "signature", f"Unknown signature algorithm {sig['alg']!r}.", "Install a newer Embers."
        )
    signature = _signature(sig["s"])
    entry = Entry(
        log=data["log"],
        seq=data["seq"],
        case=data["case"],
        by=data["by"],
        role=data["role"],
        act=data["act"],
        at=_time(data["at"]),
        seen={origin: _head(head) for origin, head in data["seen"].items()},
        assertions=tuple(Assertion.from_json(said) for said in data["assertions"]),
        objects=tuple(_object(ref) for ref in data["objects"]),
        reason=data["reason"],
    )
    _require_one_form(entry, data)
    return SignedEntry(entry, "ed25519", sig["key"], signature, raw, leaf_hash(raw).hex())


def _signature(text: str) -> bytes:
    try:
        signature = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise JournalError("signature", "A signature is not base64.", "The entry was altered.") from error
    # base64 has several spellings of the same bytes; only one may stand in a log.
    if len(signature) != 64 or base64.b64encode(signature).decode() != text:
        raise JournalError("signature", "A signature is not 64 bytes in base64.", "The entry was altered.")
    return signature


def _require_one_form(entry: Entry, data: JsonValue) -> None:
    """Refuse what would be written differently: signed bytes and stored bytes must be one and the same."""
    body = {name: part for name, part in data.items() if name != "sig"}
    if entry.to_json() != body:
        raise JournalError(
            "shape",
            f"The entry {entry.seq} of {entry.log} holds an empty optional part.",
            "The bytes were not written by Embers.",
        )


def _time(data: JsonValue) -> ClaimedTime:
    offset = (int, type(None))
    fields = shape(data, {"claimed": str, "tz": str, "clock": str, "offset_ms": object}, {}, "time")
    if not isinstance(fields["offset_ms"], offset) or isinstance(fields["offset_ms"], bool):
        raise JournalError("shape", "'offset_ms' of a time has the wrong type.", "The entry is damaged.")
    return ClaimedTime(fields["claimed"], fields["tz"], fields["clock"], fields["offset_ms"])


def _head(data: JsonValue) -> tuple[int, str]:
    match data:
        case [int(size), str(root)] if not isinstance(size, bool) and size >= 0 and _DIGEST.match(root):
            return size, root
        case _:
            raise JournalError("shape", "'seen' must map origins to [size, root].", "The entry is damaged.")


def _object(data: JsonValue) -> ObjectRef:
    if isinstance(data, dict) and "sealed" in data:
        return _sealed(shape(data, {"sealed": dict}, {}, "object")["sealed"])
    fields = shape(data, {"sha256": str, "size": int, "media": str}, {}, "object")
    if not _DIGEST.match(fields["sha256"]) or fields["size"] < 0:
        raise JournalError("shape", "An object has no SHA-256 or no size.", "The entry is damaged.")
    return ObjectRef(fields["sha256"], fields["size"], fields["media"])


def _sealed(data: JsonValue) -> ObjectRef:
    fields = shape(data, {"form": str, "hmac": str, "sha256": str, "size": int}, {}, "sealed object")
    if fields["form"] != SEALED_FORM:
        raise JournalError(
            "version",
            f"An entry seals in the unknown form {fields['form'][:20]!r}.",
            "Install a newer Embers.",
        )
    if not _DIGEST.match(fields["sha256"]) or not _DIGEST.match(fields["hmac"]) or fields["size"] < 0:
        raise JournalError("shape", "A sealed object lacks a digest or size.", "The entry is damaged.")
    return ObjectRef(fields["sha256"], fields["size"], SEALED_MEDIA, fields["hmac"])


def sealed_ref(sha256: str, size: int, commitment: str) -> ObjectRef:
    """Return the reference of an entry to a sealed object."""
    return ObjectRef(sha256, size, SEALED_MEDIA, commitment)
