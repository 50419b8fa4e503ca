"""A deterministic world of laptops, an office, a second keeper and a courier's stick. One seed is one history.

Everything that is tested is the real code: journals, stores, intake, receipts, keyrings. Only the clock, the
randomness, the network and the flushing of the disk are simulated. The same seed gives the same world every time.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from embers.errors import EmbersError, JournalError, SyncError
from embers.ids import new_id, new_subject
from embers.journal import entry_check
from embers.journal import intake as journal_intake
from embers.journal import journal as journal_module
from embers.journal.assertion import Assertion
from embers.journal.entry import ClaimedTime, EntryDraft, ObjectRef, read_entry
from embers.journal.journal import Journal, key_assertion, log_assertion
from embers.journal.keys import DeviceKey, EpochFile, Keyring, PersonKey
from embers.journal.sqlite_store import _SCHEMA, SqliteJournalStore, _guards
from embers.journal.verify import verify_journal
from embers.objects.local import LocalObjectStore
from embers.surroundings import LocalDisk, Surroundings
from embers.sync import intake as sync_intake
from embers.sync.cosignature import Cosigner
from embers.sync.folder import FolderPeer
from embers.sync.receipts import Receipts
from embers.sync.renewal import start_new_log
from embers.sync.replica import Replica
from embers.sync.safety import safe_objects
from embers.sync.state import SyncState

CHUNK = 64
WIDTH = 3
#: What a world counts: what happened to it, and what was promised in it.
COUNTED = (
    "laptops", "entries", "exchanges", "by_stick", "lost_requests", "lost_answers", "duplicates", "reordered", "torn",
    "rotted", "cuts", "restores", "clones", "seizures", "revocations", "forks", "given_up", "receipted",
    "receipted_objects",
)  # fmt: skip
#: What a device that may not sign any more says.
STOPPED = {"journal.cut", "journal.fork", "journal.epoch", "journal.ended"}


class Dice:
    """Randomness that follows from a seed."""

    def __init__(self, seed: object) -> None:
        self._seed, self._calls = str(seed), itertools.count()

    def bytes(self, count: int) -> bytes:
        return hashlib.shake_256(f"{self._seed} {next(self._calls)}".encode()).digest(count)


class SlowClock:
    """A clock that each device reads with its own error."""

    def __init__(self, error: int) -> None:
        self._now = datetime(2021, 3, 1, tzinfo=UTC) + timedelta(seconds=error)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


class QuickDisk(LocalDisk):
    """The real file system without waiting for the platter: nobody pulls the plug in this simulation."""

    def sync(self, handle: BinaryIO) -> None:
        handle.flush()

    def sync_folder(self, path: Path) -> None:
        pass


class MemoryJournalStore(SqliteJournalStore):
    """The real store over an in-memory database, which can be photographed and restored as a back-up is."""

    def __init__(self, image: bytes | None = None) -> None:
        self.path = Path("memory")
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        if image is None:
            self._db.executescript(_SCHEMA + _guards())
        else:
            self._db.deserialize(image)

    def image(self) -> bytes:
        return self._db.serialize()


class MemoryState(SyncState):
    """The real exchange memory over an in-memory database."""

    def __init__(self, image: bytes | None = None) -> None:
        super().__init__(Path("memory"))
        if image is not None:
            self._db.deserialize(image)

    def _connect(self, path: Path, key: bytes) -> sqlite3.Connection:
        return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    def image(self) -> bytes:
        return self._db.serialize()


class MemoryBlobs:
    """A stick or bucket in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> None:
        self.held[name] = data

    def get(self, name: str) -> bytes | None:
        return self.held.get(name)

    def has(self, name: str) -> bool:
        return name in self.held

    def settle(self) -> None:
        """Memory has nothing to flush."""

    def names(self, prefix: str) -> Iterator[str]:
        yield from sorted(name for name in self.held if name.startswith(prefix))

    def drop(self, name: str) -> None:
        self.held.pop(name, None)


