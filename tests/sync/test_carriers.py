"""Folder, bucket and HTTPS carry the same bytes; a witness is shown origin, size and root and nothing else."""

from __future__ import annotations

import base64
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest
from served_office import TOKEN

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "servers"))

from s3_server import KEYS, start_s3

from embers.actions.compartments import Member, new_compartment, publish_key
from embers.actions.sealing import seal_sheet
from embers.actions.sync import open_replica, synchronise
from embers.custody.compartment import compartment_named
from embers.ids import new_subject
from embers.journal.canonical import decode
from embers.journal.entry import read_entry
from embers.journal.journal import subtree_reader
from embers.journal.merkle import consistency_proof
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings, SystemClock
from embers.sync.blobs import FolderBlobs
from embers.sync.bucket import open_bucket
from embers.sync.cosignature import Cosigner, read_cosignature
from embers.sync.folder import FolderPeer
from embers.sync.https import HttpsPeer
from embers.sync.state import SyncState
from embers.sync.witness import Witness, request_text

PIECE = 4096
SECRET = "Nvard Example of Upper Testford"


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    server = start_s3(tmp_path / "s3.log")
    yield open_bucket(f"s3://{server.bucket()}/case?endpoint={server.endpoint}&region=us-east-1")
    server.stop()


def sealed_sheet(team) -> None:
    """Make a vault at the office; let the laptop seal a sheet to it."""
    signer, folder = team.recorder("office"), team.folder("office")
    person = signer.journal.roster().subjects[signer.person.id]
    age = folder.sealing_keys().create("staff-01")
    signer.record(publish_key(signer, person, age.recipient))
    signer.record(new_compartment(signer, folder.wraps(), "vault", [Member(person, age.recipient)])[1])
    team.exchange("office")
    team.exchange("laptop")
    signer, folder = team.recorder("laptop"), team.folder("laptop")
    vault = compartment_named(ProjectedCase(folder.projection()), "vault", signer.journal.roster())
    who = new_subject("person", signer.surroundings.randomness)
    signer.record(seal_sheet(signer, folder.wraps(), SECRET.encode(), subject=who, to=[vault]).act)


def test_the_same_bytes_go_over_all_three_carriers(team, address, bucket):
    sealed_sheet(team)
    team.take_in("laptop", bytes(range(256)) * 40)
    journal = team.folder("laptop").journal()
    replica = open_replica(team.folder("laptop"), journal, chunk=PIECE)
    stick = FolderBlobs(team.root / "fresh stick", Surroundings())
    for blobs in (stick, bucket):
        replica.exchange(
            FolderPeer(blobs, case=replica.histories.case, contains=replica.histories.in_journal)
        )
    parts = ("log/", "chunk/", "object/", "wrap/")
    held = {name: stick.get(name) for part in parts for name in stick.names(part)}
    assert all(any(name.startswith(part) for name in held) for part in parts)
    assert {name: bucket.get(name) for part in parts for name in bucket.names(part)} == held
    sent: dict[str, list[bytes]] = {}

    class Kept(HTTPConnection):
        def request(self, method, url, body=None, headers=None):
            sent.setdefault(url.strip("/"), []).append(body)
            super().request(method, url, body, headers or {})

    peer = HttpsPeer(address, token=TOKEN, connect=lambda host, port: Kept(host, port, timeout=60))
    done = replica.exchange(peer)
    peer.close()
    assert not done.refused
    packages = {data for name, data in held.items() if name.startswith("log/") and not name.endswith("/head")}
    assert set(sent["take"]) <= packages, (
        "every package that went to the office lies on the stick, byte for byte"
    )
    pieces = {f"chunk/{body[:64].decode()}": body[64:] for body in sent["put-chunk"]}
    assert pieces
    assert pieces.items() <= held.items()
    lists = {f"object/{decode(body)['sha256']}": body for body in sent["offer-object"]}
    assert lists.items() <= held.items()
    wraps = {base64.b64decode(text) for body in sent["take-wraps"] for _, text in decode(body)["wraps"]}
    assert wraps
    assert wraps <= {data for name, data in held.items() if name.startswith("wrap/")}
    receipts = {note for body in sent["take-receipts"] for note in decode(body)["receipts"]}
    replica.exchange(FolderPeer(stick, case=replica.histories.case, contains=replica.histories.in_journal))
    assert receipts <= {(stick.get(name) or b"").decode() for name in stick.names("receipt/")}
    journal.close()


def test_a_witness_is_shown_origin_size_and_root_and_keeps_nothing_else(team, tmp_path):
    team.note("laptop", SECRET)
    team.take_in("laptop", b"\xff\xd8" + SECRET.encode() * 99)
    folder = team.folder("laptop")
    journal = folder.journal()
    key = team.folder("office").keyring().create_named("cosigners", "partner")
    state = SyncState(tmp_path / "witness.sqlite3")
    witness = Witness(state, Cosigner("partner.invalid/witness", key), SystemClock())
    own = journal.own_log()
    seen = b""
    for size, note in [(0, ""), *journal.store.checkpoints(own)][1:]:
        known = state.witnessed(own)
        old = known.size if known else 0
        proof = consistency_proof(old, size, subtree_reader(journal.store, own)) if old else []
        request = request_text(old, proof, note)
        seen += request.encode()
        vkey = next(log.vkey for log in journal.logs() if log.origin == own)
        line = witness.add_checkpoint(request, vkey)
        assert read_cosignature(note + line, witness.cosigner.vkey).time > 0
    assert state.witnessed(own).size == journal.store.size(own) > 2
    state.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("witness.sqlite3*"))
    for shown in (seen, kept):
        assert own.encode() in shown
        assert SECRET.encode() not in shown
        for _, signed in journal.entries():
            entry = signed.entry
            for word in (entry.case, entry.by, signed.key, *(ref.sha256 for ref in entry.objects)):
                assert word.encode() not in shown
            assert not any(
                said.id.encode() in shown or said.subject.encode() in shown for said in entry.assertions
            )
        for stored in journal.store.entries():
            assert stored.raw not in shown
            assert read_entry(stored.raw).entry.at.claimed.encode() not in shown
    journal.close()


def test_what_goes_over_one_carrier_is_not_sent_again_over_another(team, address):
    team.take_in("laptop", bytes(range(256)) * 40)
    team.exchange("laptop")
    team.exchange("office")
    done = synchronise(team.folder("laptop"), address, token=TOKEN)
    assert (done.sent, done.objects_sent) == (0, 0)
