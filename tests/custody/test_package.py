from __future__ import annotations

import io

import pytest

from embers.custody.package import ExhibitFile, write_dossier
from embers.custody.verifier_files import NAMES, verifier_files
from embers.errors import CustodyError
from embers.surroundings import Surroundings

ID = "a" * 64


def write(target, *, exhibits=(), entries=((ID, b"{}"),), proofs=((ID, "proof"),)):
    return write_dossier(
        target,
        Surroundings(),
        exhibits=exhibits,
        entries=entries,
        proofs=proofs,
        checkpoints=[],
        policy="quorum none\n",
        roster={"persons": [], "logs": []},
        report_files={"report.json": b"{}"},
        readme="Read me.\n",
        info={},
    )


def exhibit(number="EMB-0001", *, data=b"x", size=1):
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    return ExhibitFile(number, "a.txt", digest, size, "text/plain", lambda: io.BytesIO(data))


def test_the_summary_counts(tmp_path):
    summary = write(tmp_path / "d", exhibits=[exhibit()])
    assert (summary.exhibits, summary.entries) == (1, 1)
    assert summary.files == len([path for path in (tmp_path / "d" / "data").rglob("*") if path.is_file()])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"exhibits": [exhibit(data=b"y")]}, "not the recorded"),
        ({"exhibits": [exhibit(size=2)]}, "has 1 bytes, not the recorded 2"),
        ({"exhibits": [exhibit("../up")]}, "is not an exhibit number"),
        ({"exhibits": [exhibit(), exhibit()]}, "already has"),
        ({"proofs": ()}, "do not belong together"),
        ({"entries": ()}, "do not belong together"),
        ({"entries": (("../../x", b""),)}, "is not an entry id"),
    ],
)
def test_what_is_refused_leaves_nothing(tmp_path, wrong, words):
    with pytest.raises(CustodyError, match=words):
        write(tmp_path / "d", **wrong)
    assert list(tmp_path.iterdir()) == []


def test_the_verifier_is_found():
    assert set(verifier_files()) == set(NAMES)
    assert b"def check_bag" in verifier_files()["verify.py"]