class BadLink:
    """The other side over a bad line: requests are lost, answers are lost, things come twice, late, or torn.

    ``count`` is told what happened; a package that is held up on the way is handed to ``hold_up``.
    """

    def __init__(
        self,
        there: object,
        chance: random.Random,
        loss: float,
        *,
        count: Callable[[str], None],
        hold_up: Callable[[bytes], None],
    ) -> None:
        self._there, self._chance, self._loss = there, chance, loss
        self._count, self._hold_up = count, hold_up
        self._seen: list[bytes] = []

    def __getattr__(self, name: str) -> Callable[..., object]:
        real = getattr(self._there, name)

        def call(*args: object) -> object:
            if self._chance.random() < self._loss:
                self._count("lost_requests")
                if name == "take" and not isinstance(self._there, FolderPeer):
                    self._hold_up(args[0])  # it comes after others that were sent later
                raise SyncError("link", "The line broke before the request arrived.", "Try again.")
            if name == "take":
                self._deliver_strangely(real, args[0])
            answer = real(*args)
            if self._chance.random() < self._loss:
                self._count("lost_answers")
                raise SyncError("link", "The line broke before the answer arrived.", "Try again.")
            if name == "package" and answer is not None and self._chance.random() < self._loss:
                return self._torn(answer)
            return answer

        return call

    def _deliver_strangely(self, real: Callable[..., object], data: object) -> None:
        assert isinstance(data, bytes)
        self._seen.append(data)
        if self._chance.random() < 0.2:
            self._count("duplicates")
            real(self._chance.choice(self._seen))  # an old package again, or this one twice
        if self._chance.random() < self._loss and not isinstance(self._there, FolderPeer):
            try:
                real(self._torn(data))
            except EmbersError:
                return  # if it was taken, the verification at the end would find it

    def _torn(self, data: object) -> bytes:
        assert isinstance(data, bytes)
        self._count("torn")
        place = self._chance.randrange(len(data))
        if self._chance.random() < 0.5:
            return data[:place]
        return data[:place] + bytes([data[place] ^ (1 << self._chance.randrange(8))]) + data[place + 1 :]


@dataclass
class Node:
    """One computer with one copy of the case."""

    name: str
    folder: Path
    around: Surroundings
    ring: Keyring
    journal: Journal
    state: MemoryState
    objects: LocalObjectStore
    replica: Replica
    person: PersonKey
    alive: bool = True
    twin: bool = False
    renewals: int = 0
    backups: list[Backup] = field(default_factory=list)


@dataclass(frozen=True)
class Backup:
    """What a back-up holds. ``keys`` is a copy of the keyring, where the whole disk was backed up."""

    journal: bytes
    state: bytes
    folder: Path


