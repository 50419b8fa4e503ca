"""Recognises the kind of a file by its bytes first and its extension second."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

#: Bytes from the beginning of a file that are looked at.
HEAD = 4096
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class MediaType:
    """A kind of file: its extensions, the byte patterns that show it, the kinds it refines."""

    media: str
    extensions: tuple[str, ...]
    magic: tuple[tuple[tuple[int, bytes], ...], ...]
    inside: tuple[str, ...]

    def shows(self, head: bytes) -> bool:
        """Tell whether the first bytes of a file show this kind."""
        return any(all(head[at:].startswith(mark) for at, mark in marks) for marks in self.magic)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The media type found, and a warning if bytes and extension disagree."""

    media: str
    warning: str = ""


@cache
def media_types() -> tuple[MediaType, ...]:
    """Return every known kind in the order of the table."""
    text = resources.files("embers.custody").joinpath("data/media.toml").read_text(encoding="utf-8")
    return tuple(
        MediaType(
            row["media"],
            tuple(row["extensions"]),
            tuple(tuple(_mark(mark) for mark in marks) for marks in row.get("magic", ())),
            tuple(row.get("inside", ())),
        )
        for row in tomllib.loads(text)["type"]
    )


def _mark(text: str) -> tuple[int, bytes]:
    offset, _, pattern = text.partition(":")
    return int(offset), bytes.fromhex(pattern)


def recognise(head: bytes, name: str) -> Recognised:
    """Return the kind of a file from its first bytes and its name.

    Bytes win over the extension, because anybody can rename a file; a disagreement is said, not settled.
    """
    shown = _by_bytes(head)
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    named = next((kind for kind in media_types() if ending in kind.extensions), None)
    if named is None or named.media == shown or not head:
        return Recognised(shown)
    if shown in named.inside:
        return Recognised(named.media)
    what = "are of no known kind" if shown == UNKNOWN else f"are {shown}"
    return Recognised(shown, f"The name ends in .{ending} ({named.media}), but the bytes {what}.")


@cache
def _candidates(first: bytes) -> tuple[MediaType, ...]:
    """Return, in the order of the table, the kinds a file that begins with this byte can be."""
    return tuple(
        kind
        for kind in media_types()
        if any(all(at > 0 or mark[:1] == first for at, mark in marks) for marks in kind.magic)
    )


def _by_bytes(head: bytes) -> str:
    for kind in _candidates(head[:1]):
        if kind.shows(head):
            return kind.media
    if not head or b"\x00" in head:
        return UNKNOWN
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # A letter may be cut where the looked-at bytes end.
        return TEXT if error.start > len(head) - 4 and len(head) >= HEAD else UNKNOWN
    return TEXT
