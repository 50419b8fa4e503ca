"""Wrapped keys travel with the case; what was replaced or erased does not come back, however old the stick."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from exercise_team import Team
from served_office import TOKEN

sys.path.append(str(Path(__file__).parents[1] / "actions"))

from secret_scan import encodings

from embers.actions.compartments import Member, finish_removal, new_compartment, publish_key, remove_member
from embers.actions.erasure import approve_erasure, ask_erasure, order_erasure
from embers.actions.recorder import Recorder
from embers.actions.sealing import coded_person, data_key, open_sealed, seal_sheet
from embers.actions.sync import status, synchronise
from embers.actions.wrap_shelf import CaseShelf
from embers.custody.compartment import Compartment, compartment_named
from embers.errors import ObjectError, SyncError
from embers.objects.age_key import AgeIdentity
from embers.objects.wraps import LIMIT, WrapName
from embers.projections.view import ProjectedCase
from embers.sync.wrap_exchange import read_names, read_wrap_name, read_wraps, require_wrap, wraps_data

SHEET = "Exercise person Nvard Example, born 1961, Upper Testford"


class Vault:
    """The team with a vault at the office: both persons are members, then the laptop's person seals a sheet."""

    def __init__(self, team: Team, *, members: tuple[str, ...]) -> None:
        self.team = team
        for who in ("laptop", "office", "laptop"):
            team.exchange(who)
        self.ages: dict[str, AgeIdentity] = {}
        self.persons: dict[str, str] = {}
        for who, code in (("office", "staff-01"), ("laptop", "staff-02")):
            signer = team.recorder(who)
            self.persons[who] = signer.journal.roster().subjects[signer.person.id]
            self.ages[who] = team.folder(who).sealing_keys().create(code)
            signer.record(publish_key(signer, self.persons[who], self.ages[who].recipient))
        signer = team.recorder("office")
        people = [Member(self.persons[who], self.ages[who].recipient) for who in members]
        _, act = new_compartment(signer, team.folder("office").wraps(), "vault", people)
        signer.record(act)
        for who in ("office", "laptop"):
            team.exchange(who)

    def view(self, who: str) -> ProjectedCase:
        return ProjectedCase(self.team.folder(who).projection())

    def compartment(self, who: str) -> Compartment:
        return compartment_named(self.view(who), "vault", self.team.recorder(who).journal.roster())

    def seal(self, who: str = "laptop") -> str:
        signer = self.team.recorder(who)
        person, said = coded_person(signer, self.view(who), "W-017")
        wraps = self.team.folder(who).wraps()
        to = [self.compartment(who)]
        thing = seal_sheet(signer, wraps, SHEET.encode(), subject=person, to=to, also=said)
        signer.record(thing.act)
        return thing.sealed.sha256

    def open(self, who: str, sha256: str) -> str:
        parts: list[bytes] = []
        signer: Recorder = self.team.recorder(who)
        wraps, own = self.team.folder(who).wraps(), self.ages[who]
        open_sealed(signer, wraps, sha256, own=own, purpose="in a test", write=parts.append)
        return b"".join(parts).decode()

    def names(self, who: str) -> set[WrapName]:
        return set(self.team.folder(who).wraps().all())


@pytest.fixture
def case(team: Team) -> None:
    team.run("office", "key", "cosigner", "mirror", "--operator", "office", "--case", team.root / "office")


def test_the_office_opens_what_the_laptop_sealed_and_the_laptop_does_not(team: Team, case: None) -> None:
    vault = Vault(team, members=("office",))
    sheet = vault.seal()
    assert "sent" in team.exchange("laptop")
    team.exchange("office")
    assert vault.open("office", sheet) == SHEET
    with pytest.raises(ObjectError, match="does not open with your key"):
        vault.open("laptop", sheet)
    for place in ("stick", "laptop"):
        for path in (team.root / place).rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert not any(one in data for one in encodings("Nvard Example")), path


