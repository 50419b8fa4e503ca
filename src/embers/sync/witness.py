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
from typing import Protocol

from embers.errors import EmbersError, SyncError
from embers.journal.merkle import verify_consistency
from embers.journal.note import read_verifier_key
from embers.surroundings import Clock
from embers.sync.cosignature import Cosigner, cosign
from embers.sync.state import SyncState, Witnessed
from embers.sync.wire import LogHead, head_of

_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})\Z")
#: A proof of consistency holds at most this many hashes (tlog-witness).
MAX_PROOF = 63
_KNOWN = "key of the log "


class Conflict(SyncError):  # noqa: N818 - the word of tlog-witness
    """The witness stands at another size than the client believes; ``size`` is where it stands (HTTP 409)."""

    def __init__(self, size: int) -> None:
        super().__init__("conflict", f"The witness last cosigned size {size}.", "Ask again from that size.")
        self.size = size


@dataclass(frozen=True, slots=True)
class Answered:
    """What a witness answered: a status of tlog-witness (200 and a cosignature, 409 and a size, or a refusal's words).

    ``old`` is the size the question took the witness to stand at, ``note`` the checkpoint it was about.
    """

    status: int
    text: str
    old: int = 0
    note: str = ""


class WitnessLine(Protocol):
    """A way to a witness: it answers at once, or leaves its answer for the next time."""

    def answers(self, origin: str) -> list[Answered]:
        """Return what it answered to earlier questions about a log, and take the answers away."""
        ...

    def ask(self, head: LogHead, old: int, proof: Sequence[bytes]) -> Answered | None:
        """Ask for a cosignature on a head; nothing if the answer comes later."""
        ...


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
        key = known.vkey if known else (vkey or self.state.mark(_KNOWN + origin) or None)
        if key is None:
            raise SyncError(
                "unknown-log", f"The witness does not know the log {origin}.", "Register its key."
            )
        head, stands = head_of(key, note), known.size if known else 0
        if old > head.size:
            raise SyncError("request", "The old size is larger than the checkpoint's.", "Check the request.")
        if head.origin != origin or old != stands or (known and old == head.size and known.root != head.root):
            raise Conflict(stands)
        if not _extends(known, head, proof):
            raise SyncError(
                "proof", "The proof of consistency is wrong.", "Prove it from the witness's size."
            )
        cosigned = self.advance(head, old)
        return cosigned[len(note) :]

    def know(self, vkey: str) -> None:
        """Accept a log by its key; a log that is known keeps the key it came with."""
        origin, _ = read_verifier_key(vkey)
        with self.state.transaction():
            known = self.state.witnessed(origin)
            earlier = known.vkey if known else self.state.mark(_KNOWN + origin)
            if earlier and earlier != vkey:
                raise SyncError("key", f"The log {origin} is known by another key.", "Ask who registers it.")
            self.state.set_mark(_KNOWN + origin, vkey)

    def answer(self, request: str, vkey: str | None = None) -> Answered:
        """Answer a request by a status and a text, as tlog-witness wants it; see :meth:`add_checkpoint`."""
        try:
            return Answered(200, self.add_checkpoint(request, vkey))
        except Conflict as error:
            return Answered(409, f"{error.size}\n")
        except EmbersError as error:
            return Answered(readable(error), error.message)

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


def _extends(known: Witnessed | None, head: LogHead, proof: Sequence[bytes]) -> bool:
    if known is None:
        return not proof
    root = bytes.fromhex(known.root)
    return verify_consistency(known.size, root, head.size, bytes.fromhex(head.root), proof)


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
