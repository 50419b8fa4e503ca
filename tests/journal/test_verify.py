from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager

import pytest

from embers.journal.canonical import encode
from embers.journal.entry import EntryDraft, seal
from embers.journal.journal import key_assertion
from embers.journal.merkle import leaf_hash
from embers.journal.verify import verify_journal

on_every_store = pytest.mark.parametrize("small", ["sqlite", "postgres"], indirect=True)


@contextmanager
def edited(small):
    """Give a database administrator's view: the guards dropped, everything allowed."""
    db = sqlite3.connect(small.path)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    yield db
    db.commit()
    db.close()


def problems(small, **more):
    return [f"{found.where}: {found.what}" for found in verify_journal(small.journal, **more).problems]


@on_every_store
def test_a_sound_journal_is_sound_and_counted(small):
    small.start_second_log()
    report = verify_journal(small.journal, keyring=small.ring)
    assert report.problems == ()
    assert (report.entries, report.signatures, report.logs) == (6, 6, 2)
    assert report.checkpoints == 5  # one append of two entries has one checkpoint
    assert report.objects == {small.entries[2].entry.objects[0].sha256}


def test_a_flipped_bit_in_any_byte_of_an_entry_is_found(small):
    raw = small.entries[2].raw
    for place in range(0, len(raw), 37):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with edited(small) as db:
            db.execute("UPDATE entry SET raw = ? WHERE seq = 2", (altered,))
        found = problems(small)
        assert f"log {small.origin}, entry 2: its bytes do not have the stored leaf hash" in found[0]


def test_an_edit_with_recomputed_leaf_is_found_by_signature_and_root(small):
    data = json.loads(small.entries[3].raw)
    data["reason"] = "another reason"
    raw = encode(data)
    with edited(small) as db:
        db.execute("UPDATE entry SET raw = ?, leaf = ? WHERE seq = 3", (raw, leaf_hash(raw)))
    found = "\n".join(problems(small))
    assert f"entry 3 ({leaf_hash(raw).hex()}): the person's signature does not fit" in found
    assert "checkpoint 5: the entries do not have the root that was signed" in found
    assert "this device signed another history" in "\n".join(problems(small, keyring=small.ring))


def test_an_edit_signed_again_by_a_thief_of_the_persons_key_is_found_by_the_root(small):
    from dataclasses import replace

    entry = replace(small.entries[3].entry, reason="another reason")
    body = encode(entry.to_json())
    forged = seal(entry, body, key=small.person.id, signature=small.person.sign(body))
    with edited(small) as db:
        db.execute("UPDATE entry SET raw = ?, leaf = ? WHERE seq = 3", (forged.raw, bytes.fromhex(forged.id)))
    assert problems(small) == [
        f"log {small.origin}, checkpoint 5: the entries do not have the root that was signed: "
        "an entry up to here was altered"
    ]


def test_swapped_entries_are_found(small):
    with edited(small) as db:
        rows = dict(db.execute("SELECT seq, raw FROM entry"))
        leaves = dict(db.execute("SELECT seq, leaf FROM entry"))
        for seq, other in ((3, 4), (4, 3)):
            db.execute("UPDATE entry SET raw = ?, leaf = ? WHERE seq = ?", (rows[other], leaves[other], seq))
    found = "\n".join(problems(small))
    assert "entry 3 (" in found
    assert "it was signed as entry 4" in found
    assert "checkpoint 5: the entries do not have the root" in found


def test_a_cut_tail_is_found(small):
    with edited(small) as db:
        db.execute("DELETE FROM entry WHERE seq >= 3")
    assert f"log {small.origin}, checkpoint 5: the log has only 3 entries: it was cut" in problems(small)


def test_a_cut_tail_with_its_checkpoints_is_found_by_the_devices_memory(small):
    with edited(small) as db:
        db.execute("DELETE FROM entry WHERE seq >= 3")
        db.execute("DELETE FROM checkpoint WHERE size > 3")
    assert problems(small) == []  # whoever trusts only this file cannot know: that is what memory is for
    assert "cut, or restored" in problems(small, keyring=small.ring)[0]


def test_a_missing_entry_in_the_middle_is_found(small):
    with edited(small) as db:
        db.execute("DELETE FROM entry WHERE seq = 2")
    assert f"log {small.origin}, entry 3: entry 2 should stand here" in "\n".join(problems(small))


def test_a_missing_beginning_is_found(small):
    with edited(small) as db:
        db.execute("DELETE FROM entry WHERE seq = 0")
    found = "\n".join(problems(small))
    assert "does not open it" in found
    assert "is not registered in this case" in found


def test_altered_checkpoints_are_found(small):
    with edited(small) as db:
        db.execute("UPDATE checkpoint SET note = replace(note, char(10) || '3' || char(10), '\n2\n')")
    assert any("checkpoint 3" in text and "wrong" in text for text in problems(small))


