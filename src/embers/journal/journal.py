"""A journal: the logs of a case, the one this device writes, and how an act becomes a durable entry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from embers.errors import JournalError
from embers.journal.assertion import Assertion
from embers.journal.canonical import encode
from embers.journal.entry import Entry, EntryDraft, SignedEntry, read_entry, seal
from embers.journal.keys import DeviceKey, EpochFile, Keyring, PersonKey, public_text
from embers.journal.merkle import (
    CompactRange,
    compact,
    consistency_proof,
    inclusion_proof,
    node_hash,
)
from embers.journal.note import Checkpoint, read_checkpoint, read_verifier_key
from embers.journal.place import Place, create_store, open_store
from embers.journal.roster import OPENING, Roster, tells_only_of_keys
from embers.journal.store import JournalStore, StoredLog
from embers.surroundings import Surroundings

#: A full tile covers this many levels of the tree (C2SP tlog-tiles).
TILE_LEVELS = 8
#: The file beside the journal that holds each log's epoch.
EPOCHS = "device.epoch"


class KnownObjects(Protocol):
    """The part of an object store a journal needs: an entry may only cite bytes that are there."""

    def has(self, sha256: str) -> bool:
        """Tell whether the object is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """The newest signed state of a log."""

    origin: str
    size: int
    root: str


def subtree_reader(store: JournalStore, origin: str) -> Callable[[int, int], bytes]:
    """Return a function that computes the hash of any complete subtree of a stored log."""

    def read(level: int, index: int) -> bytes:
        base = level - level % TILE_LEVELS
        width = 1 << (level - base)
        hashes = list(store.hashes(origin, base, start=index * width, end=(index + 1) * width))
        if len(hashes) != width:
            raise JournalError(
                "tree", f"Hashes of the log {origin} are missing at level {base}.", "Run `embers verify`."
            )
        while len(hashes) > 1:
            hashes = [node_hash(*hashes[place : place + 2]) for place in range(0, len(hashes), 2)]
        return hashes[0]

    return read


