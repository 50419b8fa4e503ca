"""The worked examples of FORMAT.md: regenerated here and compared byte for byte.

``python tests/journal/test_vectors.py`` writes them, after a change of the format (which must raise a version).
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from small_journal import small_journal

from embers.errors import JournalError
from embers.journal.canonical import decode, encode
from embers.journal.entry import read_entry
from embers.journal.keys import public_text
from embers.journal.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from embers.journal.proof import prove, read_proof

FOLDER = Path(__file__).resolve().parents[2] / "verifier" / "test_vectors"
REFUSED = {
    b'{"a":1,"a":1}': "a repeated key",
    b"1.0": "a fraction",
    b"1e2": "an exponent",
    b"-0": "another spelling of 0",
    b"9007199254740992": "a number of 2^53",
    b'{"b":1,"a":2}': "keys out of order",
    b"[1, 2]": "a space",
    b'"\\u0041"': "a needless escape",
    '"e\u0301"'.encode(): "text not in form NFC",
    '{"é":1}'.encode(): "a key outside ASCII",
    b"[" * 34 + b"]" * 34: "too many levels",
    b'"\\ud800"': "a lone surrogate",
    b"\xef\xbb\xbf1": "a byte order mark",
    b"1\n": "a line break after the value",
}
VALUES = [
    None,
    [True, False, 0, -1, 2**53 - 1],
    {"b": "\u20ac", "a": '\b\t\n\f\r\u001f"\\/\u007f\u2028', "A": {"": []}},
    "Gəncə Գանձակ 🔥",
]


def canonical_vectors():
    return {
        "encode": [{"value": value, "hex": encode(value).hex()} for value in VALUES],
        "refuse": [{"hex": data.hex(), "why": why} for data, why in REFUSED.items()],
    }


def seed(private):
    return private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()).hex()


def entry_vectors(small):
    return {
        "persons": [
            {"seed": seed(one.private), "public": public_text(one.public), "id": one.id}
            for one in (small.person, small.other)
        ],
        "entries": [
            {"signed": one.signed_bytes().decode(), "bytes": one.raw.decode(), "id": one.id}
            for one in small.entries
        ],
    }


def tree_vectors():
    leaves = [leaf_hash(f"entry {number}".encode()) for number in range(20)]

    def subtrees(level, index):
        return root_of(leaves[index << level : (index + 1) << level])

    def hexes(path):
        return [part.hex() for part in path]

    return {
        "leaf_data": [f"entry {number}" for number in range(20)],
        "leaves": hexes(leaves),
        "roots": [root_of(leaves[:size]).hex() for size in range(21)],
        "inclusion": [
            {"index": index, "size": size, "path": hexes(inclusion_proof(index, size, subtrees))}
            for index, size in ((0, 1), (0, 7), (6, 7), (4, 20), (16, 20), (19, 20))
        ],
        "consistency": [
            {"old": old, "new": new, "path": hexes(consistency_proof(old, new, subtrees))}
            for old, new in ((1, 2), (4, 20), (6, 7), (7, 20), (16, 20), (20, 20))
        ],
    }


def checkpoint_vectors(small):
    device = small.ring.load_device(small.origin)
    notes = [note for _, note in small.journal.store.checkpoints(small.origin)]
    return {"seed": seed(device.private), "vkey": device.verifier, "notes": notes}


def proof_vectors(small):
    proofs = prove(small.journal, small.origin, range(len(small.entries)))
    pairs = zip(small.entries, proofs, strict=True)
    return {"proofs": [{"entry": one.id, "text": proof.text()} for one, proof in pairs]}


def build(folder):
    small = small_journal(folder, seed="Embers test vectors 1")
    made = {
        "canonical": canonical_vectors(),
        "entries": entry_vectors(small),
        "tree": tree_vectors(),
        "checkpoint": checkpoint_vectors(small),
        "proof": proof_vectors(small),
    }
    small.journal.close()
    return {f"{name}.json": json.dumps(part, indent=1) + "\n" for name, part in made.items()}


def test_the_stored_vectors_are_what_embers_writes(tmp_path):
    made = build(tmp_path)
    assert {path.name for path in FOLDER.iterdir()} == made.keys()
    for name, text in made.items():
        assert (FOLDER / name).read_text() == text, f"{name} differs: did the format change?"


def stored(name):
    return json.loads((FOLDER / name).read_text())


def test_the_stored_vectors_are_read():
    canonical = stored("canonical.json")
    for case in canonical["encode"]:
        assert decode(bytes.fromhex(case["hex"])) == case["value"]
    for case in canonical["refuse"]:
        with pytest.raises(JournalError):
            decode(bytes.fromhex(case["hex"]))
    vkey = stored("checkpoint.json")["vkey"]
    proofs = {case["entry"]: case["text"] for case in stored("proof.json")["proofs"]}
    for case in stored("entries.json")["entries"]:
        signed = read_entry(case["bytes"].encode())
        assert signed.id == case["id"]
        assert signed.signed_bytes().decode() == case["signed"]
        assert base64.b64encode(signed.signature).decode() in case["bytes"]
        assert read_proof(proofs[signed.id]).proves(bytes.fromhex(signed.id), vkey)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for file, content in build(Path(scratch)).items():
            (FOLDER / file).write_text(content)
