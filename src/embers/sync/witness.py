"""A witness: vouches that it never saw two histories of a log. It sees only origin, size and root.

The protocol is C2SP tlog-witness 1.0.0 ``add-checkpoint``: a request names the size the client believes the witness
last cosigned, proves that the new checkpoint extends it, and carries the signed checkpoint. The new state is on
stable storage before the cosignature leaves, and is set only if nobody else has advanced it meanwhile: otherwise two
requests that raced could obtain cosignatures on two histories.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from embers.errors import EmbersError, SyncError
from embers.journal.merkle import verify_consistency
from embers.surroundings import Clock
from embers.sync.cosignature import Cosigner, cosign
from embers.sync.state import SyncState
from embers.sync.wire import LogHead, head_of

_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})\Z")
#: A proof of consistency holds at most this many hashes (tlog-witness).
MAX_PROOF = 63


class Conflict(SyncError):  # noqa: N818 - the word of tlog-witness
    """The witness stands at another size than the client believes; ``size`` is where it stands (HTTP 409)."""

    def __init__(self, size: int) -> None:
        super().__init__("conflict", f"The witness last cosigned size {size}.", "Ask again from that size.")
        self.size = size


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness with its memory, its key and its own clock."""

    state: SyncState
    cosigner: Cosigner
    clock: Clock

    def add_checkpoint(self, request: str, vkey: str | None = None) -> str:
        """Answer a request with the cosignature line; see the module.

        ``vkey`` is the key of a log seen for the first time; a log known here keeps the key it came with.
        """
        old, proof, note = _request(request)
        origin = note.partition("\n")[0]
        known = self.state.witnessed(origin)
        key = known.vkey if known else vkey
        if key is None:
            raise SyncError(
                "unknown-log", f"The witness does not know the log {origin}.", "Register its key."
            )
        head = head_of(key, note)
        if head.origin != origin or (known.size if known else 0) != old:
            raise Conflict(known.size if known else 0)
        if old > head.size:
            raise SyncError("request", "The old size is larger than the checkpoint's.", "Check the request.")
        if known and not _extends(known.size, known.root, head, proof):
            raise SyncError(
                "proof", "The proof of consistency is wrong.", "Prove it from the witness's size."
            )
        cosigned = self.advance(head, old)
        return cosigned[len(note) :]

    def advance(self, head: LogHead, old: int) -> str:
        """Set the new state if the witness still stands at ``old``, then cosign; return the cosigned note."""
        with self.state.transaction():
            known = self.state.witnessed(head.origin)
            repeated = known is not None and (known.size, known.root) == (head.size, head.root)
            if not repeated and not self.state.swap_witnessed(head, old):
                raise Conflict(known.size if known else 0)
        if repeated:
            self.state.flush()  # the answer may have been cut off before the state was on stable storage
        return cosign(head.note, self.cosigner, time=int(self.clock.now().timestamp()))


def _extends(size: int, root: str, head: LogHead, proof: Sequence[bytes]) -> bool:
    return verify_consistency(size, bytes.fromhex(root), head.size, bytes.fromhex(head.root), proof)


def request_text(old: int, proof: Sequence[bytes], note: str) -> str:
    """Write an ``add-checkpoint`` request."""
    lines = "".join(base64.b64encode(part).decode() + "\n" for part in proof)
    return f"old {old}\n{lines}\n{note}"


def _request(text: str) -> tuple[int, list[bytes], str]:
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    found = _OLD.match(lines[0])
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines[1:]]
    except (ValueError, binascii.Error):
        proof = [b""]
    if not separator or not found or len(proof) > MAX_PROOF or any(len(part) != 32 for part in proof):
        raise SyncError("request", "A request to the witness is malformed.", "See C2SP tlog-witness.")
    return int(found[1]), proof, note


def readable(error: EmbersError) -> int:
    """Return the HTTP status of tlog-witness for a refusal."""
    return {"sync.conflict": 409, "sync.unknown-log": 404, "sync.proof": 422, "sync.request": 400}.get(
        error.code, 403
    )
