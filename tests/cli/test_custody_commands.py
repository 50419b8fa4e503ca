"""Material, custody and audit on the command line, as one person does it with a card, a bag and a second disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from called import embers


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))
    for name in ("EMBERS_PASSPHRASE", "EMBERS_PERSON"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "case"
    done = embers("init", folder, "--title", "Exercise")
    assert done.code == 0, done.err
    monkeypatch.chdir(folder)
    return folder


def card(tmp_path: Path) -> Path:
    place = tmp_path / "card" / "DCIM"
    place.mkdir(parents=True)
    for number in range(5):
        (place / f"{number}.bin").write_bytes(os.urandom(300))
    return tmp_path / "card"


def test_no_name_steers_the_terminal_or_ends_in_a_traceback(case, tmp_path):
    for name in (b"a\x1b[31mred.txt", b"b\xe2\x80\xaegpj.exe", b"c\xff\xfe.txt", b"d\nline.txt"):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        path.write_bytes(os.urandom(99))
        for more in ((), ("--json",)):
            done = embers("add", path, "--source", "exercise", *more)
            assert done.code == 0, done.err
            assert "\x1b" not in done.out
            assert "\u202e" not in done.out
            assert len(done.out.splitlines()[0]) < 200
    missing = embers("add", tmp_path / "gone\x1b[2J", "--source", "exercise")
    assert missing.code == 1
    assert "\x1b" not in missing.err
    assert "There is no file" in missing.err


def test_a_card_a_flipped_bit_and_a_repair(case, tmp_path):
    source = card(tmp_path)
    done = embers(
        "add", source, "--source", "exercise", "--device", "camera of team 2", "--clock-offset", "-30"
    )
    assert done.code == 0, done.err
    assert "camera-card, 5 files" in done.out
    assert embers("add", source, "--source", "x", "--kind", "tape").code == 2
    shutil.copytree(case / "objects", tmp_path / "mirror")
    assert embers("audit", "run", "--json").json["round_done"] is True
    assert "0 are due" in embers("audit", "status").out

    assert embers("audit", "challenge", tmp_path / "ask.json").code == 0
    assert embers("audit", "challenge", tmp_path / "ask.json").code == 2  # never overwritten
    asked = (
        "audit",
        "answer",
        tmp_path / "ask.json",
        tmp_path / "answer.json",
        "--copy",
        tmp_path / "mirror",
    )
    assert embers(*asked).code == 0
    checked = ("audit", "check", tmp_path / "ask.json", tmp_path / "answer.json", "--holder", "office-2")
    assert embers(*checked).code == 0

    victim = next(path for path in (case / "objects").rglob("*") if path.is_file() and len(path.name) == 64)
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes()[:-1] + b"?")
    found = embers("audit", "run")
    assert found.code == 1
    assert victim.name in found.out
    assert embers("audit", "repair", tmp_path / "nowhere").code == 2
    mended = embers("audit", "repair", tmp_path / "mirror", "--json")
    assert (mended.code, mended.json) == (0, {"repaired": 1, "left": []})
    assert embers("audit", "run", "--all").code == 0
    assert embers("verify").code == 0


def test_a_thing_in_a_bag(case, tmp_path):
    given = (
        "--description",
        "bent metal",
        "--source",
        "site 2",
        "--bag",
        "B-1",
        "--seal",
        "S-1",
        "--from",
        "W-03",
    )
    item = embers("custody", "receive", "Fragment", *given, "--json").json["item"]
    assert embers("custody", "seal", item, "--number", "S-2", "--detail", "x").code == 1
    opened = embers("custody", "open", item, "--found-seal", "S-9", "--reason", "Expert.", "--detail", "Cut.")
    assert "DISCREPANCY: seal 'S-9' was found; recorded was seal 'S-1'." in opened.out
    assert embers("custody", "hand-over", item, "--to", "staff-02", "--detail", "By hand.").code == 0
    chain = embers("custody", "chain", item)
    assert "GAP: Handed over to staff-02" in chain.out
    assert "DISCREPANCY" in chain.out
    assert embers("custody", "access", item, "--reason", "Photo.", "--detail", "x").code == 0
    back = embers("custody", "take-over", item, "--detail", "Nobody came.", "--json")
    assert back.json["holder"] == "staff-01"
    assert "custody: The chain is unbroken" in embers("show", item).out
    assert embers("custody", "return", item, "--to", "W-03", "--detail", "By hand.").code == 0
    assert embers("custody", "return", item, "--to", "W-03", "--detail", "By hand.").code == 1
    assert embers("custody", "chain", item, "--json").json["unbroken"] is True


def test_a_working_copy(case, tmp_path):
    path = tmp_path / "film.mov"
    path.write_bytes(b"film " * 99)
    added = embers("add", path, "--source", "exercise", "--json").json[0]
    copy = tmp_path / "film.mp4"
    copy.write_bytes(b"small " * 99)
    how = ("--original", added["sha256"], "--tool", "ffmpeg", "--version", "7.1", "--detail", "For viewing.")
    assert embers("custody", "migrate", added["item"], copy, *how).code == 0
    assert "working copy" in embers("show", added["item"]).out
