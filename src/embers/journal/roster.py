"""Which keys the case knows, and how far each may be trusted, learnt from the journal itself.

The first entry of the first log (act ``case.open``) registers the key that signs it: that is where trust in
a case begins, and why a dossier prints this key. Every later key must be registered by an entry of a person
who is already known. Once the opener has registered an organisation root, only the root and the roster keepers
it appoints may register people, end keys, limit logs or name cosigners.

What counts depends on the *set* of entries, not on the order in which they arrived: whether an entry is bound by
the root is decided by what the entry itself had ``seen``, and a limit on a log is a size, never a time.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from embers.errors import JournalError
from embers.journal.assertion import JsonValue
from embers.journal.entry import SignedEntry
from embers.journal.keys import person_key_id

OPENING = "case.open"
#: Every predicate that tells of keys begins with one of these, so that a store finds such entries by one search.
FAMILIES = ("signing-key", "log-key")
#: The only other things an entry of the root may say.
_BESIDE = frozenset({"staff-code", "note"})


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a log is accepted: its first ``size`` entries, which have this ``root``. ``entry`` says so."""

    origin: str
    size: int
    root: str
    entry: str


@dataclass(frozen=True, slots=True)
class KnownCosigner:
    """A mirror or witness the case relies on: its key, the organisation that runs it, and its role."""

    name: str
    vkey: str
    operator: str
    role: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """One thing a known key says about keys, with what decides whether it may."""

    signed: SignedEntry
    subject: str
    predicate: str
    value: Mapping[str, JsonValue]


@dataclass(slots=True)
class Roster:
    """Known person keys (id to raw public key) and log keys (origin to verifier key), in order of registration."""

    persons: dict[str, bytes] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)
    limits: dict[str, Limit] = field(default_factory=dict)
    ended: dict[str, dict[str, int]] = field(default_factory=dict)
    follows: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    keepers: dict[str, str] = field(default_factory=dict)
    cosigners: dict[str, KnownCosigner] = field(default_factory=dict)
    root: str = ""
    _claims: list[_Claim] = field(default_factory=list)
    _opening: SignedEntry | None = None
    _root_at: tuple[str, int] | None = None

    def copy(self) -> Roster:
        """Return a roster that can be tried out without changing this one."""
        return Roster(
            persons=dict(self.persons),
            subjects=dict(self.subjects),
            logs=dict(self.logs),
            devices=dict(self.devices),
            limits=dict(self.limits),
            ended={key: dict(sizes) for key, sizes in self.ended.items()},
            follows=dict(self.follows),
            keepers=dict(self.keepers),
            cosigners=dict(self.cosigners),
            root=self.root,
            _claims=list(self._claims),
            _opening=self._opening,
            _root_at=self._root_at,
        )

    def admit(self, signed: SignedEntry) -> None:
        """Take in the keys an entry registers, if the entry is signed with a known key (or opens the case).

        Raises :class:`JournalError` if the case does not begin with its opening, if the signature of a
        registering entry is wrong, or if it gives a log a second key. An entry of an unknown person registers
        nothing; its reader reports the unknown key.
        """
        claims = _claims(signed)
        known: Mapping[str, bytes] = self.persons
        if self._opening is None:
            if signed.entry.act != OPENING or signed.entry.seq != 0:
                raise JournalError(
                    "opening",
                    "The first entry of the case does not open it.",
                    "The beginning of the journal is missing.",
                )
            self._opening = signed
            known = {person_key_id(public): public for public in map(_public, claims) if public}
        if signed.key not in known or not claims:
            return
        _require_signature(signed, known[signed.key])
        self._refuse_second_key(claims)
        self._claims += claims
        if any(claim.predicate in {"signing-key-root", "signing-key-keeper"} for claim in claims):
            self._judge_again()
        else:
            for claim in claims:
                self._apply(claim)

    def accepts(self, key: str, origin: str, seq: int) -> bool:
        """Tell whether an entry counts: within the limit of its log, and signed before its key was ended."""
        limit = self.limits.get(origin)
        if limit is not None and seq >= limit.size:
            return False
        sizes = self.ended.get(key)
        return sizes is None or seq < sizes.get(origin, 0)

    @property
    def founder(self) -> str:
        """The person who opened the case, or nobody before its opening is known."""
        return self.subjects.get(self._opening.key, "") if self._opening else ""

    def has_key(self, person: str) -> bool:
        """Tell whether a person has a key that was not ended."""
        return any(subject == person and key not in self.ended for key, subject in self.subjects.items())

    def public_key(self, id: str) -> bytes:
        """Return a person's public key; an unregistered one is refused."""
        if id not in self.persons:
            raise JournalError(
                "unregistered",
                f"The key {id} is not registered in this case.",
                "Somebody unknown signed an entry.",
            )
        return self.persons[id]

    def _refuse_second_key(self, claims: list[_Claim]) -> None:
        for claim in claims:
            origin, vkey = str(claim.value.get("origin")), str(claim.value.get("vkey"))
            if claim.predicate == "log-key" and self.logs.get(origin, vkey) != vkey:
                raise JournalError(
                    "log-key",
                    f"The entry {claim.signed.id} gives the log {origin} a second key.",
                    "The first one counts. Ask who signed this entry.",
                )

    def _judge_again(self) -> None:
        """A root or keeper arrived: judge every claim anew, so that the order of arrival decides nothing."""
        fresh = Roster(_claims=self._claims, _opening=self._opening)
        rank = {"signing-key-root": 0, "signing-key-keeper": 1}
        for claim in sorted(self._claims, key=lambda claim: rank.get(claim.predicate, 2)):  # stable
            fresh._apply(claim)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def _apply(self, claim: _Claim) -> None:
        take = _TAKE.get(claim.predicate)
        if take is not None and self._may(claim):
            take(self, claim)

    def _may(self, claim: _Claim) -> bool:
        """Tell whether the signer may say this; see the module's first paragraphs."""
        key = claim.signed.key
        if claim.predicate == "signing-key-root":
            opening = self._opening
            return opening is not None and (key, claim.signed.entry.log) == (opening.key, opening.entry.log)
        if claim.predicate == "signing-key-keeper":
            return bool(self.root) and key == self.root
        if claim.predicate in {"log-key", "log-key-follows"} or not self._knows_root(claim):
            return True
        return key == self.root or key in self.keepers

    def _knows_root(self, claim: _Claim) -> bool:
        if self._root_at is None:
            return False
        entry, (log, seq) = claim.signed.entry, self._root_at
        return entry.seq > seq if entry.log == log else entry.seen.get(log, (0, ""))[0] > seq


