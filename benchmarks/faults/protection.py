"""The operation "erase": a sheet is sealed, then an approved erasure is ordered and carried out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.compartments import Member, new_compartment
from embers.actions.erasure import approve_erasure, ask_erasure, carry_out, order_erasure
from embers.actions.recorder import Act, Recorder
from embers.actions.sealing import coded_person, seal_sheet
from embers.custody.compartment import compartment_named
from embers.ids import new_id, new_subject
from embers.journal.erasure import read_erasures
from embers.journal.journal import Journal, key_assertion
from embers.projections.rebuild import bring_up_to_date
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

Ack = Callable[[str], None]
VAULT = "identity-vault"
SHEET = b"Exercise person, invented, Upper Testford"


def case_folder(base: Path) -> CaseFolder:
    """Return the case of a folder."""
    return CaseFolder(base / "case", base / "keys", Surroundings())


def view_of(folder: CaseFolder) -> ProjectedCase:
    """Return the case as far as it is recorded, projected elsewhere: a projection may be thrown away after a crash."""
    elsewhere = Path(tempfile.mkdtemp(prefix="embers-view-")) / "case.sqlite3"
    journal = folder.journal(read_only=True)
    database = bring_up_to_date(journal, folder.objects(), elsewhere)
    journal.close()
    return ProjectedCase(database)


def prepare_erasure(base: Path) -> None:
    """Make a case with a vault, a sealed sheet, and an erasure of it that two persons have approved."""
    base.mkdir()
    folder = case_folder(base)
    first = open_case(folder, staff="staff-01", role="lead")
    other = folder.keyring().create_person("staff-02")
    subject = new_subject("person", first.surroundings.randomness)
    first.record(
        Act("person.register", (key_assertion(new_id(first.surroundings.randomness), subject, other),))
    )
    own = folder.sealing_keys().create("staff-01")
    _, act = new_compartment(first, folder.wraps(), VAULT, [Member(subject, own.recipient)])
    first.record(act)
    sealed = _seal(folder, first, "W-001")
    erasure, act = ask_erasure(
        first, view_of(folder), [sealed], ground="danger", scope="identity-link", asked_by="W-001"
    )
    first.record(act)
    second = Recorder(first.journal, first.objects, other, "approver", first.surroundings)
    for approver in (first, second):
        approver.record(approve_erasure(approver, erasure))
    first.journal.close()


def seal_and_erase(base: Path, ack: Ack) -> None:
    """Seal another sheet; then order what was approved, unless that was done, and carry it out."""
    folder = case_folder(base)
    recorder = Recorder(
        folder.journal(),
        folder.objects(),
        folder.keyring().load_person("staff-01"),
        "lead",
        folder.surroundings,
    )
    _seal(folder, recorder, "W-002", ack)
    (erasure,) = read_erasures(recorder.journal.store)
    if not erasure.in_effect:
        act = order_erasure(recorder, view_of(folder), erasure.subject)
        recorder.record(act)
        ack(act.assertions[0].id)
    carry_out(recorder, view_of(folder), folder.wraps(), folder.objects())
    recorder.journal.close()


def _seal(folder: CaseFolder, recorder: Recorder, code: str, ack: Ack = lambda _: None) -> str:
    view = view_of(folder)
    subject, said = coded_person(recorder, view, code)
    vault = compartment_named(view, VAULT)
    thing = seal_sheet(recorder, folder.wraps(), SHEET, subject=subject, to=[vault], also=said)
    recorder.record(thing.act)
    ack(thing.act.assertions[-1].id)
    return thing.sealed.sha256


def unfinished(journal: Journal) -> bool:
    """Tell whether an ordered erasure is not confirmed: then bytes that should be gone may still be here."""
    return any(one.in_effect and not one.done for one in read_erasures(journal.store))


def without_wrap(folder: CaseFolder, journal: Journal) -> list[str]:
    """Return a sentence for every sealed object that is not erased and whose key is lost."""
    erased = {sha256 for one in read_erasures(journal.store) if one.in_effect for sha256 in one.objects}
    wraps = folder.wraps()
    return [
        f"the key of the sealed object {ref.sha256} is lost"
        for _, signed in journal.entries()
        for ref in signed.entry.objects
        if ref.commitment and ref.sha256 not in erased and not wraps.of_object(ref.sha256)
    ]