def test_https_carries_wraps_both_ways(team: Team, address: str) -> None:
    vault = Vault(team, members=("office", "laptop"))
    sheet = vault.seal()
    done = synchronise(team.folder("laptop"), address, token=TOKEN)
    assert done.keys_sent == 1
    assert vault.open("office", sheet) == SHEET
    second = vault.seal("office")
    done = synchronise(team.folder("laptop"), address, token=TOKEN, fetch=True)
    assert done.keys_received == 1
    assert vault.open("laptop", second) == SHEET
    assert synchronise(team.folder("laptop"), address, token=TOKEN).keys_received == 0


def test_after_a_member_left_no_stick_brings_the_old_key_back(team: Team, case: None) -> None:
    vault = Vault(team, members=("office", "laptop"))
    sheet = vault.seal()
    for who in ("laptop", "office"):
        team.exchange(who)
    assert vault.open("laptop", sheet) == vault.open("office", sheet) == SHEET
    old_stick = team.root / "old-stick"
    shutil.copytree(team.root / "stick", old_stick)
    old_names = vault.names("laptop")
    signer, own = team.recorder("office"), vault.ages["office"]
    wraps = team.folder("office").wraps()
    before = vault.compartment("office")
    signer.record(remove_member(signer, wraps, before, vault.persons["laptop"], own=own))
    finish_removal(wraps, vault.compartment("office"), own=own)
    for who in ("office", "laptop"):
        team.exchange(who)
    now = vault.names("office")
    assert vault.names("laptop") == now
    stale = old_names - now
    assert stale
    on_stick = {path.parent.name for path in (team.root / "stick" / "wrap").rglob("*") if path.is_file()}
    assert on_stick == {f"{name.opens}.{name.key}" for name in now}
    with pytest.raises(ObjectError):
        vault.open("laptop", sheet)
    assert vault.open("office", sheet) == SHEET
    for who in ("office", "laptop"):
        done = synchronise(team.folder(who), str(old_stick))
        assert done.keys_received == 0
        assert vault.names(who) == now
    assert not stale & {
        read_wrap_name(path.name) for path in (old_stick / "wrap").iterdir() if any(path.iterdir())
    }


def test_an_old_key_is_kept_until_somebody_wrapped_to_the_new_one(team: Team, case: None) -> None:
    """The laptop seals to the key it knows while the office makes a new one: the office must still get to it."""
    vault = Vault(team, members=("office", "laptop"))
    for who in ("laptop", "office"):
        team.exchange(who)
    signer, own = team.recorder("office"), vault.ages["office"]
    wraps = team.folder("office").wraps()
    signer.record(remove_member(signer, wraps, vault.compartment("office"), vault.persons["laptop"], own=own))
    finish_removal(wraps, vault.compartment("office"), own=own)
    sheet = vault.seal("laptop")  # has not heard of it
    for who in ("office", "laptop", "office"):
        team.exchange(who)
    assert vault.open("office", sheet) == SHEET
    rewrapped = finish_removal(wraps, vault.compartment("office"), own=own)
    assert (rewrapped.renewed, rewrapped.unopened) == (1, 0)
    assert [name.key for name in wraps.of_object(sheet)] == [vault.compartment("office").newest.name]
    assert vault.open("office", sheet) == SHEET


