"""Reads a mapping: which columns of a table say what, in the words of the vocabulary.

A mapping is a TOML file. Everything that is wrong with it is found before a row is read, unknown words first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from embers.access.standing import LEVELS
from embers.actions.tables.reach import within_reach
from embers.errors import ActionError, VocabularyError
from embers.vocabulary.loader import Vocabulary
from embers.vocabulary.terms import Predicate

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\Z")
#: A column in a template: ``{Date of report}``.
COLUMN = re.compile(r"\{([^{}]+)\}")
_TABLE = frozenset(
    {
        *(
            "name",
            "title",
            "source",
            "row",
            "sheet",
            "delimiter",
            "encoding",
            "marking",
            "formulas",
            "ignore",
        ),
        *("empty", "licence"),
    }
)
_RECORD = frozenset({"kind", "key", "table", "once", "say"})
_SAY = frozenset({"predicate", "value", "when", "lang", "valid", "confidence", "marking", "sources"})
_CELLS = frozenset({"split", "codes", "date"})
_HINT = "See docs/how-to/tables.md for an example."


@dataclass(frozen=True, slots=True)
class Cells:
    """How the cells of one column are read: ``split`` into several, ``codes`` for words, ``date`` as strptime."""

    split: str = ""
    codes: Mapping[str, str] | None = None
    date: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """One predicate filled from columns; ``value`` is a template as TOML gave it; ``when`` one to be filled."""

    predicate: Predicate
    value: Any
    lang: str
    valid: str
    confidence: str
    marking: str
    sources: tuple[Any, ...]
    when: str = ""


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """One subject a row speaks of. ``once``: many rows name it, and what they agree on is said once.

    ``table`` names another table whose subject it is: it must have been imported from there before.
    """

    kind: str
    key: str
    once: bool
    says: tuple[Say, ...]
    table: str = ""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping. ``name`` names the table for ever: the same name and key mean the same row."""

    name: str
    title: str
    source: str
    licence: str
    row: str
    sheet: str
    delimiter: str
    encoding: str
    marking: str
    formulas_as_text: bool
    ignore: tuple[str, ...]
    empty: frozenset[str]
    cells: Mapping[str, Cells]
    records: tuple[RecordMapping, ...]

    def columns(self) -> set[str]:
        """Return every column a template names."""
        found = set(COLUMN.findall(self.row)) | set(self.cells)
        for record in self.records:
            found.update(COLUMN.findall(record.key))
            for say in record.says:
                found.update(columns_in([say.value, say.when, say.valid, say.confidence, [*say.sources]]))
        return found


def columns_in(template: object) -> Iterator[str]:
    """Yield the columns a template names, however deep."""
    if isinstance(template, str):
        yield from COLUMN.findall(template)
    elif isinstance(template, dict):
        for part in template.values():
            yield from columns_in(part)
    elif isinstance(template, list):
        for part in template:
            yield from columns_in(part)


def read_mapping(data: bytes, vocabulary: Vocabulary) -> TableMapping:
    """Read a mapping; a part that is missing, unknown or of the wrong kind is refused by name."""
    try:
        found = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ActionError("mapping", f"The mapping is not TOML: {error}.", _HINT) from error
    table = _part(found, "table", dict)
    _only(found, {"table", "column", "record"}, "the mapping")
    _only(table, _TABLE, "[table]")
    name = _text(table, "name", "[table]")
    if not _NAME.match(name):
        raise ActionError(
            "mapping", f"The name {name!r} of the table is not usable.", "Use a-z, 0-9 and -, such as list-7."
        )
    records = _part(found, "record", list)
    wrong = [text for record in records for text in _unknown(record, vocabulary)]
    if wrong:
        raise ActionError(
            "mapping-terms",
            f"{len(wrong)} words of the mapping are not in the vocabulary: {' '.join(wrong)}",
            "Mend the mapping, then check again.",
        )
    return TableMapping(
        name=name,
        title=table.get("title", name),
        source=_text(table, "source", "[table]"),
        licence=table.get("licence", ""),
        row=_template(_text(table, "row", "[table]"), "row"),
        sheet=table.get("sheet", ""),
        delimiter=table.get("delimiter", ""),
        encoding=table.get("encoding", "utf-8"),
        marking=_marking(table.get("marking", "")),
        formulas_as_text=_one_of(table.get("formulas", "refuse"), ("refuse", "text"), "formulas") == "text",
        ignore=tuple(table.get("ignore", ())),
        empty=frozenset(str(word).casefold() for word in table.get("empty", ())),
        cells={column: _cells(column, part) for column, part in found.get("column", {}).items()},
        records=tuple(_record(record, vocabulary) for record in records),
    )


