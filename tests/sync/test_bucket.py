"""A bucket of a real S3-speaking server carries the same bytes as a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "servers"))

from s3_server import KEYS, start_s3
from simulated_world import World

from embers.surroundings import Surroundings
from embers.sync.blobs import FolderBlobs
from embers.sync.bucket import open_bucket
from embers.sync.folder import FolderPeer


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    server = start_s3(tmp_path / "s3.log")
    yield open_bucket(f"s3://{server.bucket()}/case?endpoint={server.endpoint}&region=us-east-1")
    server.stop()


def test_the_bucket_holds_what_a_folder_holds_and_the_office_takes_it(bucket, tmp_path):
    world = World(1, tmp_path / "world", devices=1)
    laptop = world.nodes[-1]
    for _ in range(4):
        world._work(laptop)
    folder = FolderBlobs(tmp_path / "stick", Surroundings())
    for blobs in (bucket, folder):
        contains = laptop.replica.histories.in_journal
        laptop.replica.exchange(FolderPeer(blobs, case=world.case, contains=contains))
    packages = list(bucket.names("log/"))
    assert packages == list(folder.names("log/"))
    assert all(bucket.get(name) == folder.get(name) for name in packages)
    office = world.office.replica
    office.exchange(FolderPeer(bucket, case=world.case, contains=office.histories.in_journal))
    assert world.everything(world.office) == world.everything(laptop)
    assert not office.missing()


def test_a_name_is_written_once_unless_it_rotted(bucket):
    bucket.put("chunk/a", b"right")
    bucket.put("chunk/a", b"right")
    assert bucket.get("chunk/a") == b"right"
    assert bucket.has("chunk/a")
    assert list(bucket.names("chunk/")) == ["chunk/a"]
    bucket.drop("chunk/a")
    bucket.drop("chunk/a")
    assert bucket.get("chunk/a") is None