def test_an_erasure_reaches_stick_and_laptop_and_nothing_brings_it_back(team: Team, case: None) -> None:
    vault = Vault(team, members=("office", "laptop"))
    sheet = vault.seal()
    for who in ("laptop", "office"):
        team.exchange(who)
    key = data_key(team.folder("office").wraps(), sheet, vault.ages["office"])
    old_stick = team.root / "old-stick"
    shutil.copytree(team.root / "stick", old_stick)
    office = team.recorder("office")
    subject, act = ask_erasure(
        office,
        vault.view("office"),
        [sheet],
        ground="consent-withdrawn",
        scope="identity-link",
        asked_by="W-017",
    )
    office.record(act)
    office.record(approve_erasure(office, subject))
    for who in ("office", "laptop"):
        team.exchange(who)
    laptop = team.recorder("laptop")
    laptop.record(approve_erasure(laptop, subject))
    for who in ("laptop", "office"):
        team.exchange(who)
    office = team.recorder("office")
    office.record(order_erasure(office, vault.view("office"), subject))
    team.erase("office", vault.view("office"))
    told = team.exchange("office")
    assert f"ERASURE NOT CONFIRMED  {subject}" in told
    assert "has not carried it out" not in told
    told = team.exchange("laptop")
    assert "has not carried it out" in told
    assert team.folder("laptop").wraps().of_object(sheet) == [], "the keys go as soon as the order arrives"
    laptop = team.recorder("laptop")
    team.erase("laptop", vault.view("laptop"))
    for who in ("laptop", "office"):
        team.exchange(who)
        assert status(team.folder(who)).erasures == ()
    for who in ("office", "laptop"):
        done = synchronise(team.folder(who), str(old_stick), fetch=True)
        assert (done.keys_received, done.objects_received) == (0, 0)
    for place in ("office", "laptop", "stick", "old-stick"):
        files = [path for path in (team.root / place).rglob("*") if path.is_file()]
        assert not [path for path in files if sheet in path.as_posix()], (
            f"something of the object is left in {place}"
        )
        for path in files:
            data = path.read_bytes()
            assert not any(
                one in data for one in (key.raw, key.text.encode(), *encodings("Nvard Example"))
            ), path
    team.run("office", "verify", team.root / "office")
    team.run("laptop", "verify", team.root / "laptop")


def test_wraps_nobody_asked_for_are_not_kept(team: Team, case: None) -> None:
    vault = Vault(team, members=("office",))
    folder = team.folder("office")
    shelf = CaseShelf(folder, folder.journal())
    stranger = WrapName("0" * 32, "1" * 32)
    known = vault.compartment("office").newest.name
    outsider = WrapName(known, "2" * 32)
    age = b"age-encryption.org/v1\n" + b"x" * 100
    before = vault.names("office")
    assert shelf.take([(stranger, age), (outsider, age), (WrapName("3" * 64, "4" * 32), age)]) == 0
    assert vault.names("office") == before


def test_a_rotten_wrap_on_a_stick_is_written_again(team: Team, case: None) -> None:
    vault = Vault(team, members=("office",))
    sheet = vault.seal()
    team.exchange("laptop")
    (place,) = (team.root / "stick" / "wrap").glob(f"{sheet}.*/*")
    place.write_bytes(place.read_bytes()[:-1] + b"\0")
    team.exchange("office")
    with pytest.raises(ObjectError):
        vault.open("office", sheet)
    for who in ("laptop", "office"):
        team.exchange(who)
    assert vault.open("office", sheet) == SHEET


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"wraps":[["../../etc/passwd","AAAA"]]}',
        b'{"wraps":[["' + b"0" * 32 + b"." + b"1" * 32 + b'","not base64"]]}',
        b'{"wraps":[["' + b"0" * 32 + b"." + b"1" * 32 + b'","AAAA"]]}',
        b'{"wraps":[1]}',
    ],
)
def test_hostile_lists_of_wraps_are_refused_with_a_sentence(data: bytes) -> None:
    from embers.errors import EmbersError

    with pytest.raises(EmbersError) as caught:
        read_wraps(data)
    assert caught.value.message


def test_what_is_no_wrapped_key_is_refused() -> None:
    name = WrapName("0" * 32, "1" * 32)
    good = b"age-encryption.org/v1\n" + b"x" * 100
    assert read_wraps(wraps_data([(name, good)])) == [(name, good)]
    assert read_names(b'{"wraps":["' + b"0" * 32 + b"." + b"1" * 32 + b'"]}') == [name]
    for bad in (b"plain text of a witness", good + bytes(LIMIT)):
        with pytest.raises(SyncError, match="not a wrapped key"):
            require_wrap(name, bad)
