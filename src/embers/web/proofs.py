"""Checks, while a page is made, that an entry is signed by a registered key and stands in its log.

This is a courtesy to the reader, not the verification: `embers verify` reads everything again, and the
verifier beside a dossier needs none of this program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils.translation import gettext

from embers.case_view import EntryInfo, Held
from embers.errors import JournalError
from embers.journal.entry import SignedEntry
from embers.journal.journal import Journal
from embers.journal.merkle import verify_inclusion
from embers.journal.note import Checkpoint
from embers.web.shell import Desk
from embers.web.signers import registered_keys


@dataclass(frozen=True, slots=True)
class Proof:
    """What was checked about one entry: its signature and its place under a signed checkpoint."""

    entry: EntryInfo
    signature: str
    inclusion: str
    path: tuple[str, ...] = ()
    size: int = 0
    root: str = ""
    sound: bool = False


def prove(at: Desk, held: Held) -> Proof:
    """Check the entry that brought one assertion."""
    return prove_all(at, [held])[held.entry]


def prove_all(at: Desk, held: Iterable[Held]) -> dict[str, Proof]:
    """Check every entry that brought any of the assertions, each once, by entry id."""
    return prove_entries(at, (one.entry for one in held))


def prove_entries(at: Desk, ids: Iterable[str]) -> dict[str, Proof]:
    """Check entries the reader may know of, each once, by entry id."""
    entries = at.view.entries(dict.fromkeys(ids))
    keys = {id: public for id, (public, _) in registered_keys(at).items()}
    journal = at.folder.journal(read_only=True)
    points: dict[str, Checkpoint] = {}
    try:
        return {id: _prove(journal, entry, keys, points) for id, entry in entries.items()}
    finally:
        journal.close()


def _prove(
    journal: Journal, entry: EntryInfo, keys: Mapping[str, bytes], points: dict[str, Checkpoint]
) -> Proof:
    try:
        signed = journal.get(entry.id)
        point = points.get(entry.log) or points.setdefault(entry.log, journal.checkpoint(entry.log))
        path = journal.inclusion(entry.log, entry.seq, point.size)
    except JournalError as error:
        wrong = gettext("could not be checked: %(why)s") % {"why": str(error)}
        return Proof(entry, wrong, wrong)
    good = _signature_holds(signed, keys)
    stands = verify_inclusion(bytes.fromhex(signed.id), entry.seq, point.size, path, point.root)
    return Proof(
        entry,
        gettext("Ed25519, checked now: it holds for a key registered in this case.")
        if good
        else gettext("The signature does not hold. Run `embers verify` and keep this copy as it is."),
        gettext("Checked now: the entry is in the log its device signed at size %(size)s (%(steps)s hashes).")
        % {"size": point.size, "steps": len(path)}
        if stands
        else gettext("The entry is not in the signed log. Run `embers verify` and keep this copy as it is."),
        tuple(step.hex() for step in path),
        point.size,
        point.root.hex(),
        good and stands,
    )


def _signature_holds(signed: SignedEntry, keys: Mapping[str, bytes]) -> bool:
    public = keys.get(signed.key)
    if public is None or signed.key != signed.entry.by:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, signed.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True
