"""What a seized laptop shows: nothing while it is locked, no identity while it is not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from protected_case import CHEAP, PASSPHRASE, SHEET, Protected, protected_case
from secret_scan import encodings, scan

from embers.actions.case_folder import CaseFolder
from embers.actions.field_case import field_key, lock_case, panic, start_field_case, unlock_case
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act
from embers.actions.sealing import coded_person, data_key, open_sealed, seal_sheet
from embers.actions.verification import verify_case
from embers.custody.compartment import compartment_named
from embers.custody.field_lock import change_passphrase, lock_id, unlock
from embers.custody.key_holder import is_unlocked
from embers.errors import ActionError, CustodyError, JournalError, ObjectError
from embers.ids import new_subject
from embers.journal.assertion import Basis
from embers.journal.journal import Journal
from embers.projections.database import forget_databases
from embers.projections.search import search
from embers.surroundings import LocalDisk, Surroundings

TESTIMONY = "The shell came over the bakery roof before noon"
SECRETS = {
    "name in Latin letters": "Nvard Example-Testová",
    "name in Armenian letters": "Նվարդ Օրինակյան",
    "name in Cyrillic letters": "Нвард Примерова",
    "testimony": TESTIMONY,
    "place": "Upper Testford bakery yard",
    "place in Azerbaijani": "Yuxarı Sınaqkənd",
    "latitude": "39812345",
    "file name": "nvard-in-her-kitchen.txt",
}


def plant(made: Protected, outside: Path) -> str:
    """Record every secret by the ordinary actions; return the digest of the file taken in."""
    first = made.first
    file = outside / SECRETS["file name"]
    file.write_text("\n".join(SECRETS.values()) + "\n" + TESTIMONY * 2000, encoding="utf-8")
    origin = ItemOrigin(
        title=SECRETS["name in Latin letters"], source=SECRETS["place"], method="copy of a file"
    )
    new = acquire_file(first, file, origin)
    first.record(new.act)
    place = new_subject("place", first.surroundings.randomness)
    incident = new_subject("incident", first.surroundings.randomness)
    basis = [Basis(item=new.id)]
    names = [("place", "en"), ("place in Azerbaijani", "az"), ("name in Armenian letters", "hy")]
    point = {"lat": 39812345, "lon": 46712345, "precision_m": 5, "method": "GNSS"}
    first.record(
        Act(
            "place.describe",
            (
                *(
                    first.new_assertion(
                        place, "place-name", {"name": SECRETS[key], "lang": lang, "used_by": "unknown"}
                    )
                    for key, lang in names
                ),
                first.new_assertion(place, "place-position", point),
                first.new_assertion(incident, "note", TESTIMONY, basis=basis),
                first.new_assertion(incident, "note", SECRETS["name in Cyrillic letters"]),
            ),
        )
    )
    made.folder.projection()
    return new.acquired.sha256


def shut(made: Protected) -> None:
    made.close()
    forget_databases(made.folder.path)


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Protected]:
    made = protected_case(tmp_path, field=True)
    yield made
    shut(made)


def test_a_locked_folder_holds_no_secret_in_any_encoding(tmp_path, field):
    outside = tmp_path / "outside"
    outside.mkdir()
    digest = plant(field, outside)
    vault = field.open_compartment("identity-vault", "staff-02")
    seal_sheet(
        field.first, field.folder.wraps(), SHEET.encode(), subject=field.persons["staff-02"], to=[vault]
    )
    secrets = {**SECRETS, "sheet": SHEET, "digest": digest}
    assert search(field.folder.projection_to_read(), "Testford"), "the secrets were really recorded"

    # While connections are open there are write-ahead logs too; both states must be silent.
    for state in ("open", "closed"):
        if state == "closed":
            shut(field)
        found = scan([field.folder.path, field.folder.keyring_path], secrets)
        assert {label: places for label, places in found.items() if places} == {}, state
    raw = bytes.fromhex(digest)
    assert not any(raw in path.read_bytes() for path in field.folder.path.rglob("*") if path.is_file())
    for path in (*field.folder.path.rglob("*.sqlite3"), *field.folder.path.rglob("objects/*/*/*")):
        assert not path.read_bytes().startswith(b"SQLite format 3")


def test_the_same_scan_finds_every_secret_in_an_ordinary_case(tmp_path):
    made = protected_case(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    digest = plant(made, outside)
    shut(made)
    found = scan([made.folder.path, made.folder.keyring_path], {**SECRETS, "digest": digest})
    assert [label for label, places in found.items() if not places] == []


def test_the_scan_knows_many_encodings():
    forms = encodings("Նվարդ Օրինակյան")
    assert len(forms) > 30
    assert {"utf-8", "utf-16-le", "JSON escapes", "URL encoding", "hexadecimal", "base64"} <= set(
        forms.values()
    )
    escaped = json.dumps({"x": "Նվարդ Օրինակյան"}).encode()
    assert any(form in escaped for form in forms)


def test_an_unlocked_laptop_opens_no_identity_sheet(tmp_path):
    """The office makes the vault; the laptop knows its public key only. Everything on it is tried."""
    office = protected_case(tmp_path / "office")
    vault = office.open_compartment("identity-vault", "staff-02", "staff-03")
    laptop = protected_case(tmp_path / "laptop", field=True)
    _learn(laptop, vault.newest.recipient)
    known = compartment_named(laptop.view, "identity-vault", laptop.roster)
    subject, said = coded_person(laptop.first, laptop.view, "W-017")
    thing = seal_sheet(
        laptop.first, laptop.folder.wraps(), SHEET.encode(), subject=subject, to=[known], also=said
    )
    laptop.first.record(thing.act)
    laptop.folder.projection()

    for own in laptop.ages.values():
        with pytest.raises(ObjectError, match="does not open with your key"):
            data_key(laptop.folder.wraps(), thing.sealed.sha256, own)
        for name in laptop.folder.wraps().all():
            with pytest.raises(ObjectError):
                own.unwrap(laptop.folder.wraps().get(name))
    clear = b"".join(stored.raw for stored in laptop.first.journal.store.entries())
    for sha256 in laptop.folder.objects().all():
        with laptop.folder.objects().open(sha256) as handle:
            clear += handle.read()
    forms = encodings("Nvard Example") | encodings("Upper Testford")
    assert not [name for form, name in forms.items() if form in clear]

    # Only the wrap and the ciphertext travel; at the office a member opens them, and that is on record.
    _carry(laptop, office, thing)
    parts: list[bytes] = []
    open_sealed(
        office.recorders["staff-02"],
        office.folder.wraps(),
        thing.sealed.sha256,
        own=office.ages["staff-02"],
        purpose="call back",
        write=parts.append,
    )
    assert b"".join(parts).decode() == SHEET
    shut(office)
    shut(laptop)


def _learn(laptop: Protected, recipient: str) -> None:
    subject = new_subject("compartment", laptop.first.surroundings.randomness)
    said = (
        laptop.first.new_assertion(subject, "compartment-name", "identity-vault"),
        laptop.first.new_assertion(subject, "compartment-key", {"recipient": recipient, "generation": 1}),
    )
    laptop.first.record(Act("compartment.learn", said))


def _carry(laptop: Protected, office: Protected, thing) -> None:
    with laptop.folder.objects().open(thing.sealed.sha256) as handle:
        office.folder.objects().put(handle)
    wraps = laptop.folder.wraps()
    office.folder.wraps().put_all((name, wraps.get(name)) for name in wraps.of_object(thing.sealed.sha256))
    office.first.record(thing.act)


def test_a_field_case_verifies_rebuilds_and_refuses_exports(field, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    plant(field, outside)
    check = verify_case(field.folder)
    assert (check.problems, check.projection, check.objects) == ((), True, 1)
    assert field.folder.rebuild() > 5
    assert search(field.folder.projection_to_read(), "Սինաքքենդ") or search(
        field.folder.projection_to_read(), "Sınaqkənd"
    )
    with pytest.raises(ActionError, match="in the clear"):
        field.folder.exports_path  # noqa: B018 - the property refuses


def test_a_wrong_passphrase_or_key_file_says_one_and_the_same(tmp_path):
    around = Surroundings()
    case, token = tmp_path / "case", tmp_path / "stick" / "token"
    token.parent.mkdir()
    key = start_field_case(case, PASSPHRASE, around, key_file=token, cost=CHEAP)
    assert unlock(case, PASSPHRASE, around, key_file=token) == key
    other = tmp_path / "other"
    other.write_bytes(bytes(32))
    said = []
    for passphrase, file in (
        ("a wrong passphrase", token),
        (PASSPHRASE, other),
        ("both are wrong here", other),
    ):
        with pytest.raises(CustodyError) as caught:
            unlock(case, passphrase, around, key_file=file)
        said.append((caught.value.code, caught.value.message, caught.value.hint))
    assert len(set(said)) == 1
    assert said[0][0] == "custody.passphrase"
    with pytest.raises(CustodyError, match="needs its key file"):
        unlock(case, PASSPHRASE, around)
    assert key.raw not in (case / "lock.json").read_bytes()
    assert key.raw.hex() not in repr(key)


@pytest.mark.parametrize("weak", ["", "short", "aaaaaaaaaaaaaaaa"])
def test_a_weak_passphrase_is_refused(tmp_path, weak):
    with pytest.raises(CustodyError) as caught:
        start_field_case(tmp_path / "case", weak, Surroundings(), cost=CHEAP)
    assert caught.value.code == "custody.weak-passphrase"
    assert not (tmp_path / "case").exists()


def test_an_altered_lock_does_not_open(tmp_path):
    around = Surroundings()
    start_field_case(tmp_path, PASSPHRASE, around, cost=CHEAP)
    lock = tmp_path / "lock.json"
    text = lock.read_text()
    lock.chmod(0o600)
    lock.write_text(text.replace('"key_file": false', '"key_file":  false'))
    unlock(tmp_path, PASSPHRASE, around)
    lock.write_text(text.replace(f'"id": "{lock_id(tmp_path, around)}"', '"id": "00"'))
    with pytest.raises(CustodyError, match="does not open"):
        unlock(tmp_path, PASSPHRASE, around)
    lock.write_text("{")
    with pytest.raises(CustodyError, match="damaged"):
        unlock(tmp_path, PASSPHRASE, around)


def test_a_new_passphrase_destroys_the_old_wrap(tmp_path):
    around = Surroundings()
    key = start_field_case(tmp_path, PASSPHRASE, around, cost=CHEAP)
    old = (tmp_path / "lock.json").read_bytes()
    change_passphrase(tmp_path, PASSPHRASE, "another good passphrase", around)
    assert unlock(tmp_path, "another good passphrase", around) == key
    with pytest.raises(CustodyError):
        unlock(tmp_path, PASSPHRASE, around)
    assert [path.name for path in tmp_path.iterdir()] == ["lock.json"]
    assert old != (tmp_path / "lock.json").read_bytes()


class Cut(BaseException):
    """The power is gone."""


class CutDisk(LocalDisk):
    """A disk that stops the program at one of its changing calls."""

    def __init__(self, after: int) -> None:
        self.left = after

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cut

    def create(self, path):
        self._step()
        return super().create(path)

    def overwrite(self, path):
        self._step()
        return super().overwrite(path)

    def link(self, source, target):
        self._step()
        super().link(source, target)

    def replace(self, source, target):
        self._step()
        super().replace(source, target)

    def remove(self, path):
        self._step()
        super().remove(path)

    def sync_folder(self, path):
        self._step()
        super().sync_folder(path)


def test_a_change_of_passphrase_that_is_cut_locks_nobody_out(tmp_path):
    new, around, done = "another good passphrase", Surroundings(), False
    for step in range(40):
        case = tmp_path / str(step)
        key = start_field_case(case, PASSPHRASE, around, cost=CHEAP)
        try:
            change_passphrase(case, PASSPHRASE, new, Surroundings(disk=CutDisk(step)))
            done = True
        except Cut:
            pass
        opening = []
        for passphrase in (PASSPHRASE, new):
            try:
                opening.append(unlock(case, passphrase, around))
            except CustodyError as error:
                assert error.code == "custody.passphrase"
        assert opening == [key], step
        assert not (case / "lock.json.old").exists(), "the next unlocking destroys what a cut left"
        if done:
            break
    assert done
    assert step > 5


def test_a_field_case_stays_in_its_folder(field):
    away = replace(field.folder, journal_address="postgresql://server.invalid/case")
    with pytest.raises(ActionError) as caught:
        away.require()
    assert caught.value.code == "action.field-server"


def test_field_mode_begins_with_the_case(tmp_path):
    made = protected_case(tmp_path)
    with pytest.raises(ActionError, match="not empty"):
        start_field_case(made.folder.path, PASSPHRASE, Surroundings(), cost=CHEAP)
    with pytest.raises(ActionError, match="ordinary case"):
        panic(made.folder.path, Surroundings())
    shut(made)


def test_unlock_lock_and_what_a_locked_case_says(field, runtime_folder):
    folder, around = field.folder.path, field.folder.surroundings
    closed = CaseFolder(folder, field.folder.keyring_path, around)
    with pytest.raises(ActionError) as caught:
        closed.journal()
    assert caught.value.code == "action.locked"
    assert field_key(folder, around) is None
    unlock_case(folder, PASSPHRASE, around, minutes=1)
    try:
        assert field_key(folder, around) == field.folder.key
        lock = lock_id(folder, around)
        assert is_unlocked(lock)
        assert [path.stat().st_mode & 0o777 for path in (runtime_folder / "embers").iterdir()] == [0o600]
    finally:
        assert lock_case(folder, around)
    assert not is_unlocked(lock)
    assert not lock_case(folder, around)
    assert field_key(folder, around) is None
    assert field_key(folder, around, passphrase=PASSPHRASE) == field.folder.key


@pytest.mark.usefixtures("runtime_folder")
def test_panic_leaves_nothing_that_opens_the_case(field, tmp_path):
    folder, around = field.folder.path, field.folder.surroundings
    unlock_case(folder, PASSPHRASE, around, minutes=1)
    wrapped = (folder / "lock.json").read_bytes()
    token = tmp_path / "token"
    token.write_bytes(b"x" * 32)
    for name in (".lock.json.new", "lock.json.old", "lock.json.new"):
        (folder / name).write_bytes(wrapped)  # as a cut would leave it
    done = panic(folder, around, key_file=token)
    assert (done.lock, done.key_file, done.holder) == (True, True, True)
    assert not token.exists()
    shut(field)
    assert not any(wrapped[-60:] in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    with pytest.raises(CustodyError, match="no lock"):
        unlock(folder, PASSPHRASE, around)
    with pytest.raises(ActionError, match="its lock is gone"):
        CaseFolder(folder, field.folder.keyring_path, around).journal()
    with pytest.raises(JournalError, match="not a readable journal"):
        Journal.open(field.folder.journal_path, around, key=b"k" * 32)
