"""Whether preserved bytes can still be opened, and with what: looked at on the day they come in.

A file nobody can open in ten years is lost however well its digest holds, so the viewer and its version are recorded.
"Opens" says that a decoder read it to its end, not that the picture is what somebody says it is.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError
from PIL import __version__ as pillow_version

from embers.custody.names import recorded_name
from embers.custody.preserved import Preserved

#: Bytes a decoded picture may take in memory: 64 million pixels in colour, or a JPEG of 4 thousand million, which is
#: read at an eighth of its size. More is a bomb until somebody looks at it knowingly.
MOST_DECODED = 256 * 1024 * 1024
#: Bytes Pillow holds for one pixel, by mode; four for every other.
_PIXEL = {"1": 1, "L": 1, "P": 1, "LA": 4, "I;16": 2}
#: Bytes unpacked at most while an archive is tested, and bytes of text decoded.
MOST_UNPACKED = 4 * 1024**3
MOST_TEXT = 64 * 1024 * 1024
#: Seconds a film may take to be read.
PATIENCE = 120
_ZIP_LIKE = re.compile(r"application/(zip|wacz|vnd\.openxmlformats.*|vnd\.oasis.*|epub\+zip|java-archive)")


@dataclass(frozen=True, slots=True)
class Opening:
    """The outcome: ``yes``, ``no`` or ``not tried``, with the viewer and its version, and why."""

    opens: str
    viewer: str = ""
    why: str = ""

    def to_row(self) -> dict[str, str]:
        """Return the form that stands in an acquisition sheet."""
        return {"opens": self.opens, "viewer": self.viewer} | ({"why": self.why} if self.why else {})


class _Unreadable(Exception):  # noqa: N818 - said of one file, turned into a result at once
    pass


class _TooMuch(_Unreadable):
    pass


def try_to_open(thing: Preserved) -> Opening:
    """Open preserved bytes with the viewer for their kind and read them to their end."""
    viewer, look = _viewer(thing)
    if look is None:
        return Opening("not tried", why=viewer)
    try:
        with thing.open() as handle:
            look(handle)
    except _TooMuch as wrong:
        return Opening("not tried", viewer, str(wrong))
    except _Unreadable as wrong:
        return Opening("no", viewer, str(wrong))
    except Exception as error:  # decoders raise anything on hostile bytes
        return Opening("no", viewer, _why(error))
    return Opening("yes", viewer)


def _why(error: Exception) -> str:
    """Say in words what stopped a decoder. What the system says of a file would name a place in the store."""
    if isinstance(error, UnidentifiedImageError):
        return "the decoder does not know it as a picture"
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, RecursionError):
        return "its parts lie in one another too deeply"
    if isinstance(error, OSError) and error.errno is not None:
        return error.strerror or type(error).__name__
    text = recorded_name(str(error).rstrip(".") or type(error).__name__)[0]
    return text if isinstance(error, OSError) else f"{type(error).__name__}: {text}"[:200]


def _viewer(thing: Preserved) -> tuple[str, Callable[[BinaryIO], None] | None]:
    """Return (viewer with version, the way to look), or (why there is none, nothing)."""
    media = thing.media
    if media.startswith(("video/", "audio/")):
        found = shutil.which("ffprobe")
        if found is None or thing.path is None:
            return "ffprobe is not installed" if found is None else "it lies in no plain file", None
        return "ffprobe", _film(found, thing.path)
    for kinds, viewer, look in _VIEWERS:
        if kinds.fullmatch(media):
            return viewer, look
    return f"no viewer for {media} is known here", None


def _picture(handle: BinaryIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _picture_file(handle) as image:
            size = f"{image.width} by {image.height} pixels"
            # A JPEG is read to its end at an eighth of its size: truncation shows, and it takes a tenth of the time.
            image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
            if image.width * image.height * _PIXEL.get(image.mode, 4) > MOST_DECODED:
                raise _TooMuch(f"{size} are more than are decoded unasked")
            image.load()


def _picture_file(handle: BinaryIO) -> Image.Image:
    try:
        return Image.open(handle)
    except Image.DecompressionBombError as error:
        raise _TooMuch("it has more pixels than are decoded unasked") from error


def _film(program: str, path: Path) -> Callable[[BinaryIO], None]:
    def look(_: BinaryIO) -> None:
        # Only the local file may be read: a playlist must not make it fetch anything.
        command = [program, "-v", "error", "-protocol_whitelist", "file", "-show_streams", "-of", "json"]
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            [*command, "-i", str(path.absolute())], capture_output=True, timeout=PATIENCE, check=False
        )
        if done.returncode or not json.loads(done.stdout or b"{}").get("streams"):
            raise _Unreadable(done.stderr.decode("utf-8", "replace").strip()[:200] or "no stream in it")

    return look


def _archive(handle: BinaryIO) -> None:
    with zipfile.ZipFile(handle) as archive:
        if any(info.flag_bits & 1 for info in archive.infolist()):
            raise _Unreadable("it is encrypted")
        if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
            raise _TooMuch("it says it unpacks to more than is unpacked unasked")
        if broken := archive.testzip():
            raise _Unreadable(f"its member {broken!r} is damaged")


def _pdf(handle: BinaryIO) -> None:
    if not handle.read(1024).lstrip().startswith(b"%PDF-"):
        raise _Unreadable("it does not begin like a PDF")
    size = handle.seek(0, 2)
    handle.seek(max(0, size - 2048))
    end = handle.read()
    found = re.search(rb"startxref\s+(\d+)\s+%%EOF", end)
    if found is None or int(found[1]) >= size:
        raise _Unreadable("its end is missing: it was cut, or was never finished")
    handle.seek(int(found[1]))
    if not re.match(rb"\s*(xref|\d+\s+\d+\s+obj)", handle.read(64)):
        raise _Unreadable("its list of parts is not where it says")


def _json(handle: BinaryIO) -> None:
    json.loads(_all(handle))


def _text(handle: BinaryIO) -> None:
    try:
        _all(handle).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Unreadable(f"it is not UTF-8 at byte {error.start}") from error


def _all(handle: BinaryIO) -> bytes:
    data = handle.read(MOST_TEXT + 1)
    if len(data) > MOST_TEXT:
        raise _TooMuch("it is larger than text that is read unasked")
    return data


#: Kinds of file, the viewer with its version, and the way to look; the first that fits.
_VIEWERS: tuple[tuple[re.Pattern[str], str, Callable[[BinaryIO], None]], ...] = (
    (re.compile(r"image/(?!svg).*"), f"Pillow {pillow_version}", _picture),
    (_ZIP_LIKE, "zip reader of Python", _archive),
    (re.compile("application/pdf"), "outline check of Embers", _pdf),
    (re.compile("application/json"), "JSON reader of Python", _json),
    (re.compile(r"text/.*"), "text reader of Python", _text),
)


def summary(outcomes: Mapping[str, Opening]) -> dict[str, int | str]:
    """Return the counts of several outcomes and the viewers used, the value of an ``item-opens`` assertion."""
    found = list(outcomes.values())
    counts = {said: sum(one.opens == said for one in found) for said in ("yes", "no", "not tried")}
    viewers = sorted({one.viewer for one in found if one.viewer})
    value: dict[str, int | str] = {
        "opened": counts["yes"],
        "failed": counts["no"],
        "not_tried": counts["not tried"],
    }
    return value | ({"viewers": "; ".join(viewers)} if viewers else {})
