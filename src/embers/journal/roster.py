"""Which keys the case knows, learnt from the journal itself.

The first entry of the first log (act ``case.open``) registers the key that signs it: that is where trust in
a case begins, and why a dossier prints this key. Every later key must be registered by an entry of a person
who is already known.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from embers.errors import JournalError
from embers.journal.entry import SignedEntry
from embers.journal.keys import person_key_id

OPENING = "case.open"


@dataclass(slots=True)
class Roster:
    """Known person keys (id to raw public key) and log keys (origin to verifier key), in order of registration."""

    persons: dict[str, bytes] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    _opened: bool = False

    def admit(self, signed: SignedEntry) -> None:
        """Take in the keys an entry registers, if the entry is signed with a known key (or opens the case).

        Raises :class:`JournalError` if the case does not begin with its opening, if the signature of a
        registering entry is wrong, or if it gives a log a second key. An entry of an unknown person registers
        nothing; its reader reports the unknown key.
        """
        keys = _registered(signed)
        known = self.persons
        if not self._opened:
            self._opened = True
            if signed.entry.act != OPENING or signed.entry.seq != 0:
                raise JournalError(
                    "opening",
                    "The first entry of the case does not open it.",
                    "The beginning of the journal is missing.",
                )
            known = {id: public for _, id, public in keys.persons}
        if signed.key not in known or not (keys.persons or keys.logs):
            return
        _require_signature(signed, known[signed.key])
        for subject, id, public in keys.persons:
            self.persons.setdefault(id, public)
            self.subjects.setdefault(id, subject)
        for origin, vkey in keys.logs.items():
            if self.logs.setdefault(origin, vkey) != vkey:
                raise JournalError(
                    "log-key",
                    f"The entry {signed.id} gives the log {origin} a second key.",
                    "The first one counts. Ask who signed this entry.",
                )

    def public_key(self, id: str) -> bytes:
        """Return a person's public key; an unregistered one is refused."""
        if id not in self.persons:
            raise JournalError(
                "unregistered",
                f"The key {id} is not registered in this case.",
                "Somebody unknown signed an entry.",
            )
        return self.persons[id]


def may_register(raw: bytes) -> bool:
    """Tell from an entry's canonical bytes, fast, whether it might register a key; never wrongly no."""
    return b'"signing-key"' in raw or b'"log-key"' in raw or b'"case.open"' in raw


def _require_signature(signed: SignedEntry, public: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, signed.signed_bytes())
    except InvalidSignature as error:
        raise JournalError(
            "signature",
            f"The entry {signed.id} registers keys, but its signature is wrong.",
            "It was altered; the keys are not accepted.",
        ) from error


@dataclass(frozen=True, slots=True)
class _Keys:
    persons: tuple[tuple[str, str, bytes], ...]
    logs: Mapping[str, str]


def _registered(signed: SignedEntry) -> _Keys:
    persons = []
    logs: dict[str, str] = {}
    for said in signed.entry.assertions:
        value = said.value if isinstance(said.value, dict) else {}
        if said.predicate == "signing-key" and value.get("alg") == "ed25519":
            try:
                public = base64.b64decode(str(value.get("key")), validate=True)
            except (ValueError, binascii.Error):
                continue
            if len(public) == 32:
                persons.append((said.subject, person_key_id(public), public))
        elif said.predicate == "log-key":
            logs[str(value.get("origin"))] = str(value.get("vkey"))
    return _Keys(tuple(persons), logs)
