"""People and devices of a case: enrolling, naming keepers and cosigners, what to do about a lost laptop."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from embers.actions.case_folder import SETTINGS_NAME, CaseFolder
from embers.actions.recorder import Act, Recorder, filled
from embers.actions.sync import COSIGNERS, Patience, converse, cosigner, open_replica, peer_at
from embers.errors import ActionError
from embers.ids import new_subject
from embers.journal.assertion import shape
from embers.journal.canonical import decode, encode
from embers.journal.entry import SignedEntry, read_entry
from embers.journal.journal import Journal
from embers.journal.keys import PersonKey, public_text
from embers.surroundings import write_new
from embers.sync.cosignature import read_cosigner_key
from embers.sync.peer import Exchanged, Watch
from embers.sync.renewal import start_new_log

#: SLIP-39: two of three shares make the organisation root.
SHARES, NEEDED = 3, 2
MEMBER = "device.enrol"


@dataclass(frozen=True, slots=True)
class Request:
    """What a new person on a new device asks to be registered: a staff code and a public key."""

    staff: str
    key: str

    def text(self) -> str:
        """Return the request as a file."""
        return encode({"embers": "enrol/1", "staff": self.staff, "key": self.key}).decode() + "\n"


def read_request(text: str) -> Request:
    """Read a request."""
    fields = shape(decode(text.strip().encode()), {"embers": str, "staff": str, "key": str}, {}, "request")
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(fields["key"], validate=True))
    except ValueError as error:
        raise ActionError("request", "The request holds no Ed25519 key.", "Ask for it again.") from error
    return Request(fields["staff"], fields["key"])


def ask_to_join(folder: CaseFolder, staff: str) -> Request:
    """Make a person's key on a new device, and the request a known person answers.

    For the field the folder has its lock already: the key is kept encrypted from its first byte on, like all that
    follows it.
    """
    folder.require_unlocked()
    ring = folder.keyring()
    person = ring.load_person(staff) if ring.has_person(staff) else ring.create_person(staff)
    return Request(staff, public_text(person.public))


def enrol(recorder: Recorder, request: Request) -> SignedEntry:
    """Register a new person's key; from then on entries signed with it count."""
    _require_keeper(recorder)
    subject = new_subject("person", recorder.surroundings.randomness)
    said = (
        recorder.new_assertion(subject, "signing-key", {"alg": "ed25519", "key": request.key}),
        recorder.new_assertion(subject, "staff-code", request.staff),
    )
    return recorder.record(Act(MEMBER, said, reason=f"Enrolment of {request.staff}."))


def join(
    folder: CaseFolder,
    place: str,
    *,
    staff: str,
    opening: str,
    token: str = "",
    certificate: Path | None = None,
    watch: Watch = lambda _: None,
    patience: Patience = Patience(),  # noqa: B008 - frozen
) -> Exchanged:
    """Fetch the case to a new device. ``opening`` is the id of its first entry, told by a person one trusts.

    Cut off, it goes on when it is called again, until this device has a log of its own in the case. A folder with a
    lock is refused while it is locked; unlocked, everything that arrives is encrypted before it reaches the disk.
    """
    folder.require_unlocked()
    disk, settings = folder.surroundings.disk, folder.path / SETTINGS_NAME
    begun = folder.journal_path.exists()
    for path in (folder.path, folder.objects_path):
        disk.make_folder(path)
    journal = folder.journal() if begun else folder.create_journal()
    try:
        if begun and (journal.own_log() or _first(journal) not in {"", opening}):
            raise ActionError(
                "exists", f"There is already a case in {folder.path}.", "Choose another folder."
            )
        replica = open_replica(folder, journal)
        try:
            peer = peer_at(place, replica, token=token, certificate=certificate)
            done = converse(replica, place, peer, watch=watch, patience=patience)
        finally:
            replica.state.close()
        if _first(journal) != opening:
            raise ActionError(
                "opening",
                f"The case in {place} does not begin with the entry {opening[:16]}.",
                f"Ask again for its id; do not use what is in {folder.path}.",
            )
    finally:
        journal.close()
    if not settings.exists():
        write_new(disk, settings, f'person = "{staff}"\n'.encode())
    return done


def _first(journal: Journal) -> str:
    """Return the id of the case's first entry, or nothing before it has arrived."""
    first = next(iter(journal.store.entries()), None)
    return first.leaf.hex() if first else ""


def renew(recorder: Recorder, folder: CaseFolder, *, reason: str) -> SignedEntry:
    """Start this device's log, or a new one where it may not go on with the old one."""
    surroundings = recorder.surroundings
    signed = start_new_log(
        recorder.journal,
        folder.keyring(),
        recorder.person,
        role=recorder.role,
        at=recorder.claimed(surroundings.clock.now()),
        reason=reason,
        randomness=surroundings.randomness,
    )
    return signed


def lose(recorder: Recorder, device: str, *, reason: str) -> SignedEntry:
    """A device is lost: accept its logs as far as a mirror has cosigned them, and end the keys used on it.

    Entries beyond are kept apart when they arrive, never deleted. Refused for a device that is not known.
    """
    _require_keeper(recorder)
    journal = recorder.journal
    roster = journal.roster()
    origins = [origin for origin, subject in roster.devices.items() if device in {subject, origin}]
    held = {log.origin for log in journal.logs()}
    if not origins:
        raise ActionError("device", f"There is no device {device} in this case.", "See `embers device list`.")
    subject = roster.devices[origins[0]]
    own = journal.own_log()
    if own in origins:
        raise ActionError("own-device", "This is the device you are working on.", "Use another device.")
    said, keys = [], set()
    for origin in origins:
        size = journal.store.size(origin) if origin in held else 0
        root = journal.checkpoint(origin).root.hex() if size else ""
        if size:
            value = {"origin": origin, "size": size, "root": root}
            said.append(recorder.new_assertion(subject, "log-key-limit", value))
            keys |= _signers(journal, origin, size)
    for key in sorted(keys - {recorder.person.id, *_signers_elsewhere(journal, origins)}):
        person = roster.subjects[key]
        said.append(recorder.new_assertion(person, "signing-key-ended", {"key": key}))
    return recorder.record(Act("device.lost", tuple(said), reason=reason))


