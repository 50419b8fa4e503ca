"""Looks into web captures that another tool made: WACZ bundles (a ZIP with WARC files, an index, a list of contents).

What the bundle says of itself is compared with its bytes, once, from the copy preserved here; nothing is fetched,
nothing unpacked to disk, and no signature is trusted: a signature inside shows who packed the bundle, not what a server
served. Formats: https://specs.webrecorder.net/wacz/1.1.1/ and https://specs.webrecorder.net/wacz-auth/0.1.0/.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from embers.custody.containers import Member
from embers.custody.names import recorded_name
from embers.custody.preserved import Preserved
from embers.objects.digest import CHUNK

MEDIA = "application/wacz"
LIST = "datapackage.json"
DIGEST = "datapackage-digest.json"
PAGES = "pages/pages.jsonl"
#: Bytes read of a list of contents, and of unpacked indexes and page lists together.
MOST_LIST = 16 * 1024 * 1024
MOST_INDEX = 256 * 1024 * 1024
#: Problems named in full; the others are counted. Characters kept of a text the bundle says of itself.
MOST_PROBLEMS = 20
LONGEST = 300


@dataclass(frozen=True, slots=True)
class WebCapture:
    """What a bundle holds, says of itself, and where the two differ.

    ``state`` is ``whole`` (every part required is there and every digest listed is right), ``not whole``, or
    ``unreadable``. ``signature`` says whether one was found and what it names; it is never checked against anybody.
    """

    state: str
    version: str = ""
    created: str = ""
    software: str = ""
    title: str = ""
    main_page: str = ""
    pages: int = 0
    captures: int = 0
    signature: str = ""
    problems: tuple[str, ...] = ()

    def to_row(self) -> dict[str, Any]:
        """Return the form that stands in an acquisition sheet."""
        said = [(name, getattr(self, name)) for name in self.__slots__ if name != "problems"]
        row = {name: value for name, value in said if value}
        return row | ({"problems": list(self.problems)} if self.problems else {})


def looks_like_one(thing: Preserved, members: Sequence[Member]) -> bool:
    """Tell whether an archive is a WACZ bundle, by its name or by what lies in it."""
    names = {member.name for member in members}
    return thing.media == MEDIA or (LIST in names and any(name.startswith("archive/") for name in names))


def read_capture(thing: Preserved, members: Sequence[Member]) -> WebCapture:
    """Check a bundle against its own list of contents; ``members`` are those found in it, with their digests.

    Hostile bytes are a result, never an error: what is damaged, missing, unlisted, doubled or different is named.
    """
    try:
        with thing.open() as handle, zipfile.ZipFile(handle) as archive:
            return _Bundle(archive, members).described()
    except Exception as error:  # readers raise anything on hostile bytes
        return WebCapture(
            "unreadable", problems=(f"It cannot be read as a ZIP archive ({type(error).__name__}).",)
        )


class _Bundle:
    def __init__(self, archive: zipfile.ZipFile, members: Sequence[Member]) -> None:
        self.archive = archive
        self.members = {member.name: member for member in members}
        self.names = [info.filename for info in archive.infolist() if not info.is_dir()]
        self.problems: list[str] = []
        self.left = MOST_INDEX

    def described(self) -> WebCapture:
        self._look_at_names()
        stated = self._json(LIST)
        self._compare(stated)
        warcs = self._warcs()
        captures = self._index(warcs)
        pages = self._pages()
        signature = self._signature(stated)
        unreadable = not isinstance(stated, dict)
        said = stated if isinstance(stated, dict) else {}
        return WebCapture(
            "unreadable" if unreadable else "not whole" if self.problems else "whole",
            version=_text(said.get("wacz_version")),
            created=_text(said.get("created")),
            software=_text(said.get("software")),
            title=_text(said.get("title")),
            main_page=_text(said.get("mainPageUrl") or said.get("mainPageURL")),
            pages=pages,
            captures=captures,
            signature=signature,
            problems=self._bounded(),
        )

    def _bounded(self) -> tuple[str, ...]:
        more = len(self.problems) - MOST_PROBLEMS
        return (
            *self.problems[:MOST_PROBLEMS],
            *([f"{more} further problems were found."] if more > 0 else []),
        )

    def _look_at_names(self) -> None:
        for name, times in Counter(self.names).items():
            if times > 1:
                self._say(name, f"is in the bundle {times} times; readers differ in which one they take")
            parts = name.replace("\\", "/").split("/")
            if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
                self._say(name, "has a name that leads out of the bundle; it is not unpacked here")
        for member in self.members.values():
            if member.problem:
                self._say(member.name, member.problem)

    def _say(self, name: str, what: str) -> None:
        self.problems.append(f"{_text(name)} {what}.")

    def _open(self, name: str) -> IO[bytes] | None:
        """Open a member whose bytes were read whole before; nothing if it is not there, or was named as a problem."""
        member = self.members.get(recorded_name(name)[0])
        if member is None or not member.sha256:
            return None
        return self.archive.open(name)

    def _json(self, name: str) -> object:
        """Return a member read as JSON, or nothing; a member that is there and cannot be read is a problem."""
        if name not in self.names:
            if name == LIST:
                self._say(name, "is missing, so that nothing in the bundle can be compared")
            return None
        stream = self._open(name)
        if stream is None:
            return None
        with stream:
            data = stream.read(MOST_LIST + 1)
        if len(data) > MOST_LIST:
            self._say(name, "is too long to be read")
            return None
        try:
            read = json.loads(data)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            self._say(name, "cannot be read as a list of contents")
            return None
        return read

    def _compare(self, stated: object) -> None:
        """Compare every member with the list of contents: digest, size, listed and not there, there and not listed."""
        if not isinstance(stated, dict):
            return
        resources = stated.get("resources")
        if not isinstance(resources, list):
            self._say(LIST, "lists no contents")
            return
        if not stated.get("wacz_version"):
            self._say(LIST, "does not say which version of WACZ it is")
        listed = set()
        for row in resources:
            path = row.get("path") if isinstance(row, dict) else None
            if not isinstance(path, str):
                self._say(LIST, "has a line that names no file")
                continue
            if path in listed:
                self._say(path, "is listed twice")
            listed.add(path)
            self._compare_one(path, row)
        for name in dict.fromkeys(self.names):
            if name not in listed and name not in (LIST, DIGEST):
                self._say(name, "is in the bundle and not in its list of contents")

    def _compare_one(self, path: str, row: Mapping[str, Any]) -> None:
        member = self.members.get(recorded_name(path)[0]) if path in self.names else None
        if member is None:
            self._say(path, "is listed and not there")
            return
        if not member.sha256:  # already named: damaged, encrypted or too large
            return
        kind, _, digest = str(row.get("hash", "")).partition(":")
        if kind != "sha256":
            self._say(path, "is listed without a SHA-256, so it cannot be compared")
        elif digest.lower() != member.sha256:
            self._say(path, "has another SHA-256 than the list of contents states")
        size = row.get("bytes")
        if size is not None and size != member.size:
            self._say(path, f"has {member.size} bytes and not the number the list of contents states")

    def _warcs(self) -> set[str]:
        """Return the names of the WARC files; each must begin like one."""
        found = {name for name in self.names if name.startswith("archive/")}
        warcs = {name for name in found if name.endswith((".warc", ".warc.gz"))}
        if not warcs:
            self.problems.append("It holds no WARC file, so nothing that was captured.")
        for name in sorted(warcs):
            stream = self._open(name)
            if stream is None:
                continue
            with stream:
                head = stream.read(4096)
            if head[:2] == b"\x1f\x8b":
                try:
                    head = zlib.decompressobj(31).decompress(head, 16)
                except zlib.error:
                    head = b""
            if not head.startswith(b"WARC/"):
                self._say(name, "does not begin like a WARC file")
        return warcs

    def _index(self, warcs: set[str]) -> int:
        """Count the captures in the indexes; the WARC files they point to must be there."""
        names = [name for name in self.names if name.startswith("indexes/") and not name.endswith(".idx")]
        if not names:
            self.problems.append("It holds no index of what was captured.")
        count = 0
        missing = set()
        for name in names:
            for line in self._lines(name):
                brace = line.find(b"{")
                try:
                    said = json.loads(line[brace:]) if brace >= 0 else None
                except (ValueError, RecursionError):
                    said = None
                if not isinstance(said, dict):
                    continue  # a heading, or a line of an older form of index
                count += 1
                warc = said.get("filename")
                if isinstance(warc, str) and f"archive/{warc.removeprefix('archive/')}" not in warcs:
                    missing.add(warc)
        for warc in sorted(missing):
            self._say(warc, "is named in the index and not there")
        return count

    def _pages(self) -> int:
        if PAGES not in self.names:
            self._say(PAGES, "is missing: the bundle does not say which pages were captured")
            return 0
        count = 0
        for line in self._lines(PAGES):
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                self._say(PAGES, "holds a line that cannot be read")
                return count
            count += isinstance(said, dict) and "url" in said
        return count

    def _lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a member, unpacked if it is gzip, in bounded memory and up to a bounded length."""
        stream = self._open(name)
        if stream is None:
            return
        rest = b""
        with stream:
            for data in self._unpacked(name, stream):
                self.left -= len(data)
                *lines, rest = (rest + data).split(b"\n")
                yield from (line for line in lines if line.strip())
                if self.left < 0 or len(rest) > MOST_LIST:
                    self._say(name, "is too long to be read to its end")
                    return
        if rest.strip():
            yield rest

    def _unpacked(self, name: str, stream: IO[bytes]) -> Iterator[bytes]:
        gzip = name.endswith(".gz")
        unpack = zlib.decompressobj(31)
        while data := stream.read(CHUNK):
            if not gzip:
                yield data
                continue
            while data:  # an index is often several gzip members one behind the other
                try:
                    yield unpack.decompress(data, CHUNK)
                except zlib.error:
                    self._say(name, "is damaged")
                    return
                data = unpack.unconsumed_tail
                if unpack.eof:
                    data, unpack = unpack.unused_data, zlib.decompressobj(31)

    def _signature(self, stated: object) -> str:
        """Compare the digest of the list of contents, and say what signature stands beside it."""
        digest = self._json(DIGEST)
        if not isinstance(digest, dict):
            return ""
        member = self.members.get(LIST)
        given = str(digest.get("hash", ""))
        if member is not None and member.sha256 and given.lower() != f"sha256:{member.sha256}":
            self._say(LIST, f"has another SHA-256 than {DIGEST} states")
        signed = digest.get("signedData")
        if not signed:
            return ""
        if not isinstance(signed, dict) or not signed.get("signature"):
            self._say(DIGEST, "holds a signature that cannot be read")
            return "found, unreadable; not checked"
        if str(signed.get("hash", "")).lower() != given.lower():
            self._say(DIGEST, "holds a signature over another digest")
        if isinstance(stated, dict) and signed.get("created") != stated.get("created"):
            self._say(DIGEST, "holds a signature made at another time than the list of contents states")
        who = _text(signed.get("domain"))
        what = f"for the domain {who}" if who else "by a key without a name"
        stamped = ", with a time-stamp" if signed.get("timeSignature") else ""
        return f"found, {what}{stamped}; not checked and not trusted"


def _text(value: object) -> str:
    """Return what a bundle says of itself as it may be shown: one bounded line."""
    return recorded_name(value)[0][:LONGEST] if isinstance(value, str) else ""
