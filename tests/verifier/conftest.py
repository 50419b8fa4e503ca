"""A real, small dossier: two persons, two devices, three exhibits, a report; and the verifier as a module."""

from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from embers.custody.acquisition import examine
from embers.custody.package import (
    ExhibitFile,
    policy_text,
    roster_record,
    with_registrations,
    write_dossier,
)
from embers.ids import new_id, new_subject
from embers.journal.assertion import Assertion, Basis
from embers.journal.entry import ClaimedTime, EntryDraft, ObjectRef, SignedEntry
from embers.journal.journal import Journal, key_assertion, log_assertion
from embers.journal.keys import Keyring, PersonKey
from embers.journal.proof import prove
from embers.journal.roster import Roster
from embers.objects.local import LocalObjectStore
from embers.reporting import blocks as b
from embers.reporting.serialise import document_bytes
from embers.surroundings import Surroundings

REPOSITORY = Path(__file__).resolve().parents[2]
AROUND = Surroundings()
AT = ClaimedTime("2020-10-17T08:00:05Z")
EXHIBITS = (
    ("crater.jpg", b"\xff\xd8\xff\xe0" + b"an image" * 40),
    ("CON: note?.txt", b"A note taken on the spot, long enough to be one.\n"),
    ("exhibit.json", b'{"not": "the sidecar, but a file somebody gave this name"}'),
)


@dataclass
class SmallCase:
    """A journal with objects, and what went into it."""

    journal: Journal
    objects: LocalObjectStore
    opener: PersonKey
    entries: list[SignedEntry]
    exhibits: list[ExhibitFile]
    assertions: list[str]


def id_() -> str:
    return new_id(AROUND.randomness)


def open_case(folder: Path) -> SmallCase:
    """Open a case as two people on two devices, take in three files, make one claim on each."""
    ring = Keyring(folder / "keys", AROUND)
    objects = LocalObjectStore(folder / "objects", AROUND)
    journal = Journal.create(folder / "journal.sqlite3", AROUND, keyring=ring, objects=objects)
    first, second = ring.create_person("staff-01"), ring.create_person("staff-02")
    device, case = ring.create_device(), id_()
    opening = (
        key_assertion(id_(), new_subject("person", AROUND.randomness), first),
        log_assertion(id_(), new_subject("device", AROUND.randomness), device),
    )
    entries = [
        journal.start_log(EntryDraft("case.open", "lead", AT, opening), first, case=case, device=device)
    ]
    invited = (key_assertion(id_(), new_subject("person", AROUND.randomness), second),)
    entries.append(journal.append(EntryDraft("person.register", "lead", AT, invited), first))
    small = SmallCase(journal, objects, first, entries, [], [])
    for number, (name, data) in enumerate(EXHIBITS, start=1):
        _take_in(small, second, number, name=name, data=data)
    other = ring.create_device()
    greeting = (log_assertion(id_(), new_subject("device", AROUND.randomness), other),)
    draft = EntryDraft("device.enrol", "interviewer", AT, greeting)
    small.entries.append(journal.start_log(draft, second, case=case, device=other))
    return small


def _take_in(small: SmallCase, by: PersonKey, number: int, *, name: str, data: bytes) -> None:
    got = examine(io.BytesIO(data), AROUND, small.objects, name=name)
    item, claim = new_subject("item", AROUND.randomness), id_()
    said = (
        Assertion(id_(), item, "item-title", {"text": "Gəncə, Գանձակ", "lang": "az"}),
        Assertion(
            id_(),
            item,
            "item-object",
            {
                "sha256": got.sha256,
                "size": got.size,
                "media": got.media,
                "role": "original",
                "name": got.name,
            },
        ),
        Assertion(claim, new_subject("incident", AROUND.randomness), "killed", number, (Basis(item=item),)),
    )
    refs = (ObjectRef(got.sha256, got.size, got.media),)
    entry = small.journal.append(EntryDraft("item.acquire", "interviewer", AT, said, refs), by)
    small.entries.append(entry)
    small.assertions.append(claim)
    small.exhibits.append(
        ExhibitFile(
            f"EMB-{number:04d}",
            got.name,
            got.sha256,
            got.size,
            got.media,
            lambda: small.objects.open(got.sha256),
            {"item": item, "entry": entry.id, "role": "original", "title": "Gəncə, Գանձակ"},
        )
    )


def report_of(small: SmallCase, *, basis: tuple[str, ...] | None = None) -> bytes:
    """Return a report with one factual sentence per claim."""
    sentences = tuple(
        b.Sentence(f"s.{place}", (b.Run("One person was killed, a source says."),), basis=basis or (claim,))
        for place, claim in enumerate(small.assertions)
    )
    section = b.Section("s", "Incidents", (b.Paragraph(sentences),))
    return document_bytes(b.Document("Report", "", "2026-03-01", (section,)))


def pack(small: SmallCase, target: Path, *, report: bytes | None = None) -> Path:
    """Record the report in a signed entry and write the dossier of a small case."""
    journal = small.journal
    report = report or report_of(small)
    stored = small.objects.put(io.BytesIO(report))
    said = (
        Assertion(id_(), new_subject("report", AROUND.randomness), "report-text", {"sha256": stored.sha256}),
    )
    refs = (ObjectRef(stored.sha256, stored.size, "application/json"),)
    small.entries.append(journal.append(EntryDraft("report.record", "lead", AT, said, refs), small.opener))
    wanted = with_registrations(journal, [entry.id for entry in small.entries])
    chosen = [journal.get(id) for id in wanted]
    roster = Roster()
    for entry in chosen:
        roster.admit(entry)
    proofs = [
        (signed.id, prove(journal, signed.entry.log, [signed.entry.seq])[0].text()) for signed in chosen
    ]
    write_dossier(
        target,
        AROUND,
        exhibits=small.exhibits,
        entries=[(signed.id, signed.raw) for signed in chosen],
        proofs=proofs,
        checkpoints=[journal.checkpoint_note(log.origin) for log in journal.logs()],
        policy=policy_text(journal),
        roster=roster_record(roster),
        report_files={"report.json": report, "report.html": b"<!doctype html>"},
        readme="What this is and how to check it.\n",
        info={"Source-Organization": "An organisation"},
    )
    return target


@pytest.fixture(scope="session")
def verifier() -> ModuleType:
    """The stand-alone verifier, loaded from its file."""
    spec = importlib.util.spec_from_file_location("embers_verify", REPOSITORY / "verifier" / "verify.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["embers_verify"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small_case(tmp_path: Path) -> SmallCase:
    return open_case(tmp_path)


@pytest.fixture
def packer() -> Callable[..., Path]:
    return pack


@pytest.fixture
def reporter() -> Callable[..., bytes]:
    return report_of


@pytest.fixture(scope="session")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One dossier for the whole session; tests copy it before they alter it."""
    folder = tmp_path_factory.mktemp("case")
    return pack(open_case(folder), folder / "dossier")
