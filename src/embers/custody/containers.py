"""What a folder or archive is: a camera card, a phone export, a messenger export, a disk image; and what is in it.

It is kept whole, exactly as it came: a chat without its media, or media without their chat, is half the evidence.
Members of an archive are listed with their digests, so that one of them can be cited; they are not taken apart.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from embers.custody.names import recorded_name
from embers.custody.preserved import Preserved
from embers.objects.digest import CHUNK

KINDS = ("file", "folder", "camera-card", "phone-export", "messenger-export", "disk-image", "web-capture")
#: Bytes unpacked at most to find digests of members, and members listed; the rest is counted, not listed.
MOST_UNPACKED = 64 * 1024**3
#: An archive that grows to so many times its size, and past so many bytes, is a bomb and not an export.
MOST_RATIO = 200
ALWAYS_UNPACKED = 256 * 1024 * 1024
MOST_MEMBERS = 200_000
#: Bytes of a chat's own list of messages read to count them.
MOST_CHAT = 256 * 1024 * 1024
_DISK_IMAGE = re.compile(r".+\.(dd|img|raw|iso|e01|ex01|l01|aff4?|vmdk|vhdx?|dmg|bin|001)$", re.IGNORECASE)
_WHATSAPP = re.compile(r"(.*/)?(_chat\.txt|WhatsApp Chat (with|-) .+\.txt)")
_TELEGRAM = "Telegram Desktop export"
#: What a name in a folder or archive gives away, the surest first: (name pattern, kind, whose export).
_SIGNS = (
    (_WHATSAPP, "messenger-export", "WhatsApp chat export"),
    (re.compile(r"(.*/)?result\.json"), "messenger-export", _TELEGRAM),
    (re.compile(r"(.*/)?messages\.html"), "messenger-export", f"{_TELEGRAM} (web pages)"),
    (
        re.compile(r"(.*/)?messages/inbox/.+/message_\d+\.(json|html)"),
        "messenger-export",
        "Facebook or Instagram export",
    ),
    (
        re.compile(r"(.*/)?(Manifest\.m?db|backup\.ab|.+\.ufdr?|UFEDReader.*|report\.ufdx)", re.IGNORECASE),
        "phone-export",
        "phone back-up or extraction",
    ),
    (re.compile(r"([^/]+/)?DCIM/.+"), "camera-card", "camera card (DCIM)"),
    (re.compile(r"archive/[^/]+\.warc(\.gz)?"), "web-capture", "web capture (WACZ)"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive: recorded name, size, SHA-256 (empty if it was not unpacked), and why not."""

    name: str
    size: int
    sha256: str = ""
    problem: str = ""

    def to_row(self) -> dict[str, str | int]:
        """Return the form that stands in an acquisition sheet."""
        row: dict[str, str | int] = {"member": self.name, "size": self.size}
        return row | {
            name: value for name, value in (("sha256", self.sha256), ("problem", self.problem)) if value
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Member:
        """Return the member a row of a sheet tells of."""
        return cls(row["member"], row["size"], row.get("sha256", ""), row.get("problem", ""))


@dataclass(frozen=True, slots=True)
class Form:
    """What material is: its kind, whose export it looks like, and what is worth knowing about it."""

    kind: str
    form: str = ""
    notes: tuple[str, ...] = ()


def form_of_names(names: Sequence[str]) -> Form:
    """Recognise a folder or archive by the names in it, relative to its root."""
    for sign, kind, form in _SIGNS:
        if any(sign.fullmatch(name) for name in names):
            return Form(kind, form)
    return Form("folder")


def form_of_file(name: str) -> Form:
    """Recognise a single file by its name; a disk image is kept as the file it is."""
    if not _DISK_IMAGE.fullmatch(name):
        return Form("file")
    segment = re.search(r"\.(e01|ex01|l01|001)$", name, re.IGNORECASE)
    note = "It is the first of several segments; take in the others beside it." if segment else ""
    return Form("disk-image", "disk image", (note,) if note else ())


def members_of(thing: Preserved) -> Iterator[Member]:
    """List what is in an archive with digests. A damaged or enormous one is listed as far as it goes, never refused."""
    with thing.open() as handle:
        most = min(MOST_UNPACKED, ALWAYS_UNPACKED + MOST_RATIO * handle.seek(0, 2))
        handle.seek(0)
        try:
            archive = zipfile.ZipFile(handle)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            yield Member("(archive)", 0, problem=f"cannot be listed ({error})")
            return
        with archive:
            left = most
            files = [info for info in archive.infolist() if not info.is_dir()]
            for info in files[:MOST_MEMBERS]:
                member = _member(archive, info, left)
                left -= member.size if member.sha256 else 0
                yield member
            if len(files) > MOST_MEMBERS:
                yield Member(
                    "(more)", 0, problem=f"{len(files) - MOST_MEMBERS} further members are not listed"
                )


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> Member:
    name = recorded_name(info.filename)[0]
    if info.flag_bits & 1:
        return Member(name, info.file_size, problem="is encrypted")
    if info.file_size > left:
        return Member(name, info.file_size, problem="is not unpacked: too large")
    try:
        with archive.open(info) as stream:
            size, digest = _digest(stream, left)
    except Exception as error:  # decompressors raise anything on hostile bytes
        return Member(name, info.file_size, problem=f"is damaged ({type(error).__name__})")
    if size > left:
        return Member(name, info.file_size, problem="unpacks to more than it says")
    return Member(name, size, digest)


def _digest(stream: IO[bytes], most: int) -> tuple[int, str]:
    running, size = hashlib.sha256(), 0
    while data := stream.read(CHUNK):
        size += len(data)
        if size > most:
            break
        running.update(data)
    return size, running.hexdigest()


def notes_of_chat(form: Form, chat: IO[bytes]) -> tuple[str, ...]:
    """Say what a chat's own list tells about its completeness: messages counted, media it names as left out."""
    data = chat.read(MOST_CHAT + 1)
    if len(data) > MOST_CHAT:
        return ("The chat is too long to be counted here.",)
    text = data.decode("utf-8", "replace")
    if form.form.startswith("WhatsApp"):
        count = len(re.findall(r"^\u200e?\[?\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? ", text, re.MULTILINE))
        left_out = len(
            re.findall(r"<Media omitted>|\u200e?(image|video|audio|sticker|document) omitted", text)
        )
        return _chat_notes(count, left_out)
    if form.form == _TELEGRAM:
        return _telegram(text)
    return ()


def _telegram(text: str) -> tuple[str, ...]:
    try:
        read = json.loads(text)
        chats = read.get("chats", {}).get("list", [read])
        messages = [said for chat in chats for said in chat.get("messages", ()) if isinstance(said, dict)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return ("The chat's result.json cannot be read.",)
    named = [str(said.get(part, "")) for said in messages for part in ("file", "photo") if said.get(part)]
    return _chat_notes(len(messages), sum(name.startswith("(File ") for name in named))


def _chat_notes(count: int, left_out: int) -> tuple[str, ...]:
    notes = [f"The chat holds {count} messages."]
    if left_out:
        notes.append(
            f"The export left out {left_out} media files that the chat names; ask for an export with media."
        )
    return tuple(notes)


def chat_name(form: Form, names: Iterable[str]) -> str | None:
    """Return the name of the member that holds the messages, if the form has one."""
    if form.form.startswith("WhatsApp"):
        return next((name for name in names if _WHATSAPP.fullmatch(name)), None)
    if form.form == _TELEGRAM:
        return next((name for name in names if name.rpartition("/")[2] == "result.json"), None)
    return None
