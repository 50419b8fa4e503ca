"""Fetch the browser files Embers ships from the npm registry, and check that they are what was reviewed.

``python tools/vendor_assets.py --check`` compares every file under ``web/static/vendor`` with the digest in
``vendor.toml`` and needs no network. Without ``--check`` it fetches each package with ``npm pack``, refuses
any file whose digest differs from the pinned one, and only then writes. To take a new version, change
``version``, run it, read what changed, and put the digests it names into ``vendor.toml``.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "src" / "embers" / "web" / "static" / "vendor"
MANIFEST = "vendor.toml"


@dataclass(frozen=True, slots=True)
class VendoredFile:
    """One file of a package: where it is in the package, where it is kept here, and its SHA-256."""

    package: str
    version: str
    source: str
    target: str
    sha256: str


def read_manifest(vendor: Path) -> tuple[VendoredFile, ...]:
    """Return every file the manifest lists; a package without a licence file is refused."""
    manifest = tomllib.loads((vendor / MANIFEST).read_text(encoding="utf-8"))
    files: list[VendoredFile] = []
    for package in manifest["package"]:
        if not any("LICENSE" in row["to"] for row in package["file"]):
            raise SystemExit(f"{MANIFEST}: {package['name']} lists no licence file; add it.")
        files += [
            VendoredFile(package["name"], package["version"], row["from"], row["to"], row["sha256"])
            for row in package["file"]
        ]
    return tuple(files)


def problems(vendor: Path) -> Iterator[str]:
    """Yield one sentence for each file that is missing, altered, or present without being listed."""
    listed = {MANIFEST}
    for entry in read_manifest(vendor):
        listed.add(entry.target)
        path = vendor / entry.target
        if not path.is_file():
            yield f"{entry.target}: missing (from {entry.package} {entry.version})"
        elif (actual := digest(path.read_bytes())) != entry.sha256:
            yield f"{entry.target}: SHA-256 is {actual}, the manifest says {entry.sha256}"
    for path in sorted(vendor.rglob("*")):
        name = path.relative_to(vendor).as_posix()
        if path.is_file() and name not in listed:
            yield f"{name}: not listed in {MANIFEST}"


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def packed(package: str, version: str, folder: Path) -> Path:
    """Fetch one package archive with the npm client (no install scripts run) and return its path."""
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{package}@{version}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder / done.stdout.strip().splitlines()[-1]


def member(archive: Path, source: str) -> bytes:
    """Return the bytes of one file inside a package archive."""
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(f"package/{source}")
        if stream is None:
            raise SystemExit(f"{archive.name} has no file {source}.")
        return stream.read()


def fetch(vendor: Path) -> list[str]:
    """Fetch all packages; write nothing unless every digest matches, and return what does not."""
    wrong: list[str] = []
    contents: dict[str, bytes] = {}
    archives: dict[tuple[str, str], Path] = {}
    with tempfile.TemporaryDirectory() as folder:
        for entry in read_manifest(vendor):
            key = (entry.package, entry.version)
            if key not in archives:
                archives[key] = packed(*key, Path(folder))
            data = member(archives[key], entry.source)
            contents[entry.target] = data
            if digest(data) != entry.sha256:
                wrong.append(f'{entry.target}: fetched sha256 = "{digest(data)}"')
    if not wrong:
        for target, data in contents.items():
            (vendor / target).parent.mkdir(parents=True, exist_ok=True)
            (vendor / target).write_bytes(data)
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; exit code 0 when all is as pinned, 1 otherwise."""
    parser = argparse.ArgumentParser(description="Fetch or check the vendored browser files.")
    parser.add_argument("--check", action="store_true", help="compare digests only; needs no network")
    parser.add_argument("--vendor", type=Path, default=VENDOR, help="folder that holds vendor.toml")
    options = parser.parse_args(arguments)
    wrong = list(problems(options.vendor)) if options.check else fetch(options.vendor)
    for line in wrong:
        print(line)
    print("vendored files differ from the manifest" if wrong else "vendored files are as pinned")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
