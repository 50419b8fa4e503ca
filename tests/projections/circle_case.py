"""A small case with a compartment, a record kept in it, and assertions of every marking. All of it is invented."""

from __future__ import annotations

from pathlib import Path

from protected_case import protected_case
from two_logs import TwoLogs

from embers.access.standing import INTERNAL, Standing
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act, Recorder
from embers.ids import new_subject
from embers.journal.assertion import Basis, Relation
from embers.projections.database import CaseDatabase
from embers.surroundings import Surroundings

AROUND = Surroundings()
SECRET = "Exercise-Informant Lusaber"


class Circle:
    """The case, its people and what was said in it."""

    def __init__(self, path: Path) -> None:
        self.people = protected_case(path)
        self.folder = self.people.folder
        self.made = TwoLogs(self.folder, self.people.first)
        self.compartment = self.people.open_compartment("Mission A", "staff-01").id
        new = lambda kind: new_subject(kind, AROUND.randomness)  # noqa: E731
        kinds = ("incident", "place", "source", "item", "organisation")
        self.incident, self.place, self.source, self.item, self.organisation = map(new, kinds)
        self.say(self.organisation, "organisation-name", {"text": "Town council of Testford", "lang": "en"})
        self.say(self.incident, "incident-code", "EX-1")
        self.say(self.incident, "incident-title", {"text": "Shelling of Testford", "lang": "en"})
        self.say(self.incident, "incident-place", self.place)
        self.say(self.place, "place-name", {"name": "Testford", "lang": "en", "used_by": "unknown"})
        self.say(self.source, "source-code", "S1")
        self.say(self.source, "source-title", {"text": "Town bulletin", "lang": "en"})
        self.say(self.item, "item-title", {"text": f"Conversation with {SECRET}", "lang": "en"})
        self.sha256 = self.acquire(path)
        self.killed(3)
        self.killed(5, marking="internal")
        self.note = self.killed(9, item=self.item)
        self.say(self.incident, "note", f"{SECRET} saw the launcher", item=self.item, marking="internal")
        hidden = {"name": "Safehouse Hill", "lang": "en", "used_by": "unknown"}
        self.say(self.place, "place-name", hidden, marking="confidential")

    def acquire(self, path: Path) -> str:
        notes = path / "notes.txt"
        notes.write_text(f"Exercise. What {SECRET} said.\n", "utf-8")
        recorder = self.people.first
        new = acquire_file(
            recorder,
            notes,
            ItemOrigin(f"Notes on {SECRET}", "Exercise mission A", "written down in an interview"),
            item=self.item,
        )
        recorder.record(new.act)
        return new.acquired.sha256

    def killed(self, number: int, *, item: str = "", marking: str | None = None) -> str:
        quantity = {"op": "eq", "n": number, "unit": "persons"}
        told = {"claimant": self.organisation, "side": "unknown", "scope": "incident", "reading": "direct"}
        return self.say(self.incident, "killed", {**told, "is": quantity}, item=item, marking=marking)

    def say(
        self,
        subject: str,
        predicate: str,
        value: object,
        *,
        item: str = "",
        marking: str | None = None,
        relations: tuple[Relation, ...] = (),
        by: str = "staff-01",
    ) -> str:
        recorder: Recorder = self.people.recorders[by]
        ground = {"item": item, "source": None} if item else {"item": None, "source": self.source}
        basis = (Basis(**ground, locator="answer=3"),)
        said = recorder.new_assertion(
            subject,
            predicate,
            value,
            basis=basis,
            marking=marking,
            relations=relations,  # type: ignore[arg-type]
        )
        recorder.record(Act("note.add", (said,), reason=f"from {SECRET}" if item else "in a test"))
        return said.id

    def keep(self) -> str:
        return self.say(self.item, "kept-in", self.compartment)

    def as_read_by(self, standing: Standing | None) -> CaseDatabase:
        return self.folder.projection().as_read_by(standing)

    @property
    def inside(self) -> Standing:
        return Standing(INTERNAL, frozenset({self.compartment}))
