"""A folder or bucket between a case and a witness, for witnesses that have no server, or no line to the office.

```
ask/<witness>/<log>/<size>-<half of its SHA-256>      a request of C2SP tlog-witness, with the key of the log
answer/<witness>/<log>/<size>-<half of its SHA-256>   the answer to the request of the same name
```
It is a place of its own, never one the case is exchanged in: a witness sees origins, sizes and roots, nothing else.
The witness takes a request away when its answer is there, the case takes the answer away when it has read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from embers.errors import EmbersError, SyncError
from embers.journal.assertion import shape
from embers.journal.canonical import decode, encode
from embers.sync.blobs import Blobs
from embers.sync.cosignature import read_cosigner_key
from embers.sync.wire import LogHead
from embers.sync.witness import Answered, Witness, readable, request_text

_ANSWER: Mapping[str, type] = {"status": int, "text": str, "old": int, "note": str}


class FolderWitness:
    """A witness that answers through a folder, next time."""

    def __init__(self, blobs: Blobs, vkey: str) -> None:
        require_own_place(blobs)
        self._blobs = blobs
        self._name = _name(vkey)

    def answers(self, origin: str) -> list[Answered]:
        """Take away what the witness answered; a damaged answer is as none, the next question brings another."""
        found = []
        for name in list(self._blobs.names(f"answer/{self._name}/{_tail(origin)}/")):
            try:
                said = shape(
                    decode(self._blobs.get(name) or b""),
                    _ANSWER,
                    {},
                    "answer",
                )
                found.append(Answered(said["status"], said["text"], said["old"], said["note"]))
            except EmbersError:
                pass
            self._blobs.drop(name)
        return found

    def ask(self, head: LogHead, old: int, proof: Sequence[bytes]) -> None:
        """Leave a request, in place of an earlier one about the same log that was not answered."""
        data = encode({"vkey": head.vkey, "request": request_text(old, proof, head.note)})
        place = f"ask/{self._name}/{_tail(head.origin)}/"
        name = f"{place}{head.size:016d}-{_mark(data)}"
        for earlier in list(self._blobs.names(place)):
            if earlier != name:
                self._blobs.drop(earlier)
        self._blobs.put(name, data)


def answer_requests(witness: Witness, blobs: Blobs) -> list[tuple[str, Answered]]:
    """Answer what lies in a folder for this witness; return each log with the answer.

    The answer is durable before its request is taken away, so being cut off anywhere is finished by the next call.
    """
    require_own_place(blobs)
    done = []
    mine = f"ask/{_name(witness.cosigner.vkey)}/"
    for name in list(blobs.names(mine)):
        old, note = "", ""
        try:
            asked = shape(decode(blobs.get(name) or b""), {"vkey": str, "request": str}, {}, "request")
            old, _, note = asked["request"].partition("\n\n")
            answered = witness.answer(asked["request"], asked["vkey"])
        except EmbersError as error:
            answered = Answered(readable(error), error.message)
        size = old.partition("\n")[0].removeprefix("old ")
        said = {"status": answered.status, "text": answered.text, "note": note}
        blobs.put(
            "answer" + name.removeprefix("ask"), encode({**said, "old": int(size) if size.isdecimal() else 0})
        )
        blobs.drop(name)
        done.append((note.partition("\n")[0], answered))
    return done


def require_own_place(blobs: Blobs) -> None:
    """Refuse a folder or bucket the case itself is exchanged in: a witness is to see none of it."""
    if next(iter(blobs.names("case/")), None) is not None:
        raise SyncError(
            "witness-place",
            "The case itself lies in this place, and a witness is to see nothing of it.",
            "Give a folder or a prefix of its own.",
        )


def _name(vkey: str) -> str:
    read_cosigner_key(vkey)
    return hashlib.sha256(vkey.encode()).hexdigest()[:32]


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _tail(origin: str) -> str:
    return origin.rpartition("/")[2]
