"""What a file says about itself: camera, times, position. Read from the preserved bytes, never from the source.

ExifTool is used where it is installed; Pillow reads EXIF where it is not. Both read hostile files, so both are
bounded in time and size, and a failure is a result ("not readable, because"), never a reason to refuse material.
What is found can place a person at a spot: it goes into an object of its own, not into names or journal entries.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from PIL import ExifTags, Image
from PIL import __version__ as pillow_version

from embers.custody.exiftool import Exiftool, ExiftoolFault
from embers.custody.preserved import Preserved

#: Longest value kept from one tag, in characters; a longer one is cut and said to be cut.
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Metadata:
    """The tags of one file by name, or why there are none."""

    tags: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


class MetadataReader(Protocol):
    """Reads the metadata of many preserved files; ``tool`` names it with its version."""

    tool: str

    def read(self, things: Sequence[Preserved]) -> Iterator[Metadata]:
        """Yield the metadata of each file, in order."""
        ...


class PillowReader:
    """EXIF, size and form of pictures, without any other program."""

    tool = f"Pillow {pillow_version}"

    def read(self, things: Sequence[Preserved]) -> Iterator[Metadata]:
        """Yield the metadata of each file; what is no picture has none."""
        for thing in things:
            yield _picture(thing)


class ExiftoolReader:
    """Everything ExifTool knows of a file. One process serves all; a file that hangs it costs only its own answer."""

    def __init__(self, tool: Exiftool) -> None:
        self._exiftool = tool
        self.tool = f"ExifTool {tool.version}"

    def read(self, things: Sequence[Preserved]) -> Iterator[Metadata]:
        """Yield the metadata of each file; of one that lies in no plain file, what Pillow reads."""
        for thing in things:
            if thing.path is None:
                yield _picture(thing)
                continue
            try:
                tags = self._exiftool.tags(thing.path)
                yield Metadata({name: _bounded(value) for name, value in tags.items()})
            except ExiftoolFault as fault:
                yield Metadata(problem=str(fault))


@contextmanager
def metadata_reader(*, program: str | None = None) -> Iterator[MetadataReader]:
    """Give the best reader this computer has: ExifTool if it is installed, else Pillow."""
    found = program or shutil.which("exiftool")
    if found is None:
        yield PillowReader()
        return
    with Exiftool(found) as tool:
        yield ExiftoolReader(tool)


def _picture(thing: Preserved) -> Metadata:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with thing.open() as handle, Image.open(handle) as image:  # reads the header only
                tags: dict[str, Any] = {
                    "File:FileType": image.format,
                    "File:ImageWidth": image.width,
                    "File:ImageHeight": image.height,
                }
                return Metadata(tags | _exif(image))
    except Exception as error:  # decoders raise anything on hostile bytes
        return Metadata(problem=f"not a picture Pillow can read ({type(error).__name__})")


def _exif(image: Image.Image) -> dict[str, Any]:
    exif = image.getexif()
    groups = [("IFD0", exif, ExifTags.TAGS)]
    groups.append(("ExifIFD", exif.get_ifd(ExifTags.IFD.Exif), ExifTags.TAGS))  # type: ignore[arg-type]
    groups.append(("GPS", exif.get_ifd(ExifTags.IFD.GPSInfo), ExifTags.GPSTAGS))  # type: ignore[arg-type]
    return {
        f"{group}:{names.get(tag, hex(tag))}": _bounded(value)
        for group, values, names in groups
        for tag, value in values.items()
        if tag not in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
    }


def _bounded(value: object) -> object:
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_bounded(part) for part in value[:200]]
    if isinstance(value, dict):
        return {str(name): _bounded(part) for name, part in list(value.items())[:200]}
    text = value.hex() if isinstance(value, bytes) else str(value)
    text = "".join(
        letter if letter.isprintable() or letter in "\n\t" else f"\\u{ord(letter):04x}" for letter in text
    )
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} [cut, {len(text)} characters]"
