"""Check a Sentinel product against the manifest its maker put into it.

``manifest.safe`` (ESA, Standard Archive Format for Europe, an XFDU package map) lists the data files of a
product with size and checksum. Every listed file is read once: the maker's checksum ("theirs") is
recomputed and our SHA-256 is taken in the same pass.

What that shows: that the bytes are the ones the manifest speaks of. What it does not show: who wrote the
manifest. MD5 guards against accidents, not against a forger who can rewrite the manifest too.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from embers.errors import ImageryError
from embers.imagery.product_files import MANIFEST, ProductFiles, UnreadableFileError, open_product, safe_name
from embers.imagery.safe_xml import MAX_BYTES, read_tree
from embers.surroundings import Surroundings

State = Literal["match", "mismatch", "missing", "unlisted", "unreadable"]
Outcome = Literal["complete", "incomplete", "altered", "manifest only"]
STATES: tuple[State, ...] = ("match", "mismatch", "missing", "unlisted", "unreadable")
#: Checksum names seen in manifests -> hashlib name and length in hex digits.
_ALGORITHMS = {"MD5": ("md5", 32), "SHA-256": ("sha256", 64), "SHA3-256": ("sha3_256", 64)}
_MAX_DECLARED = 10**15
_HEX = re.compile(r"^[0-9a-f]+$")
_HINT = "Keep the product as it is and ask the provider for a fresh copy."


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the manifest: path inside the product, declared size in bytes and checksum."""

    path: str
    size: int
    algorithm: str
    checksum: str


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file, as declared by the maker ("theirs") and as found by us ("ours")."""

    path: str
    state: State
    their_size: int | None = None
    their_algorithm: str = ""
    their_checksum: str = ""
    our_size: int | None = None
    our_checksum: str = ""
    our_sha256: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ManifestReport:
    """The result of one check. ``product`` is empty if neither folder nor archive name gives it."""

    product: str
    form: str
    manifest_sha256: str
    entries: tuple[ManifestEntry, ...]
    outcome: Outcome
    counts: Mapping[str, int]
    sentences: tuple[str, ...]

    @property
    def listed(self) -> int:
        """How many files the maker's manifest lists."""
        return len(self.entries) - self.counts["unlisted"]

    @property
    def verified_in_part(self) -> bool:
        """True if some files match, none differs, and some could not be checked."""
        return self.outcome == "incomplete" and self.counts["match"] > 0


def read_manifest(path: Path, surroundings: Surroundings) -> tuple[bytes, ET.Element]:
    """Return bytes and root element of the manifest of the product at ``path``."""
    with open_product(path, surroundings.disk) as files:
        return _manifest_of(files)


def check_manifest(path: Path, surroundings: Surroundings) -> ManifestReport:
    """Check the product at ``path`` (folder, zip or lone ``manifest.safe``) against its manifest.

    Differences are results, not errors. Raises :class:`ImageryError` if there is no manifest, if it or the
    archive is malformed or hostile, or if it lists nothing.
    """
    with open_product(path, surroundings.disk) as files:
        data, root = _manifest_of(files)
        listed = listed_files(root)
        present = files.names()
        entries = [_check_listed(files, item, present) for item in listed]
        known = {item.path for item in listed} | {MANIFEST}
        entries += [_check_unlisted(files, name, root) for name in sorted(present) if name not in known]
        product, form = files.product, files.form
    counts: dict[str, int] = dict.fromkeys(STATES, 0) | Counter(str(entry.state) for entry in entries)
    outcome = _outcome(counts)
    return ManifestReport(
        product=product,
        form=form,
        manifest_sha256=hashlib.sha256(data).hexdigest(),
        entries=tuple(entries),
        outcome=outcome,
        counts=counts,
        sentences=_sentences(outcome, counts, tuple(entries)),
    )


def _manifest_of(files: ProductFiles) -> tuple[bytes, ET.Element]:
    data = bytearray()
    try:
        for chunk in files.chunks(MANIFEST):
            data += chunk
            if len(data) > MAX_BYTES:
                raise ImageryError("manifest-size", f"{MANIFEST} is larger than {MAX_BYTES} bytes.", _HINT)
    except UnreadableFileError as error:
        raise ImageryError("manifest-missing", f"{MANIFEST} cannot be read: {error}.", _HINT) from error
    return bytes(data), read_tree(bytes(data), named=MANIFEST)


def listed_files(root: ET.Element) -> tuple[Listed, ...]:
    """Return what the manifest lists, in its order; raises :class:`ImageryError` on any unclear line."""
    found: dict[str, Listed] = {}
    for stream in root.iterfind(".//dataObjectSection/dataObject/byteStream"):
        item = _listed(stream)
        if found.setdefault(item.path, item) != item:
            raise ImageryError(
                "manifest-entry", f"The manifest lists {item.path!r} twice, with different values.", _HINT
            )
    if not found:
        raise ImageryError("manifest-entry", "The manifest lists no data file.", _HINT)
    return tuple(found.values())