def may_register(raw: bytes) -> bool:
    """Tell from an entry's canonical bytes, fast, whether it might tell of keys; never wrongly no."""
    return b"signing-key" in raw or b"log-key" in raw or b'"case.open"' in raw


def _require_signature(signed: SignedEntry, public: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, signed.signed_bytes())
    except InvalidSignature as error:
        raise JournalError(
            "signature",
            f"The entry {signed.id} registers keys, but its signature is wrong.",
            "It was altered; the keys are not accepted.",
        ) from error


def tells_only_of_keys(predicates: list[str]) -> bool:
    """Tell whether an entry says only what the organisation root may sign."""
    return all(name.startswith(FAMILIES) or name in _BESIDE for name in predicates)


def _claims(signed: SignedEntry) -> list[_Claim]:
    return [
        _Claim(signed, said.subject, said.predicate, said.value)
        for said in signed.entry.assertions
        if said.predicate in _TAKE and isinstance(said.value, dict)
    ]


def _public(claim: _Claim) -> bytes | None:
    """Return the public key a claim carries, if it is one of Ed25519."""
    if claim.predicate not in {"signing-key", "signing-key-root"} or claim.value.get("alg") != "ed25519":
        return None
    try:
        public = base64.b64decode(str(claim.value.get("key")), validate=True)
    except (ValueError, binascii.Error):
        return None
    return public if len(public) == 32 else None


def _take_person(roster: Roster, claim: _Claim) -> None:
    if public := _public(claim):
        roster.persons.setdefault(person_key_id(public), public)
        roster.subjects.setdefault(person_key_id(public), claim.subject)


def _take_root(roster: Roster, claim: _Claim) -> None:
    public = _public(claim)
    if public and not roster.root:
        roster.root = person_key_id(public)
        roster.persons.setdefault(roster.root, public)
        roster.subjects.setdefault(roster.root, claim.subject)
        roster._root_at = (claim.signed.entry.log, claim.signed.entry.seq)


def _take_keeper(roster: Roster, claim: _Claim) -> None:
    roster.keepers.setdefault(str(claim.value.get("key")), claim.subject)


def _take_log(roster: Roster, claim: _Claim) -> None:
    origin = str(claim.value.get("origin"))
    roster.logs.setdefault(origin, str(claim.value.get("vkey")))
    roster.devices.setdefault(origin, claim.subject)


def _take_follows(roster: Roster, claim: _Claim) -> None:
    found = _head(claim)
    if found:
        roster.follows.setdefault(claim.signed.entry.log, found)


def _take_limit(roster: Roster, claim: _Claim) -> None:
    found = _head(claim)
    if found:
        origin, size, root = found
        known = roster.limits.get(origin)
        if known is None or (size, root) < (known.size, known.root):  # the strictest counts, in any order
            roster.limits[origin] = Limit(origin, size, root, claim.signed.id)


def _head(claim: _Claim) -> tuple[str, int, str] | None:
    match claim.value:
        case {"origin": str(origin), "size": int(size), "root": str(root)} if size >= 0:
            return origin, size, root
        case _:
            return None


def _take_end(roster: Roster, claim: _Claim) -> None:
    """End a key: its entries count only as far as this entry had seen each log, or limits it in the same breath."""
    entry = claim.signed.entry
    sizes = {origin: size for origin, (size, _) in entry.seen.items()} | {entry.log: entry.seq}
    for other in _claims(claim.signed):
        found = _head(other) if other.predicate == "log-key-limit" else None
        if found:
            sizes[found[0]] = min(found[1], sizes.get(found[0], found[1]))
    key = str(claim.value.get("key"))
    known = roster.ended.get(key)
    if known is not None:
        sizes = {origin: min(size, known[origin]) for origin, size in sizes.items() if origin in known}
    roster.ended[key] = sizes


def _take_cosigner(roster: Roster, claim: _Claim) -> None:
    match claim.value:
        case {"vkey": str(vkey), "operator": str(operator), "role": "mirror" | "witness" as role}:
            name = vkey.partition("+")[0]
            roster.cosigners.setdefault(name, KnownCosigner(name, vkey, operator, role))


_TAKE = {
    "signing-key": _take_person,
    "signing-key-root": _take_root,
    "signing-key-keeper": _take_keeper,
    "signing-key-ended": _take_end,
    "log-key": _take_log,
    "log-key-follows": _take_follows,
    "log-key-limit": _take_limit,
    "log-key-cosigner": _take_cosigner,
}
