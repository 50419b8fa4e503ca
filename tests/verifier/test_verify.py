"""The stand-alone verifier on a real dossier: what it accepts, what it names, what it never does."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture
def copy(dossier, tmp_path):
    return Path(shutil.copytree(dossier, tmp_path / "copy"))


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def remake_manifests(folder):
    """What a forger does: alter a file, then make all manifests fit again."""
    payload = files_of(folder / "data")
    info = folder / "bag-info.txt"
    oxum = f"Payload-Oxum: {sum(path.stat().st_size for path in payload)}.{len(payload)}"
    lines = [oxum if line.startswith("Payload-Oxum") else line for line in info.read_text().split("\n")]
    info.write_text("\n".join(lines))
    for prefix in ("manifest", "tagmanifest"):
        tags = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith("tagm")]
        for algorithm in ("sha256", "sha512"):
            pairs = sorted(
                (path.relative_to(folder).as_posix(), hashlib.new(algorithm, path.read_bytes()).hexdigest())
                for path in (payload if prefix == "manifest" else tags)
            )
            text = "".join(f"{digest}  {path}\n" for path, digest in pairs)
            (folder / f"{prefix}-{algorithm}.txt").write_text(text)


def wheres(facts):
    return " | ".join(f"{one['where']}: {one['what']}" for one in facts["problems"])


def test_a_sound_dossier_is_sound(dossier, verifier):
    facts = verifier.check(dossier)
    assert facts["problems"] == []
    assert facts["entries"] == {"sound": 7, "found": 7, "persons": 2, "devices": 2}
    assert len(facts["exhibits"]) == facts["exhibits_found"] == 3
    assert facts["report"]["sentences"] == facts["report"]["assertions"] == 3
    assert facts["files"]["unchanged"] == facts["files"]["found"] - 2
    assert {(log["included"], *log["sizes"]) for log in facts["logs"]} == {(5, 5), (2, 2)}
    assert facts["not_read"] == []


def test_words_for_a_stranger(dossier, verifier, capsys):
    assert verifier.main([str(dossier)]) == 0
    text = capsys.readouterr().out
    for words in (
        "no problem",
        "PROVEN",
        "7 of 7 entries",
        "3 of 3 exhibits",
        "not before: no outside proof",
        "not after: none: the only outside limit is the day you received this dossier",
        "no trusted timestamp in this dossier",
        "an order, not a time",
        "NOT PROVEN",
        "who held a device",
        "other entries and other logs may exist",
    ):
        assert words in text
    assert verifier.main([str(dossier), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["result"] == "sound"


def test_wrong_calls(tmp_path, verifier):
    (tmp_path / "text.zip").write_text("not a folder")
    for name in ("nothing", "text.zip"):
        with pytest.raises(SystemExit) as stop:
            verifier.main([str(tmp_path / name)])
        assert stop.value.code == 2
    assert verifier.main([str(tmp_path)]) == 1


def test_the_expected_opening_key(dossier, verifier):
    key = verifier.check(dossier)["opened_by"]
    assert verifier.check(dossier, opened_by=key)["result"] == "sound"
    assert "not opened with the key" in wheres(verifier.check(dossier, opened_by="ed25519:" + "0" * 32))


def test_every_kind_of_file_is_missed_and_noticed(dossier, verifier, tmp_path):
    for number, path in enumerate(files_of(dossier)):
        copy = Path(shutil.copytree(dossier, tmp_path / str(number)))
        name = path.relative_to(dossier).as_posix()
        (copy / name).unlink()
        assert name in wheres(verifier.check(copy)), name
        (copy / name).write_bytes(path.read_bytes())
        (copy / f"{name}.more").write_bytes(b"more")
        assert f"{name}.more: was added" in wheres(verifier.check(copy))
        shutil.rmtree(copy)


def test_links_are_not_followed(copy, verifier):
    (copy / "data" / "link").symlink_to("/etc/passwd")
    (copy / "data" / "folder").symlink_to("/etc")
    text = wheres(verifier.check(copy))
    assert "data/link: is a link" in text
    assert "data/folder: is a link" in text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_altered_byte_is_found_and_named(copy, verifier, data):
    path = data.draw(st.sampled_from(files_of(copy)))
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    try:
        path.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
        facts = verifier.check(copy)
        assert path.relative_to(copy).as_posix() in wheres(facts)
        assert list(verifier.report(facts))
    finally:
        path.write_bytes(whole)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_forger_with_new_manifests_is_found_wherever_a_signature_reaches(copy, verifier, data):
    """Entries, proofs, checkpoints, exhibits, policy: one altered byte is found though all manifests fit."""
    reached = ("entries", "proofs", "checkpoints", "exhibits")
    paths = [p for p in files_of(copy) if {*reached} & {*p.parts} and p.name != "exhibit.json"]
    path = data.draw(st.sampled_from([*paths, *copy.glob("data/exhibits/*/[!e]*"), copy / "data/policy.txt"]))
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    altered = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
    try:
        path.write_bytes(altered)
        remake_manifests(copy)
        facts = verifier.check(copy)
        # A signature line of an unknown key, or a comment in the policy, is ignored by the standards; whatever
        # was proven before must then still be proven.
        still = facts["entries"]["sound"] == 7 and len(facts["exhibits"]) == 3
        assert facts["problems"] or still
        if "entries" in path.parts or "exhibits" in path.parts:
            assert path.relative_to(copy).as_posix() in wheres(facts)
    finally:
        path.write_bytes(whole)
        remake_manifests(copy)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), junk=st.binary(max_size=300))
def test_hostile_content_never_ends_in_a_traceback(copy, verifier, data, junk):
    path = data.draw(st.sampled_from(files_of(copy)))
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    try:
        path.write_bytes(whole[:start] + junk + whole[end:])
        if data.draw(st.booleans()) and path.name not in ("bag-info.txt", "bagit.txt"):
            remake_manifests(copy)
        facts = verifier.check(copy)
        assert list(verifier.report(facts))
        json.dumps(facts)
    finally:
        path.write_bytes(whole)
        remake_manifests(copy)


@pytest.mark.parametrize(
    "value", ["[" * 60_000, '{"document":' * 20_000, "1" * 50_000, "nul", '"\\ud800"', "1e5"]
)
def test_hostile_json(copy, verifier, value):
    for name in ("data/report/report.json", "data/roster.json", "data/exhibits/EMB-0001/exhibit.json"):
        (copy / name).write_text(value)
    remake_manifests(copy)
    assert len(verifier.check(copy)["problems"]) >= 2


def test_a_sentence_without_ground(small_case, packer, reporter, verifier, tmp_path):
    strange = "00000000-0000-4000-8000-000000000000"
    target = packer(small_case, tmp_path / "dossier", report=reporter(small_case, basis=(strange,)))
    text = wheres(verifier.check(target))
    assert f"sentence s.0: rests on the assertion {strange}, which is in no sound entry here" in text


def test_a_left_out_entry(copy, verifier):
    """Without the entry that took an item in, exhibit and sentence lose their ground; manifests fit."""
    card = json.loads((copy / "data/exhibits/EMB-0002/exhibit.json").read_text())
    (copy / f"data/entries/{card['entry']}.json").unlink()
    (copy / f"data/proofs/{card['entry']}.tlog-proof").unlink()
    remake_manifests(copy)
    text = wheres(verifier.check(copy))
    assert "EMB-0002" in text
    assert "sentence s.1" in text
    assert "sentence s.0" not in text


def test_a_forked_device(small_case, packer, verifier, tmp_path):
    """A device signs two roots for one size: both signatures are good, and that is the proof."""
    from embers.journal.keys import Keyring
    from embers.journal.note import Checkpoint
    from embers.surroundings import Surroundings

    target = packer(small_case, tmp_path / "dossier")
    origin = small_case.entries[0].entry.log
    device = Keyring(tmp_path / "keys", Surroundings()).load_device(origin)
    other = Checkpoint(origin, small_case.journal.checkpoint(origin).size, b"\7" * 32).sign(device.private)
    (target / "data/checkpoints/9.txt").write_text(other)
    remake_manifests(target)
    assert "proof of a fork" in wheres(verifier.check(target))


def test_a_stranger_signs(small_case, packer, verifier, tmp_path, monkeypatch):
    """An entry signed with a key nobody registered is named, with its proof in perfect order."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from embers.journal.assertion import Assertion
    from embers.journal.entry import ClaimedTime, EntryDraft
    from embers.journal.keys import PersonKey

    said = (Assertion("00000000-0000-4000-8000-000000000001", "place:x", "place-note", "here"),)
    draft = EntryDraft("place.note", "lead", ClaimedTime("2020-10-17T08:00:05Z"), said)
    # A forger runs a program of his own, without this check.
    monkeypatch.setattr(type(small_case.journal), "_require_registered", lambda *_: None)
    entry = small_case.journal.append(draft, PersonKey(Ed25519PrivateKey.generate()))
    small_case.entries.append(entry)
    packer(small_case, tmp_path / "dossier")
    text = wheres(verifier.check(tmp_path / "dossier"))
    assert f"{entry.id}.json: is signed with {entry.entry.by}, a key no known person registers" in text
