"""The verifier alone: one file in an empty folder, and an interpreter with nothing but ``cryptography``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def lone_python() -> Path:
    """An interpreter of its own, made once and kept in ``.verifier-venv``."""
    folder = REPOSITORY / ".verifier-venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "ready"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "cryptography"], check=True)
        ready.touch()
    return python


def run(python, folder, *arguments):
    return subprocess.run(
        [python, "-I", "verify.py", *arguments],
        cwd=folder,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )


def test_alone_in_an_empty_folder(lone_python, dossier, tmp_path):
    shutil.copy(dossier / "data" / "verify" / "verify.py", tmp_path)
    installed = subprocess.run(
        [lone_python, "-m", "pip", "list", "--format=json"], capture_output=True, check=True, text=True
    )
    names = {one["name"] for one in json.loads(installed.stdout)}
    assert names <= {"cryptography", "cffi", "pycparser", "pip", "setuptools", "typing_extensions"}
    sound = run(lone_python, tmp_path, dossier)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert "NOT PROVEN" in sound.stdout
    broken = Path(shutil.copytree(dossier, tmp_path / "broken"))
    (broken / "data" / "README.txt").write_text("Other words.\n")
    found = run(lone_python, tmp_path, broken, "--json")
    assert found.returncode == 1
    assert {one["where"] for one in json.loads(found.stdout)["problems"]} >= {"data/README.txt"}
    assert run(lone_python, tmp_path, tmp_path / "nothing").returncode == 2


def test_the_copy_in_the_dossier_is_the_one_we_publish(dossier):
    for name in ("verify.py", "FORMAT.md"):
        assert (dossier / "data/verify" / name).read_bytes() == (REPOSITORY / "verifier" / name).read_bytes()


def test_it_imports_nothing_of_embers():
    text = (REPOSITORY / "verifier" / "verify.py").read_text(encoding="utf-8")
    modules = {
        line.split()[1].partition(".")[0]
        for line in text.splitlines()
        if line.lstrip().startswith(("import ", "from "))
    }
    assert modules <= sys.stdlib_module_names | {"cryptography"}
    assert len(text.splitlines()) <= 600


def test_it_agrees_with_the_published_vectors(lone_python):
    done = subprocess.run(
        [lone_python, "selftest.py"],
        cwd=REPOSITORY / "verifier",
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout.split()[0]) > 50
