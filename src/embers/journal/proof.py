"""Self-contained offline proofs (C2SP tlog-proof): index, audit path and checkpoint in one text file."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from embers.errors import JournalError
from embers.journal.journal import Journal
from embers.journal.merkle import verify_inclusion
from embers.journal.note import read_checkpoint, read_verifier_key

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})\Z")


@dataclass(frozen=True, slots=True)
class Proof:
    """That the entry at ``index`` is in the log of the checkpoint."""

    index: int
    path: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """Return the proof as a file."""
        hashes = "".join(base64.b64encode(part).decode() + "\n" for part in self.path)
        return f"{HEADER}\nindex {self.index}\n{hashes}\n{self.note}"

    def proves(self, leaf: bytes, vkey: str) -> bool:
        """Tell whether it proves that the leaf is in the log whose key is ``vkey``."""
        origin, public = read_verifier_key(vkey)
        point = read_checkpoint(self.note, origin, public)
        return verify_inclusion(leaf, self.index, point.size, self.path, point.root)


def read_proof(text: str) -> Proof:
    """Read a proof file; a malformed one is refused. The optional ``extra`` line is not authenticated: ignored."""
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    try:
        if lines[1].startswith("extra "):
            base64.b64decode(lines.pop(1).removeprefix("extra "), validate=True)
        if not separator or lines[0] != HEADER or not _INDEX.match(lines[1]):
            raise ValueError("layout")
        path = tuple(base64.b64decode(line, validate=True) for line in lines[2:])
        if any(len(part) != 32 for part in path):
            raise ValueError("hash length")
        return Proof(int(lines[1].removeprefix("index ")), path, note)
    except (ValueError, IndexError, binascii.Error) as error:
        raise JournalError("proof", "A proof file is malformed.", "It was altered or cut.") from error


def prove(journal: Journal, origin: str, seqs: Sequence[int]) -> list[Proof]:
    """Return proofs of several entries against the newest checkpoint of their log."""
    note = journal.checkpoint_note(origin)
    size = journal.checkpoint(origin).size
    return [Proof(seq, tuple(journal.inclusion(origin, seq, size)), note) for seq in seqs]
