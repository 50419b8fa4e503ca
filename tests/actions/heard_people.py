"""A case with many interviews for tests: one for each combination of what somebody may consent to and withdraw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import CaseProfile, case_subject, describe_case, open_case
from embers.actions.consent import Scope, Talk, explain_consent, name_body, withdraw_consent
from embers.actions.interviews import (
    Asked,
    Quoted,
    Setting,
    claim_from_answer,
    link_item,
    open_interview,
    record_answer,
)
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act, Recorder
from embers.fieldwork.interview import Preparation
from embers.ids import new_subject
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

USES = ("analysis", "publish-anonymous", "publish-named", "share", "recording")
ALL = "everything"
TALK = Talk(explained_by="staff-01", language="en", means="both")


@dataclass(frozen=True)
class Person:
    """Somebody heard: what they gave, what they took back, and the words that are theirs alone."""

    number: int
    given: frozenset[str]
    withdrawn: str

    @property
    def code(self) -> str:
        return f"W-{self.number:03d}"

    @property
    def interview_code(self) -> str:
        return f"IV{self.number:03d}X"

    @property
    def words(self) -> str:
        return f"wqz{self.number:03d}"  # no syllable at which a typesetter would cut it

    @property
    def voice(self) -> bytes:
        return f"voice of {self.number:03d}, in no way to be heard".encode()

    def has(self, use: str) -> bool:
        """What the person consents to in the end, worked out without the code under test."""
        gone = {"publish-anonymous": {"publish-anonymous", "publish-named"}}.get(
            self.withdrawn, {self.withdrawn}
        )
        return use in self.given and self.withdrawn != ALL and use not in gone


def everybody() -> list[Person]:
    """Return one person for every set of uses given, with nothing, one of them, or everything withdrawn."""
    sets = [frozenset(some) for size in range(len(USES) + 1) for some in combinations(USES, size)]
    pairs = [(given, back) for given in sets for back in ("", ALL, *sorted(given))]
    return [Person(number, *pair) for number, pair in enumerate(pairs)]


@dataclass
class HeardPeople:
    """The case, the interview of each person, the body they may have consented to sharing with, and another one."""

    folder: CaseFolder
    recorder: Recorder
    people: list[Person]
    interviews: dict[str, str]
    body: str
    other_body: str

    @property
    def view(self) -> ProjectedCase:
        return ProjectedCase(self.folder.projection())

    def record(self, *acts: Act) -> None:
        self.recorder.record_all(acts)
        self.folder.projection()


def heard_people(root: Path, people: list[Person]) -> HeardPeople:
    """Open a case in which each of the people was interviewed, recorded, and told one thing about one incident."""
    folder = CaseFolder(root / "case", root / "keyring", Surroundings())
    recorder = open_case(folder, staff="staff-01", role="lead")
    profile = CaseProfile(
        "Exercise of consent", "An invented country.", "2031", "One name.", "prof.rgb", exercise=True
    )
    body, first = name_body(recorder, "Exercise Commission")
    other, second = name_body(recorder, "Another Body")
    incident = new_subject("incident", recorder.surroundings.randomness)
    about = [
        ("incident-code", "X-01"),
        ("incident-title", {"text": "An incident", "lang": "en"}),
        ("occurred", "2031-05-02"),
    ]
    said = tuple(recorder.new_assertion(incident, name, value) for name, value in about)
    case = HeardPeople(folder, recorder, people, {}, body, other)
    case.record(
        describe_case(recorder, case_subject(recorder.journal), profile),
        first,
        second,
        Act("incident.open", said),
    )
    view = case.view
    opened = [_open(case, view, person) for person in people]
    case.interviews = {person.code: id for person, (id, _) in zip(people, opened, strict=True)}
    case.record(*(act for _, act in opened))
    view = case.view
    files = root / "files"
    files.mkdir()
    case.record(*(act for person in people for act in _hear(case, view, person, files)))
    view = case.view
    items = {view.subject(id).text("item-title"): id for id in view.kind("item")}
    case.record(*(act for person in people for act in _tell(case, view, person, items, incident)))
    return case


def _open(case: HeardPeople, view: ProjectedCase, person: Person) -> tuple[str, Act]:
    return open_interview(
        case.recorder,
        view,
        code=person.interview_code,
        person_code=person.code,
        held="2031-05-09",
        preparation=Preparation("no"),
        setting=Setting("staff-01", "en"),
    )


def _hear(case: HeardPeople, view: ProjectedCase, person: Person, files: Path) -> Iterator[Act]:
    interview = case.interviews[person.code]
    scopes = [Scope(use, given=use in person.given, body=case.body if use == "share" else "") for use in USES]
    yield explain_consent(case.recorder, interview, TALK, scopes)
    asked = Asked("What did you see?", f"I saw {person.words} in the yard.", "en", seconds="3-9")
    yield record_answer(case.recorder, view.subject(interview), asked)[1]
    path = files / f"{person.number:03d}.txt"
    path.write_bytes(person.voice)
    yield acquire_file(
        case.recorder, path, ItemOrigin(f"Recording {person.interview_code}", "team", "recorder")
    ).act


def _tell(
    case: HeardPeople, view: ProjectedCase, person: Person, items: dict[str, str], incident: str
) -> Iterator[Act]:
    record = view.subject(case.interviews[person.code])
    yield link_item(
        case.recorder, view, record, items[f"Recording {person.interview_code}"], role="recording"
    )
    yield claim_from_answer(
        case.recorder,
        record,
        Quoted(1, person.words),
        incident=incident,
        predicate="conduct-claimed",
        value=f"something called {person.words}",
    )
    if person.withdrawn:
        use = "" if person.withdrawn == ALL else person.withdrawn
        yield withdraw_consent(case.recorder, record.id, received_by="staff-01", means="in person", use=use)