def test_a_second_root_signed_by_the_device_is_found(small):
    from embers.journal.note import Checkpoint

    fork = Checkpoint(small.origin, 3, b"\1" * 32).sign(small.ring.load_device(small.origin).private)
    with edited(small) as db:
        db.execute("UPDATE checkpoint SET note = ? WHERE size = 3", (fork,))
    assert problems(small) == [
        f"log {small.origin}, checkpoint 3: the entries do not have the root that was signed: "
        "an entry up to here was altered"
    ]


def test_an_altered_log_key_is_found(small):
    other = small.ring.create_device()
    with edited(small) as db:
        db.execute("UPDATE log SET vkey = ?", (other.verifier,))
    found = "\n".join(problems(small))
    assert "belongs to another log" in found
    assert "its key is not the one registered" in found


@pytest.mark.parametrize("change", ["UPDATE node SET hash = zeroblob(32)", "DELETE FROM node"])
def test_altered_tile_roots_are_found(small, change):
    small.journal.append_many([small.note(str(number)) for number in range(300)], small.person)
    with edited(small) as db:
        db.execute(change)
    assert problems(small) == [
        f"log {small.origin}, tile root level 8 number 0: it does not fit the entries below it"
    ]


def test_an_invented_tile_root_is_found(small):
    with edited(small) as db:
        db.execute("INSERT INTO node VALUES (?, 8, 7, zeroblob(32))", (small.origin,))
    assert "number 7: there is no such full tile" in problems(small)[0]


@on_every_store
def test_an_entry_of_an_unknown_person_registers_nothing(small):
    """A thief of the device key appends as somebody nobody registered, who then vouches for himself."""
    stranger = small.ring.create_person("stranger")
    random = small.around.randomness
    from embers.ids import new_id, new_subject

    claim = key_assertion(new_id(random), new_subject("person", random), stranger)
    small.journal._require_registered = lambda drafts, person: None
    small.journal.append(EntryDraft("person.register", "lead", small.note().at, (claim,)), stranger)
    small.journal.append(small.note(), stranger)
    found = problems(small)
    assert len(found) == 2
    assert all("is not registered in this case before it" in text for text in found)


@on_every_store
def test_a_registration_with_a_forged_signature_registers_nothing(small):
    stranger = small.ring.create_person("stranger")
    random = small.around.randomness
    from embers.ids import new_id, new_subject

    claim = key_assertion(new_id(random), new_subject("person", random), stranger)

    class Pretender:
        id = small.person.id

        def sign(self, data):
            return stranger.sign(data)

    small.journal.append(EntryDraft("person.register", "lead", small.note().at, (claim,)), Pretender())
    small.journal._require_registered = lambda drafts, person: None
    small.journal.append(small.note(), stranger)
    found = "\n".join(problems(small))
    assert "registers keys, but its signature is wrong" in found
    assert "the person's signature does not fit" in found
    assert f"the key {stranger.id} is not registered" in found


@on_every_store
def test_incremental_checks_read_only_what_is_new(small):
    first = verify_journal(small.journal, keyring=small.ring)
    small.journal.append_many([small.note(str(number)) for number in range(300)], small.other)
    second = verify_journal(small.journal, keyring=small.ring, mark=first.mark)
    assert second.problems == ()
    assert (second.entries, second.signatures, second.checkpoints) == (300, 300, 1)
    full = verify_journal(small.journal)
    assert second.mark == full.mark
    third = verify_journal(small.journal, mark=second.mark)
    assert (third.entries, third.problems) == (0, ())


def test_incremental_checks_find_another_history(small):
    mark = verify_journal(small.journal).mark
    assert "differ from the last check" in problems(small, mark={small.origin: (5, "00" * 32)})[0]
    with edited(small) as db:
        db.execute("DELETE FROM entry WHERE seq >= 3")
        db.execute("DELETE FROM checkpoint WHERE size > 3")
    assert problems(small, mark=mark) != []
    assert "is gone" in problems(small, mark={"embers.invalid/" + "0" * 32: (1, "00")})[-1]


def test_helping_processes_find_the_same(small):
    small.journal.append_many([small.note(str(number)) for number in range(700)], small.other)
    assert verify_journal(small.journal, workers=2) == verify_journal(small.journal, workers=0)
    with edited(small) as db:
        db.execute(
            "UPDATE entry SET raw = CAST(replace(CAST(raw AS TEXT), 'note.add', 'note.odd') AS BLOB) "
            "WHERE seq IN (9, 400)"
        )
    found = problems(small, workers=2)
    assert sorted(found) == sorted(problems(small, workers=0))
    assert len(found) == 4
    assert sum("signature does not fit" in text for text in found) == 2


@on_every_store
def test_verification_sees_one_state_while_others_append(small):
    writer = small.reopen()
    small.journal.append_many([small.note(str(number)) for number in range(1500)], small.person)
    reader = small.reopen(read_only=True)

    def meanwhile(count):
        writer.append(small.note("meanwhile"), small.person)

    report = verify_journal(reader, progress=meanwhile)
    assert report.problems == ()
    assert report.entries == 1505
    assert verify_journal(reader).entries == 1506
    reader.close()
    writer.close()
