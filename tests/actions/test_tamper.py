"""After one flipped bit anywhere, verification fails and names the place. On copies of the real demonstration."""

from __future__ import annotations

import importlib.util
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from embers.actions.case_folder import CaseFolder
from embers.actions.verification import verify_case
from embers.projections.rebuild import dump

Copy = Callable[[], CaseFolder]
ROOT = Path(__file__).parents[2]


def flip(path: Path, at: int, bit: int = 0) -> None:
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def with_full_rights(folder: CaseFolder) -> sqlite3.Connection:
    """Open the journal as a person who owns the file, and take the triggers away."""
    database = sqlite3.connect(folder.journal_path, isolation_level=None)
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    return database


def problems(folder: CaseFolder, *, with_projection: bool = False) -> str:
    check = verify_case(folder, with_projection=with_projection)
    assert check.sound == (not check.problems)
    return "\n".join(f"{problem.where}: {problem.what}" for problem in check.problems)


def test_the_untouched_copy_is_sound(demo_copy: Copy) -> None:
    folder = demo_copy()
    check = verify_case(folder)
    assert check.sound
    assert check.projection
    assert check.entries > 500
    assert not (folder.path / "case.check.sqlite3").exists()


def test_one_flipped_bit_in_any_object_is_found_and_named(demo_copy: Copy) -> None:
    folder = demo_copy()
    stored = list(folder.objects().all())
    assert len(stored) > 20
    for number, sha256 in enumerate(stored):
        path = folder.objects().place(sha256)
        flip(path, path.stat().st_size * number // len(stored), number % 8)
    found = problems(folder)
    for sha256 in stored:
        assert f"object {sha256}: was altered" in found


def test_a_missing_and_a_foreign_object_are_named(demo_copy: Copy) -> None:
    folder = demo_copy()
    gone, swapped, *_ = folder.objects().all()
    folder.objects().place(gone).unlink()
    place = folder.objects().place(swapped)
    place.chmod(0o644)
    place.write_bytes(b"other bytes")
    found = problems(folder)
    assert f"object {gone}: is missing" in found
    assert f"object {swapped}: was altered" in found


@pytest.mark.parametrize("where", [0.0, 0.31, 0.77, 1.0])
def test_one_flipped_bit_in_an_entry_is_found_and_named(demo_copy: Copy, where: float) -> None:
    folder = demo_copy()
    database = with_full_rights(folder)
    last = database.execute("SELECT max(seq) FROM entry").fetchone()[0]
    seq = int(last * where)
    origin, raw = database.execute("SELECT origin, raw FROM entry WHERE seq = ?", [seq]).fetchone()
    changed = bytearray(raw)
    changed[int((len(raw) - 1) * where)] ^= 4
    database.execute("UPDATE entry SET raw = ? WHERE seq = ?", [bytes(changed), seq])
    database.close()
    assert f"log {origin}, entry {seq}:" in problems(folder)


EDITS = {
    "a word of an entry, with its leaf hash made to fit": "entry",
    "an entry taken out": "DELETE FROM entry WHERE seq = 300",
    "the last entry taken out": "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
    "the last entries and their checkpoints taken out": "cut",
    "two entries exchanged": "exchange",
    "the key of the log": "UPDATE log SET vkey = replace(vkey, substr(vkey, -5, 1), '+')",
    "a checkpoint": "UPDATE checkpoint SET note = replace(note, substr(note, -9, 2), 'AA')",
    "every checkpoint taken out": "DELETE FROM checkpoint",
    "a stored tile root": "UPDATE node SET hash = zeroblob(32)",
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_by_a_person_with_full_rights_is_found(demo_copy: Copy, name: str) -> None:
    from embers.journal.merkle import leaf_hash

    folder = demo_copy()
    database = with_full_rights(folder)
    origin = database.execute("SELECT origin FROM log").fetchone()[0]
    edit = EDITS[name]
    if edit == "entry":
        query = "SELECT seq, raw FROM entry WHERE instr(raw, CAST('21' AS BLOB)) > 0 AND seq > 400 LIMIT 1"
        seq, raw = database.execute(query).fetchone()
        raw = raw.replace(b"21", b"12", 1)
        database.execute("UPDATE entry SET raw = ?, leaf = ? WHERE seq = ?", [raw, leaf_hash(raw), seq])
        place = f"log {origin}, entry {seq} ("
    elif edit == "exchange":
        database.execute("UPDATE entry SET seq = 100000 WHERE seq = 10")
        database.execute("UPDATE entry SET seq = 10 WHERE seq = 11")
        database.execute("UPDATE entry SET seq = 11 WHERE seq = 100000")
        place = f"log {origin}, entry 10:"
    elif edit == "cut":
        size = database.execute("SELECT min(size) FROM checkpoint WHERE size > 1").fetchone()[0]
        database.execute("DELETE FROM entry WHERE seq >= ?", [size])
        assert database.execute("DELETE FROM checkpoint WHERE size > ?", [size]).rowcount > 0
        place = origin
    else:
        assert database.execute(edit).rowcount > 0
        place = origin
    database.close()
    assert place in problems(folder)


def test_triggers_refuse_the_edit_of_somebody_careless(demo_copy: Copy) -> None:
    database = sqlite3.connect(demo_copy().journal_path)
    for table in ("entry", "checkpoint", "log", "node"):
        with pytest.raises(sqlite3.DatabaseError, match="append only"):
            database.execute(f"DELETE FROM {table}")
    database.close()


def test_one_row_less_in_any_projection_table_is_named(demo_copy: Copy) -> None:
    folder = demo_copy()
    projection = folder.projection()
    held = {table for table, _ in dump(projection)}
    projection.close()
    database = sqlite3.connect(folder.projection_path)
    for table in sorted(held - {"case_meta"}):
        key = {"search_box": "id", "search_day": "day"}.get(table, "rowid")
        database.execute(f"DELETE FROM {table} WHERE {key} = (SELECT max({key}) FROM {table})")
    database.commit()
    database.close()
    found = problems(folder, with_projection=True)
    assert {table for table in held if f"projection, {table}:" in found} == held - {"case_meta"}


def test_one_figure_changed_in_the_projection_is_named(demo_copy: Copy) -> None:
    folder = demo_copy()
    folder.projection().close()
    database = sqlite3.connect(folder.projection_path)
    changed = database.execute("UPDATE case_incident SET killed_max = 22 WHERE code = 'K20-33'")
    assert changed.rowcount == 1
    database.commit()
    database.close()
    found = problems(folder, with_projection=True)
    assert "projection, case_incident:" in found
    assert "K20-33" in found


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_for_tampering", ROOT / "verifier" / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def one_of_each_kind(dossier: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(dossier.rglob("*")):
        if path.is_file():
            inside = path.relative_to(dossier)
            kind = inside.parts[1] if len(inside.parts) > 2 else "bag" if len(inside.parts) == 1 else "data"
            key = f"{kind} {path.name if kind in {'bag', 'data', 'report', 'verify'} else path.suffix}"
            found.setdefault(key, path)
    return found


def test_one_flipped_bit_in_any_kind_of_dossier_file_is_found_and_named(
    demo_copy: Copy, verifier: ModuleType
) -> None:
    dossier = demo_copy().exports_path / "dossier"
    assert verifier.check(dossier)["problems"] == []
    kinds = one_of_each_kind(dossier)
    assert len(kinds) >= 20
    # Tag files one at a time, for they say what the rest should be; all others in one pass, each to be named.
    payload = [path for kind, path in kinds.items() if not kind.startswith("bag ")]
    for group in ([path] for kind, path in kinds.items() if kind.startswith("bag ")), [payload]:
        for paths in group:
            before = {path: path.read_bytes() for path in paths}
            for path, data in before.items():
                flip(path, len(data) // 2, 1)
            found = str(verifier.check(dossier)["problems"])
            assert [path.name for path in paths if path.name not in found] == []
            for path, data in before.items():
                path.write_bytes(data)


def test_embers_verify_fails_on_a_damaged_dossier_and_says_where(demo_copy: Copy) -> None:
    dossier = demo_copy().exports_path / "dossier"
    command = [sys.executable, "-c", "from embers.cli.main import main; main()", "verify", str(dossier)]
    sound = subprocess.run(command, capture_output=True, text=True, check=False)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    flip(dossier / "data" / "report" / "report.json", 100)
    damaged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert damaged.returncode == 1
    assert "data/report/report.json" in damaged.stdout
