"""Field mode, sealing and erasure as people call them, from a new case to what is left at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from called import Said, embers

from embers.cli.where import here
from embers.ids import new_id, new_subject
from embers.journal.journal import key_assertion

PASSPHRASE = "six plain words drawn with dice"
SHEET = "Nvard Example, exercise person, Upper Testford"


def done(*arguments: object) -> Said:
    said = embers(*arguments)
    assert said.code == 0, said.err or said.out
    return said


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, runtime_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))
    monkeypatch.delenv("EMBERS_PERSON", raising=False)
    monkeypatch.delenv("EMBERS_PASSPHRASE", raising=False)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one guess cost little, so that the test does not wait."""
    from embers.actions import field_case
    from embers.custody.field_lock import Argon2Cost, create_lock

    monkeypatch.setattr(
        field_case, "create_lock", lambda *a, **k: create_lock(*a, **{**k, "cost": Argon2Cost(64, 1, 1)})
    )


@pytest.mark.usefixtures("cheap")
def test_a_field_case_from_opening_to_panic(tmp_path, monkeypatch):
    case, note = tmp_path / "case", tmp_path / "note.txt"
    note.write_text(SHEET)
    weak = embers("init", case, "--title", "Exercise", "--field", stdin="short\nshort\n")
    assert (weak.code, "at least 12 characters" in weak.err) == (1, True)
    monkeypatch.setenv("EMBERS_PASSPHRASE", PASSPHRASE)
    opened = done("init", case, "--title", "Exercise", "--field")
    assert "embers unlock" in opened.out
    monkeypatch.delenv("EMBERS_PASSPHRASE")
    for command in (
        ("verify", case),
        ("add", note, "--source", "x", "--case", case),
        ("rebuild", "--case", case),
    ):
        said = embers(*command)
        assert said.code == 1
        assert "is locked" in said.err
    assert embers("unlock", case, stdin="not the right words\n").code == 1
    assert embers("unlock", case, "--minutes", "3", "--json", stdin=PASSPHRASE + "\n").code == 0
    try:
        done("add", note, "--source", "W-017", "--case", case)
        assert "Nothing was altered" in done("verify", case).out
        assert "Exercise" in done("search", "Exercise", "--case", case).out
        refused = embers("report", "build", "--case", case)
        assert "in the clear" in refused.err
        assert done("lock", case, "--json").json["was_unlocked"] is True
        assert "already" in done("lock", case).out
        assert "is locked" in embers("verify", case).err
        assert b"Nvard" not in b"".join(path.read_bytes() for path in case.rglob("*") if path.is_file())
        assert embers("panic", case).code == 2
        assert done("panic", case, "--yes", "--json").json == {
            "lock": True,
            "key_file": False,
            "holder": False,
        }
        assert "its lock is gone" in embers("verify", case).err
        assert "ordinary case" in embers("panic", case, "--yes").err
    finally:
        embers("lock", case)


