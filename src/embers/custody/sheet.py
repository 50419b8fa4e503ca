"""The acquisition sheet: file by file, what was found when material came in. JSON, one value a line.

The first line names the form and what the person said of the source; every other line is one file. The sheet is an
object: the journal holds its digest, so it cannot be altered, and it can be left out of a dossier, which matters,
because metadata and account names can lead to a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO

from embers.custody.acquisition import Acquired
from embers.errors import CustodyError

FORM = "embers.acquisition-sheet"
MEDIA = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One file: its recorded name, what was preserved, when the source says it was last changed, what was found."""

    name: str
    acquired: Acquired
    modified_ns: int
    found: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the row as it stands in the sheet."""
        given = [
            {"algorithm": one.algorithm, "stated": one.given, "found": one.found}
            for one in self.acquired.given
        ]
        row: dict[str, Any] = {
            "name": self.name,
            "size": self.acquired.size,
            "sha256": self.acquired.sha256,
            "media": self.acquired.media,
            "modified": modified_text(self.modified_ns),
            "modified_ns": self.modified_ns,
        }
        optional = {"given": given, "warnings": list(self.acquired.warnings), **self.found}
        return row | {name: value for name, value in optional.items() if value}


def modified_text(nanoseconds: int) -> str:
    """Write a file's time of last change as UTC; it is what the source's file system says, nothing more."""
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return "not a date"


def write_sheet(item: str, said: Mapping[str, Any], rows: Iterable[SheetRow]) -> bytes:
    """Return the bytes of a sheet; ``said`` is what the person said of device, account and earlier holders."""
    head = {"form": FORM, "v": 1, "item": item, **said}
    lines = [head, *(row.to_json() for row in rows)]
    return "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines).encode()


def read_sheet(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Yield the lines of a sheet, the head first; refuse what is no sheet."""
    for number, line in enumerate(stream):
        try:
            read = json.loads(line)
        except ValueError:
            read = None
        if not isinstance(read, dict) or (number == 0 and read.get("form") != FORM):
            raise CustodyError(
                "sheet", f"Line {number + 1} is not that of an acquisition sheet.", "Run `embers verify`."
            )
        yield read
