"""Compartments and sealed items: who opens what, what a change of members does, and the trace each opening leaves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from protected_case import SHEET, Protected, protected_case

from embers.actions.compartments import (
    Member,
    add_member,
    finish_removal,
    new_compartment,
    publish_key,
    remove_member,
)
from embers.actions.recorder import Act
from embers.actions.sealing import (
    add_sealed_copy,
    coded_person,
    data_key,
    open_sealed,
    seal_content,
    seal_item,
    seal_sheet,
)
from embers.actions.verification import verify_case
from embers.custody.compartment import compartment_named, compartments, own_recipient
from embers.errors import ActionError, CustodyError, JournalError, ObjectError
from embers.journal.entry import read_entry
from embers.objects.age_key import AgeIdentity, fingerprint
from embers.objects.sealed import Label
from embers.projections.database import forget_databases


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Protected]:
    made = protected_case(tmp_path)
    yield made
    made.close()
    forget_databases(made.folder.path)


def sealed_sheet(made: Protected, *names: str):
    vaults = [made.compartment(name) for name in names]
    subject, said = coded_person(made.first, made.view, "W-017")
    thing = seal_sheet(made.first, made.folder.wraps(), SHEET.encode(), subject=subject, to=vaults, also=said)
    made.first.record(thing.act)
    return thing


def read(made: Protected, sha256: str, code: str) -> bytes:
    parts: list[bytes] = []
    wraps, own = made.folder.wraps(), made.ages[code]
    open_sealed(made.recorders[code], wraps, sha256, own=own, purpose="exercise", write=parts.append)
    return b"".join(parts)


def test_members_open_it_others_do_not_and_every_opening_is_an_entry(made):
    made.open_compartment("identity-vault", "staff-01", "staff-02")
    thing = sealed_sheet(made, "identity-vault")
    before = made.first.journal.store.last_position()
    assert read(made, thing.sealed.sha256, "staff-02").decode() == SHEET
    with pytest.raises(ObjectError, match="does not open with your key"):
        read(made, thing.sealed.sha256, "staff-03")
    (entry,) = [signed.entry for _, signed in made.first.journal.entries(after=before)]
    assert (entry.act, entry.by) == ("sealed.open", made.recorders["staff-02"].person.id)
    assert entry.assertions[0].value == {"object": thing.sealed.sha256, "purpose": "exercise"}
    assert entry.assertions[0].subject == thing.subject
    with pytest.raises(ActionError, match="for a purpose"):
        open_sealed(
            made.first,
            made.folder.wraps(),
            thing.sealed.sha256,
            own=made.ages["staff-01"],
            purpose=" ",
            write=lambda _: None,
        )
    assert verify_case(made.folder, with_projection=False).problems == ()


def test_nothing_is_shown_if_the_opening_cannot_be_recorded(made, monkeypatch):
    made.open_compartment("identity-vault", "staff-01")
    thing = sealed_sheet(made, "identity-vault")
    shown: list[bytes] = []

    def refuse(_act):
        raise JournalError("write", "The disk is full.", "Make room.")

    monkeypatch.setattr(type(made.first), "record", lambda self, act: refuse(act))
    with pytest.raises(JournalError):
        open_sealed(
            made.first,
            made.folder.wraps(),
            thing.sealed.sha256,
            own=made.ages["staff-01"],
            purpose="exercise",
            write=shown.append,
        )
    assert shown == []


def test_the_entry_commits_to_ciphertext_and_plaintext_and_names_neither(made):
    made.open_compartment("identity-vault", "staff-01")
    thing = sealed_sheet(made, "identity-vault")
    stored = list(made.first.journal.store.entries())[-1]
    ref = read_entry(stored.raw).entry.objects[0]
    assert ref.commitment == thing.sealed.commitment
    assert ref.to_json() == {
        "sealed": {
            "form": "age-v1",
            "hmac": thing.sealed.commitment,
            "sha256": thing.sealed.sha256,
            "size": thing.sealed.size,
        }
    }
    assert b"Example" not in stored.raw
    assert b"text/plain" not in stored.raw


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"form":"age-v1"', '"form":"age-v9"', "journal.version"),
        ('"form":"age-v1",', "", "journal.shape"),
        ('"hmac":"', '"hmac":"zz', "journal.shape"),
    ],
)
def test_a_malformed_sealed_reference_is_refused(made, old, new, code):
    made.open_compartment("identity-vault", "staff-01")
    sealed_sheet(made, "identity-vault")
    raw = list(made.first.journal.store.entries())[-1].raw.decode()
    assert old in raw
    with pytest.raises(JournalError) as caught:
        read_entry(raw.replace(old, new).encode())
    assert caught.value.code == code


def test_who_leaves_opens_nothing_any_more_and_who_stays_everything(made):
    vault = made.open_compartment("identity-vault", "staff-01", "staff-02")
    wraps = made.folder.wraps()
    old = [sealed_sheet(made, "identity-vault").sealed.sha256 for _ in range(5)]
    act = remove_member(made.first, wraps, vault, made.persons["staff-02"], own=made.ages["staff-01"])
    # Cut off here, before the entry: everybody still opens everything.
    for code in ("staff-01", "staff-02"):
        assert data_key(wraps, old[0], made.ages[code])
    made.first.record(act)
    after = made.compartment("identity-vault")
    assert after.newest.generation == 2
    # A laptop that has not heard of it seals to the old key; the next run takes it over.
    late = seal_content(made.first, wraps, _stream(b"late"), Label("text/plain", "late"), [vault])
    done = finish_removal(wraps, after, own=made.ages["staff-01"])
    assert (done.renewed, done.unopened) == (1, 0)
    for sha256 in (*old, late.sha256):
        assert [name.key for name in wraps.of_object(sha256)] == [after.newest.name]
        assert data_key(wraps, sha256, made.ages["staff-01"])
        with pytest.raises(ObjectError):
            data_key(wraps, sha256, made.ages["staff-02"])
    gone = fingerprint(made.ages["staff-02"].recipient)
    assert wraps.for_key(gone) == []
    again = finish_removal(wraps, after, own=made.ages["staff-01"])
    assert (again.renewed, again.unopened) == (0, 0)
    assert list(after.members) == [made.persons["staff-01"]]


def test_who_joins_opens_what_was_sealed_before(made):
    vault = made.open_compartment("mission", "staff-01")
    wraps = made.folder.wraps()
    sha256 = sealed_sheet(made, "mission").sealed.sha256
    with pytest.raises(ActionError, match="Your key does not open"):
        add_member(made.first, wraps, vault, made.member("staff-03"), own=made.ages["staff-02"])
    made.first.record(
        add_member(made.first, wraps, vault, made.member("staff-03"), own=made.ages["staff-01"])
    )
    assert read(made, sha256, "staff-03").decode() == SHEET
    with pytest.raises(ActionError, match="a member already"):
        add_member(
            made.first, wraps, made.compartment("mission"), made.member("staff-03"), own=made.ages["staff-01"]
        )
    alone = made.open_compartment("alone", "staff-01")
    with pytest.raises(ActionError, match="not the last one"):
        remove_member(made.first, wraps, alone, made.persons["staff-01"], own=made.ages["staff-01"])


def test_a_sealed_item_and_its_working_copy_have_readers_of_their_own(made, tmp_path):
    vault = made.open_compartment("originals", "staff-01")
    desk = made.open_compartment("analysts", "staff-03")
    wraps = made.folder.wraps()
    original, copy = tmp_path / "interview-anna.txt", tmp_path / "redacted.txt"
    original.write_text("Anna Example said this.")
    copy.write_text("[name removed] said this.")
    item = seal_item(made.first, wraps, original, title="Interview 7", source="mission 2", to=[vault])
    made.first.record(item.act)
    redacted = add_sealed_copy(made.first, wraps, copy, item=item.subject, role="redacted", to=[desk])
    made.first.record(redacted.act)
    assert read(made, item.sealed.sha256, "staff-01").startswith(b"Anna Example")
    assert read(made, redacted.sealed.sha256, "staff-03").startswith(b"[name removed]")
    for sha256, code in ((item.sealed.sha256, "staff-03"), (redacted.sealed.sha256, "staff-01")):
        with pytest.raises(ObjectError):
            read(made, sha256, code)
    held = made.view.subject(item.subject)
    assert [value["role"] for value in held.values("item-sealed")] == ["original", "redacted"]
    assert {value["step"] for value in held.values("custody-event")} == {"receive", "seal", "derive"}
    assert not any(b"anna" in stored.raw for stored in made.first.journal.store.entries())


def test_nobody_else_can_make_themselves_a_reader(made):
    """A laptop that was taken unlocked still signs. What it says about the vault must not redirect one sheet."""
    vault = made.open_compartment("identity-vault", "staff-01", "staff-02")
    thief, theirs = made.recorders["staff-03"], AgeIdentity.fresh(made.first.surroundings.randomness)
    key = {"recipient": theirs.recipient, "generation": 9}
    member = {"person": made.persons["staff-03"], "recipient": theirs.recipient}
    said = (
        thief.new_assertion(vault.id, "compartment-member", member),
        thief.new_assertion(vault.id, "compartment-key", key),
    )
    thief.record(Act("compartment.join", said))
    assert made.compartment("identity-vault") == vault
    published = thief.new_assertion(
        made.persons["staff-02"], "encryption-key", {"alg": "age-x25519", "key": theirs.recipient}
    )
    thief.record(Act("person.encryption-key", (published,)))
    second = made.recorders["staff-02"]
    second.record(publish_key(second, made.persons["staff-02"], made.ages["staff-02"].recipient))
    found = own_recipient(made.view, made.persons["staff-02"], made.roster)
    assert found == made.ages["staff-02"].recipient
    # Who has left cannot name a newer key either, and a compartment founded twice is refused.
    wraps = made.folder.wraps()
    made.first.record(
        remove_member(made.first, wraps, vault, made.persons["staff-02"], own=made.ages["staff-01"])
    )
    after = made.compartment("identity-vault")
    second.record(Act("compartment.leave", (second.new_assertion(vault.id, "compartment-key", key),)))
    assert made.compartment("identity-vault") == after
    thief.record(
        Act("compartment.open", (thief.new_assertion(vault.id, "compartment-name", "identity-vault"),))
    )
    with pytest.raises(CustodyError, match="no compartment"):
        made.compartment("identity-vault")


def test_refusals(made):
    with pytest.raises(ActionError, match="has no member"):
        new_compartment(made.first, made.folder.wraps(), "nobody", [])
    with pytest.raises(ActionError, match="Name a compartment"):
        seal_content(made.first, made.folder.wraps(), _stream(b""), Label("text/plain", "x"), [])
    with pytest.raises(CustodyError, match="no compartment 'vault'"):
        compartment_named(made.view, "vault", made.roster)
    for name in ("Anna Example", "anna", "W"):
        with pytest.raises(ActionError, match="does not look like a code"):
            coded_person(made.first, made.view, name)
    with pytest.raises(ObjectError, match="not an age public key"):
        publish_key(made.first, made.persons["staff-01"], "age1nonsense")
    with pytest.raises(ObjectError, match="No entry introduces"):
        read(made, "0" * 64, "staff-01")
    assert compartments(made.view, made.roster) == {}
    assert Member("person:x", "age1").person


def test_age_keys_are_kept_like_signing_keys(made):
    keys = made.folder.sealing_keys()
    assert keys.load("staff-01") == made.ages["staff-01"]
    assert (keys.path / "staff-01.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(CustodyError, match="never replaced"):
        keys.create("staff-01")
    with pytest.raises(CustodyError, match="has no age key"):
        keys.load("staff-09")
    with pytest.raises(CustodyError, match="cannot name a key"):
        keys.has("../staff")
    (keys.path / "staff-04.pem").write_text("no key at all")
    with pytest.raises(CustodyError, match="cannot be opened"):
        keys.load("staff-04")


def _stream(data: bytes):
    import io

    return io.BytesIO(data)
