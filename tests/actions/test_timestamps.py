"""Time-stamps of a case: asked for, kept, verified again, renewed, shown; and a rewritten history found by them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from stamp_authority import StampAuthority, openssl_verifies

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject, open_case
from embers.actions.dossiers import export_dossier
from embers.actions.recorder import Act, Recorder
from embers.actions.timestamps import brackets_of, stamp_case
from embers.actions.verification import verify_case
from embers.custody.time_bracket import CITED, ORDERED, read_time_proofs
from embers.custody.timestamp import read_statement
from embers.custody.timestamp_authority import Authority
from embers.custody.timestamp_files import timestamp_files
from embers.ids import new_id, new_subject
from embers.journal.entry import EntryDraft
from embers.journal.journal import log_assertion
from embers.journal.merkle import verify_inclusion
from embers.journal.note import read_checkpoint, read_verifier_key
from embers.journal.proof import read_proof
from embers.surroundings import Surroundings


@pytest.fixture(scope="module")
def authorities():
    made = [StampAuthority("first"), StampAuthority("second", extra_certificates=True)]
    yield [Authority(one.name, one.url, one.roots) for one in made]
    for one in made:
        one.stop()


@pytest.fixture
def case(tmp_path):
    folder = CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())
    return folder, open_case(folder, staff="staff-01", role="case lead")


def note(recorder, text):
    said = recorder.new_assertion(case_subject(recorder.journal), "note", text)
    return recorder.record(Act("note.add", (said,)))


def test_a_round_is_recorded_and_verified_by_whichever_verifier_can(case, authorities, tmp_path):
    folder, recorder = case
    before = note(recorder, "before")
    result = stamp_case(recorder, authorities)
    assert [(one.authority, one.verifier, one.problem) for one in result.asked] == [
        ("first", "rfc3161-client", ""),
        ("second", "pyhanko", ""),
    ]
    signed = recorder.journal.get(result.entry)
    values = [said.value for said in signed.entry.assertions]
    assert {ref.sha256 for ref in signed.entry.objects} >= {value["reply"] for value in values}
    for value, authority in zip(values, authorities, strict=True):
        reply, data = (recorder.objects.open(value[part]).read() for part in ("reply", "statement"))
        assert openssl_verifies(reply, data, authority.roots, tmp_path), "somebody else's program agrees"
    after = note(recorder, "after")
    first, second = brackets_of(folder, [before.id, after.id])
    assert first.not_after == min(value["time"] for value in values)
    assert (first.not_before, second.not_after) == ("", "")
    assert (second.not_before, second.not_before_how) == (max(value["time"] for value in values), ORDERED)
    assert "not before: no outside proof" in first.words()
    check = verify_case(folder)
    assert check.problems == ()
    assert len(check.time) == 2
    assert "accepted by pyhanko" in check.time[1]


def test_what_another_log_cites_is_proof_and_not_only_order(case, authorities):
    folder, recorder = case
    stamp_case(recorder, authorities[:1])
    around, ring = folder.surroundings, folder.keyring()
    device = ring.create_device()
    random = around.randomness
    draft = EntryDraft(
        "device.enrol",
        "lead",
        recorder.claimed(around.clock.now()),
        (log_assertion(new_id(random), new_subject("device", random), device),),
    )
    enrolled = recorder.journal.start_log(
        draft, recorder.person, case=recorder.journal.logs()[0].case, device=device
    )
    (bracket,) = brackets_of(folder, [enrolled.id])
    assert bracket.not_before
    assert bracket.not_before_how == CITED


def test_an_authority_that_fails_does_not_hold_up_the_others(case, authorities):
    folder, recorder = case
    dead = Authority("dead", "http://127.0.0.1:9/", authorities[0].roots)
    liar = StampAuthority("liar", misbehave=lambda handler, query: b"no time today")
    replayed: list[bytes] = []

    def again(handler, query):
        replayed.append(replayer.reply(query))
        return replayed[0]

    replayer = StampAuthority("replayer", misbehave=again)
    listed = [Authority(one.name, one.url, one.roots) for one in (liar, replayer)]
    note(recorder, "one")
    stamp_case(recorder, [listed[1]])
    result = stamp_case(recorder, [dead, *listed, authorities[0]])
    found = {one.authority: one for one in result.asked}
    assert (found["dead"].reply, "gave no time-stamp" in found["dead"].problem) == ("", True)
    assert found["liar"].problem == "A time-stamp reply cannot be read."
    with recorder.objects.open(found["liar"].reply) as handle:
        assert handle.read() == b"no time today", "kept as it came"
    assert found["replayer"].problem == "The token covers other bytes."
    assert found["first"].verifier
    assert verify_case(folder).problems == (), "what was never accepted is no damage"
    liar.stop()
    replayer.stop()


def test_nothing_is_recorded_if_nobody_answers(case):
    _, recorder = case
    size = recorder.journal.heads()[0].size
    result = stamp_case(recorder, [Authority("dead", "http://127.0.0.1:9/", b"")])
    assert result.entry == ""
    assert recorder.journal.heads()[0].size == size


def test_each_round_renews_the_ones_before(case, authorities, tmp_path):
    """The chain: every reply is named in a later statement, which is itself stamped and verified."""
    _, recorder = case
    rounds = []
    for number in range(3):
        note(recorder, f"round {number}")
        rounds.append(stamp_case(recorder, authorities))
    replies = [[one.reply for one in result.asked] for result in rounds]
    for number, result in enumerate(rounds):
        with recorder.objects.open(result.statement) as handle:
            data = handle.read()
        assert list(read_statement(data).replies) == [one for earlier in replies[:number] for one in earlier]
        for reply, authority in zip(replies[number], authorities, strict=True):
            assert openssl_verifies(recorder.objects.open(reply).read(), data, authority.roots, tmp_path)
    stamps = read_time_proofs(recorder.journal, recorder.objects).stamps
    assert [stamp.trusted for stamp in stamps] == [True] * 6
    renewed = {reply for stamp in stamps if stamp.trusted for reply in stamp.statement.replies}
    assert renewed == {one for earlier in replies[:2] for one in earlier}


def test_a_reply_that_was_altered_in_the_store_is_found_and_limits_no_time(case, authorities):
    folder, recorder = case
    first = note(recorder, "first")
    reply = stamp_case(recorder, authorities[:1]).asked[0].reply
    path = folder.objects().place(reply)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert brackets_of(folder, [first.id])[0].not_after == ""
    assert any("was accepted once and is not now" in problem.what for problem in verify_case(folder).problems)


def test_a_history_rewritten_with_the_devices_own_key_is_found_by_the_stamp(case, authorities, tmp_path):
    """Whoever holds every key of the office can sign another history; not one that an authority stamped."""
    _, recorder = case
    note(recorder, "what was really written")
    stamp_case(recorder, authorities[:1])
    statement_and_reply = {sha256: recorder.objects.open(sha256).read() for sha256 in recorder.objects.all()}
    stamped = recorder.journal.get(
        recorder.journal.store.log_entries(recorder.journal.logs()[0].origin, 2, 3)[0].leaf.hex()
    )
    forged_folder = CaseFolder(tmp_path / "forged", tmp_path / "keys", Surroundings())
    forged = open_case(forged_folder, staff="staff-01", role="case lead")
    note(forged, "what somebody wishes had been written")
    for data in statement_and_reply.values():
        forged.objects.put(io.BytesIO(data))
    value = dict(stamped.entry.assertions[0].value)
    said = forged.new_assertion(case_subject(forged.journal), "time-stamp", value)
    forged.record(Act("time.stamp", (said,), stamped.entry.objects))
    (stamp,) = read_time_proofs(forged.journal, forged.objects).stamps
    assert stamp.verdict.trusted, "the token itself is genuine"
    assert not stamp.trusted
    assert "which is not here" in stamp.problems[0]


def test_the_files_of_a_dossier_can_be_checked_with_openssl_and_the_proofs_alone(case, authorities, tmp_path):
    _, recorder = case
    wanted = [note(recorder, f"note {number}") for number in range(3)]
    stamp_case(recorder, authorities)
    late = note(recorder, "late")
    proofs = read_time_proofs(recorder.journal, recorder.objects)
    files = timestamp_files(proofs, [*wanted, late], recorder.objects)
    for name, data in files.items():
        path = tmp_path / "out" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    lines = files["timestamps/README.txt"].decode().splitlines()
    commands = [line.split() for line in lines if line.strip().startswith("openssl")]
    assert len(commands) == 2
    for command in commands:
        subprocess.run(command, cwd=tmp_path / "out", check=True, capture_output=True)
    vkey = recorder.journal.logs()[0].vkey
    statement = json.loads(files["timestamps/1/statement.json"])
    for signed in wanted:
        proof = read_proof(files[f"timestamps/proofs/{signed.id}.tlog-proof"].decode())
        assert proof.proves(bytes.fromhex(signed.id), vkey)
        assert proof.note in statement["checkpoints"]
        origin, public = read_verifier_key(vkey)
        point = read_checkpoint(proof.note, origin, public)
        leaf = bytes.fromhex(signed.id)
        assert verify_inclusion(leaf, proof.index, point.size, proof.path, point.root)
    assert f"timestamps/proofs/{late.id}.tlog-proof" not in files
    brackets = json.loads(files["timestamps/brackets.json"])
    assert set(brackets[wanted[0].id]) == {"not_after", "not_after_by"}
    assert "not_after" not in brackets[late.id]


def test_a_case_without_stamps_has_no_files_and_no_limits(case):
    _, recorder = case
    one = note(recorder, "one")
    proofs = read_time_proofs(recorder.journal, recorder.objects)
    assert timestamp_files(proofs, [one], recorder.objects) == {}
    assert proofs.bracket(one).words() == "not before: no outside proof; not after: no outside proof yet"


def test_the_command_stamps_and_show_and_verify_tell(tmp_path, authorities):
    (tmp_path / "keys").mkdir()

    def embers(*arguments, code=0):
        environment = {
            "EMBERS_KEYRING": str(tmp_path / "keys"),
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
        }
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2] / "src")
        found = subprocess.run(
            [sys.executable, "-m", "embers.cli.main", *map(str, arguments)],
            env=environment,
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
        )
        assert found.returncode == code, found.stdout + found.stderr
        return found.stdout + found.stderr

    case = tmp_path / "case"
    embers("init", case, "--title", "Exercise")
    (tmp_path / "a.txt").write_text("An invented paper.")
    item = json.loads(embers("add", tmp_path / "a.txt", "--source", "exercise", "--case", case, "--json"))[0][
        "item"
    ]
    assert "authorities.toml is missing" in embers("timestamp", "--case", case, code=1)
    (case / "root.pem").write_bytes(authorities[0].roots)
    (case / "authorities.toml").write_text(
        f'[[authority]]\nname = "first"\nurl = "{authorities[0].url}"\nroots = "root.pem"\n'
        '[[authority]]\nname = "dead"\nurl = "http://127.0.0.1:9/"\nroots = "root.pem"\n'
    )
    said = embers("timestamp", "--case", case, code=1)
    assert "1 of 2 authorities" in said
    assert "Recorded in entry" in said
    assert "1 of 1 authorities" in embers("timestamp", "--only", "first", "--case", case)
    assert "not after 20" in embers("show", item, "--case", case)
    assert "TIME     first: 20" in embers("verify", case)


def test_a_dossier_carries_the_time_stamps_and_the_commands_that_check_them(demo_copy, authorities, tmp_path):
    folder = demo_copy()
    journal = folder.journal()
    person = folder.keyring().load_person(folder.keyring().persons()[0])
    recorder = Recorder(journal, folder.objects(), person, "case lead", folder.surroundings)
    result = stamp_case(recorder, authorities)
    assert [one.problem for one in result.asked] == ["", ""]
    journal.close()
    folder.projection().close()
    target = tmp_path / "dossier"
    export_dossier(folder, target)
    readme = (target / "data" / "timestamps" / "README.txt").read_text()
    commands = [line.split() for line in readme.splitlines() if line.startswith("  openssl ts -verify")]
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout + done.stderr, done.stderr
    brackets = json.loads((target / "data" / "timestamps" / "brackets.json").read_text())
    bounded = {id: one for id, one in brackets.items() if "not_after" in one}
    assert {one["not_after_by"] for one in bounded.values()} <= {"first", "second"}
    assert brackets.keys() - bounded.keys() <= {result.entry}, (
        "only the entry that records the stamps is younger"
    )
    checked = subprocess.run(
        [sys.executable, target / "data" / "verify" / "verify.py", target],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    stamped = target / "data" / "timestamps" / "1" / "reply.tsr"
    stamped.write_bytes(stamped.read_bytes()[:-1] + b"\x00")
    checked = subprocess.run(
        [sys.executable, target / "data" / "verify" / "verify.py", target],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1
    assert "timestamps/1/reply.tsr" in checked.stdout