class Journal:
    """The journal of one case. Reading needs no keys; appending needs the keyring of this device."""

    def __init__(
        self,
        store: JournalStore,
        surroundings: Surroundings,
        *,
        keyring: Keyring | None = None,
        objects: KnownObjects | None = None,
        epochs: EpochFile | None = None,
    ) -> None:
        self.store = store
        self._surroundings = surroundings
        self._keyring = keyring
        self._objects = objects
        self._trees: dict[str, CompactRange] = {}
        self._devices: dict[str, DeviceKey] = {}
        self._roster = Roster()
        self._roster_position = 0
        self._epochs = epochs
        self._session: set[str] = set()

    @classmethod
    def create(
        cls,
        place: Place,
        surroundings: Surroundings,
        *,
        keyring: Keyring,
        objects: KnownObjects | None = None,
        key: bytes = b"",
    ) -> Journal:
        """Create an empty journal: a file, encrypted if a key is given, or in a database on a server."""
        store, epochs = create_store(place, key=key), _epochs(place, surroundings)
        return cls(store, surroundings, keyring=keyring, objects=objects, epochs=epochs)

    @classmethod
    def open(
        cls,
        place: Place,
        surroundings: Surroundings,
        *,
        keyring: Keyring | None = None,
        objects: KnownObjects | None = None,
        key: bytes = b"",
    ) -> Journal:
        """Open a journal; without a keyring it can only be read."""
        store = open_store(place, read_only=keyring is None, key=key)
        epochs = _epochs(place, surroundings)
        return cls(store, surroundings, keyring=keyring, objects=objects, epochs=epochs)

    def logs(self) -> Sequence[StoredLog]:
        """Return every log."""
        return self.store.logs()

    def start_log(self, draft: EntryDraft, person: PersonKey, *, case: str, device: DeviceKey) -> SignedEntry:
        """Start a log with its first entry, which must register the device's key (``log-key``).

        A restored or cloned device starts a new log that cites the old heads; it never continues the old one.
        """
        if not any(said.predicate == "log-key" for said in draft.assertions):
            raise JournalError(
                "first-entry",
                "The first entry of a log must register its device.",
                "Add a log-key assertion.",
            )
        with self.store.transaction():
            if any(log.case != case for log in self.store.logs()):
                raise JournalError(
                    "case", f"This journal does not belong to the case {case}.", "Use the case's own id."
                )
            self.store.add_log(StoredLog(device.origin, device.verifier, case))
            signed, tree, checkpoint = self._append([draft], person, device)
            self._renew_epoch(device.origin)
        self._trees[device.origin] = tree
        self._writable().remember(device.origin, checkpoint.size, checkpoint.root)
        return signed[0]

    def append(self, draft: EntryDraft, person: PersonKey) -> SignedEntry:
        """Sign and append one entry; it is durable when this returns."""
        return self.append_many([draft], person)[0]

    def append_many(self, drafts: Sequence[EntryDraft], person: PersonKey) -> list[SignedEntry]:
        """Sign and append several entries in one transaction with one checkpoint: all of them or none."""
        if not drafts:
            return []
        device = self._device()
        with self.store.transaction():
            self._refuse_cut_log(device.origin)
            self._refuse_other_epoch(device.origin)
            signed, tree, checkpoint = self._append(drafts, person, device)
        self._trees[device.origin] = tree  # only now: a tree of a commit that failed must not be continued
        self._writable().remember(device.origin, checkpoint.size, checkpoint.root)
        return signed

    def _append(
        self, drafts: Sequence[EntryDraft], person: PersonKey, device: DeviceKey
    ) -> tuple[list[SignedEntry], CompactRange, Checkpoint]:
        origin = device.origin
        self._require_registered(drafts, person)
        case = next(log.case for log in self.store.logs() if log.origin == origin)
        size = self.store.size(origin)
        tree = self._trees.pop(origin, None)
        if tree is None or tree.size != size:  # first use, or another process has appended
            tree = compact(size, subtree_reader(self.store, origin))
        seen = self._seen(origin)
        by = person.id
        signed = []
        for number, draft in enumerate(drafts):
            self._require_objects(draft)
            one = _sign(draft, person, by=by, log=origin, seq=size + number, case=case, seen=seen)
            signed.append(one)
            leaf = bytes.fromhex(one.id)
            self.store.add_entry(origin, size + number, leaf=leaf, raw=one.raw)
            for level, index, hash in tree.append(leaf):
                if level and level % TILE_LEVELS == 0:
                    self.store.add_node(origin, level, index=index, hash=hash)
        checkpoint = Checkpoint(origin, tree.size, tree.root())
        self.store.add_checkpoint(origin, tree.size, note=checkpoint.sign(device.private))
        return signed, tree, checkpoint

    def _seen(self, origin: str) -> Mapping[str, tuple[int, str]]:
        others = [log.origin for log in self.store.logs() if log.origin != origin]
        points = [self.checkpoint(other) for other in others]
        return {point.origin: (point.size, point.root.hex()) for point in points}

    def _require_objects(self, draft: EntryDraft) -> None:
        for ref in draft.objects:
            if self._objects is not None and not self._objects.has(ref.sha256):
                raise JournalError(
                    "object",
                    f"The act {draft.act!r} cites the object {ref.sha256}, which is not stored.",
                    "Store the bytes first.",
                )

    def _writable(self) -> Keyring:
        if self._keyring is None:
            raise JournalError(
                "read-only", "The journal is open for reading only.", "Open it with a keyring."
            )
        return self._keyring

    def _device(self) -> DeviceKey:
        origin = self.own_log()
        if origin is None:
            raise JournalError(
                "no-log", "This device has no log in this case.", "Start one with `embers device renew`."
            )
        if ended := self._writable().ended(origin):
            raise JournalError(
                "ended",
                f"This device does not write the log {origin} any more: {ended}.",
                "Start a new log with `embers device renew`; nothing that is held is lost.",
            )
        if origin not in self._devices:  # reading an encrypted key costs more than signing with it
            self._devices[origin] = self._writable().load_device(origin)
        return self._devices[origin]

    def own_log(self) -> str | None:
        """Return the origin of the log this device writes now: its newest that is not ended, else an ended one."""
        ring = self._writable()
        own = [log.origin for log in self.store.logs() if ring.has_device(log.origin)]
        going_on = [origin for origin in own if not ring.ended(origin)]
        return going_on[-1] if going_on else own[-1] if own else None

    def own_logs(self) -> frozenset[str]:
        """Return every log of this device, ended ones included; none without a keyring."""
        ring = self._keyring
        return frozenset(log.origin for log in self.store.logs() if ring and ring.has_device(log.origin))

    def end_log(self, origin: str, why: str) -> None:
        """Never write a log of this device again."""
        self._writable().end(origin, why)

    def _refuse_other_epoch(self, origin: str) -> None:
        """Once a session: refuse if keyring and case folder were not used together last, then renew the mark."""
        if self._epochs is None or origin in self._session:
            return
        known = self._writable().epochs(origin)
        if known and self._epochs.read(origin) not in known:
            raise JournalError(
                "epoch",
                f"This case folder and this keyring were not used together last for the log {origin}.",
                "One of them was restored or copied. Start a new log with `embers device renew`.",
            )
        self._renew_epoch(origin)

    def _renew_epoch(self, origin: str) -> None:
        if self._epochs is not None:
            epoch = self._writable().renew_epoch(origin, self._epochs.read(origin))
            self._epochs.write(origin, epoch)
            self._session.add(origin)

    def own_origin(self) -> str:
        """Return the origin of the log this device writes."""
        return self._device().origin

    def _refuse_cut_log(self, origin: str) -> None:
        known = self._writable().remembered(origin)
        if known is None:
            return
        size = self.store.size(origin)
        if known.size > size:
            raise JournalError(
                "cut",
                f"The log {origin} has {size} entries, but this device signed {known.size}.",
                "The journal was cut or restored from a back-up. Start a new log; never continue the old one.",
            )
        tree = self._trees.get(origin)
        if tree is None or tree.size != known.size:
            tree = compact(known.size, subtree_reader(self.store, origin))
        if tree.root().hex() != known.root:
            raise JournalError(
                "fork",
                f"The first {known.size} entries of the log {origin} are not those this device signed.",
                "The journal was replaced or restored. Start a new log; never continue the old one.",
            )

    def roster(self) -> Roster:
        """Return what the journal's entries say about keys, up to the newest one. Do not change it."""
        last = self.store.last_position()
        if last != self._roster_position:
            for stored in self.store.registering(self._roster_position):
                with suppress(JournalError):  # a bad entry registers nothing; `embers verify` names it
                    self._roster.admit(read_entry(stored.raw))
            self._roster_position = last  # so that no entry is searched twice
        return self._roster

    def limits_mark(self) -> str:
        """Return a digest over everything that makes entries not count; empty while nothing does."""
        roster = self.roster()
        if not roster.limits and not roster.ended:
            return ""
        limits = sorted((limit.origin, limit.size) for limit in roster.limits.values())
        ended = sorted((key, sorted(sizes.items())) for key, sizes in roster.ended.items())
        return hashlib.sha256(repr((limits, ended)).encode()).hexdigest()

    def _require_registered(self, drafts: Sequence[EntryDraft], person: PersonKey) -> None:
        """Refuse a person no entry registers: what they sign could never be verified or taken back."""
        roster = self.roster()
        if person.id in roster.persons:
            self._refuse_ended(drafts, person, roster)
            return
        opening = drafts[0].act == OPENING and not self._roster_position
        if not opening or not any(said.predicate == "signing-key" for said in drafts[0].assertions):
            raise JournalError(
                "unregistered",
                f"The key {person.id} is not registered in this case.",
                "Somebody already known must register it first; the opening of a case registers its signer.",
            )

    def _refuse_ended(self, drafts: Sequence[EntryDraft], person: PersonKey, roster: Roster) -> None:
        if person.id in roster.ended:
            raise JournalError(
                "key-ended", f"The key {person.id} was ended in this case.", "Sign with your present key."
            )
        said = [assertion.predicate for draft in drafts for assertion in draft.assertions]
        if person.id == roster.root and not tells_only_of_keys(said):
            raise JournalError(
                "root-use",
                "The organisation root signs only what is said about keys.",
                "Sign this with your own key.",
            )

    def entries(self, after: int = 0) -> Iterator[tuple[int, SignedEntry]]:
        """Yield (position, entry) in order of arrival, in constant memory."""
        for stored in self.store.entries(after):
            yield stored.position, read_entry(stored.raw)

    def get(self, id: str) -> SignedEntry:
        """Return an entry by its id."""
        stored = self.store.find(bytes.fromhex(id))
        if stored is None:
            raise JournalError("unknown", f"There is no entry {id}.", "Check the id.")
        return read_entry(stored.raw)

    def heads(self) -> list[Head]:
        """Return the newest signed state of every log."""
        found = []
        for log in self.store.logs():
            point = self.checkpoint(log.origin)
            found.append(Head(log.origin, point.size, point.root.hex()))
        return found

    def checkpoint(self, origin: str) -> Checkpoint:
        """Return the newest checkpoint of a log; its signature is checked."""
        return self._read(origin, self.checkpoint_note(origin))

    def checkpoint_note(self, origin: str) -> str:
        """Return the newest checkpoint of a log as its signed note."""
        last = self.store.last_checkpoint(origin)
        if last is None:
            raise JournalError(
                "no-checkpoint", f"The log {origin} has no checkpoint.", "Run `embers verify`."
            )
        return last[1]

    def _read(self, origin: str, note: str) -> Checkpoint:
        vkey = next((log.vkey for log in self.store.logs() if log.origin == origin), None)
        if vkey is None:
            raise JournalError("no-log", f"There is no log {origin}.", "Check the origin.")
        return read_checkpoint(note, origin, read_verifier_key(vkey)[1])

    def inclusion(self, origin: str, seq: int, size: int | None = None) -> list[bytes]:
        """Return the proof that entry ``seq`` is in the log of ``size`` (the newest by default)."""
        return inclusion_proof(
            seq, self.store.size(origin) if size is None else size, subtree_reader(self.store, origin)
        )

    def consistency(self, origin: str, old: int, new: int) -> list[bytes]:
        """Return the proof that the log of ``new`` entries begins with the one of ``old``."""
        return consistency_proof(old, new, subtree_reader(self.store, origin))

    def close(self) -> None:
        """Release the database."""
        self.store.close()


