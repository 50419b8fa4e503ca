"""Forgers who make every manifest fit again: what they change is found where a signature reaches it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

CARD = "data/exhibits/EMB-0001/exhibit.json"


@pytest.fixture
def copy(dossier, tmp_path):
    return Path(shutil.copytree(dossier, tmp_path / "copy"))


def repack(folder):
    """Write manifests, tag manifests and Payload-Oxum anew over whatever lies there."""
    payload = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
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
    return folder


def found(verifier, folder):
    return {one["where"]: one["what"] for one in verifier.check(repack(folder))["problems"]}


def rewrite(folder, where, /, **changes):
    path = folder / where
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_repacking_alone_changes_nothing(copy, verifier):
    assert found(verifier, copy) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"item": "item:another"},
        {"item": None},
        {"title": "Another place"},
        {"name": "another.jpg"},
        {"media": "text/plain"},
        {"size": 1},
        {"role": "derived"},
        {"custody": [{"step": "receive", "by": "somebody else"}]},
        {"custody": 5},
        {"origin": [{"source": "somebody else"}]},
        {"verdict": "an addition"},
        {"entry": "0" * 64},
    ],
)
def test_a_card_says_only_what_signed_entries_say(copy, verifier, change):
    rewrite(copy, CARD, **change)
    problems = found(verifier, copy)
    assert any("EMB-0001" in where for where in problems), problems


def test_a_card_of_another_item(copy, verifier):
    other = json.loads((copy / CARD.replace("0001", "0002")).read_text())["item"]
    rewrite(copy, CARD, item=other)
    assert "does not say what a signed entry says" in found(verifier, copy)[CARD]


def test_an_exhibit_shown_twice(copy, verifier):
    shutil.copytree(copy / "data/exhibits/EMB-0001", copy / "data/exhibits/EMB-0009")
    rewrite(copy, CARD.replace("0001", "0009"), number="EMB-0009")
    assert "second exhibit" in found(verifier, copy)[CARD.replace("0001", "0009")]


def test_an_exhibit_left_out(copy, verifier):
    shutil.rmtree(copy / "data/exhibits/EMB-0001")
    problems = found(verifier, copy)
    assert "no exhibit here" in problems["data/report/report.json, sentence s.0"]
    assert len(problems) == 1


def test_a_rewritten_report(copy, verifier):
    path = copy / "data/report/report.json"
    path.write_text(path.read_text().replace("One person was", "Nobody was"))
    assert "not the newest text" in found(verifier, copy)["data/report/report.json"]


def test_an_emptied_report(copy, verifier):
    (copy / "data/report/report.json").write_text("{}")
    assert "not the newest text" in found(verifier, copy)["data/report/report.json"]


def test_an_older_report(small_case, packer, reporter, verifier, tmp_path):
    """The earlier text was signed too, but a later one supersedes it."""
    from embers.journal.assertion import Assertion, Relation
    from embers.journal.entry import ClaimedTime, EntryDraft

    target = packer(small_case, tmp_path / "first", report=reporter(small_case))
    old = small_case.entries[-1].entry.assertions[0]
    value = {"sha256": "0" * 64}
    said = Assertion(
        "00000000-0000-4000-8000-000000000001",
        old.subject,
        "report-text",
        value,
        relations=(Relation("supersedes", old.id),),
    )
    draft = EntryDraft("report.record", "lead", ClaimedTime("2020-10-18T08:00:05Z"), (said,))
    small_case.entries.append(small_case.journal.append(draft, small_case.opener))
    assert found(verifier, target) == {}
    target = packer(small_case, tmp_path / "second", report=reporter(small_case))
    assert found(verifier, target) == {}
    newest = small_case.entries[-1]
    relation = Relation("supersedes", newest.entry.assertions[0].id)
    later = Assertion(
        "00000000-0000-4000-8000-000000000002", old.subject, "report-text", value, relations=(relation,)
    )
    draft = EntryDraft("report.record", "lead", ClaimedTime("2020-10-19T08:00:05Z"), (later,))
    small_case.entries.append(small_case.journal.append(draft, small_case.opener))
    third = packer(small_case, tmp_path / "third", report=b"{}")
    shutil.copy(target / "data/report/report.json", third / "data/report/report.json")
    assert "an older" in found(verifier, third)["data/report/report.json"]


def test_a_log_without_its_signed_state(copy, verifier):
    shutil.rmtree(copy / "data/checkpoints")
    assert "holds no signed state of the log" in found(verifier, copy)["data/checkpoints"]


def test_a_policy_with_another_quorum(copy, verifier):
    policy = copy / "data/policy.txt"
    policy.write_text(policy.read_text().replace("quorum none", "quorum somebody"))
    assert "version 1 does not use" in found(verifier, copy)["data/policy.txt"]


@pytest.mark.parametrize("part", ["persons", "logs"])
def test_a_roster_with_a_key_less(copy, verifier, part):
    roster = json.loads((copy / "data/roster.json").read_text())
    rewrite(copy, "data/roster.json", **{part: roster[part][1:]})
    assert "does not list exactly" in found(verifier, copy)["data/roster.json"]


def test_a_roster_that_swaps_two_people(copy, verifier):
    roster = json.loads((copy / "data/roster.json").read_text())
    first, second = roster["persons"]
    swapped = [first | {"subject": second["subject"]}, second | {"subject": first["subject"]}]
    rewrite(copy, "data/roster.json", persons=swapped)
    assert "to another person" in found(verifier, copy)["data/roster.json"]