def _listed(stream: ET.Element) -> Listed:
    location = stream.find("fileLocation")
    path = safe_name("" if location is None else location.get("href", ""), named="The manifest")
    size = stream.get("size", "")
    if not (size.isascii() and size.isdigit() and len(size) <= 16 and int(size) <= _MAX_DECLARED):
        raise ImageryError(
            "manifest-entry", f"The manifest gives no possible size for {path!r}: {size[:40]!r}.", _HINT
        )
    checksum = stream.find("checksum")
    name = "" if checksum is None else checksum.get("checksumName", "").upper()
    value = "" if checksum is None else (checksum.text or "").strip().lower()
    if name in _ALGORITHMS and not (_HEX.match(value) and len(value) == _ALGORITHMS[name][1]):
        raise ImageryError("manifest-entry", f"The {name} of {path!r} in the manifest is malformed.", _HINT)
    return Listed(path, int(size), name, value)


def _digests(files: ProductFiles, name: str, algorithm: str) -> tuple[int, str, str]:
    """Return size, the digest of ``algorithm`` ("" if unknown) and SHA-256, reading the file once."""
    ours = hashlib.sha256()
    known = _ALGORITHMS.get(algorithm)
    theirs = hashlib.new(known[0], usedforsecurity=False) if known else None
    size = 0
    for chunk in files.chunks(name):
        size += len(chunk)
        ours.update(chunk)
        if theirs is not None:
            theirs.update(chunk)
    return size, theirs.hexdigest() if theirs is not None else "", ours.hexdigest()


def _check_listed(files: ProductFiles, item: Listed, present: Mapping[str, int | None]) -> ManifestEntry:
    def entry(
        state: State, detail: str, size: int | None = None, check: str = "", ours: str = ""
    ) -> ManifestEntry:
        return ManifestEntry(
            item.path, state, item.size, item.algorithm, item.checksum, size, check, ours, detail
        )

    if item.path not in present:
        return entry("missing", "listed by the manifest, not in the product")
    try:
        size, check, ours = _digests(files, item.path, item.algorithm)
    except UnreadableFileError as error:
        return entry("unreadable", str(error), present[item.path])
    if size != item.size:
        return entry("mismatch", f"{size:,} bytes, but the manifest says {item.size:,}", size, check, ours)
    if not check:
        return entry(
            "unreadable", f"the checksum kind {item.algorithm or 'none'!r} is not known here", size, "", ours
        )
    if check != item.checksum:
        return entry("mismatch", f"right size, but another {item.algorithm}", size, check, ours)
    return entry("match", f"size and {item.algorithm} agree", size, check, ours)


def _check_unlisted(files: ProductFiles, name: str, root: ET.Element) -> ManifestEntry:
    named = any(
        name == node.get("href", "").removeprefix("./") for node in root.iterfind(".//metadataReference")
    )
    detail = "named by the manifest without size or checksum" if named else "not named by the manifest"
    try:
        size, _, ours = _digests(files, name, "")
    except UnreadableFileError as error:
        return ManifestEntry(name, "unlisted", detail=f"{detail}; {error}")
    return ManifestEntry(name, "unlisted", our_size=size, our_sha256=ours, detail=detail)


def _outcome(counts: Mapping[str, int]) -> Outcome:
    if counts["mismatch"]:
        return "altered"
    if not counts["match"] and not counts["unreadable"]:
        return "manifest only"
    return "incomplete" if counts["missing"] or counts["unreadable"] else "complete"


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count} files are"


def _sentences(
    outcome: Outcome, counts: Mapping[str, int], entries: tuple[ManifestEntry, ...]
) -> tuple[str, ...]:
    listed = sum(count for state, count in counts.items() if state != "unlisted")
    said = [f"{_files(listed)} listed by the maker's manifest with size and checksum."]
    if counts["match"]:
        said.append(f"{_files(counts['match'])} present and equal in size and checksum to what is declared.")
    if counts["missing"]:
        said.append(f"{_files(counts['missing'])} listed but not present.")
    for entry in entries:
        if entry.state in {"mismatch", "unreadable"}:
            word = "differs from the manifest" if entry.state == "mismatch" else "could not be checked"
            said.append(f"{entry.path} {word}: {entry.detail}.")
    if counts["unlisted"]:
        said.append(f"{_files(counts['unlisted'])} present without a checksum in the manifest.")
    said.append(_CONCLUSIONS[outcome])
    said.append("Agreement with the manifest inside a product does not show who made either of them.")
    return tuple(said)


_CONCLUSIONS: dict[Outcome, str] = {
    "complete": "Every file the maker listed is present and as declared.",
    "incomplete": "Verified in part: what could be checked agrees, the rest could not be checked.",
    "altered": "Altered: the product is not as its manifest describes it. By whom or why is not shown.",
    "manifest only": "Only the manifest is present; none of the data it lists can be checked.",
}
