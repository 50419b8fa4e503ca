"""Erasure: two approvers, destroyed everywhere, finished after a crash, and every proof still holds."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from protected_case import SHEET, Protected, protected_case
from secret_scan import encodings, layers, scan

from embers.actions.acquire import SourceDetails, acquire
from embers.actions.audit import repair
from embers.actions.case_folder import CaseFolder
from embers.actions.dossiers import export_dossier
from embers.actions.erasure import (
    approve_erasure,
    ask_erasure,
    carry_out,
    find_erasure,
    order_erasure,
    release_hold,
    set_hold,
)
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act, Recorder
from embers.actions.reports import build_and_record
from embers.actions.sealing import coded_person, data_key, open_sealed, seal_item, seal_sheet
from embers.actions.verification import verify_case
from embers.custody.hold import objects_of
from embers.custody.verifier_files import check_dossier
from embers.errors import ActionError, JournalError, ObjectError
from embers.ids import new_id, new_subject
from embers.journal.entry import EntryDraft
from embers.journal.erasure import erased_objects, request_digest
from embers.journal.journal import Journal, key_assertion, log_assertion
from embers.journal.merkle import verify_inclusion
from embers.objects.local import LocalObjectStore
from embers.objects.wrap_backup import WrapBackup
from embers.objects.wraps import WrapFolder
from embers.projections.database import forget_databases
from embers.projections.view import ProjectedCase
from embers.surroundings import LocalDisk, Surroundings
from embers.sync.blobs import FolderBlobs
from embers.sync.receipts import Receipts
from embers.sync.replica import Replica
from embers.sync.state import SyncState


@dataclass
class Office:
    """A case with a vault, one sealed sheet, one sealed item, and a key back-up."""

    made: Protected
    sheet: str
    person: str
    item: str
    item_object: str
    backup: Path
    entry: str

    @property
    def folder(self) -> CaseFolder:
        return self.made.folder

    def ask(self, *objects: str, scope: str = "identity-link") -> str:
        subject, act = ask_erasure(
            self.made.first,
            self.made.view,
            objects,
            ground="consent-withdrawn",
            scope=scope,
            asked_by="W-017",
        )
        self.made.first.record(act)
        return subject

    def approve(self, subject: str, *codes: str) -> None:
        for code in codes:
            recorder = self.made.recorders[code]
            recorder.record(approve_erasure(recorder, subject))

    def order(self, subject: str) -> None:
        self.made.first.record(order_erasure(self.made.first, self.made.view, subject))

    def run(self, **more):
        folder = self.folder
        return carry_out(
            self.made.first, self.made.view, folder.wraps(), folder.objects(), folder=folder.path, **more
        )


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = protected_case(tmp_path / "office")
    vault = made.open_compartment("identity-vault", "staff-01", "staff-02")
    wraps = made.folder.wraps()
    person, said = coded_person(made.first, made.view, "W-017")
    thing = seal_sheet(made.first, wraps, SHEET.encode(), subject=person, to=[vault], also=said)
    signed = made.first.record(thing.act)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff" + b"exercise photograph " * 500)
    item = seal_item(made.first, wraps, photo, title="Exhibit photograph", source="W-017", to=[vault])
    made.first.record(item.act)
    photo.unlink()
    backup = tmp_path / "stick"
    WrapBackup(backup, made.folder.surroundings).write(wraps)
    yield Office(made, thing.sealed.sha256, person, item.subject, item.sealed.sha256, backup, signed.id)
    made.close()
    forget_databases(made.folder.path)


def traces(office: Office, key: bytes) -> dict[str, list[bytes]]:
    """Return byte strings that would betray the sheet, its data key, its wraps or its ciphertext."""
    ciphertext = office.folder.objects().place(office.sheet).read_bytes()
    wraps = office.folder.wraps()
    wrapped = [wraps.get(name) for name in wraps.of_object(office.sheet)]
    return {
        "key": [key, *encodings(key.hex())],
        "plaintext": [*encodings(SHEET), *encodings("Nvard Example")],
        "wrap": [data[place : place + 48] for data in wrapped for place in range(0, len(data) - 48, 48)],
        "ciphertext": [ciphertext[place : place + 64] for place in range(256, len(ciphertext) - 64, 512)],
    }


def found(folders: list[Path], signs: dict[str, list[bytes]]) -> set[str]:
    data = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]
    every = [layer for one in data for layer in layers(one)]
    return {name for name, forms in signs.items() if any(form in one for one in every for form in forms)}


def mirror_of(office: Office, root: Path) -> tuple[CaseFolder, Recorder]:
    """Copy entries, objects and wraps to another folder with a device of its own, as a sync does."""
    around = Surroundings()
    folder = CaseFolder(root / "case", root / "keyring", around)
    around.disk.make_folder(folder.path)
    ring = folder.keyring()
    person, device = ring.create_person("mirror-01"), ring.create_device()
    first = office.made.first
    subject = new_subject("person", around.randomness)
    first.record(Act("person.register", (key_assertion(new_id(around.randomness), subject, person),)))
    journal = folder.create_journal()
    replicate(first.journal, journal)
    for sha256 in office.folder.objects().all():
        with office.folder.objects().open(sha256) as handle:
            folder.objects().put(handle)
    wraps = office.folder.wraps()
    folder.wraps().put_all((name, wraps.get(name)) for name in wraps.all())
    recorder = Recorder(journal, folder.objects(), person, "mirror", around)
    said = log_assertion(new_id(around.randomness), new_subject("device", around.randomness), device)
    draft = EntryDraft("device.enrol", "mirror", recorder.claimed(around.clock.now()), (said,))
    case = first.journal.logs()[0].case
    journal.start_log(draft, person, case=case, device=device)
    return folder, recorder


def replicate(source: Journal, target: Journal) -> None:
    with target.store.transaction():
        for log in source.logs():
            if log.origin not in {known.origin for known in target.store.logs()}:
                target.store.add_log(log)
            have, size = target.store.size(log.origin), source.store.size(log.origin)
            for one in source.store.log_entries(log.origin, have, size):
                target.store.add_entry(one.origin, one.seq, leaf=one.leaf, raw=one.raw)
            notes = dict(target.store.checkpoints(log.origin))
            for at, note in source.store.checkpoints(log.origin):
                if at not in notes:
                    target.store.add_checkpoint(log.origin, at, note=note)


def test_after_an_erasure_no_copy_is_left_in_case_mirror_or_backup(tmp_path, office):
    mirror, at_mirror = mirror_of(office, tmp_path / "mirror")
    key = data_key(office.folder.wraps(), office.sheet, office.made.ages["staff-02"]).raw
    signs = traces(office, key)
    everything = [tmp_path]
    assert found([tmp_path / "office"], signs) >= {"wrap", "ciphertext"}
    assert found([tmp_path / "mirror"], signs) >= {"wrap", "ciphertext"}
    assert "wrap" in found([office.backup], signs), "the test could not fail otherwise"

    subject = office.ask(office.sheet)
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    (done,) = office.run(backups=[office.backup])
    assert (done.wraps, done.objects, done.backups) == (1, 1, 1)
    replicate(office.made.first.journal, at_mirror.journal)
    (there,) = carry_out(
        at_mirror, ProjectedCase(mirror.projection()), mirror.wraps(), mirror.objects(), folder=mirror.path
    )
    assert (there.wraps, there.objects) == (1, 1)

    assert found(everything, signs) == set()
    for folder in (office.folder, mirror):
        folder.projection()
        check = verify_case(folder)
        assert check.problems == ()
        erased = erased_objects(folder.journal(read_only=True).store)[office.sheet]
        assert check.erased == (
            f"object {office.sheet} was erased by entry {erased.entry} on the ground consent-withdrawn",
        )
    places = find_erasure(at_mirror.journal, subject).done
    assert len(places) == 2
    # The other sealed object is untouched, and the entry that introduced the erased one is still proven.
    assert office.folder.objects().has(office.item_object)
    journal = office.made.first.journal
    signed, point = journal.get(office.entry), journal.checkpoint(journal.own_origin())
    path = journal.inclusion(point.origin, signed.entry.seq, point.size)
    assert verify_inclusion(bytes.fromhex(signed.id), signed.entry.seq, point.size, path, point.root)
    assert signed.entry.objects[0].sha256 == office.sheet
    at_mirror.journal.close()
    forget_databases(mirror.path)


def test_nobody_opens_what_was_erased(office):
    subject = office.ask(office.sheet)
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    office.run()
    arguments = {"own": office.made.ages["staff-02"], "purpose": "call back", "write": lambda _: None}
    with pytest.raises(ActionError, match="consent-withdrawn"):
        open_sealed(office.made.first, office.folder.wraps(), office.sheet, **arguments)
    back = WrapBackup(office.backup, office.folder.surroundings)
    assert back.restore(office.folder.wraps(), but_not=erased_objects(office.made.first.journal.store)) == 0
    with pytest.raises(ObjectError):
        data_key(office.folder.wraps(), office.sheet, office.made.ages["staff-02"])


def test_two_different_persons_must_sign(office):
    subject = office.ask(office.sheet)
    office.approve(subject, "staff-02")
    for again in ((), ("staff-02",)):
        office.approve(subject, *again)
        with pytest.raises(ActionError, match="1 of 2 approvals"):
            office.order(subject)
    # A second key of the same person does not make two persons.
    ring, first = office.folder.keyring(), office.made.first
    second = ring.create_person("staff-02-phone")
    said = key_assertion(new_id(first.surroundings.randomness), office.made.persons["staff-02"], second)
    first.record(Act("person.register", (said,)))
    phone = replace_person(first, second)
    phone.record(approve_erasure(phone, subject))
    with pytest.raises(ActionError, match="1 of 2 approvals"):
        office.order(subject)
    assert office.run() == []
    assert office.folder.objects().has(office.sheet)


def replace_person(recorder: Recorder, person) -> Recorder:
    return Recorder(recorder.journal, recorder.objects, person, "approver", recorder.surroundings)


def test_an_order_without_two_approvals_hides_nothing(office):
    """Whoever writes an order by hand and deletes the bytes has deleted evidence, and verification says so."""
    subject = office.ask(office.sheet)
    office.approve(subject, "staff-02")
    erasure = find_erasure(office.made.first.journal, subject)
    first = office.made.first
    value = {"request": erasure.request.assertion.id, "approvals": [erasure.approvals[0].assertion.id] * 2}
    first.record(Act("erase", (first.new_assertion(subject, "erasure-order", value),)))
    assert office.run() == []
    office.folder.objects().destroy(office.sheet)
    office.folder.projection()
    problems = [f"{problem.where} {problem.what}" for problem in verify_case(office.folder).problems]
    assert problems == [f"object {office.sheet} is missing"]
    assert "different persons" in find_erasure(first.journal, subject).lacks


def test_an_approval_covers_exactly_the_request(office):
    subject = office.ask(office.sheet)
    first = office.made.first
    request = find_erasure(first.journal, subject).request.assertion
    for wrong in (
        {"request": request.id, "sha256": "0" * 64},
        {"request": "x", "sha256": request_digest(request)},
    ):
        first.record(Act("erasure.approve", (first.new_assertion(subject, "erasure-approval", wrong),)))
    assert find_erasure(first.journal, subject).approvers == frozenset()
    # A second request under the same id makes both worthless.
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    more = {**request.value, "objects": [office.item_object]}
    first.record(Act("erasure.ask", (first.new_assertion(subject, "erasure-request", more),)))
    assert not find_erasure(first.journal, subject).in_effect
    assert office.run() == []


def test_a_hold_keeps_evidence_but_never_the_identity_link(office):
    first = office.made.first
    case = office.made.view.case
    first.record(set_hold(first, case, authority="Exercise court", reason="proceedings"))
    evidence = office.ask(office.item_object, scope="evidence")
    link = office.ask(office.sheet)
    for subject in (evidence, link):
        office.approve(subject, "staff-02", "staff-03")
    with pytest.raises(ActionError, match="legal hold of Exercise court") as caught:
        office.order(evidence)
    assert caught.value.code == "action.held"
    office.order(link)
    (done,) = office.run()
    assert (done.wraps, done.objects, done.held) == (1, 1, "")
    first.record(release_hold(first, office.made.view, case, authority="Exercise court", reason="closed"))
    office.order(evidence)
    assert [one.objects for one in office.run()] == [1]
    with pytest.raises(ActionError, match="no legal hold"):
        release_hold(first, office.made.view, case, authority="x", reason="y")


def test_a_hold_that_comes_after_the_order_stops_the_copies_it_reaches(office):
    subject = office.ask(office.item_object, scope="evidence")
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    first = office.made.first
    first.record(set_hold(first, office.item, authority="Exercise court", reason="new proceedings"))
    (stopped,) = office.run()
    assert "new proceedings" in stopped.held
    assert office.folder.objects().has(office.item_object)


def test_evidence_cannot_be_erased_under_the_name_of_an_identity(office):
    with pytest.raises(ActionError, match="not an identity sheet"):
        office.ask(office.item_object)
    with pytest.raises(ActionError, match="SHA-256"):
        office.ask("everything")
    with pytest.raises(ActionError, match="There is no erasure"):
        find_erasure(office.made.first.journal, "erasure:none")


def test_plain_objects_are_erased_too(office, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("a plain exercise note " * 40)
    first = office.made.first
    new = acquire_file(first, note, ItemOrigin("Note", "W-017", "copy"))
    first.record(new.act)
    subject = office.ask(new.acquired.sha256, scope="evidence")
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    (done,) = office.run()
    assert (done.wraps, done.objects) == (0, 1)
    office.folder.projection()
    assert verify_case(office.folder).problems == ()


OWNER, ACCOUNT, WORDS = (
    "Camera of Nvardine Testov",
    "@nvard_testova",
    "Come to the cellar, bring the children",
)


def test_evidence_in_the_clear_is_gone_with_all_that_was_found_in_it(office, tmp_path):
    """The bytes, what metadata and account said in the sheet, half-stored and half-arrived pieces, earlier dossiers."""
    first, folder = office.made.first, office.folder
    card = tmp_path / "card"
    card.mkdir()
    (card / "chat.txt").write_text(WORDS * 200)
    image = Image.effect_noise((90, 90), 90).convert("RGB")
    exif = image.getexif()
    exif[0x010F] = OWNER
    image.save(card / "picture.jpg", exif=exif)
    got = acquire(first, card, ItemOrigin("Card", "W-017", "copy"), details=SourceDetails(account=ACCOUNT))
    build_and_record(folder, first)
    folder.projection()
    export_dossier(folder, folder.exports_path / "dossier")
    data = (card / "chat.txt").read_bytes()
    (folder.objects_path / ".incoming" / "cut").write_bytes(data[:1500])  # as a power cut leaves it
    FolderBlobs(folder.path / "incoming", first.surroundings).put("chunk/piece", data[1500:4000])
    shutil.rmtree(card)
    secrets = {"owner": OWNER, "account": ACCOUNT, "words": WORDS}
    before = scan([tmp_path], secrets)
    assert all(before.values()), "the test could not fail otherwise"

    view = office.made.view
    subject = office.ask(*objects_of(view, got.item), scope="evidence")
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    (done,) = office.run()
    assert (done.objects, done.exports) == (3, 2)
    assert {label: places for label, places in scan([tmp_path], secrets).items() if places} == {}
    folder.projection()
    assert verify_case(folder).problems == ()
    assert office.run() == []
    # A dossier that comes back from elsewhere is named, and destroyed again.
    back = folder.exports_path / "older" / "data" / "chat.txt"
    back.parent.mkdir(parents=True)
    back.write_bytes(data)
    folder.projection()
    (problem,) = verify_case(folder).problems
    assert (problem.where, problem.what) == (
        "exports/older/data/chat.txt",
        "should be gone: its bytes were erased",
    )
    assert [one.exports for one in office.run()] == [1]
    export_dossier(folder, folder.exports_path / "new")
    assert check_dossier(folder.exports_path / "new") == []


class CutOff(BaseException):
    """The power is gone."""


class CutDisk(LocalDisk):
    """A disk that stops the program at one of its destructive or flushing calls."""

    def __init__(self, after: int) -> None:
        self.left = after

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise CutOff

    def overwrite(self, path):
        self._step()
        return super().overwrite(path)

    def sync_files(self, paths):
        self._step()
        super().sync_files(paths)

    def remove(self, path):
        self._step()
        super().remove(path)

    def sync_folder(self, path):
        self._step()
        super().sync_folder(path)


def test_a_crash_between_order_and_deletion_is_finished_later(office):
    """Cut at many calls of the destruction; each time, the next run ends with nothing left and a sound case.

    Every single call is cut in the fault campaign of ``erase`` (benchmarks/crash_campaign.py).
    """
    key = data_key(office.folder.wraps(), office.sheet, office.made.ages["staff-02"]).raw
    signs = traces(office, key)
    subject = office.ask(office.sheet)
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    wrapped = {
        name: office.folder.wraps().get(name) for name in office.folder.wraps().of_object(office.sheet)
    }
    with office.folder.objects().open(office.sheet) as handle:
        ciphertext = handle.read()
    cuts = 0
    for step in (*range(0, 12, 2), *range(12, 400, 12)):
        office.folder.wraps().put_all(wrapped.items())  # as an old back-up would bring it back
        with suppress(ObjectError):
            office.folder.objects().put(_stream(ciphertext))
        around = replace(office.folder.surroundings, disk=CutDisk(step))
        wraps = WrapFolder(office.folder.wraps_path, around)
        objects = LocalObjectStore(office.folder.objects_path, around)
        try:
            carry_out(office.made.first, office.made.view, wraps, objects, folder=office.folder.path)
        except CutOff:
            cuts += 1
            office.run()
            whole = False
        else:
            whole = True
        assert found([office.folder.path], signs) == set(), step
        if whole:
            break
    assert whole, "the steps must reach beyond the last call"
    assert cuts >= 6
    office.folder.projection()
    assert verify_case(office.folder).problems == ()


def _stream(data: bytes):
    import io

    return io.BytesIO(data)


def test_what_came_back_with_an_old_copy_is_named_and_destroyed_again(office):
    wrapped = [
        (name, office.folder.wraps().get(name)) for name in office.folder.wraps().of_object(office.sheet)
    ]
    subject = office.ask(office.sheet)
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    office.run()
    assert office.run() == [], "nothing to do, so nothing more is recorded"
    office.folder.wraps().put_all(wrapped)
    office.folder.projection()
    (problem,) = verify_case(office.folder).problems
    assert problem.what == "should be gone: its object was erased"
    (again,) = office.run()
    assert again.wraps == 1
    office.folder.projection()
    assert verify_case(office.folder).problems == ()


def test_a_repair_from_another_copy_brings_nothing_erased_back(office, tmp_path):
    copy = LocalObjectStore(tmp_path / "copy", office.folder.surroundings)
    with office.folder.objects().open(office.sheet) as handle:
        copy.put(handle)
    subject = office.ask(office.sheet)
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    office.run()
    assert (
        repair(office.made.first, office.folder.objects(), copy, names=[office.sheet], source="a drive") == []
    )
    assert not office.folder.objects().has(office.sheet)


def test_what_is_signed_after_a_key_was_ended_approves_nothing(office, monkeypatch):
    first = office.made.first
    ended = {"key": office.made.recorders["staff-03"].person.id}
    subject = office.ask(office.sheet)
    said = first.new_assertion(office.made.persons["staff-03"], "signing-key-ended", ended)
    first.record(Act("key.end", (said,)))
    with pytest.raises(JournalError, match="was ended"):
        office.approve(subject, "staff-03")
    monkeypatch.setattr(Journal, "_require_registered", lambda *_: None)  # as a thief's own program would
    office.approve(subject, "staff-02", "staff-03")
    with pytest.raises(ActionError, match="1 of 2 approvals"):
        office.order(subject)


def test_sync_does_not_ask_for_what_was_erased(office, tmp_path):
    first = office.made.first
    receipts = Receipts(first.surroundings.clock, None, None)
    state = SyncState(tmp_path / "sync.sqlite3")
    replica = Replica(
        first.journal,
        state,
        office.folder.objects(),
        incoming=FolderBlobs(tmp_path / "incoming", first.surroundings),
        receipts=receipts,
        keep_all=True,
    )
    office.folder.objects().destroy(office.item_object)
    office.folder.objects().destroy(office.sheet)
    assert set(replica.wanted()) == {office.sheet, office.item_object}
    subject = office.ask(office.sheet)
    office.approve(subject, "staff-02", "staff-03")
    office.order(subject)
    assert replica.wanted() == [office.item_object]
    state.close()
