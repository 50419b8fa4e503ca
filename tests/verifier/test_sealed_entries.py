"""The stand-alone verifier reads entries with sealed objects, and refuses every other shape of them."""

from __future__ import annotations

import base64
import importlib.util
from pathlib import Path

import pytest

from embers.journal.canonical import encode
from embers.journal.entry import ClaimedTime, Entry, ObjectRef, read_entry, seal, sealed_ref

PLACE = Path(__file__).resolve().parents[2] / "verifier" / "verify.py"
KEY = "ed25519:" + "0" * 32


@pytest.fixture(scope="module")
def verifier():
    import sys

    spec = importlib.util.spec_from_file_location("verify_sealed", PLACE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify_sealed"] = module
    spec.loader.exec_module(module)
    return module


def entry(*objects: ObjectRef) -> bytes:
    plain = Entry(
        log="embers.invalid/" + "0" * 32,
        seq=3,
        case="6f1c2a34-0000-4000-8000-000000000000",
        by=KEY,
        role="interviewer",
        act="identity.seal",
        at=ClaimedTime("2020-10-17T08:00:05Z"),
        seen={},
        assertions=(),
        objects=objects,
        reason="",
    )
    return seal(plain, encode(plain.to_json()), key=KEY, signature=bytes(64)).raw


def test_sealed_and_plain_objects_stand_side_by_side(verifier):
    sealed, plain = sealed_ref("a" * 64, 4322, "b" * 64), ObjectRef("c" * 64, 5, "text/plain")
    raw = entry(sealed, plain)
    assert verifier.read_entry(raw)["objects"] == [sealed.to_json(), plain.to_json()]
    assert read_entry(raw).entry.objects == (sealed, plain)


@pytest.mark.parametrize(
    "odd",
    [
        {"sealed": {"form": "age-v1", "hmac": "b" * 64, "sha256": "a" * 64}},
        {
            "sealed": {
                "form": "age-v1",
                "hmac": "b" * 64,
                "sha256": "a" * 64,
                "size": 1,
                "media": "text/plain",
            }
        },
        {
            "sealed": {"form": "age-v1", "hmac": "b" * 64, "sha256": "a" * 64, "size": 1},
            "media": "text/plain",
        },
        {"sealed": "a" * 64},
        {"sha256": "a" * 64, "size": 1},
        "a" * 64,
    ],
)
def test_other_shapes_are_refused_by_both_readers(verifier, odd):
    import json

    data = json.loads(entry())
    data["objects"] = [odd]
    raw = encode(data)
    with pytest.raises(verifier.Bad):
        verifier.read_entry(raw)
    with pytest.raises(Exception, match="object"):
        read_entry(raw)
    assert base64.b64decode(data["sig"]["s"]) == bytes(64)
