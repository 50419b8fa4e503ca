#!/usr/bin/env python3
"""Check ``verify.py`` itself against the published test vectors: python selftest.py

The vectors lie in ``test_vectors/`` beside this file and were written by another program. Exit code 0 if the
verifier accepts every good vector and refuses every bad one, else 1.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import verify
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VECTORS = Path(__file__).resolve().parent / "test_vectors"


def load(name: str) -> Any:  # noqa: ANN401
    """Return the vectors of one file."""
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def canonical(data: bytes) -> bool:
    """Tell whether the verifier takes bytes for canonical JSON."""
    try:
        return verify.canonical(verify.parse(data)) == data
    except (verify.Bad, ValueError, RecursionError):
        return False


def signed_by(public: bytes, signature: bytes, data: bytes) -> bool:
    """Tell whether the verifier takes a signature for good."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def checks() -> Iterator[tuple[str, bool]]:
    """Yield (what is checked, whether the verifier is right)."""
    for number, one in enumerate(load("canonical.json")["encode"]):
        yield f"canonical form {number}", verify.canonical(one["value"]).hex() == one["hex"]
        yield f"canonical bytes {number}", canonical(bytes.fromhex(one["hex"]))
    for one in load("canonical.json")["refuse"]:
        yield f"refuse {one['why']}", not canonical(bytes.fromhex(one["hex"]))
    vectors = load("entries.json")
    keys = {person["id"]: verify.unbase64(person["public"], 32) for person in vectors["persons"]}
    for one in vectors["entries"]:
        raw = one["bytes"].encode()
        entry = verify.read_entry(raw)
        signature = verify.unbase64(entry["sig"]["s"], 64)
        signed = one["signed"].encode()
        yield f"id of {one['id']}", hashlib.sha256(b"\x00" + raw).hexdigest() == one["id"]
        yield f"signature of {one['id']}", signed_by(keys[entry["by"]], signature, signed)
        yield f"altered {one['id']}", not signed_by(keys[entry["by"]], signature, signed[:-1] + b"]")
    yield from tree_checks()
    yield from note_checks()


def tree_checks() -> Iterator[tuple[str, bool]]:
    """Inclusion proofs, right ones and ones for another place."""
    tree = load("tree.json")
    leaves, roots = ([bytes.fromhex(text) for text in tree[name]] for name in ("leaves", "roots"))
    for one in tree["inclusion"]:
        path = [bytes.fromhex(text) for text in one["path"]]
        index, size = one["index"], one["size"]
        right = verify.in_tree(leaves[index], index, size, path, roots[size])
        wrong = verify.in_tree(leaves[index - 1], index, size, path, roots[size])
        yield f"inclusion of {index} in {size}", right and (size == 1 or not wrong)


def note_checks() -> Iterator[tuple[str, bool]]:
    """Checkpoints and self-contained proofs."""
    vectors = load("checkpoint.json")
    found = verify.Findings()
    origin = vectors["vkey"].split("+")[0]
    found.logs[origin] = vectors["vkey"]
    for note in vectors["notes"]:
        size = int(note.split("\n")[1])
        yield f"checkpoint {size}", verify.read_checkpoint(note, found)[:2] == (origin, size)
        try:
            accepted = bool(verify.read_checkpoint(note.replace(f"\n{size}\n", f"\n{size + 1}\n"), found))
        except (verify.Bad, InvalidSignature):
            accepted = False
        yield f"altered checkpoint {size}", not accepted
    for one in load("proof.json")["proofs"]:
        head, _, note = one["text"].partition("\n\n")
        _, place, *path = head.split("\n")
        _, size, root = verify.read_checkpoint(note, found)
        index = int(place.removeprefix("index "))
        hashes = [verify.unbase64(line, 32) for line in path]
        yield f"proof {index}", verify.in_tree(bytes.fromhex(one["entry"]), index, size, hashes, root)


def main() -> int:
    """Run every check and name the ones that fail."""
    outcomes = list(checks())
    wrong = [name for name, right in outcomes if not right]
    for name in wrong:
        print(f"WRONG: {name}")
    print(f"{len(outcomes) - len(wrong)} of {len(outcomes)} checks are right.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
