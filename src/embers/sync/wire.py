"""What travels, byte for byte the same over every carrier: heads of logs, packages of entries, answers.

A package is one line that names the format, one line of canonical JSON, then an entry bundle as C2SP tlog-tiles
writes it (each entry with a 16-bit big-endian length). It holds at most 256 entries of one history of one log, the
checkpoint its device signed, and the RFC 6962 consistency proof from the package's end to that checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from embers.errors import EmbersError, SyncError
from embers.journal.assertion import JsonValue, shape
from embers.journal.canonical import decode, encode
from embers.journal.note import Checkpoint, read_checkpoint, read_verifier_key
from embers.journal.tiles import bundle, read_bundle

#: Entries in a package (C2SP tlog-mirror uses the same number).
WIDTH = 256
MAGIC = b"embers.package/1\n"
#: No package is larger: 256 entries of 65,535 bytes and their lengths, and a generous head.
MAX_PACKAGE = WIDTH * ((1 << 16) + 2) + (1 << 20)


@dataclass(frozen=True, slots=True)
class LogHead:
    """One signed state of one history of a log. ``note`` is the checkpoint as its device signed it."""

    origin: str
    vkey: str
    size: int
    root: str
    note: str

    def to_json(self) -> dict[str, JsonValue]:
        """Return the form that travels."""
        return {
            "origin": self.origin,
            "vkey": self.vkey,
            "size": self.size,
            "root": self.root,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Frontier:
    """Every history a copy of a case holds, in the order in which its logs arrived there."""

    case: str
    heads: tuple[LogHead, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """Return the form that travels."""
        return {"case": self.case, "heads": [head.to_json() for head in self.heads]}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a copy says to an offer: which entry it needs next, and whether it has all of that history."""

    next: int
    done: bool
    kept_apart: str = ""

    def to_json(self) -> dict[str, JsonValue]:
        """Return the form that travels."""
        return {"next": self.next, "done": self.done, "kept_apart": self.kept_apart}


@dataclass(frozen=True, slots=True)
class Package:
    """Entries ``start`` to ``start + len(entries)`` of the history with this head, with their proof."""

    case: str
    head: LogHead
    start: int
    entries: tuple[bytes, ...]
    proof: tuple[bytes, ...]

    @property
    def end(self) -> int:
        """The number of entries of the log up to the last one here."""
        return self.start + len(self.entries)

    def data(self) -> bytes:
        """Return the package as bytes."""
        head = {
            "case": self.case,
            "head": self.head.to_json(),
            "start": self.start,
            "proof": [base64.b64encode(part).decode() for part in self.proof],
        }
        return MAGIC + encode(head) + b"\n" + bundle(self.entries)


@lru_cache(maxsize=4096)
def _checked(vkey: str, note: str) -> Checkpoint:
    """Check a device's signature once: the same head travels with every package of its history."""
    origin, public = read_verifier_key(vkey)
    return read_checkpoint(note, origin, public)


#: Origins say nothing about place or people, and are safe as names of files.
_ORIGIN = re.compile(r"embers\.invalid/[0-9a-f]{32}\Z")
_HEAD: Mapping[str, type] = {"origin": str, "vkey": str, "size": int, "root": str, "note": str}


def read_head(data: JsonValue) -> LogHead:
    """Read a head; the device's signature on it is checked. Anything else is refused."""
    fields = shape(data, _HEAD, {}, "head")
    point = _checked(fields["vkey"], fields["note"])
    origin = point.origin
    head = LogHead(origin, fields["vkey"], point.size, point.root.hex(), fields["note"])
    if head.to_json() != data or point.size < 1 or not _ORIGIN.match(origin):
        raise SyncError("head", f"A head of {origin} does not say what its checkpoint says.", "Try again.")
    return head


def read_frontier(data: bytes) -> Frontier:
    """Read a frontier as another copy sent it."""
    fields = shape(decode(data), {"case": str, "heads": list}, {}, "frontier")
    return Frontier(fields["case"], tuple(read_head(head) for head in fields["heads"]))


def read_answer(data: bytes) -> Answer:
    """Read an answer as another copy sent it."""
    fields = shape(decode(data), {"next": int, "done": bool, "kept_apart": str}, {}, "answer")
    return Answer(fields["next"], fields["done"], fields["kept_apart"])


def read_package(data: bytes) -> Package:
    """Read a package's form and the signature on its checkpoint; its proof is checked where it is stored."""
    try:
        if len(data) > MAX_PACKAGE or not data.startswith(MAGIC):
            raise SyncError("package", "What arrived is not a package of entries.", "Send it again.")
        line, _, rest = data[len(MAGIC) :].partition(b"\n")
        fields = shape(decode(line), {"case": str, "head": dict, "start": int, "proof": list}, {}, "package")
        proof = tuple(_hash(part) for part in fields["proof"])
        package = Package(
            fields["case"], read_head(fields["head"]), fields["start"], tuple(read_bundle(rest)), proof
        )
    except SyncError:
        raise
    except EmbersError as error:
        raise SyncError("package", f"A package is damaged: {error.message}", "Send it again.") from error
    if not 0 < len(package.entries) <= WIDTH or package.start < 0 or package.end > package.head.size:
        raise SyncError("package", "A package has an impossible place in its log.", "Send it again.")
    return package


def _hash(text: object) -> bytes:
    try:
        part = base64.b64decode(str(text), validate=True)
    except (ValueError, binascii.Error):
        part = b""
    if len(part) != 32:
        raise SyncError("package", "A proof holds something that is no hash.", "Send it again.")
    return part


def head_of(vkey: str, note: str) -> LogHead:
    """Return a stored checkpoint as a head; its signature is checked."""
    point = _checked(vkey, note)
    return LogHead(point.origin, vkey, point.size, point.root.hex(), note)


def receipts_data(notes: Sequence[str]) -> bytes:
    """Write cosigned checkpoints as they travel."""
    return encode({"receipts": list(notes)})


def read_receipts(data: bytes) -> list[str]:
    """Read cosigned checkpoints as another copy sent them; their signatures are checked where they are stored."""
    notes = shape(decode(data), {"receipts": list}, {}, "list of receipts")["receipts"]
    if not all(isinstance(note, str) for note in notes):
        raise SyncError("receipts", "A list of receipts holds something else.", "Try again.")
    return list(notes)


def note_place(note: str) -> tuple[str, int]:
    """Return the origin and size a checkpoint speaks of, unchecked: only to file it."""
    lines = note.split("\n", 2)
    if len(lines) < 3 or not _ORIGIN.match(lines[0]) or not re.fullmatch(r"[0-9]{1,16}", lines[1]):
        raise SyncError("note", "A receipt speaks of no log.", "Ask for it again.")
    return lines[0], int(lines[1])
