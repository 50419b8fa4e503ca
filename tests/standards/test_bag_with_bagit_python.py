"""Somebody else's implementation, bagit-python, reads our packages and we read its."""

from __future__ import annotations

import hashlib

import bagit
import pytest

from embers.custody.bag import check_bag, write_bag
from embers.surroundings import Surroundings

pytestmark = pytest.mark.oracle
PAYLOAD = {"a.txt": b"one\n", "deep/er/b.bin": bytes(range(256)), "Gəncə/Գանձակ.txt": b"x", "empty": b""}


@pytest.fixture
def ours(tmp_path):
    with write_bag(tmp_path / "bag", Surroundings(), info={"External-Description": "first\nsecond"}) as bag:
        for name, data in PAYLOAD.items():
            bag.add_bytes(name, data)
    return tmp_path / "bag"


def test_it_accepts_our_package(ours):
    bag = bagit.Bag(str(ours))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert set(bag.algorithms) == {"sha256", "sha512"}
    assert set(bag.payload_files()) == {f"data/{name}" for name in PAYLOAD}
    assert bag.entries["data/a.txt"]["sha256"] == hashlib.sha256(b"one\n").hexdigest()


@pytest.mark.parametrize("name", ["data/a.txt", "bag-info.txt", "manifest-sha256.txt"])
def test_it_finds_the_damage_we_find(ours, name):
    data = bytearray((ours / name).read_bytes())
    data[0] ^= 1
    (ours / name).write_bytes(data)
    assert name in {problem.where for problem in check_bag(ours)}
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(ours)).validate()


def test_we_accept_its_package(tmp_path):
    for name, data in PAYLOAD.items():
        (tmp_path / "theirs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "theirs" / name).write_bytes(data)
    bagit.make_bag(str(tmp_path / "theirs"), checksums=["sha256", "sha512"])
    assert check_bag(tmp_path / "theirs") == []
    (tmp_path / "theirs" / "data" / "a.txt").write_bytes(b"two\n")
    assert "data/a.txt" in {problem.where for problem in check_bag(tmp_path / "theirs")}
