"""Checks a BagIt package (RFC 8493) without trusting it: missing, extra and altered files are named."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from embers.custody.bag_form import ALGORITHMS, PAYLOAD, manifest_name, read_info, read_manifest
from embers.journal.verify import Problem
from embers.objects.digest import digest_stream
from embers.surroundings import Surroundings

#: Tag files larger than this are not read: a manifest of a million files has about 200 MB.
TAG_LIMIT = 512 * 1024 * 1024
_HINT = "Ask for the package again and compare; keep this one as it is."
_VERSIONS = ("BagIt-Version: 1.0", "BagIt-Version: 0.97")


def list_files(root: Path) -> tuple[dict[str, Path], list[str]]:
    """Return (regular files by relative path in NFC, paths that are links, devices or double names)."""
    files: dict[str, Path] = {}
    odd: list[str] = []
    folders = [root]
    while folders:
        folder = folders.pop()
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path = Path(entry.path)
            name = unicodedata.normalize("NFC", path.relative_to(root).as_posix())
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_file(follow_symlinks=False) and name not in files:
                files[name] = path
            else:
                odd.append(name)
    return files, odd


@dataclass(slots=True)
class _Check:
    root: Path
    surroundings: Surroundings
    files: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    manifests: dict[str, dict[str, str]] = field(default_factory=dict)

    def problem(self, where: str, what: str) -> None:
        self.problems.append(Problem(where, what, _HINT))

    def text(self, name: str) -> str | None:
        """Read a tag file as UTF-8; a missing or unreadable one is a problem."""
        path = self.files.get(name)
        if path is None:
            self.problem(name, "is missing")
            return None
        with self.surroundings.disk.read(path) as handle:
            data = handle.read(TAG_LIMIT + 1)
        if len(data) > TAG_LIMIT:
            self.problem(name, "is larger than any tag file")
            return None
        if data.startswith(b"\xef\xbb\xbf"):
            self.problem(name, "begins with a byte-order mark, which RFC 8493 forbids")
            data = data[3:]
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            self.problem(name, f"is not UTF-8 at byte {error.start}")
            return None


def check_bag(path: Path, surroundings: Surroundings | None = None) -> list[Problem]:
    """Check a package in full; an empty list means that it is complete and unaltered since it was packed.

    Links and special files are refused, never followed. It never stops at the first problem.
    """
    check = _Check(path, surroundings or Surroundings())
    if path.is_symlink() or not path.is_dir():
        check.problem(str(path), "is not a folder")
        return check.problems
    check.files, odd = list_files(path)
    for name in odd:
        check.problem(
            name, "is a link, a special file, or a name found twice; packages hold plain files only"
        )
    _declaration(check)
    _manifests(check)
    _coverage(check)
    _digests(check)
    _oxum(check)
    return check.problems


def _declaration(check: _Check) -> None:
    text = check.text("bagit.txt")
    if text is None:
        return
    lines = text.splitlines()
    if len(lines) != 2 or lines[0] not in _VERSIONS or lines[1] != "Tag-File-Character-Encoding: UTF-8":
        check.problem("bagit.txt", "does not declare BagIt 1.0 with tag files in UTF-8")


def _manifests(check: _Check) -> None:
    for tags in (False, True):
        names = [manifest_name(algorithm, tags=tags) for algorithm in ALGORITHMS]
        for name in names:
            if name not in check.files:
                continue
            check.manifests[name], wrong = read_manifest(check.text(name) or "")
            for what in wrong:
                check.problem(name, what)
    if not any(name.startswith("manifest-") for name in check.manifests):
        check.problem("manifest-sha256.txt", "is missing: there is no payload manifest that can be checked")


def _coverage(check: _Check) -> None:
    """Every payload file must be in every payload manifest, and every listed file must be there."""
    payload = {name for name in check.files if name.startswith(f"{PAYLOAD}/")}
    missing: set[str] = set()
    for name, listed in check.manifests.items():
        if name.startswith("manifest-"):
            for path in sorted(payload - listed.keys()):
                check.problem(path, f"is not listed in {name}: it was added")
        else:
            tags = {path for path in check.files if "/" not in path and not path.startswith("tagmanifest-")}
            for path in sorted(tags - listed.keys()):
                check.problem(path, f"is not listed in {name}: it was added")
        missing |= listed.keys() - check.files.keys()
    for path in sorted(missing):
        check.problem(path, "is listed but missing")


def _digests(check: _Check) -> None:
    """Read each listed file once, for all its manifests together."""
    wanted: dict[str, dict[str, str]] = {}
    for name, listed in check.manifests.items():
        algorithm = name.rpartition("-")[2].removesuffix(".txt")
        for path, digest in listed.items():
            wanted.setdefault(path, {})[algorithm] = digest
    for path, expected in sorted(wanted.items()):
        if path not in check.files:
            continue
        try:
            with check.surroundings.disk.read(check.files[path]) as handle:
                found = digest_stream(handle, tuple(expected))
        except OSError as error:
            check.problem(path, f"cannot be read ({error.strerror})")
            continue
        wrong = [name for name, digest in expected.items() if found.hex(name) != digest]
        if wrong:
            check.problem(path, f"was altered: its {' and '.join(wrong)} differ from the manifest")


def _oxum(check: _Check) -> None:
    if "bag-info.txt" not in check.files:
        return
    stated = read_info(check.text("bag-info.txt") or "").get("Payload-Oxum")
    sizes = [path.lstat().st_size for name, path in check.files.items() if name.startswith(f"{PAYLOAD}/")]
    found = f"{sum(sizes)}.{len(sizes)}"
    if stated is not None and stated != found:
        check.problem("bag-info.txt", f"states Payload-Oxum {stated}, but {found} (bytes.files) is found")
