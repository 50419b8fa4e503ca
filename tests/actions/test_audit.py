from __future__ import annotations

import io
import itertools
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from embers.actions.acquire import Looking, acquire
from embers.actions.audit import (
    Budget,
    audit,
    audit_state,
    damaged_objects,
    make_challenge,
    record_remote,
    repair,
)
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.items import ItemOrigin
from embers.actions.verification import verify_case
from embers.custody.audit import answer, check_answer
from embers.errors import ObjectError
from embers.objects.local import QUARANTINE, LocalObjectStore
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

FILES = 40


class Time:
    """A clock that goes on when told."""

    def __init__(self):
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self):
        return self.moment


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def folder(tmp_path, time):
    return CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings(clock=time))


@pytest.fixture
def recorder(folder, tmp_path):
    recorder = open_case(folder, staff="staff-01", role="custodian")
    given = tmp_path / "given"
    given.mkdir()
    for number in range(FILES):
        (given / f"{number}.bin").write_bytes(os.urandom(1000))
    acquire(recorder, given, ItemOrigin("Given", "exercise", "copy"), look=Looking.nothing())
    return recorder


def spoil(folder, name):
    path = folder.objects().place(name)
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def results(folder):
    view = ProjectedCase(folder.projection())
    return view.subject(view.case).values("audit-result")


def test_audits_go_on_from_each_other_until_every_object_was_read(folder, recorder):
    every = set(folder.objects().all())
    reports = [audit(folder, recorder, budget=Budget(bytes=9_500)) for _ in range(6)]
    rounds = [report.round_done for report in reports]
    first = rounds.index(True) + 1
    assert sum(report.objects for report in reports[:first]) == len(every)
    assert first > 2
    values = results(folder)
    assert "after" not in values[first]  # a new round begins at the beginning
    assert all(earlier["up_to"] == later["after"] for earlier, later in itertools.pairwise(values[:first]))
    assert audit_state(folder).due == 0
    assert verify_case(folder).sound


def test_an_audit_that_may_read_nothing_still_reads_one(folder, recorder, time):
    assert audit(folder, recorder, budget=Budget(bytes=0)).objects == 1
    assert audit(folder, recorder, budget=Budget(seconds=0)).objects == 1
    assert audit_state(folder).read == 2
    time.moment += timedelta(days=100)
    assert audit_state(folder).read == 0


def test_one_flipped_bit_and_a_missing_object_are_found_named_and_recorded(folder, recorder):
    names = sorted(folder.objects().all())
    spoil(folder, names[3])
    folder.objects().place(names[7]).unlink()
    report = audit(folder, recorder)
    assert [one.sha256 for one in report.damaged] == [names[3]]
    assert [one.sha256 for one in report.missing] == [names[7]]
    assert not report.sound
    assert damaged_objects(folder) == [names[3], names[7]]
    view = ProjectedCase(folder.projection())
    assert [v["sha256"] for v in view.subject(view.case).values("audit-problem")] == [names[3], names[7]]


def copy_of(folder, tmp_path):
    shutil.copytree(folder.objects_path, tmp_path / "mirror")
    return LocalObjectStore(tmp_path / "mirror", folder.surroundings)


def test_repair_takes_only_bytes_whose_digest_is_right_and_keeps_the_damaged_ones(folder, recorder, tmp_path):
    mirror = copy_of(folder, tmp_path)
    names = sorted(folder.objects().all())
    for name in names[:3]:
        spoil(folder, name)
    rotten = folder.objects().place(names[0]).read_bytes()
    spoil_copy = mirror.place(names[1])
    spoil_copy.chmod(0o644)
    spoil_copy.write_bytes(
        folder.objects().place(names[1]).read_bytes()
    )  # two copies agree, and both are wrong
    mirror.place(names[2]).unlink()
    audit(folder, recorder)
    left = repair(recorder, folder.objects(), mirror, names=damaged_objects(folder), source="mirror 2")
    assert left == names[1:3]
    assert folder.objects().verify(names[0]) is None
    kept = list((folder.objects_path / QUARANTINE).iterdir())
    assert [path.read_bytes() for path in kept] == [rotten]
    view = ProjectedCase(folder.projection())
    assert view.subject(view.case).values("object-repaired") == [
        {"sha256": names[0], "from": "mirror 2", "kept": kept[0].name}
    ]
    assert damaged_objects(folder) == names[1:3]
    with pytest.raises(ObjectError, match="not damaged"):
        repair(recorder, folder.objects(), mirror, names=[names[0]], source="mirror 2")


def test_a_copy_that_reads_its_bytes_passes_and_every_cheat_is_found(folder, recorder, tmp_path):
    mirror = copy_of(folder, tmp_path)
    asked = make_challenge(folder)
    given = answer(asked, mirror)
    outcome = check_answer(asked, given, folder.objects())
    assert outcome.sound
    assert outcome.right == outcome.asked >= FILES
    record_remote(recorder, "office-2", asked, outcome)
    view = ProjectedCase(folder.projection())
    assert view.subject(view.case).values("audit-remote")[0]["right"] == outcome.right

    # An answer to an earlier nonce is worth nothing, whatever it says about the nonce.
    again = make_challenge(folder)
    old = check_answer(again, {**given, "nonce": again.nonce}, folder.objects())
    assert (old.right, len(old.wrong)) == (0, len(again.objects))
    # A holder who kept only the digests has nothing to compute with.
    names = sorted(mirror.all())
    mirror.place(names[0]).unlink()
    path = mirror.place(names[1])
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    outcome = check_answer(again, answer(again, mirror), folder.objects())
    assert (outcome.without, outcome.wrong) == ((names[0],), (names[1],))
    # Damage of ours is not blamed on the holder.
    spoil(folder, names[2])
    outcome = check_answer(again, answer(again, mirror), folder.objects())
    assert outcome.unchecked == (names[2],)


def test_a_sample_is_drawn_without_replacement(folder, recorder):
    asked = make_challenge(folder, sample=10)
    assert len(set(asked.objects)) == 10
    assert set(asked.objects) <= set(folder.objects().all())
    assert make_challenge(folder, sample=10).objects != asked.objects


def test_strangers_are_read_and_counted(folder, recorder):
    folder.objects().put(io.BytesIO(b"nobody's"))
    assert audit(folder, recorder).strangers == 1
