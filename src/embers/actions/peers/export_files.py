"""Opens what another system exported: a zip, a folder, or one file. Sizes are bounded; nothing is unpacked to disk."""

from __future__ import annotations

import codecs
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, cast

from embers.errors import ActionError

#: One record of an export, or one document about a record, is never larger than this.
MAX_RECORD = 64_000_000
#: No honest record packs better than this; files of media are not bounded, since they are read as a stream.
_MAX_RATIO = 400
_CHUNK = 1 << 20
_BEGIN = re.compile(r'\ufeff?\s*\{\s*"(\w+)"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_HINT = "Export it anew from the system it comes from. Nothing was recorded."


class ExportFiles:
    """The files of one export by their names in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._archive: zipfile.ZipFile | None = None
        if path.is_dir():
            found = sorted(part for part in path.rglob("*") if part.is_file() and not part.is_symlink())
            self.names = [part.relative_to(path).as_posix() for part in found]
        elif zipfile.is_zipfile(path):
            try:
                self._archive = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, OSError, ValueError) as error:
                raise broken(path.name, str(error)) from error
            self.names = sorted(one.filename for one in self._archive.infolist() if not one.is_dir())
        else:
            self.names = [path.name]
        self._by_name = {name.rpartition("/")[2]: name for name in reversed(self.names)} | {
            n: n for n in self.names
        }
        self._by_folder: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            self._by_folder[name.rpartition("/")[0]].append(name)

    def held(self, name: str) -> str:
        """Return where a file lies in the export, by its whole name or its last part; nothing if it is not there."""
        return self._by_name.get(name, "")

    def within(self, folder: str) -> list[str]:
        """Return the files that lie right in a folder of the export."""
        return self._by_folder.get(folder.rstrip("/"), [])

    def close(self) -> None:
        """Close the archive."""
        if self._archive is not None:
            self._archive.close()

    def open(self, name: str) -> BinaryIO:
        """Open a file of the export as a stream; what is broken in an archive shows while it is read."""
        if self._archive is not None:
            try:
                return cast(BinaryIO, self._archive.open(name))
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, OSError) as error:
                raise broken(name, str(error)) from error
        return (self.path / name if self.path.is_dir() else self.path).open("rb")

    def document(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return a JSON document about one record."""
        try:
            self._bounded(name)
            with self.open(name) as handle:
                data = handle.read(MAX_RECORD + 1)
            if len(data) > MAX_RECORD:
                raise broken(name, f"it is larger than {MAX_RECORD} bytes")
            return json.loads(data, parse_float=Decimal, parse_constant=_no_number)
        except (zipfile.BadZipFile, OSError, ValueError, RecursionError, EOFError) as error:
            raise broken(name, str(error)) from error

    def records(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the records of ``{"KIND": [...]}`` one by one as (kind, record), however long the list is.

        Bayanat writes lists of more than 250 without some of their commas; such lists are read too.
        """
        try:
            self._bounded(name)
            with self.open(name) as handle:
                yield from _records(name, handle)
        except (zipfile.BadZipFile, OSError, ValueError, RecursionError, EOFError) as error:
            raise broken(name, str(error)) from error

    def _bounded(self, name: str) -> None:
        if self._archive is not None:
            part = self._archive.getinfo(name)
            if part.file_size > max(part.compress_size, 50_000) * _MAX_RATIO:
                raise broken(name, f"it has {part.compress_size} bytes and would unpack to {part.file_size}")


def broken(name: str, what: str) -> ActionError:
    """Return the refusal of an export that cannot be read."""
    return ActionError("peer-broken", f"{name} cannot be read: {what[:200]}.", _HINT)


def _no_number(text: str) -> Any:  # noqa: ANN401 - never returns
    raise ValueError(f"{text} is no number")


def _records(name: str, handle: BinaryIO) -> Iterator[tuple[str, dict[str, Any]]]:
    decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_number)
    text = codecs.getincrementaldecoder("utf-8")()
    held = text.decode(handle.read(_CHUNK))
    begun = _BEGIN.match(held)
    if begun is None:
        raise broken(name, "it does not begin with a list of records")
    kind, at, number, wanted = begun[1], begun.end(), 0, _CHUNK
    while True:
        between = _BETWEEN.match(held, at)
        at = between.end() if between else at
        if held[at : at + 1] == "]":
            return
        try:
            record, at = decoder.raw_decode(held, at)
        except ValueError as error:
            data = handle.read(wanted)
            if not data or len(held) - at > MAX_RECORD:
                raise broken(name, f"record {number + 1}: {error}") from error
            held, at, wanted = held[at:] + text.decode(data), 0, wanted * 2
            continue
        number, wanted = number + 1, _CHUNK
        if not isinstance(record, dict):
            raise broken(name, f"record {number} is no object")
        yield kind, record
