"""A real small case with two devices, and its entries handed to a projector in any order of arrival."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject, open_case
from embers.actions.recorder import Act, Recorder
from embers.ids import new_id, new_subject
from embers.journal.entry import EntryDraft, SignedEntry
from embers.journal.journal import Head, Journal, log_assertion
from embers.journal.place import Place
from embers.journal.roster import Roster
from embers.journal.store import JournalStore
from embers.projections.database import CaseDatabase
from embers.projections.projector import Projector
from embers.projections.rebuild import dump
from embers.surroundings import Surroundings

AROUND = Surroundings()


@dataclass
class Arrivals:
    """A journal as another copy holds it: the same signed entries, received in another order."""

    journal: Journal
    order: Sequence[SignedEntry]

    def entries(self, after: int = 0) -> Iterator[tuple[int, SignedEntry]]:
        yield from list(enumerate(self.order, start=1))[after:]

    @property
    def store(self) -> JournalStore:
        return self.journal.store

    def roster(self) -> Roster:
        return self.journal.roster()

    def heads(self) -> list[Head]:
        return self.journal.heads()


@dataclass
class TwoLogs:
    folder: CaseFolder
    recorder: Recorder

    @property
    def case(self) -> str:
        return case_subject(self.recorder.journal)

    def second_device(self) -> None:
        """From here on, entries go to the log of a second device."""
        device = self.folder.keyring().create_device()
        said = log_assertion(new_id(AROUND.randomness), new_subject("device", AROUND.randomness), device)
        draft = EntryDraft("device.enrol", "lead", self.recorder.claimed(AROUND.clock.now()), (said,))
        self.recorder.journal.start_log(
            draft, self.recorder.person, case=self.case.partition(":")[2], device=device
        )

    def say(self, subject: str, predicate: str, value: object, relations: Sequence[object] = ()) -> str:
        said = self.recorder.new_assertion(subject, predicate, value, relations=relations)  # type: ignore[arg-type]
        self.recorder.record(Act("note.add", (said,), reason="said in a test"))
        return said.id

    def signed(self) -> list[SignedEntry]:
        return [signed for _, signed in self.recorder.journal.entries()]

    def project(
        self, place: Place, order: Sequence[SignedEntry], *, one_by_one: bool = False
    ) -> CaseDatabase:
        """Project entries as they arrive: all together, or each on its own."""
        database = CaseDatabase(place)
        database.create_tables()
        projector = Projector(database, self.folder.objects())
        for size in range(1 if one_by_one else len(order), len(order) + 1):
            projector.catch_up(Arrivals(self.recorder.journal, order[:size]))  # type: ignore[arg-type]
        return database


def two_logs(path: Path) -> TwoLogs:
    folder = CaseFolder(path / "case", path / "keys", AROUND)
    return TwoLogs(folder, open_case(folder, staff="staff-01", role="lead"))


def rows_without_order(database: CaseDatabase) -> dict[str, list[tuple[object, ...]]]:
    """Return every row without what only says in which order things arrived."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for table, row in dump(database):
        if table == "case_entry":
            kept = (*row[:3], *row[4:])
        else:
            kept = row[1:] if table in {"case_link", "case_storedobject"} else row
        if not (table == "case_meta" and row[0] == "position"):
            found.setdefault(table, []).append(kept)
    return {table: sorted(rows, key=repr) for table, rows in found.items()}
