"""Reads rows of CSV and XLSX files one by one. What is wrong with a row is said of the row; the reader goes on.

Memory does not grow with the file: lines, cells, columns and what an XLSX may unpack to are all bounded. Cells come
out as text in NFC without blanks around it; a formula is never computed.
"""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any, BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate

from embers.actions.tables.mapping import TableMapping
from embers.errors import ActionError
from embers.surroundings import Surroundings

MAX_LINE = 1_000_000
MAX_CELL = 32_000
MAX_COLUMNS = 1000
#: What all parts of an XLSX may unpack to, and the part all of its texts are read into at once.
MAX_UNPACKED = 4_000_000_000
MAX_TEXTS = 200_000_000
#: No honest sheet packs better than this.
_MAX_RATIO = 400
#: What is no text: control characters, and halves of characters that cannot be signed.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_XLSX = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number in the file, its cells by column, and what is wrong with it as (what, what to do)."""

    number: int
    cells: Mapping[str, str]
    wrong: tuple[tuple[str, str], ...] = ()


def rows_of(path: Path, mapping: TableMapping, surroundings: Surroundings) -> Iterator[SheetRow]:
    """Yield the rows of a table below its header; a file that cannot be read as one is refused."""
    with surroundings.disk.read(path) as handle:
        yield from rows_in(path, handle, mapping)


def rows_in(path: Path, handle: BinaryIO, mapping: TableMapping) -> Iterator[SheetRow]:
    """Yield the rows of a table that is open already; ``path`` is what it is called."""
    if path.suffix.lower() in _XLSX or _is_zip(handle):
        yield from _sheet(path, handle, mapping)
    else:
        yield from _lines(path, handle, mapping)


def _is_zip(handle: BinaryIO) -> bool:
    start = handle.read(4)
    handle.seek(0)
    return start == b"PK\x03\x04"


# --- CSV ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Decoder:
    """Yields lines of text. A line that is not in the encoding is kept readable and remembered as wrong."""

    path: Path
    handle: BinaryIO
    encoding: str
    number: int = 0
    wrong: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        start = self.handle.read(4)
        self.handle.seek(0)
        wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if wide:
            yield from self._wide()
            return
        if start.startswith(codecs.BOM_UTF8):
            self.handle.seek(len(codecs.BOM_UTF8))
        while raw := self.handle.readline(MAX_LINE + 1):
            self.number += 1
            if len(raw) > MAX_LINE:
                raise self._long()
            try:
                yield raw.decode(self.encoding)
            except UnicodeDecodeError as error:
                self.wrong.append(f"byte {error.start + 1} of line {self.number} is not {self.encoding}")
                yield raw.decode(self.encoding, "replace")

    def _wide(self) -> Iterator[str]:
        reader = codecs.getreader("utf-16")(self.handle, "replace")
        while line := reader.readline(MAX_LINE):
            self.number += 1
            if len(line) >= MAX_LINE:
                raise self._long()
            if "\ufffd" in line:
                self.wrong.append(f"line {self.number} is not UTF-16")
            yield line

    def _long(self) -> ActionError:
        return ActionError(
            "table-line",
            f"{self.path.name}: line {self.number} is longer than {MAX_LINE} characters.",
            "A quotation mark may be open, or it is no table. Nothing of it was recorded.",
        )


def _lines(path: Path, handle: BinaryIO, mapping: TableMapping) -> Iterator[SheetRow]:
    try:
        codecs.lookup(mapping.encoding)
    except LookupError:
        raise ActionError(
            "table-encoding", f"There is no encoding {mapping.encoding!r}.", "Use utf-8, or windows-1251."
        ) from None
    decoder = _Decoder(path, handle, mapping.encoding)
    lines = iter(decoder)
    first = next(lines, "")
    if decoder.wrong or not first.strip():
        what = decoder.wrong[0] if decoder.wrong else "it has no first line"
        raise ActionError(
            "table-header",
            f"{path.name} has no header that can be read: {what}.",
            "Name the encoding in the mapping, or save the table as UTF-8.",
        )
    delimiter = mapping.delimiter or max(",;\t|", key=first.count)
    reader = csv.reader(_with_first(first, lines), delimiter=delimiter, strict=True)
    yield from _csv_rows(path, reader, decoder, mapping)


