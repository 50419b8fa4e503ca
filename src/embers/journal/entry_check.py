"""The part of verification that needs no memory: one batch of entries and notes against known keys.

It is a module of its own because it may run in another process; everything here can be pickled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from embers.errors import EmbersError
from embers.journal.entry import SignedEntry, read_entry
from embers.journal.note import read_checkpoint, read_verifier_key


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as a table holds it: where it stands and its bytes."""

    origin: str
    seq: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A checkpoint note as a table holds it, and the root the entries have at its size."""

    origin: str
    vkey: str
    size: int
    note: str
    root: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call checks. ``keys`` are the persons' public keys known before the first entry."""

    entries: Sequence[RawEntry]
    notes: Sequence[SignedNote]
    keys: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one batch gave: problems as (where, what), cases and objects named, good signatures, unknown keys."""

    problems: tuple[tuple[str, str], ...]
    wrong_roots: tuple[tuple[str, int], ...]
    cases: Mapping[str, str]
    objects: frozenset[str]
    signatures: int
    unknown: frozenset[str] = frozenset()


def entry_place(origin: str, seq: int) -> str:
    """Name an entry by its place, as problems do."""
    return f"log {origin}, entry {seq}"


def check_batch(batch: Batch) -> Outcome:
    """Check form, place and signature of entries, and signature and root of notes."""
    problems: list[tuple[str, str]] = []
    wrong: list[tuple[str, int]] = []
    cases: dict[str, str] = {}
    objects: set[str] = set()
    unknown: set[str] = set()
    public: dict[str, Ed25519PublicKey] = {}
    good = 0
    for row in batch.entries:
        where = entry_place(row.origin, row.seq)
        try:
            signed = read_entry(row.raw)
        except EmbersError as error:
            problems.append((where, error.message))
            continue
        cases.setdefault(signed.entry.case, where)
        objects.update(ref.sha256 for ref in signed.entry.objects)
        found = [*_misplaced(row, signed), *_bad_signature(signed, batch.keys, public)]
        problems += [(f"{where} ({signed.id})", what) for what in found]
        good += not found
        if signed.key not in batch.keys:
            unknown.add(signed.key)
    for note in batch.notes:
        what = _bad_note(note)
        if what == _WRONG_ROOT:
            wrong.append((note.origin, note.size))
        elif what:
            problems.append((f"log {note.origin}, checkpoint {note.size}", what))
    return Outcome(tuple(problems), tuple(wrong), cases, frozenset(objects), good, frozenset(unknown))


def _misplaced(row: RawEntry, signed: SignedEntry) -> list[str]:
    entry = signed.entry
    found = []
    if (entry.log, entry.seq) != (row.origin, row.seq):
        found.append(f"it was signed as entry {entry.seq} of {entry.log}: it was moved")
    if entry.by != signed.key:
        found.append(f"it names {entry.by} but is signed with {signed.key}")
    return found


def _bad_signature(
    signed: SignedEntry, keys: Mapping[str, bytes], public: dict[str, Ed25519PublicKey]
) -> list[str]:
    if signed.key not in keys:
        return [f"the key {signed.key} is not registered in this case before it: somebody unknown signed it"]
    key = public.get(signed.key)
    if key is None:
        key = public[signed.key] = Ed25519PublicKey.from_public_bytes(keys[signed.key])
    try:
        key.verify(signed.signature, signed.signed_bytes())
    except InvalidSignature:
        return ["the person's signature does not fit: the entry was altered"]
    return []


_WRONG_ROOT = "root"


def _bad_note(row: SignedNote) -> str:
    try:
        point = read_checkpoint(row.note, row.origin, read_verifier_key(row.vkey)[1])
    except EmbersError as error:
        return error.message
    if point.size != row.size:
        return f"its note speaks of {point.size} entries"
    return "" if point.root == row.root else _WRONG_ROOT