@pytest.mark.usefixtures("cheap")
def test_a_key_file_is_needed_too(tmp_path, monkeypatch):
    case, stick = tmp_path / "case", tmp_path / "stick" / "token"
    stick.parent.mkdir()
    monkeypatch.setenv("EMBERS_PASSPHRASE", PASSPHRASE)
    done("init", case, "--title", "Exercise", "--field", "--key-file", stick)
    assert "needs its key file" in embers("verify", case).err
    monkeypatch.setenv("EMBERS_KEY_FILE", str(stick))
    assert done("verify", case).code == 0
    assert embers("init", tmp_path / "other", "--title", "x", "--field", "--key-file", stick).code == 1


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ordinary case with two people of which the second approves."""
    case = tmp_path / "case"
    done("init", case, "--title", "Exercise")
    folder = here(case).folder
    from embers.actions.recorder import Act
    from embers.cli.where import recorder

    signer = recorder(here(case), role="lead")
    other = folder.keyring().create_person("staff-02")
    random = signer.surroundings.randomness
    subject = new_subject("person", random)
    said = (
        key_assertion(new_id(random), subject, other),
        signer.new_assertion(subject, "staff-code", "staff-02"),
    )
    signer.record(Act("person.register", said))
    signer.journal.close()
    folder.projection()
    monkeypatch.chdir(case)
    return case


def test_sealing_opening_and_a_change_of_members(office, tmp_path, monkeypatch):
    sheet = tmp_path / "sheet.txt"
    sheet.write_text(SHEET)
    assert "no age key" in embers("compartment", "new", "vault", "--member", "staff-01").err
    assert done("seal", "key", "--json").json["recipient"].startswith("age1")
    assert done("seal", "key", "--json").code == 0
    assert "No compartments" in done("compartment", "list").out
    done("compartment", "new", "vault", "--member", "staff-01")
    sealed = done("seal", "sheet", "W-017", sheet, "--to", "vault", "--destroy-source", "--json").json
    assert sealed["source_destroyed"] is True
    assert not sheet.exists()
    opened = done("seal", "open", sealed["sha256"], "--purpose", "call back", "--json").json
    assert opened["text"] == SHEET
    target = tmp_path / "open.txt"
    done("seal", "open", sealed["sha256"], "--purpose", "call back", "--output", target)
    assert (target.read_text(), target.stat().st_mode & 0o777) == (SHEET, 0o600)
    assert SHEET in done("seal", "open", sealed["sha256"], "--purpose", "again").out

    monkeypatch.setenv("EMBERS_PERSON", "staff-02")
    assert "has no age key" in embers("seal", "open", sealed["sha256"], "--purpose", "curious").err
    done("seal", "key")
    assert "does not open with your key" in embers("seal", "open", sealed["sha256"], "--purpose", "x").err
    monkeypatch.delenv("EMBERS_PERSON")
    done("compartment", "add", "vault", "staff-02")
    assert "staff-01, staff-02" in done("compartment", "list").out
    done("compartment", "remove", "vault", "staff-02")
    assert done("compartment", "renew", "vault", "--json").json == {"renewed": 0, "unopened": 0}
    assert "key 2" in done("compartment", "list").out
    monkeypatch.setenv("EMBERS_PERSON", "staff-02")
    assert "does not open with your key" in embers("seal", "open", sealed["sha256"], "--purpose", "x").err
    monkeypatch.delenv("EMBERS_PERSON")

    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff exercise")
    item = done(
        "seal", "item", photo, "--title", "Photograph", "--source", "W-017", "--to", "vault", "--json"
    ).json
    done("seal", "copy", item["subject"], photo, "--to", "vault", "--role", "redacted")
    held = done("show", item["subject"], "--json").json
    assert sum(one["predicate"] == "item-sealed" for one in held) == 2
    assert done("verify", "--json").json["problems"] == []


def test_an_erasure_from_request_to_confirmation(office, tmp_path, monkeypatch):
    sheet, stick = tmp_path / "sheet.txt", tmp_path / "stick"
    sheet.write_text(SHEET)
    done("seal", "key")
    done("compartment", "new", "vault", "--member", "staff-01")
    sealed = done("seal", "sheet", "W-017", sheet, "--to", "vault", "--json").json
    assert "2 wrapped keys" in done("seal", "backup", stick).out
    case = _case_id(office)
    done("hold", "set", case, "--authority", "Exercise court", "--reason", "proceedings")
    assert "No erasures" in done("erase", "list").out

    asked = done(
        *("erase", "ask", sealed["subject"], "--ground", "consent-withdrawn", "--asked-by", "W-017", "--json")
    ).json
    assert asked["objects"] == [sealed["sha256"]]
    done("erase", "approve", asked["erasure"])
    assert "1 of 2" in embers("erase", "run", asked["erasure"]).err
    monkeypatch.setenv("EMBERS_PERSON", "staff-02")
    assert "Approved by 2 of 2" in done("erase", "approve", asked["erasure"]).out
    monkeypatch.delenv("EMBERS_PERSON")
    ran = done("erase", "run", asked["erasure"], "--backup", stick)
    assert "1 wrapped keys, 1 objects and 1 wraps in back-ups" in ran.out
    assert "Nothing to erase" in done("erase", "run").out
    assert done("seal", "restore", stick, "--json").json == {"restored": 0}
    assert "ordered by entry" in done("erase", "list").out
    assert "was erased by entry" in done("verify").out
    assert "consent-withdrawn" in embers("seal", "open", sealed["sha256"], "--purpose", "x").err
    done("hold", "release", case, "--authority", "Exercise court", "--reason", "closed")
    assert "no legal hold" in embers("hold", "release", case, "--authority", "x", "--reason", "y").err


def _case_id(office: Path) -> str:
    journal = here(office).folder.journal(read_only=True)
    case = f"case:{journal.logs()[0].case}"
    journal.close()
    return case
