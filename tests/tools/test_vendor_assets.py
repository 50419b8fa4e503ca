"""The vendored browser files are what was reviewed, and a changed one is noticed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "vendor_assets.py"
MANIFEST = """
[[package]]
name = "thing"
version = "1.0.0"
licence = "MIT"
file = [
  {{ from = "LICENSE", to = "thing/LICENSE", sha256 = "{licence}" }},
  {{ from = "thing.mjs", to = "thing/thing.mjs", sha256 = "{module}" }},
]
"""


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), "--check", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    contents = {"LICENSE": b"use freely\n", "thing.mjs": b"export const one = 1;\n"}
    (tmp_path / "thing").mkdir()
    for name, data in contents.items():
        (tmp_path / "thing" / name).write_bytes(data)
    licence, module = (hashlib.sha256(data).hexdigest() for data in contents.values())
    (tmp_path / "vendor.toml").write_text(MANIFEST.format(licence=licence, module=module))
    return tmp_path


def test_shipped_files_match_the_manifest() -> None:
    result = check()
    assert result.returncode == 0, result.stdout + result.stderr


def test_untouched_folder_passes(vendor: Path) -> None:
    assert check("--vendor", str(vendor)).returncode == 0


def test_one_changed_byte_is_named(vendor: Path) -> None:
    path = vendor / "thing" / "thing.mjs"
    path.write_bytes(path.read_bytes().replace(b"1", b"2"))
    result = check("--vendor", str(vendor))
    assert result.returncode == 1
    assert "thing/thing.mjs: SHA-256 is" in result.stdout


def test_missing_file_is_named(vendor: Path) -> None:
    (vendor / "thing" / "thing.mjs").unlink()
    assert "thing/thing.mjs: missing" in check("--vendor", str(vendor)).stdout


def test_unlisted_file_is_named(vendor: Path) -> None:
    (vendor / "extra.js").write_text("1")
    assert "extra.js: not listed" in check("--vendor", str(vendor)).stdout


def test_package_without_licence_is_refused(vendor: Path) -> None:
    path = vendor / "vendor.toml"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "LICENSE" not in line))
    result = check("--vendor", str(vendor))
    assert result.returncode == 1
    assert "lists no licence file" in result.stderr