def _with_first(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _csv_rows(path: Path, reader: Any, decoder: _Decoder, mapping: TableMapping) -> Iterator[SheetRow]:  # noqa: ANN401 - csv has no type for it
    begun = 1
    try:
        header = _header(path, next(reader))
        begun = reader.line_num + 1
        for cells in reader:
            wrong = [(f"{text}.", "Save the table as UTF-8, or name its encoding.") for text in decoder.wrong]
            decoder.wrong.clear()
            if any(cells):
                yield _row(begun, header, cells, wrong, mapping)
            begun = reader.line_num + 1
    except csv.Error as error:
        raise ActionError(
            "table-line",
            f"{path.name}, line {begun}: {error}.",
            "A quotation mark is open or out of place there. Nothing of it was recorded.",
        ) from error


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    header = [unicodedata.normalize("NFC", cell.strip()) for cell in cells]
    while header and not header[-1]:
        header.pop()
    twice = {name for name in header if header.count(name) > 1}
    if not header or "" in header or twice or len(header) > MAX_COLUMNS:
        what = f"the column {sorted(twice)[0]!r} twice" if twice else "a column without a name"
        raise ActionError("table-header", f"{path.name} has {what}.", "Each column needs a name of its own.")
    return header


def _row(
    number: int, header: list[str], cells: Sequence[str], wrong: list[tuple[str, str]], mapping: TableMapping
) -> SheetRow:
    if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        wrong.append((f"It has {len(cells)} cells, the header {len(header)}.", "Mend that row."))
    found = {}
    for name, cell in zip(header, cells, strict=False):
        text = cell.strip()
        if text:
            if not text.isascii():
                text = unicodedata.normalize("NFC", text)
            if text[0] == "=" or len(text) > MAX_CELL or _CONTROL.search(text):
                wrong += _wrong_cell(name, text, formulas=not mapping.formulas_as_text)
            if mapping.empty and text.casefold() in mapping.empty:
                text = ""
        found[name] = text
    return SheetRow(number, found, tuple(wrong))


def _wrong_cell(name: str, text: str, *, formulas: bool) -> Iterator[tuple[str, str]]:
    if formulas and text[0] == "=":
        yield (
            f"{name!r} holds a formula.",
            'Put the value in its place, or write formulas = "text" in the mapping.',
        )
    if len(text) > MAX_CELL:
        yield f"{name!r} is longer than {MAX_CELL} characters.", "Take the text in as a file with embers add."
    if _CONTROL.search(text):
        yield f"{name!r} holds characters that are no text.", "Take them out."


# --- XLSX ---------------------------------------------------------------------------------------


def sheet_rows(path: Path, name: str) -> Iterator[list[str]]:
    """Yield the cells of a sheet that holds texts only, such as one of an export; a broken file is refused."""
    from openpyxl import load_workbook  # noqa: PLC0415

    with path.open("rb") as handle:
        _guard(path, handle)
        try:
            sheet = load_workbook(handle, read_only=True, data_only=False, keep_links=False)[name]
            sheet.reset_dimensions()
            for row in sheet.iter_rows(values_only=True):
                yield ["" if cell is None else str(cell) for cell in row]
        # What a broken workbook raises has no common parent: of zip, XML, numbers and the library's own.
        except Exception as error:
            raise _broken(path, f"{type(error).__name__}: {error}") from error


def _sheet(path: Path, handle: BinaryIO, mapping: TableMapping) -> Iterator[SheetRow]:
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import, and of no use to a CSV

    _guard(path, handle)
    try:
        book = load_workbook(handle, read_only=True, data_only=False, keep_links=False)
        sheet = book[mapping.sheet] if mapping.sheet else book.worksheets[0]
        sheet.reset_dimensions()
        header: list[str] = []
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
            wrong: list[tuple[str, str]] = []
            cells = [_cell_text(cell, wrong) for cell in row]
            if not header:
                header = _header(path, cells)
            elif any(cells):
                padded = [*cells, *[""] * (len(header) - len(cells))]
                yield _row(number, header, padded, wrong, mapping)
        if not header:
            raise ActionError("table-header", f"{path.name}: the sheet is empty.", "Name another sheet.")
    except ActionError:
        raise
    except KeyError as error:
        raise ActionError(
            "table-sheet", f"{path.name} has no sheet or part {error}.", "Name a sheet it has in the mapping."
        ) from error
    # What a broken workbook raises has no common parent: of zip, XML, numbers and the library's own.
    except Exception as error:
        raise _broken(path, f"{type(error).__name__}: {error}") from error


def _cell_text(cell: Any, wrong: list[tuple[str, str]]) -> str:  # noqa: ANN401, PLR0911 - openpyxl is not typed
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        wrong.append((f"A cell holds the error {value}.", "Mend the sheet."))
    if cell.data_type == "f":
        # Some formulas come as objects; all of them come out as text a formula begins with.
        return value if isinstance(value, str) and value.startswith("=") else f"={value}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value)


def _guard(path: Path, handle: BinaryIO) -> None:
    """Refuse what would unpack to more than it may; a part never unpacks to more than the archive says it does."""
    try:
        with zipfile.ZipFile(handle) as archive:
            parts = archive.infolist()
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as content:
                        _refuse_entities(path, content)
    except ExpatError as error:
        raise _broken(path, str(error)) from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _broken(path, str(error) or type(error).__name__) from error
    handle.seek(0)
    unpacked = sum(part.file_size for part in parts)
    texts = sum(part.file_size for part in parts if "sharedStrings" in part.filename)
    packed = sum(part.compress_size for part in parts)
    if unpacked > MAX_UNPACKED or texts > MAX_TEXTS or unpacked > max(packed, 50_000) * _MAX_RATIO:
        raise ActionError(
            "table-bomb",
            f"{path.name} has {packed} bytes and would unpack to {unpacked}.",
            "Save it as CSV if it is an honest table.",
        )


class _Begun(Exception):  # noqa: N818 - not an error: the part has begun, so what may declare entities is over
    pass


def _refuse_entities(path: Path, content: IO[bytes]) -> None:
    """Read a part up to its first element, in whatever encoding and however long its comments are."""

    def declared(*_: object) -> None:
        raise _broken(path, "it declares entities, which no spreadsheet does")

    def begun(*_: object) -> None:
        raise _Begun

    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = begun
    try:
        while block := content.read(4096):
            parser.Parse(block, False)
    except _Begun:
        return


def _broken(path: Path, what: str) -> ActionError:
    return ActionError(
        "table-broken",
        f"{path.name} cannot be read as a spreadsheet: {what[:200]}.",
        "Open it in a spreadsheet program and save it as XLSX without a password, or as CSV.",
    )
