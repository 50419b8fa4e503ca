"""Reading stored objects again: in turn, within a budget, and in copies that others hold.

**Rolling.** Objects are read in the order of their digests, round after round, each audit going on where the last one
stopped. So every object is read as often as every other, and the one read next is the one not read for longest.

**Elsewhere.** A holder who only says "I have it" proves nothing, and a digest can be remembered. So a challenge holds a
nonce, and the answer is HMAC-SHA-256 of each object's bytes under that nonce (after LOCKSS, Maniatis et al., ACM TOCS
2005): whoever answers right read, after the challenge was made, the very bytes that the asker holds too.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from embers.errors import CustodyError, ObjectError
from embers.objects.digest import chunks
from embers.objects.store import ObjectStore

CHALLENGE, ANSWER = "embers.audit-challenge", "embers.audit-answer"
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
#: Objects one challenge may ask for.
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Range:
    """Part of a round: objects whose digest lies after ``after`` and not after ``up_to``; empty means the very end."""

    after: str
    up_to: str

    def holds(self, sha256: str) -> bool:
        """Tell whether an object was read in this part."""
        return self.after < sha256 and (not self.up_to or sha256 <= self.up_to)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A nonce (hex, 32 bytes) and the objects somebody shall prove to hold."""

    nonce: str
    objects: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the form in which it is handed over."""
        return {"form": CHALLENGE, "v": 1, "nonce": self.nonce, "objects": list(self.objects)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a copy did: ``right`` answers, ``wrong`` and ``without`` by digest, ``unchecked`` because ours is damaged."""

    asked: int
    right: int
    wrong: tuple[str, ...]
    without: tuple[str, ...]
    unchecked: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Tell whether every object asked for was proven."""
        return self.right == self.asked


def last_place(values: Sequence[Mapping[str, Any]]) -> str:
    """Return where the last ``audit-result`` stopped, empty if a new round begins."""
    if not values or values[-1]["round_done"]:
        return ""
    return str(values[-1].get("up_to", ""))


def in_turn(expected: Iterable[str], stored: Iterable[str], *, after: str) -> Iterator[str]:
    """Yield once each, in order of digest, the objects that should be there and those that are."""
    yield from sorted(name for name in {*expected, *stored} if name > after)


def proof_of(nonce: str, stream: BinaryIO) -> str:
    """Return HMAC-SHA-256 of a stream under the nonce, in hex."""
    running = hmac.new(bytes.fromhex(nonce), digestmod="sha256")
    for data in chunks(stream):
        running.update(data)
    return running.hexdigest()


def answer(challenge: Challenge, objects: ObjectStore) -> dict[str, Any]:
    """Read every object asked for and return the answer; what is not here is said to be not here."""
    proofs: dict[str, str | None] = {}
    for sha256 in challenge.objects:
        try:
            with objects.open(sha256) as stream:
                proofs[sha256] = proof_of(challenge.nonce, stream)
        except (ObjectError, OSError):
            proofs[sha256] = None
    return {"form": ANSWER, "v": 1, "nonce": challenge.nonce, "proofs": proofs}


def check_answer(challenge: Challenge, given: Mapping[str, Any], objects: ObjectStore) -> Outcome:
    """Compare an answer with our own bytes, each of which is compared with its name in the same reading."""
    if given.get("nonce") != challenge.nonce:
        raise CustodyError(
            "audit-nonce", "The answer is to another challenge.", "Ask for the answer to this one."
        )
    proofs = given["proofs"]
    right, wrong, without, unchecked = 0, [], [], []
    for sha256 in challenge.objects:
        stated = proofs.get(sha256)
        if not isinstance(stated, str):
            without.append(sha256)
            continue
        if objects.verify(sha256) is not None:
            unchecked.append(sha256)
            continue
        with objects.open(sha256) as stream:
            found = proof_of(challenge.nonce, stream)
        if hmac.compare_digest(found, stated):
            right += 1
        else:
            wrong.append(sha256)
    return Outcome(len(challenge.objects), right, tuple(wrong), tuple(without), tuple(unchecked))


def read_challenge(data: bytes) -> Challenge:
    """Read a challenge somebody sent; refuse what is none."""
    read = _read(data, CHALLENGE)
    objects = read.get("objects")
    if (
        not isinstance(objects, list)
        or len(objects) > MOST
        or not all(isinstance(name, str) and _DIGEST.match(name) for name in objects)
    ):
        raise CustodyError("audit-form", "The challenge names no objects.", "Ask for it again.")
    return Challenge(read["nonce"], tuple(objects))


def read_answer(data: bytes) -> dict[str, Any]:
    """Read an answer somebody sent; refuse what is none."""
    read = _read(data, ANSWER)
    if not isinstance(read.get("proofs"), dict):
        raise CustodyError("audit-form", "The answer holds no proofs.", "Ask for it again.")
    return read


def _read(data: bytes, form: str) -> dict[str, Any]:
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        read = None
    if (
        not isinstance(read, dict)
        or read.get("form") != form
        or read.get("v") != 1
        or not isinstance(read.get("nonce"), str)
        or not _DIGEST.match(read["nonce"])
    ):
        raise CustodyError(
            "audit-form", f"The file is not of the form {form}, version 1.", "Ask for it again."
        )
    return read
