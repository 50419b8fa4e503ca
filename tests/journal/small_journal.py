"""Builds real journals for tests; with a seed, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from embers.ids import new_id, new_subject
from embers.journal.assertion import Assertion, Basis
from embers.journal.entry import ClaimedTime, EntryDraft, ObjectRef, SignedEntry
from embers.journal.journal import Journal, key_assertion, log_assertion
from embers.journal.keys import Keyring, PersonKey
from embers.journal.place import Place
from embers.journal.sqlite_store import SqliteJournalStore
from embers.objects.local import LocalObjectStore
from embers.surroundings import Surroundings

AT = ClaimedTime("2020-10-17T08:00:05Z", "+04:00", "ntp", 12)


class CountedRandomness:
    """Bytes that follow from a seed, for journals that must come out the same."""

    def __init__(self, seed: str) -> None:
        self._seed, self._calls = seed, itertools.count()

    def bytes(self, count: int) -> bytes:
        """Return the next bytes."""
        return hashlib.shake_256(f"{self._seed} {next(self._calls)}".encode()).digest(count)


class FixedClock:
    """Always the same time."""

    def now(self) -> datetime:
        """Return it."""
        return datetime(2020, 10, 17, 8, 0, 5, tzinfo=UTC)


@dataclass
class SmallJournal:
    """A journal and what it was made with."""

    folder: Path
    around: Surroundings
    ring: Keyring
    objects: LocalObjectStore
    journal: Journal
    person: PersonKey
    other: PersonKey
    case: str
    entries: list[SignedEntry] = field(default_factory=list)
    place: Place | None = None  # where the journal lies if not in a file of the folder

    @property
    def path(self) -> Path:
        return self.folder / "journal.sqlite3"

    @property
    def origin(self) -> str:
        return self.journal.logs()[0].origin

    def note(self, text: str = "seen", **more) -> EntryDraft:
        """Return a draft that says one thing."""
        random = self.around.randomness
        basis = (Basis(item=new_subject("item", random), locator="page=3"),)
        said = Assertion(new_id(random), new_subject("incident", random), "summary", text, basis)
        return EntryDraft("note.add", "researcher", AT, (said,), **more)

    def reopen(self, *, read_only: bool = False) -> Journal:
        return Journal.open(
            self.place or self.path,
            self.around,
            keyring=None if read_only else self.ring,
            objects=self.objects,
        )

    def start_second_log(self) -> SignedEntry:
        """Start a log of another device."""
        device, random = self.ring.create_device(), self.around.randomness
        draft = EntryDraft(
            "device.enrol",
            "lead",
            AT,
            (log_assertion(new_id(random), new_subject("device", random), device),),
        )
        return self.journal.start_log(draft, self.person, case=self.case, device=device)


def small_journal(folder: Path, *, seed: str | None = None, place: Place | None = None) -> SmallJournal:
    """Open a case, register a second person, take in an object, note two things."""
    around = Surroundings(FixedClock(), CountedRandomness(seed)) if seed else Surroundings()
    random = around.randomness
    ring = Keyring(folder / "keys", around)
    objects = LocalObjectStore(folder / "objects", around)
    if seed:  # without epochs: their marks would take part of the counted randomness
        store = SqliteJournalStore.create(folder / "journal.sqlite3")
        journal = Journal(store, around, keyring=ring, objects=objects)
    else:
        journal = Journal.create(place or folder / "journal.sqlite3", around, keyring=ring, objects=objects)
    person, other = ring.create_person("staff-01"), ring.create_person("staff-02")
    device, case = ring.create_device(), new_id(random)
    opening = (
        key_assertion(new_id(random), new_subject("person", random), person),
        log_assertion(new_id(random), new_subject("device", random), device),
    )
    made = SmallJournal(folder, around, ring, objects, journal, person, other, case, place=place)
    made.entries.append(
        journal.start_log(EntryDraft("case.open", "lead", AT, opening), person, case=case, device=device)
    )
    invited = (key_assertion(new_id(random), new_subject("person", random), other),)
    made.entries.append(journal.append(EntryDraft("person.register", "lead", AT, invited), person))
    stored = objects.put(io.BytesIO(b"an image" * 1000))
    ref = ObjectRef(stored.sha256, stored.size, "image/jpeg")
    made.entries.append(journal.append(made.note("Gəncə, Գանձակ", objects=(ref,)), other))
    made.entries += journal.append_many([made.note("first"), made.note("second")], person)
    return made
