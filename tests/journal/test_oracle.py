"""Our logs, checked by somebody else's implementation of the C2SP texts (aics-tlog, Python 3.12 or newer)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from other_environment import newer_python, other_environment

from embers.journal.tiles import export_folder

PACKAGE = "aics-tlog==0.2.1"

# Runs in the other interpreter; knows nothing of Embers.
SCRIPT = """
import base64, json, sys
import aics_tlog as t
task = json.load(sys.stdin)
key = t.parse_vkey(task["vkey"])
notes = [t.verify_checkpoint(t.parse_note(note), key, expected_origin=task["origin"]) for note in task["notes"]]
reader = t.FileSystemTileReader(task["folder"])
newest = t.parse_checkpoint(t.parse_note(task["notes"][-1]).text)
points = [t.parse_checkpoint(t.parse_note(note).text) for note in task["notes"]]
size, root = newest.size, bytes(newest.root)
try:
    t.audit_tiles(reader, size, root)
    audit = "sound"
except (t.TileVerificationError, t.TileMissingError) as error:
    audit = str(error)
inclusion = [
    t.verify_inclusion(bytes.fromhex(leaf), index, size, [base64.b64decode(part) for part in path], root)
    and path == [base64.b64encode(part).decode() for part in t.inclusion_proof_from_tiles(reader, index, size)]
    for index, leaf, path in task["inclusion"]
]
consistency = [
    t.verify_consistency(point.size, size, bytes(point.root), root, [base64.b64decode(part) for part in path])
    for point, path in zip(points, task["consistency"], strict=True)
]
leaves = [t.leaf_hash(t.read_entry(reader, index, size)).hex() == leaf for index, leaf, _ in task["inclusion"]]
print(json.dumps({"notes": [bool(note.log_ok) for note in notes], "audit": audit, "size": size,
                  "inclusion": inclusion, "consistency": consistency, "leaves": leaves}))
"""


@pytest.fixture(scope="session")
def oracle() -> Path:
    """The other implementation in an environment of its own, kept between runs."""
    return other_environment(".oracle-venv", PACKAGE, newer_python())


def ask(oracle, task):
    done = subprocess.run(
        [str(oracle), "-I", "-c", SCRIPT], input=json.dumps(task), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def task_for(small, folder):
    from base64 import b64encode

    journal, origin = small.journal, small.origin
    size = export_folder(journal, origin, folder)
    points = list(journal.store.checkpoints(origin))
    rows = journal.store.log_entries(origin, 0, size)[::61]
    return {
        "vkey": journal.logs()[0].vkey,
        "origin": origin,
        "folder": str(folder),
        "notes": [note for _, note in points],
        "inclusion": [
            (
                row.seq,
                row.leaf.hex(),
                [b64encode(part).decode() for part in journal.inclusion(origin, row.seq)],
            )
            for row in rows
        ],
        "consistency": [
            [b64encode(part).decode() for part in journal.consistency(origin, old, size)] for old, _ in points
        ],
    }


@pytest.mark.oracle
def test_an_independent_implementation_accepts_our_log(small, oracle, tmp_path):
    for count in (3, 254, 1, 300, 120):
        small.journal.append_many([small.note(str(number)) for number in range(count)], small.person)
    task = task_for(small, tmp_path / "log")
    answer = ask(oracle, task)
    assert answer["size"] == 683
    assert answer["audit"] == "sound"
    for part in ("notes", "inclusion", "consistency", "leaves"):
        assert len(answer[part]) >= 8
        assert all(answer[part]), part


@pytest.mark.oracle
def test_it_refuses_what_was_altered(small, oracle, tmp_path):
    small.journal.append_many([small.note(str(number)) for number in range(300)], small.person)
    task = task_for(small, tmp_path / "log")
    bundle = tmp_path / "log" / "tile" / "entries" / "000"
    data = bytearray(bundle.read_bytes())
    data[5000] ^= 1
    bundle.write_bytes(data)
    task["notes"][1] = task["notes"][1].replace("\n2\n", "\n3\n")
    task["consistency"][2][0] = task["consistency"][0][0]
    answer = ask(oracle, task)
    assert answer["audit"] != "sound"
    assert answer["notes"][1] is False
    assert answer["consistency"][2] is False
