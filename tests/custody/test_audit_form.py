from __future__ import annotations

import hashlib
import hmac
import io
import json

import pytest

from embers.custody.audit import Challenge, check_answer, proof_of, read_answer, read_challenge
from embers.errors import CustodyError

NONCE = "ab" * 32
NAME = hashlib.sha256(b"a").hexdigest()


def test_the_proof_is_a_plain_hmac():
    data = b"x" * 700_000
    assert proof_of(NONCE, io.BytesIO(data)) == hmac.new(bytes.fromhex(NONCE), data, "sha256").hexdigest()


def test_a_challenge_survives_the_journey():
    made = Challenge(NONCE, (NAME,))
    assert read_challenge(json.dumps(made.to_json()).encode()) == made


GOOD = {"form": "embers.audit-challenge", "v": 1, "nonce": NONCE, "objects": [NAME]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"form": "other"},
        {"v": 2},
        {"nonce": "short"},
        {"nonce": 7},
        {"objects": "all"},
        {"objects": ["../../etc/passwd"]},
        {"objects": [1]},
    ],
)
def test_what_is_no_challenge_is_refused(wrong):
    with pytest.raises(CustodyError):
        read_challenge(json.dumps({**GOOD, **wrong}).encode())


@pytest.mark.parametrize("data", [b"", b"[1", b"[" * 100_000, b"\xff", b"{}"])
def test_rubbish_is_refused(data):
    for read in (read_challenge, read_answer):
        with pytest.raises(CustodyError):
            read(data)


def test_an_answer_to_another_nonce_is_refused():
    with pytest.raises(CustodyError, match="another challenge"):
        check_answer(Challenge(NONCE, ()), {"nonce": "cd" * 32, "proofs": {}}, None)