class World:
    """Builds the case, lets things happen to it, heals, and says what is wrong in the end."""

    def __init__(self, seed: int, root: Path, *, devices: int = 5) -> None:
        self.seed, self.root = seed, root
        self.copies = seed % 2 == 0  # in every other world nobody copies keys, so that not one log may fork
        self.chance = random.Random(seed)
        self.sticks = [MemoryBlobs()]
        self.copied: set[str] = set()  # logs whose device was cloned or restored with its keyring
        self.receipted: dict[tuple[str, str], tuple[int, str]] = {}
        self.held_up: list[tuple[str, bytes]] = []
        self.wrongs_found: list[str] = []
        self.counts: dict[str, int] = dict.fromkeys(COUNTED, 0)
        self.office = self._open_office()
        self.keeper = self._enrol("keeper")
        self.nodes = [self.office, self.keeper, *(self._enrol(f"laptop-{n}") for n in range(devices))]
        self.counts["laptops"] = devices
        self._appoint_cosigners()

    # --- building -----------------------------------------------------------------------------------

    def _around(self, name: str) -> Surroundings:
        return Surroundings(
            SlowClock(self.chance.randrange(-600, 600)), Dice(f"{self.seed} {name}"), QuickDisk()
        )

    def _node(self, name: str, ring: Keyring, person: PersonKey, around: Surroundings) -> Node:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        return self._wire(name, folder, around, ring, MemoryJournalStore(), MemoryState(), person)

    def _wire(
        self,
        name: str,
        folder: Path,
        around: Surroundings,
        ring: Keyring,
        store: MemoryJournalStore,
        state: MemoryState,
        person: PersonKey,
    ) -> Node:
        objects = LocalObjectStore(folder / "objects", around)
        epochs = EpochFile(folder / "device.epoch", around)
        journal = Journal(store, around, keyring=ring, objects=objects, epochs=epochs)
        signs = {"office": ("mirror", "witness"), "keeper": ("mirror",)}.get(name, ())
        cosigners = {
            kind: Cosigner(f"{name}.invalid/{kind}", ring.load_named("cosigners", kind)) for kind in signs
        }
        receipts = Receipts(around.clock, cosigners.get("mirror"), cosigners.get("witness"))
        replica = Replica(
            journal,
            state,
            objects,
            incoming=MemoryBlobs(),
            receipts=receipts,
            keep_all=bool(signs),
            chunk=CHUNK,
            width=WIDTH,
        )
        return Node(name, folder, around, ring, journal, state, objects, replica, person)

    def _ring(self, name: str, around: Surroundings) -> tuple[Keyring, PersonKey]:
        ring = Keyring(self.root / name / "keys", around)
        for kind in {"office": ("mirror", "witness"), "keeper": ("mirror",)}.get(name, ()):
            ring.create_named("cosigners", kind)
        return ring, ring.create_person("staff")

    def _open_office(self) -> Node:
        around = self._around("office")
        ring, person = self._ring("office", around)
        node = self._node("office", ring, person, around)
        device = ring.create_device()
        self.case = new_id(around.randomness)
        said = (self._key(node, person), self._log(node, device))
        node.journal.start_log(self._draft(node, "case.open", said), person, case=self.case, device=device)
        return node

    def _enrol(self, name: str) -> Node:
        """A known person registers the key of a new one; the new computer fetches the case and starts its log."""
        around = self._around(name)
        ring, person = self._ring(name, around)
        node = self._node(name, ring, person, around)
        self.office.journal.append(
            self._draft(self.office, "person.register", (self._key(self.office, person),)), self.office.person
        )
        node.replica.exchange(self.office.replica)
        self._renew(node)
        node.renewals = 0
        return node

    def _appoint_cosigners(self) -> None:
        subject = new_subject("organisation", self.office.around.randomness)
        said = []
        for node in (self.office, self.keeper):
            for role in ("mirror", "witness") if node is self.office else ("mirror",):
                cosigner = Cosigner(f"{node.name}.invalid/{role}", node.ring.load_named("cosigners", role))
                value = {"vkey": cosigner.vkey, "operator": node.name, "role": role}
                said.append(self._say(self.office, subject, "log-key-cosigner", value))
        self.office.journal.append(self._draft(self.office, "cosigner.name", tuple(said)), self.office.person)

    def _say(self, node: Node, subject: str, predicate: str, value: object) -> Assertion:
        return Assertion(new_id(node.around.randomness), subject, predicate, value)

    def _key(self, node: Node, person: PersonKey) -> Assertion:
        random_ = node.around.randomness
        return key_assertion(new_id(random_), new_subject("person", random_), person)

    def _log(self, node: Node, device: DeviceKey) -> Assertion:
        random_ = node.around.randomness
        return log_assertion(new_id(random_), new_subject("device", random_), device)

    def _draft(
        self, node: Node, act: str, said: tuple[Assertion, ...], objects: tuple[ObjectRef, ...] = ()
    ) -> EntryDraft:
        moment = node.around.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return EntryDraft(act, "researcher", ClaimedTime(moment), said, objects)

    # --- what happens -------------------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """Let things happen, then let everybody who is left meet on a good line until nothing moves."""
        happenings: list[tuple[int, Callable[[], None]]] = [
            (30, self._work),
            (12, self._meet_office),
            (6, self._meet_each_other),
            (14, self._meet_stick),
            (10, self._back_up),
            (8, self._restore),
            (2, self._clone),
            (2, self._seize),
            (4, self._give_up),
        ]
        weights = [weight for weight, _ in happenings]
        for _ in range(steps):
            self.chance.choices([happening for _, happening in happenings], weights)[0]()
        self.heal()

    @property
    def loss(self) -> float:
        """Return how bad the line is today: the chance of a break at each request and at each answer."""
        return self.chance.choice((0.005, 0.01, 0.03, 0.1, 0.2))

    def _anyone(self) -> Node:
        return self.chance.choice([node for node in self.nodes if node.alive])

    def _laptops(self) -> list[Node]:
        return [node for node in self.nodes if node.alive and node not in (self.office, self.keeper)]

    def _work(self, node: Node | None = None) -> None:
        node = node or self._anyone()
        drafts = [self._act(node) for _ in range(self.chance.choice((1, 1, 2, 3)))]
        try:
            node.journal.append_many(drafts, node.person)
        except JournalError as error:
            if error.code == "journal.key-ended":
                return
            if error.code not in STOPPED:
                raise
            self._renew(node)
            node.journal.append_many(drafts, node.person)
        self.counts["entries"] += len(drafts)
        if node is not self.office and self.chance.random() < 0.4:
            self._exchange(node, self.office.replica, self.loss)  # the evening's exchange

    def _act(self, node: Node) -> EntryDraft:
        random_ = node.around.randomness
        refs: tuple[ObjectRef, ...] = ()
        if self.chance.random() < 0.4:
            size = self.chance.choice((0, 1, 63, 64, 65, 200, 500))
            stored = node.objects.put(io.BytesIO(random_.bytes(size)))
            refs = (ObjectRef(stored.sha256, stored.size, "image/jpeg"),)
        said = (self._say(node, new_subject("incident", random_), "summary", f"seen by {node.name}"),)
        return self._draft(node, "note.add", said, refs)

    def _renew(self, node: Node) -> None:
        moment = node.around.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        start_new_log(
            node.journal,
            node.ring,
            node.person,
            role="researcher",
            at=ClaimedTime(moment),
            reason="the device may not continue its log",
            randomness=node.around.randomness,
        )
        node.renewals += 1

    def _exchange(self, node: Node, there: object, loss: float) -> None:
        self.counts["exchanges"] += 1
        self.counts["by_stick"] += isinstance(there, FolderPeer)
        if loss:
            self._deliver_late()
            name = next((one.name for one in self.nodes if one.replica is there), "")
            there = BadLink(
                there,
                self.chance,
                loss,
                count=self._count,
                hold_up=lambda data: self.held_up.append((name, data)),
            )
        try:
            node.replica.exchange(there)  # type: ignore[arg-type]
        except SyncError as error:
            if error.code not in {"sync.link", "sync.package", "sync.proof", "sync.head"}:
                raise
            self.counts["cuts"] += 1
        self._note_receipts(node)

    def _count(self, what: str) -> None:
        self.counts[what] += 1

    def _deliver_late(self) -> None:
        """What was held up on the way arrives now, after what was sent later."""
        while self.held_up and self.chance.random() < 0.7:
            name, data = self.held_up.pop(self.chance.randrange(len(self.held_up)))
            there = next(one for one in self.nodes if one.name == name)
            if there.alive:
                self._count("reordered")
                with suppress(SyncError):
                    there.replica.take(data)

    def _note_receipts(self, node: Node) -> None:
        """From here on, what these receipts cover must never be lost at the keeper that gave them."""
        for receipt in node.state.receipts():
            keeper, _, role = receipt.cosigner.partition(".invalid/")
            if role == "mirror":
                known = self.receipted.get((keeper, receipt.origin), (0, ""))
                self.receipted[keeper, receipt.origin] = max(known, (receipt.size, receipt.root))

    def _give_up(self) -> None:
        """A laptop gives up the bytes that two keepers have confirmed, and no others."""
        laptops = self._laptops()
        if laptops:
            node = self.chance.choice(laptops)
            for sha256 in safe_objects(node.journal, node.state, node.objects).safe:
                with node.state.transaction():
                    node.state.note_bytes(sha256, "released")
                node.objects.destroy(sha256)
                self._count("given_up")

    def _meet_office(self) -> None:
        others = [node for node in self.nodes if node.alive and node is not self.office]
        self._exchange(self.chance.choice(others), self.office.replica, self.loss)

    def _meet_each_other(self) -> None:
        here, there = self._anyone(), self._anyone()
        if here is not there:
            self._exchange(here, there.replica, self.loss)

    def _meet_stick(self) -> None:
        node = self.office if self.chance.random() < 0.4 else self._anyone()
        self._exchange(node, self._stick(node), self.loss / 2)
        if self.chance.random() < 0.1:
            self._rot()
        if self.chance.random() < 0.03:
            self.sticks.append(MemoryBlobs())  # a stick was lost; a new one is bought

    def _rot(self) -> None:
        """One bit of one blob on a stick goes over."""
        held = self.chance.choice(self.sticks).held
        if held:
            self._count("rotted")
            name = self.chance.choice(sorted(held))
            data = bytearray(held[name] or b" ")
            data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
            held[name] = bytes(data)

    def _stick(self, node: Node) -> FolderPeer:
        return FolderPeer(
            self.chance.choice(self.sticks), case=self.case, contains=node.replica.histories.in_journal
        )

    def _photograph(self, node: Node, place: Path) -> Backup:
        shutil.copytree(node.folder, place)
        return Backup(node.journal.store.image(), node.state.image(), place)  # type: ignore[attr-defined]

    def _back_up(self) -> None:
        laptops = self._laptops()
        if laptops:
            node = self.chance.choice(laptops)
            place = self.root / f"backup-{node.name}-{len(node.backups)}"
            node.backups.append(self._photograph(node, place))

    def _restore(self) -> None:
        laptops = [node for node in self._laptops() if node.backups]
        if not laptops:
            return
        node = max(laptops, key=lambda node: node.journal.store.last_position() * self.chance.random())
        backup = self.chance.choice(node.backups)
        whole = self.copies and self.chance.random() < 0.3
        if whole:  # the keyring too: nothing on the machine can know that it stepped back
            self.copied |= node.journal.own_logs()
            shutil.rmtree(node.folder)
            shutil.copytree(backup.folder, node.folder)
        else:
            for name in ("objects", "device.epoch"):
                self._put_back(backup.folder / name, node.folder / name)
        self._reopen(node, backup)
        self.counts["restores"] += 1
        if self.chance.random() < 0.6:
            self._work(node)  # people go on where they stopped

    def _put_back(self, source: Path, target: Path) -> None:
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy2(source, target)

    def _reopen(self, node: Node, backup: Backup) -> None:
        fresh = self._wire(
            node.name,
            node.folder,
            node.around,
            node.ring,
            MemoryJournalStore(backup.journal),
            MemoryState(backup.state),
            node.person,
        )
        node.journal, node.state = fresh.journal, fresh.state
        node.objects, node.replica = fresh.objects, fresh.replica

    def _clone(self) -> None:
        laptops = self._laptops()
        if not laptops or not self.copies or len(self.nodes) > 12:
            return
        node = self.chance.choice(laptops)
        name = f"{node.name}-twin-{len(self.nodes)}"
        backup = self._photograph(node, self.root / name)
        self.copied |= node.journal.own_logs()
        around = self._around(name)
        ring = Keyring(backup.folder / "keys", around)
        twin = self._wire(
            name,
            backup.folder,
            around,
            ring,
            MemoryJournalStore(backup.journal),
            MemoryState(backup.state),
            ring.load_person("staff"),
        )
        twin.twin = True
        self.nodes.append(twin)
        self.counts["clones"] += 1

    def _seize(self) -> None:
        laptops = self._laptops()
        if len(laptops) < 3 or self.counts["seizures"] >= 2:
            return
        node = self.chance.choice(laptops)
        node.alive = False
        self.counts["seizures"] += 1
        if self.chance.random() < 0.7:
            self._revoke(node)

    def _revoke(self, node: Node) -> None:
        """The office accepts the lost device as far as it has cosigned its log, and nothing beyond."""
        office = self.office
        origin = node.journal.own_log()
        if origin is None or origin not in {log.origin for log in office.journal.logs()}:
            return
        point = office.journal.checkpoint(origin)
        value = {"origin": origin, "size": point.size, "root": point.root.hex()}
        subject = office.journal.roster().devices[origin]
        said = (self._say(office, subject, "log-key-limit", value),)
        office.journal.append(self._draft(office, "device.lost", said), office.person)
        self.counts["revocations"] += 1

    # --- the end ------------------------------------------------------------------------------------

    def heal(self) -> None:
        """Everybody who is left meets the office on a good line until nobody learns anything any more."""
        before: object = None
        for _ in range(12):
            for node in self.nodes:
                if node.alive and node is not self.office:
                    self._exchange(node, self.office.replica, 0)
            self._exchange(self.office, self._stick(self.office), 0)
            now = [self.everything(node) for node in self.nodes if node.alive]
            if now == before:
                return
            before = now

    def everything(self, node: Node) -> frozenset[str]:
        """Return the ids of all entries a copy holds, in its journal or kept apart."""
        held = {stored.leaf.hex() for stored in node.journal.store.entries()}
        for apart in node.state.apart():
            held |= {leaf.hex() for leaf in node.state.apart_leaves(apart.head)}
        return frozenset(held)

    def forked(self, node: Node) -> set[str]:
        """Return the logs of which a copy knows two histories."""
        return {apart.head.origin for apart in node.state.apart() if apart.why == "fork"}

    def counted(self, node: Node, without: set[str]) -> frozenset[str]:
        """Return the ids of the entries that count in a copy, of logs that nobody forked."""
        roster = node.journal.roster()
        found = set()
        for stored in node.journal.store.entries():
            counts = roster.accepts(signer(stored.raw), stored.origin, stored.seq)
            if counts and stored.origin not in without:
                found.add(stored.leaf.hex())
        return frozenset(found)

    def wrongs(self) -> list[str]:
        """Return every promise that does not hold."""
        found = []
        alive = [node for node in self.nodes if node.alive]
        whole = self.everything(self.office)
        forked = set().union(*(self.forked(node) for node in alive))
        self.counts["forks"] = len(forked)
        self.counts["receipted"] = sum(size for size, _ in self.receipted.values())
        for node in alive:
            if self.everything(node) != whole:
                lacks, more = len(whole - self.everything(node)), len(self.everything(node) - whole)
                found.append(f"{node.name} has not converged: lacks {lacks}, holds {more} more")
            if self.counted(node, forked) != self.counted(self.office, forked):
                found.append(f"{node.name} counts other entries than the office")
            if waiting := [arriving for arriving in node.state.arrivals() if arriving.complete]:
                found.append(f"{node.name} still waits for a key of {len(waiting)} histories")
        if forked - self.copied:
            found.append(f"{len(forked - self.copied)} logs forked although nobody copied their keys")
        return [*found, *self._lost(), *self._unsound(alive)]

    def _lost(self) -> list[str]:
        """Return every receipted entry and object that is not whole at the keeper that gave the receipt."""
        found = []
        keepers = {node.name: node for node in (self.office, self.keeper)}
        objects = set()
        for (name, origin), (size, root) in self.receipted.items():
            keeper = keepers[name]
            histories = keeper.replica.histories
            if histories.size(origin) < size or histories.root(origin, size) != root:
                found.append(f"receipted entries of {origin} are not at the {name}")
                continue
            for stored in keeper.journal.store.log_entries(origin, 0, size):
                for ref in read_entry(stored.raw).entry.objects:
                    objects.add((name, ref.sha256))
                    if keeper.objects.verify(ref.sha256):
                        found.append(f"a receipted object of {origin} is not at the {name}")
        self.counts["receipted_objects"] = len(objects)
        return found

    def _unsound(self, alive: list[Node]) -> list[str]:
        found = []
        for node in (self.office, self.chance.choice(alive)):
            report = verify_journal(node.journal, workers=0)
            found += [f"{node.name}: {problem.where}: {problem.what}" for problem in report.problems]
        return found


#: Reading an entry is a pure function of its bytes, and eight computers read the same entries: read them once.
_read = lru_cache(maxsize=5_000)(read_entry)
for _module in (entry_check, journal_intake, sync_intake, journal_module):
    _module.read_entry = _read  # type: ignore[attr-defined]


@lru_cache(maxsize=10_000)
def signer(raw: bytes) -> str:
    """Return the key that signed an entry."""
    return read_entry(raw).key


def simulate(seed: int, root: Path, *, steps: int = 60, devices: int = 5) -> World:
    """Run one seed in a folder that is removed again."""
    folder = root / f"seed-{seed}"
    try:
        world = World(seed, folder, devices=devices)
        world.run(steps)
        world.wrongs_found = world.wrongs()
        return world
    finally:
        shutil.rmtree(folder, ignore_errors=True)
