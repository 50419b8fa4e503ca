"""What the journal says was erased, and whether it may say so.

An erasure counts only if an order names approvals that two different registered persons signed over exactly the
request. Otherwise missing bytes are missing, whatever anybody wrote: nobody can hide a deletion behind an entry.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from embers.errors import JournalError
from embers.journal.assertion import Assertion, JsonValue
from embers.journal.canonical import encode
from embers.journal.entry import SignedEntry, read_entry
from embers.journal.roster import Roster
from embers.journal.store import JournalStore

REQUEST, APPROVAL, ORDER, DONE = "erasure-request", "erasure-approval", "erasure-order", "erasure-done"
#: Different persons who must approve.
APPROVERS = 2
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Said:
    """One assertion about an erasure with who signed it where. ``person`` is the subject the key belongs to."""

    assertion: Assertion
    entry: str
    log: str
    person: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure as the journal holds it. ``entry`` is the ordering entry, empty while there is none in effect.

    ``lacks`` says in words why an order is not in effect; ``done`` maps places to what they confirmed.
    """

    subject: str
    request: Said
    approvals: tuple[Said, ...]
    entry: str
    lacks: str
    done: Mapping[str, JsonValue]

    @property
    def value(self) -> Mapping[str, JsonValue]:
        """The request: ground, scope, who asked, objects."""
        value: Mapping[str, JsonValue] = self.request.assertion.value
        return value

    @property
    def objects(self) -> tuple[str, ...]:
        """Digests of the stored bytes to be erased."""
        return tuple(self.value["objects"])

    @property
    def approvers(self) -> frozenset[str]:
        """The different persons who approved."""
        return frozenset(said.person for said in self.approvals)

    @property
    def in_effect(self) -> bool:
        """Tell whether it was ordered with two approvers."""
        return bool(self.entry)


@dataclass(slots=True)
class _Found:
    by_subject: dict[str, dict[str, list[Said]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )


def read_erasures(store: JournalStore) -> tuple[Erasure, ...]:
    """Return every erasure of a journal, in order of subject; entries with a wrong signature do not count."""
    roster = read_roster(store)
    found = _Found()
    for signed in _about_erasure(store):
        public = roster.persons.get(signed.key)
        if public is None or signed.key != signed.entry.by or not _holds(signed, public):
            continue
        if not roster.accepts(signed.key, signed.entry.log, signed.entry.seq):
            continue  # signed after its device was lost or its key ended
        person = roster.subjects[signed.key]
        for one in signed.entry.assertions:
            if one.predicate in {REQUEST, APPROVAL, ORDER, DONE} and isinstance(one.value, dict):
                said = Said(one, signed.id, signed.entry.log, person)
                found.by_subject[one.subject][one.predicate].append(said)
    complete = (_erasure(subject, said) for subject, said in sorted(found.by_subject.items()))
    return tuple(one for one in complete if one is not None)


def erased_objects(store: JournalStore) -> dict[str, Erasure]:
    """Return by digest every object whose erasure is in effect. Nobody should send, ask for or miss these."""
    return {sha256: one for one in read_erasures(store) if one.in_effect for sha256 in one.objects}


def request_digest(request: Assertion) -> str:
    """Return what an approval commits to: SHA-256 over the canonical value of the request."""
    return hashlib.sha256(encode(request.value)).hexdigest()


def read_roster(store: JournalStore) -> Roster:
    """Return the keys a journal registers; what is wrong with an entry is for verification to say."""
    roster = Roster()
    for stored in store.registering():
        with suppress(JournalError):  # verification names it; here it registers nothing
            roster.admit(read_entry(stored.raw))
    return roster


def _about_erasure(store: JournalStore) -> Iterator[SignedEntry]:
    for stored in store.about_erasures():
        with suppress(JournalError):
            yield read_entry(stored.raw)


def _holds(signed: SignedEntry, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, signed.signed_bytes())
    except InvalidSignature:
        return False
    return True


def _erasure(subject: str, said: Mapping[str, list[Said]]) -> Erasure | None:
    requests = said.get(REQUEST, [])
    if not requests or not _well_formed(requests[0].assertion.value):
        return None
    request = min(requests, key=lambda one: one.assertion.id)
    wanted = {"request": request.assertion.id, "sha256": request_digest(request.assertion)}
    approvals = [one for one in said.get(APPROVAL, []) if one.assertion.value == wanted]
    entry, lacks = _order(said.get(ORDER, []), request, approvals)
    if len(requests) > 1:
        entry, lacks = "", "it has more than one request"
    done = {one.log: one.assertion.value for one in said.get(DONE, [])}
    return Erasure(subject, request, tuple(approvals), entry, lacks, done)


def _order(orders: list[Said], request: Said, approvals: list[Said]) -> tuple[str, str]:
    if not orders:
        return "", "it is not ordered yet"
    for order in orders:
        value = order.assertion.value
        named = [one for one in approvals if one.assertion.id in (value.get("approvals") or ())]
        if value.get("request") == request.assertion.id and len({one.person for one in named}) >= APPROVERS:
            return order.entry, ""
    return "", f"its order does not name approvals by {APPROVERS} different persons"


def _well_formed(value: Mapping[str, JsonValue]) -> bool:
    objects = value.get("objects")
    if not isinstance(objects, list) or not all(
        isinstance(one, str) and _DIGEST.match(one) for one in objects
    ):
        return False
    return all(isinstance(value.get(part), str) for part in ("ground", "scope", "asked_by"))
