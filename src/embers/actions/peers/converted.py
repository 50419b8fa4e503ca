"""An export of another system as rows of a table, with the files that came with it and what was left out."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from embers.actions.peers.export_files import ExportFiles
from embers.objects.digest import digest_stream

#: The column of the key of a row.
ROW = "Row"
_TAGS = re.compile(r"<[^>]{0,500}>")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": " ", "&#39;": "'"}
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?")
_write = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with the export. ``given`` are digests its maker states, by algorithm."""

    name: str
    title: str
    sha256: str
    given: Mapping[str, str]


class Converted:
    """The rows of an export, on disk. ``left_out`` counts what has no place in the vocabulary, in words for people.

    What many records name is told apart by short keys in memory; nothing else grows with the export.
    """

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self.media: dict[str, Media] = {}
        self._once: set[bytes] = set()
        self._rows = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by close

    def close(self) -> None:
        """Throw the rows away."""
        self._rows.close()

    def add(self, key: str, **cells: object) -> None:
        """Add a row; ``_`` in a column's name stands for a blank. Cells that hold nothing are left empty."""
        told = {name.replace("_", " "): text(value) for name, value in cells.items()}
        self._rows.write(_write({ROW: key, **{name: value for name, value in told.items() if value}}) + "\n")

    def add_once(self, key: str, **cells: object) -> None:
        """Add a row unless one of the same key was added this way: what many records of an export name."""
        short = blake2b(key.encode(), digest_size=16).digest()
        if short not in self._once:
            self._once.add(short)
            self.add(key, **cells)

    def leave(self, what: str, values: Iterable[object]) -> None:
        """Count what is left out, if there is anything of it."""
        count = sum(1 for value in values if value not in (None, "", [], {}))
        if count:
            self.left_out[what] += count

    def file(self, files: ExportFiles, name: str, title: str, given: Mapping[str, str]) -> str:
        """Take note of a file of the export; return its SHA-256, or nothing if the export does not hold it."""
        if not files.held(name):
            self.left_out["files the export names and does not hold"] += 1
            return ""
        name = files.held(name)
        with files.open(name) as handle:
            found = digest_stream(handle).hex()
        self.media.setdefault(found, Media(name, title or Path(name).name, found, dict(given)))
        return found

    def write(self, path: Path, columns: Iterable[str]) -> None:
        """Write the rows as CSV with these columns; cells of others are left out and counted."""
        names = list(dict.fromkeys([ROW, *columns]))
        self._rows.seek(0)
        with path.open("x", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, names, restval="")
            writer.writeheader()
            for line in self._rows:
                row = json.loads(line)
                for name in row.keys() - set(names):
                    self.left_out[f"column {name}, which the mapping does not name"] += 1
                    del row[name]
                writer.writerow(row)


def text(value: object) -> str:
    """Return a value of JSON as a cell; half characters become the mark for what cannot be read."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    plain = str(value).encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", plain.replace("\x00", "")).strip()


def plain(value: object) -> str:
    """Return rich text (HTML) as plain text."""
    found = _TAGS.sub(" ", text(value))
    for entity, sign in _ENTITIES.items():
        found = found.replace(entity, sign)
    return " ".join(found.split())


def degrees(value: object) -> str:
    """Return degrees as text of at most six decimals; what is no number stays as it is and is refused by its row."""
    if value is None or value == "":
        return ""
    try:
        exact = Decimal(str(value)).quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN)
    except InvalidOperation:
        return str(value)
    return f"{exact:f}"


def day(value: object) -> str:
    """Return the day of a date and time without zone; what is no date stays as it is and is refused by its row."""
    found = _DAY.match(text(value))
    return found[1] if found else text(value)


def clock(value: object) -> str:
    """Return the time of day, unless it is midnight: that is how a day without a time is written."""
    found = _DAY.match(text(value))
    return found[2] if found and found[2] and found[2] != "00:00" else ""


def parts(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Return the objects of a list; anything else is no part."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an object, or an empty one."""
    return value if isinstance(value, dict) else {}
