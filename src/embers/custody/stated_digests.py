"""Digests somebody else wrote down beside the material: md5sum and sha256sum lists, BagIt manifests, one-file notes.

They are compared with what is found here and recorded as theirs. A list that disagrees is never a reason to refuse
material: it is a fact about the material, and it is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from embers.custody.names import recorded_name
from embers.surroundings import Surroundings

#: Lists larger than this are preserved like any file but not compared.
LARGEST = 64 * 1024 * 1024
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_LIST_NAME = re.compile(
    r"((md5|sha1|sha256|sha512)(sums?|sum)?|checksums?|hashes|manifest-(md5|sha1|sha256|sha512))(\.(txt|md5|sha\d+))?"
    r"|.+\.(md5|sha1|sha256|sha512)",
    re.IGNORECASE,
)
_GNU = re.compile(r"(\\?)([0-9A-Fa-f]{32,128})[ \t]+\*?(.+)")
_BSD = re.compile(r"(?:MD5|SHA-?1|SHA2?-?256|SHA2?-?512) ?\((.+)\) ?= ?([0-9A-Fa-f]{32,128})")
_BARE = re.compile(r"[0-9A-Fa-f]{32,128}")


@dataclass(frozen=True, slots=True)
class StatedList:
    """One list: its name as recorded, and the digests by algorithm it states for each recorded file name."""

    name: str
    digests: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a list compares with the material: files that match, that differ, that are missing; ``extra`` unlisted."""

    name: str
    matching: int
    differing: tuple[str, ...]
    missing: tuple[str, ...]
    extra: int

    @property
    def outcome(self) -> str:
        """The outcome in a few words."""
        if self.differing:
            return "differs"
        return "matches in part" if self.missing else "matches"

    @property
    def detail(self) -> str:
        """The outcome in one sentence."""
        parts = [f"{self.matching} files have the digest {self.name} states"]
        if self.differing:
            parts.append(f"{len(self.differing)} have another ({_some(self.differing)})")
        if self.missing:
            parts.append(f"{len(self.missing)} are listed and not there ({_some(self.missing)})")
        if self.extra:
            parts.append(f"{self.extra} are not listed")
        return "; ".join(parts) + "."


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def is_list_name(name: str) -> bool:
    """Tell whether a file name is that of a list of digests."""
    return _LIST_NAME.fullmatch(name.rpartition("/")[2]) is not None


def lists_in(files: Iterable[tuple[Path, str]], surroundings: Surroundings) -> list[StatedList]:
    """Read every list of digests among files given with their recorded names."""
    found = (_read(path, name, surroundings) for path, name in files if is_list_name(name))
    return [one for one in found if one.digests]


def lists_beside(path: Path, surroundings: Surroundings) -> list[StatedList]:
    """Read the lists that lie in the folder of a single file and speak of it."""
    try:
        neighbours = sorted(
            near for near in path.parent.iterdir() if is_list_name(near.name) and near.is_file()
        )
    except OSError:
        return []
    own = recorded_name(path.name)[0]
    found = lists_in(
        [(near, recorded_name(near.name)[0]) for near in neighbours if near != path], surroundings
    )
    return [StatedList(one.name, {own: one.digests[own]}) for one in found if own in one.digests]


def _read(path: Path, name: str, surroundings: Surroundings) -> StatedList:
    try:
        with surroundings.disk.read(path) as handle:
            data = handle.read(LARGEST + 1)
    except OSError:
        return StatedList(name, {})
    if len(data) > LARGEST:
        return StatedList(name, {})
    return read_list(name, data.decode("utf-8", "surrogateescape"))


def read_list(name: str, text: str) -> StatedList:
    """Read the text of a list. Names in it are relative to the folder it lies in; other lines are passed over."""
    folder = name.rpartition("/")[0]
    bag = name.rpartition("/")[2].lower().startswith("manifest-")
    found: dict[str, dict[str, str]] = {}
    for line in text.lstrip("\ufeff").splitlines():
        read = _line(line, name)
        if read is None:
            continue
        digest, listed = read
        algorithm = _BY_LENGTH.get(len(digest))
        if algorithm is None:
            continue
        listed = (unquote(listed) if bag else listed).replace("\\", "/").removeprefix("./")
        whole = f"{folder}/{listed}" if folder else listed
        found.setdefault(unicodedata.normalize("NFC", recorded_name(whole)[0]), {})[algorithm] = (
            digest.lower()
        )
    return StatedList(name, found)


def _line(line: str, name: str) -> tuple[str, str] | None:
    if match := _BSD.fullmatch(line.strip()):
        return match[2], match[1]
    if match := _GNU.fullmatch(line):
        escaped, digest, listed = match.groups()
        return digest, _unescaped(listed) if escaped else listed
    bare = line.strip()
    last = name.rpartition("/")[2]
    if _BARE.fullmatch(bare) and "." in last:  # photo.jpg.md5 holding nothing but the digest of photo.jpg
        return bare, last.rpartition(".")[0]
    return None


def _unescaped(text: str) -> str:
    """Undo the escapes of coreutils: a line that begins with a backslash writes newlines as ``\\n``."""
    return re.sub(r"\\([\\nr])", lambda found: {"\\": "\\", "n": "\n", "r": "\r"}[found[1]], text)


def compare(stated: StatedList, found: Mapping[str, Mapping[str, str]]) -> Comparison:
    """Compare a list with the digests found, by recorded name and algorithm."""
    differing, missing, matching = [], [], 0
    for name, digests in stated.digests.items():
        if name not in found:
            missing.append(name)
        elif any(found[name].get(algorithm) != digest for algorithm, digest in digests.items()):
            differing.append(name)
        else:
            matching += 1
    extra = len(found.keys() - stated.digests.keys() - {stated.name})
    return Comparison(stated.name, matching, tuple(differing), tuple(missing), extra)
