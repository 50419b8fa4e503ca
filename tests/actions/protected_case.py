"""Cases with offices, vaults and field laptops for tests. All persons and places are invented."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.compartments import Member, new_compartment, publish_key
from embers.actions.field_case import start_field_case
from embers.actions.recorder import Act, Recorder
from embers.custody.compartment import Compartment, compartment_named
from embers.custody.field_lock import Argon2Cost
from embers.ids import new_id, new_subject
from embers.journal.erasure import read_roster
from embers.journal.journal import key_assertion
from embers.journal.roster import Roster
from embers.objects.age_key import AgeIdentity
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

PASSPHRASE = "six plain words drawn with dice"
#: One guess costs almost nothing: tests unlock often. The real cost is measured in benchmarks/unlock.py.
CHEAP = Argon2Cost(memory_kib=64, iterations=1, lanes=1)
SHEET = "Exercise person Nvard Example, born 1961, Upper Testford, telephone 000-111"


@dataclass
class Protected:
    """A case with three people, each with a signing key and an age key."""

    folder: CaseFolder
    recorders: dict[str, Recorder]
    persons: dict[str, str]
    ages: dict[str, AgeIdentity]

    @property
    def first(self) -> Recorder:
        return self.recorders["staff-01"]

    @property
    def view(self) -> ProjectedCase:
        return ProjectedCase(self.folder.projection())

    def member(self, code: str) -> Member:
        return Member(self.persons[code], self.ages[code].recipient)

    def compartment(self, name: str) -> Compartment:
        return compartment_named(self.view, name, self.roster)

    @property
    def roster(self) -> Roster:
        return read_roster(self.first.journal.store)

    def open_compartment(self, name: str, *codes: str) -> Compartment:
        """Make a compartment with these members."""
        members = [self.member(code) for code in codes]
        _, act = new_compartment(self.first, self.folder.wraps(), name, members)
        self.first.record(act)
        return self.compartment(name)

    def register(self, code: str) -> None:
        """Register one more person, with a signing key and an age key."""
        _register(self, code)
        self.publish(code)

    def publish(self, code: str) -> None:
        """Make a person's age key and publish it. They sign that themselves, but the recorder is the first person's."""
        self.ages[code] = self.folder.sealing_keys().create(code)
        self.first.record(publish_key(self.first, self.persons[code], self.ages[code].recipient))

    def close(self) -> None:
        self.first.journal.close()


def protected_case(root: Path, *, field: bool = False) -> Protected:
    """Open a case, plain or in field mode, and register three people with age keys."""
    around = Surroundings()
    key = start_field_case(root / "case", PASSPHRASE, around, cost=CHEAP) if field else None
    folder = CaseFolder(root / "case", root / "keyring", around, key=key)
    first = open_case(folder, staff="staff-01", role="lead")
    made = Protected(folder, {"staff-01": first}, {}, {})
    made.persons["staff-01"] = next(iter(made.view.kind("person")))
    for code in ("staff-02", "staff-03"):
        _register(made, code)
    for code in made.recorders:
        made.publish(code)
    return made


def _register(made: Protected, code: str) -> None:
    first = made.first
    person = made.folder.keyring().create_person(code)
    subject = new_subject("person", first.surroundings.randomness)
    said = (
        key_assertion(new_id(first.surroundings.randomness), subject, person),
        first.new_assertion(subject, "staff-code", code),
    )
    first.record(Act("person.register", said))
    made.persons[code] = subject
    made.recorders[code] = Recorder(first.journal, first.objects, person, "investigator", first.surroundings)


def written(parts: list[bytes]) -> bytes:
    return b"".join(parts)


def stream(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())
