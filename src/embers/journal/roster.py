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
        """Take in the keys an entry registers. The entry's own signer must be known, or be the opener."""
        keys = _registered(signed)
        if not self._opened:
            if signed.entry.act != OPENING or signed.entry.seq != 0:
                raise JournalError(
                    "opening",
                    "The first entry of the case does not open it.",
                    "The beginning of the journal is missing.",
                )
            self._opened = True
        elif signed.key not in self.persons:
            return  # the caller reports the unknown signer; what an unknown person registers is not admitted
        for subject, id, public in keys.persons:
            self.persons.setdefault(id, public)
            self.subjects.setdefault(id, subject)
        for origin, vkey in keys.logs.items():
            self.logs.setdefault(origin, vkey)

    def public_key(self, id: str) -> bytes:
        """Return a person's public key; an unregistered one is refused."""
        if id not in self.persons:
            raise JournalError(
                "unregistered",
                f"The key {id} is not registered in this case.",
                "Somebody unknown signed an entry.",
            )
        return self.persons[id]


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