@dataclass(frozen=True, slots=True)
class Gone:
    """The story of a lost device: which (its own mark), when and how, what was on it, what stays safe, who was told."""

    what: str
    day: str
    how: str
    on_it: Sequence[str]
    safe: Sequence[str]
    told: Sequence[str] = ()


def tell_of_loss(recorder: Recorder, device: str, gone: Gone) -> Act:
    """Record what a lost device held and what stays safe. Its keys are ended by :func:`lose`, which comes first."""
    roster = recorder.journal.roster()
    if device not in roster.devices.values():
        raise ActionError("device", f"There is no device {device} in this case.", "See `embers device list`.")
    if not gone.on_it or not gone.safe:
        raise ActionError(
            "device-gone",
            "What was on the device, or what stays safe, is missing.",
            "Name both; write that it is not known where it is not.",
        )
    said = recorder.new_assertion(device, "device-gone", filled(**asdict(gone)))
    return Act("device.gone", (said,), reason=f"{gone.what}: {gone.how}")


def _signers(journal: Journal, origin: str, size: int) -> set[str]:
    return {read_entry(row.raw).key for row in journal.store.log_entries(origin, 0, size)}


def _signers_elsewhere(journal: Journal, origins: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for log in journal.logs():
        if log.origin not in origins:
            found |= _signers(journal, log.origin, journal.store.size(log.origin))
    return found


def accept_up_to(recorder: Recorder, origin: str, size: int, root: str, *, reason: str) -> SignedEntry:
    """State how far a log is accepted: the human decision that a fork waits for."""
    _require_keeper(recorder)
    subject = recorder.journal.roster().devices.get(origin)
    if subject is None:
        raise ActionError("log", f"There is no log {origin} in this case.", "See `embers sync status`.")
    value = {"origin": origin, "size": size, "root": root}
    said = recorder.new_assertion(subject, "log-key-limit", value)
    return recorder.record(Act("device.accept", (said,), reason=reason))


def name_cosigner(recorder: Recorder, vkey: str, *, operator: str, role: str) -> SignedEntry:
    """Name a mirror or witness whose cosignatures count in this case."""
    _require_keeper(recorder)
    read_cosigner_key(vkey)
    if role not in {"mirror", "witness"} or not operator.strip():
        raise ActionError("cosigner", f"{role!r} of {operator!r} is no mirror or witness.", "Name both.")
    subject = new_subject("organisation", recorder.surroundings.randomness)
    value = {"vkey": vkey, "operator": operator, "role": role}
    said = recorder.new_assertion(subject, "log-key-cosigner", value)
    return recorder.record(Act("cosigner.name", (said,), reason=f"{operator} keeps this case as {role}."))


def make_cosigner(folder: CaseFolder, role: str) -> str:
    """Make this computer's key as mirror or witness, if it has none; return the public key."""
    ring = folder.keyring()
    if not ring.has_named(COSIGNERS, role):
        ring.create_named(COSIGNERS, role)
    made = cosigner(ring, role)
    if made is None:
        raise ActionError("cosigner", f"The key as {role} cannot be read.", "Check the keyring.")
    return made.vkey


def create_root(recorder: Recorder, case: str) -> tuple[list[str], SignedEntry]:
    """Make the organisation root, register it, and return its three shares. The key itself is kept nowhere."""
    if recorder.journal.roster().root:
        raise ActionError("root", "This case already has an organisation root.", "It is never replaced.")
    seed = recorder.surroundings.randomness.bytes(32)
    root = PersonKey(Ed25519PrivateKey.from_private_bytes(seed))
    shares = generate_mnemonics(1, [(NEEDED, SHARES)], seed)[0]
    value = {"alg": "ed25519", "key": public_text(root.public)}
    said = recorder.new_assertion(case, "signing-key-root", value)
    entry = recorder.record(Act("root.register", (said,), reason="Organisation root, kept in three shares."))
    if recorder.journal.roster().root != root.id:
        raise ActionError(
            "root", "Only the person who opened the case can register its root.", "Ask that person."
        )
    return list(shares), entry


def appoint_keeper(recorder: Recorder, shares: Sequence[str], key: str) -> SignedEntry:
    """Appoint a roster keeper: two share holders bring the root together for this one signature."""
    roster = recorder.journal.roster()
    try:
        private = Ed25519PrivateKey.from_private_bytes(combine_mnemonics(shares))
    except (MnemonicError, ValueError) as error:
        raise ActionError(
            "shares", f"These shares make no root: {error}.", "Two of the three are needed."
        ) from error
    root = PersonKey(private)
    if root.id != roster.root or key not in roster.persons:
        raise ActionError("shares", "These shares or this key do not belong to this case.", "Check both.")
    as_root = Recorder(recorder.journal, recorder.objects, root, "organisation root", recorder.surroundings)
    said = as_root.new_assertion(roster.subjects[key], "signing-key-keeper", {"key": key})
    return as_root.record(Act("keeper.appoint", (said,), reason="Appointed by the organisation root."))


def _require_keeper(recorder: Recorder) -> None:
    roster = recorder.journal.roster()
    if roster.root and recorder.person.id not in {roster.root, *roster.keepers}:
        raise ActionError(
            "keeper",
            "Only a roster keeper may say this in this case.",
            "Ask a keeper; see `embers device list`.",
        )
