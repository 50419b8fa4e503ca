"""Sealing and erasing under faults: what was sealed opens for its members, what was erased never opens again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.erasure import approve_erasure, ask_erasure, carry_out, find_erasure, order_erasure
from embers.actions.recorder import Recorder
from embers.actions.sealing import data_key, seal_sheet
from embers.custody.compartment import compartment_named
from embers.ids import new_subject
from embers.journal.erasure import erased_objects, read_erasures, read_roster
from embers.journal.journal import Journal
from embers.objects.sealed import unseal
from embers.projections.view import ProjectedCase

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "actions"))

from protected_case import SHEET, protected_case

from . import steady

Ack = Callable[[str], None]
#: What verification says between the signed order of an erasure and the end of its work, and only then.
UNFINISHED = "should be gone"


def _folder(base: Path) -> CaseFolder:
    return CaseFolder(base / "case", base / "keyring", steady.surroundings())


def _recorder(base: Path, code: str = "staff-01") -> Recorder:
    folder = _folder(base)
    person = folder.keyring().load_person(code)
    return Recorder(folder.journal(), folder.objects(), person, "lead", folder.surroundings)


def _view(base: Path) -> ProjectedCase:
    return ProjectedCase(_folder(base).projection())


def prepare_vault(base: Path) -> None:
    """Make a case with a compartment."""
    made = protected_case(base)
    made.open_compartment("vault", "staff-01", "staff-02")
    made.close()


def seal(base: Path, ack: Ack) -> None:
    """Seal an identity sheet to the compartment."""
    recorder = _recorder(base)
    vault = compartment_named(_view(base), "vault", read_roster(recorder.journal.store))
    person = new_subject("person", recorder.surroundings.randomness)
    thing = seal_sheet(recorder, _folder(base).wraps(), SHEET.encode(), subject=person, to=[vault])
    recorder.record(thing.act)
    ack(thing.act.assertions[0].id)
    ack(f"sealed:{thing.sealed.sha256}:{thing.sealed.commitment}")
    recorder.journal.close()


def prepare_erasure(base: Path) -> None:
    """Make a case with a sealed sheet whose erasure is asked for and approved twice."""
    prepare_vault(base)
    seal(base, lambda _: None)
    recorder = _recorder(base)
    sealed = [ref.sha256 for _, signed in recorder.journal.entries() for ref in signed.entry.objects]
    subject, act = ask_erasure(
        recorder, _view(base), sealed, ground="consent-withdrawn", scope="identity-link", asked_by="W-001"
    )
    recorder.record(act)
    for code in ("staff-02", "staff-03"):
        approver = replace(recorder, person=_folder(base).keyring().load_person(code))
        approver.record(approve_erasure(approver, subject))
    _view(base)
    recorder.journal.close()


def erase(base: Path, ack: Ack) -> None:
    """Order the erasure and carry it out."""
    recorder = _recorder(base)
    folder = _folder(base)
    subject = next(iter(read_erasures(recorder.journal.store))).subject
    if not find_erasure(recorder.journal, subject).in_effect:
        act = order_erasure(recorder, _view(base), subject)
        recorder.record(act)
        ack(act.assertions[0].id)
    carry_out(recorder, _view(base), folder.wraps(), folder.objects(), folder=folder.path)
    for sha256 in find_erasure(recorder.journal, subject).objects:
        ack(f"erased:{sha256}")
    recorder.journal.close()


def without_wrap(folder: CaseFolder, journal: Journal) -> list[str]:
    """Return a sentence for every sealed object that is not erased and whose key is lost."""
    gone = erased_objects(journal.store)
    return [
        f"the key of the sealed object {ref.sha256} is lost"
        for _, signed in journal.entries()
        for ref in signed.entry.objects
        if ref.commitment and ref.sha256 not in gone and not folder.wraps().of_object(ref.sha256)
    ]


def judge_promise(base: Path, promise: str) -> str:
    """Return what is wrong with ``sealed:...`` or ``erased:...``, or nothing."""
    kind, sha256, *more = promise.split(":")
    folder = _folder(base)
    if kind == "erased":
        left = [*folder.wraps().of_object(sha256), *([sha256] if folder.objects().has(sha256) else [])]
        return f"{sha256} was said to be erased and is still there" if left else ""
    for code in ("staff-01", "staff-02"):
        key = data_key(folder.wraps(), sha256, folder.sealing_keys().load(code))
        found = bytearray()
        with folder.objects().open(sha256) as stream:
            unseal(stream, more[0], data_key=key, write=found.extend)
        if bytes(found) != SHEET.encode():
            return f"{sha256} opens as something else"
    return ""