def _unknown(record: Any, vocabulary: Vocabulary) -> Iterator[str]:  # noqa: ANN401 - as TOML gave it
    if not isinstance(record, dict):
        raise ActionError("mapping", "A record of the mapping is not a table.", _HINT)
    kind = str(record.get("kind"))
    if kind not in vocabulary.kinds:
        yield f"There is no kind {kind!r}."
    for say in record.get("say", ()):
        try:
            predicate = vocabulary.predicate(str(say.get("predicate")))
        except VocabularyError as error:
            yield f"{error.message} {error.hint}"
            continue
        if kind in vocabulary.kinds and not predicate.applies_to(kind):
            yield f"{predicate.id!r} cannot be said of kind {kind!r}."


def _record(data: dict[str, Any], vocabulary: Vocabulary) -> RecordMapping:
    _only(data, _RECORD, "[[record]]")
    kind = _text(data, "kind", "[[record]]")
    says = tuple(_say(kind, say, vocabulary) for say in _part(data, "say", list))
    key = _template(_text(data, "key", "[[record]]"), "key")
    return RecordMapping(kind, key, bool(data.get("once", False)), says, str(data.get("table", "")))


def _say(kind: str, data: dict[str, Any], vocabulary: Vocabulary) -> Say:
    _only(data, _SAY, "[[record.say]]")
    predicate = vocabulary.predicate(_text(data, "predicate", "[[record.say]]"))
    if not within_reach(kind, predicate):
        raise ActionError(
            "mapping-reach",
            f"A table cannot say {predicate.id!r} of a {kind}.",
            "Keys, roles, custody and sealed values are recorded by their own commands only.",
        )
    if "value" not in data:
        raise ActionError("mapping", f"{predicate.id!r} has no value in the mapping.", _HINT)
    return Say(
        predicate=predicate,
        value=data["value"],
        lang=data.get("lang", ""),
        valid=data.get("valid", ""),
        confidence=data.get("confidence", ""),
        marking=_marking(data.get("marking", "")),
        sources=tuple(data.get("sources", ())),
        when=str(data.get("when", "")),
    )


def _cells(column: str, data: object) -> Cells:
    if not isinstance(data, dict):
        raise ActionError("mapping", f"[column.{column!r}] is not a table.", _HINT)
    _only(data, _CELLS, f"[column.{column!r}]")
    codes = data.get("codes")
    if codes is not None and not (
        isinstance(codes, dict) and all(isinstance(code, str) for code in codes.values())
    ):
        raise ActionError("mapping", f"The codes of the column {column!r} are not texts.", _HINT)
    return Cells(str(data.get("split", "")), codes, str(data.get("date", "")))


def _part(data: Mapping[str, Any], name: str, kind: type) -> Any:  # noqa: ANN401 - as TOML gave it
    found = data.get(name)
    if not isinstance(found, kind) or not found:
        raise ActionError("mapping", f"The mapping has no {name!r} of the right form.", _HINT)
    return found


def _text(data: Mapping[str, Any], name: str, where: str) -> str:
    found = data.get(name)
    if not isinstance(found, str) or not found.strip():
        raise ActionError("mapping", f"{where} lacks the text {name!r}.", _HINT)
    return found


def _template(text: str, name: str) -> str:
    if not COLUMN.search(text):
        raise ActionError("mapping", f"The {name} {text!r} names no column.", 'Write it as "{Column}".')
    return text


def _only(data: Mapping[str, Any], known: set[str] | frozenset[str], where: str) -> None:
    if unknown := data.keys() - known:
        raise ActionError(
            "mapping",
            f"{where} has unknown parts: {', '.join(sorted(unknown))}.",
            f"Known: {', '.join(sorted(known))}.",
        )


def _one_of(value: object, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        raise ActionError("mapping", f"{name} is {value!r}.", f"Known: {', '.join(known)}.")
    return str(value)


def _marking(value: str) -> str:
    return _one_of(value, LEVELS, "marking") if value else ""