def _epochs(place: Place, surroundings: Surroundings) -> EpochFile | None:
    """Return where the epoch of a journal file lies: beside it. A server is restored by its own means."""
    return EpochFile(place.with_name(EPOCHS), surroundings) if isinstance(place, Path) else None


def _sign(
    draft: EntryDraft,
    person: PersonKey,
    *,
    by: str,
    log: str,
    seq: int,
    case: str,
    seen: Mapping[str, tuple[int, str]],
) -> SignedEntry:
    entry = Entry(
        log=log,
        seq=seq,
        case=case,
        by=by,
        role=draft.role,
        act=draft.act,
        at=draft.at,
        seen={**seen, **draft.seen},
        assertions=draft.assertions,
        objects=draft.objects,
        reason=draft.reason,
    )
    body = encode(entry.to_json())
    return seal(entry, body, key=by, signature=person.sign(body))


def key_assertion(id: str, person: str, key: PersonKey) -> Assertion:
    """Return the assertion that registers a person's signing key."""
    return Assertion(id, person, "signing-key", {"alg": "ed25519", "key": public_text(key.public)})


def log_assertion(id: str, device: str, key: DeviceKey) -> Assertion:
    """Return the assertion that registers a device's log key."""
    return Assertion(id, device, "log-key", {"origin": key.origin, "vkey": key.verifier})
