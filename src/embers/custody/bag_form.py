"""The written form of a BagIt 1.0 package (RFC 8493): paths, manifest lines, tag files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from embers.errors import CustodyError

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALGORITHMS = ("sha256", "sha512")
PAYLOAD = "data"
_ESCAPED = re.compile("%(?:0[AaDd]|25)")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+(.+)", re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def manifest_name(algorithm: str, *, tags: bool = False) -> str:
    """Return the file name of a payload manifest, or of a tag manifest."""
    return f"{'tag' if tags else ''}manifest-{algorithm}.txt"


def written(path: str) -> str:
    """Write a path as manifests do: CR, LF and the percent sign are percent-encoded (RFC 8493, 2.1.3)."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def unwritten(text: str) -> str:
    """Read a path of a manifest line."""
    return _ESCAPED.sub(lambda found: chr(int(found.group()[1:], 16)), text)


def checked_path(path: str) -> str:
    """Return a relative path in NFC; refuse one that is empty, absolute or leads out of the bag."""
    clean = unicodedata.normalize("NFC", path)
    if not is_inside(clean):
        raise CustodyError(
            "path",
            f"{path!r} cannot be a path in a package.",
            "Use relative names with forward slashes and without '.' or '..'.",
        )
    return clean


def is_inside(path: str) -> bool:
    """Tell whether a path can only mean a file inside the folder it is relative to, on any system."""
    if "\x00" in path or "\\" in path or re.match("[A-Za-z]:", path):
        return False
    return not {"", ".", ".."} & set(path.split("/"))


def manifest_text(digests: Iterable[tuple[str, str]]) -> str:
    """Write a manifest from (path, digest) pairs, sorted by path."""
    return "".join(f"{digest}  {written(path)}\n" for path, digest in sorted(digests))


def read_manifest(text: str) -> tuple[dict[str, str], list[str]]:
    """Return (digest by path in NFC, problems) of a manifest; every malformed line is named by its number."""
    found: dict[str, str] = {}
    problems = []
    for number, line in enumerate(re.split("\r\n|\r|\n", text), start=1):
        if not line:
            continue
        parts = _LINE.fullmatch(line)
        path = unicodedata.normalize("NFC", unwritten(parts[2].removeprefix("*"))) if parts else ""
        if parts is None:
            problems.append(f"line {number} is not a digest and a path")
        elif not is_inside(path.removeprefix("./")):
            problems.append(f"line {number} names a path outside the package: {path!r}")
        elif path.removeprefix("./") in found:
            problems.append(f"line {number} names {path} a second time")
        else:
            found[path.removeprefix("./")] = parts[1].lower()
    return found, problems


def info_text(info: Mapping[str, str]) -> str:
    """Write ``bag-info.txt``. Line breaks inside a value become a folded line (RFC 8493, 2.2.2)."""
    for label in info:
        if not _LABEL.fullmatch(label):
            raise CustodyError(
                "label", f"{label!r} cannot be a label of bag-info.txt.", "Use words-and-hyphens."
            )
    folded = {label: "\n  ".join(value.split("\n")) for label, value in info.items()}
    return "".join(f"{label}: {' '.join(value.split(chr(13)))}\n" for label, value in folded.items())


def read_info(text: str) -> dict[str, str]:
    """Read ``bag-info.txt``; of a repeated label the last value counts."""
    found: dict[str, str] = {}
    label = ""
    for line in text.splitlines():
        if line[:1] in (" ", "\t") and label:
            found[label] += "\n" + line.strip()
        elif ":" in line:
            label, _, value = line.partition(":")
            found[label] = value.strip()
    return found
