"""Keys: whose they are, who may read them, and what the keyring remembers."""

import stat

import pytest

from embers.errors import JournalError
from embers.journal.keys import Keyring, Remembered, person_key_id
from embers.journal.note import read_verifier_key
from embers.surroundings import Surroundings

ORIGIN = "embers.invalid/00ff"


def ring(folder, passphrase=""):
    return Keyring(folder / "keys", Surroundings(), passphrase=passphrase)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("passphrase", ["", "nine old words"])
def test_keys_read_back_and_are_their_owners_only(tmp_path, passphrase):
    keys = ring(tmp_path, passphrase)
    person, device = keys.create_person("staff-01"), keys.create_device()
    again = ring(tmp_path, passphrase)
    assert again.load_person("staff-01").public == person.public
    assert again.load_device(device.origin).verifier == device.verifier
    assert mode(keys.path) == 0o700
    files = [path for path in keys.path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {mode(path) for path in files} == {0o600}


def test_a_wrong_or_missing_passphrase_opens_nothing(tmp_path):
    ring(tmp_path, "right").create_person("staff-01")
    stored = (tmp_path / "keys" / "persons" / "staff-01.pem").read_bytes()
    assert b"ENCRYPTED" in stored
    for wrong in ("", "wrong"):
        with pytest.raises(JournalError, match="EMBERS_PASSPHRASE") as refused:
            ring(tmp_path, wrong).load_person("staff-01")
        assert refused.value.code == "journal.passphrase"


def test_a_key_is_never_replaced(tmp_path):
    keys = ring(tmp_path)
    first = keys.create_person("staff-01")
    with pytest.raises(JournalError, match="never replaced"):
        keys.create_person("staff-01")
    assert keys.load_person("staff-01").public == first.public
    assert keys.persons() == ["staff-01"]


@pytest.mark.parametrize("name", ["", "../staff", "A", "a b", "-a", "a/b", "a" * 41, "ü"])
def test_names_that_cannot_be_file_names_are_refused(tmp_path, name):
    with pytest.raises(JournalError, match="cannot name a key"):
        ring(tmp_path).create_person(name)
    assert not list(tmp_path.rglob("*.pem"))


def test_an_absent_key_says_whose(tmp_path):
    with pytest.raises(JournalError, match="staff-09"):
        ring(tmp_path).load_person("staff-09")
    with pytest.raises(JournalError, match=ORIGIN):
        ring(tmp_path).load_device(ORIGIN)


def test_a_device_has_an_origin_that_says_nothing_and_a_key_of_its_own(tmp_path):
    keys = ring(tmp_path)
    one, two = keys.create_device(), keys.create_device()
    assert one.origin != two.origin
    assert sorted(keys.origins()) == sorted([one.origin, two.origin])
    name, public = read_verifier_key(one.verifier)
    assert (name, len(public)) == (one.origin, 32)
    assert read_verifier_key(two.verifier)[1] != public


def test_the_id_of_a_person_follows_from_the_public_key(tmp_path):
    person = ring(tmp_path).create_person("staff-01")
    assert person.id == person_key_id(person.public)
    assert person.id.startswith("ed25519:")


def test_the_last_state_is_remembered_and_replaced(tmp_path):
    keys = ring(tmp_path)
    origin = keys.create_device().origin
    assert keys.remembered(origin) is None
    for size in (1, 2):
        keys.remember(origin, size, bytes([size]) * 32)
    assert ring(tmp_path).remembered(origin) == Remembered(2, "02" * 32)
    assert not list(keys.path.rglob("*.new"))


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"size": 1}', b'{"size": "x", "root": ""}'])
def test_a_damaged_memory_is_refused_and_not_taken_for_none(tmp_path, damage):
    keys = ring(tmp_path)
    origin = keys.create_device().origin
    keys.remember(origin, 1, bytes(32))
    (path,) = (keys.path / "devices").glob("*.json")
    path.write_bytes(damage)
    with pytest.raises(JournalError, match="damaged"):
        keys.remembered(origin)
