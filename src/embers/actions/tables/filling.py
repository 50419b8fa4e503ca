"""Fills templates from the cells of a row, into values the vocabulary accepts. An empty cell says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from embers import dates
from embers.actions.tables.mapping import Cells as CellsMapping
from embers.actions.tables.mapping import RecordMapping, Say, TableMapping, columns_in
from embers.actions.tables.templates import Cells, Fill, Text, Wrong, each, figures, number_of, text_of, typed
from embers.errors import EmbersError
from embers.ids import derived_subject
from embers.places import microdegrees
from embers.vocabulary.loader import Vocabulary
from embers.vocabulary.terms import Field
from embers.vocabulary.value import CLAIM_FIELDS, check_value, takes

Json = Any


@dataclass(frozen=True, slots=True)
class Said:
    """One assertion a row makes; ``sources`` are pairs of a source and a pinpoint in it.

    ``once``: many rows say it, of one subject. ``own``: the subject is one of this table, not of another.
    """

    subject: str
    predicate: str
    value: Json
    valid: str | None
    confidence: str | None
    marking: str | None
    sources: tuple[tuple[str, str], ...]
    once: bool
    own: bool = True

    def content(self) -> list[Json]:
        """Return what makes two assertions the same."""
        return [
            *(self.subject, self.predicate, self.value, self.valid, self.confidence, self.marking),
            [list(pair) for pair in self.sources],
        ]


@dataclass(frozen=True, slots=True)
class _Line:
    """One predicate of a mapping, made ready: what it takes from the cells, and which cells hold several values."""

    predicate: str
    value: Fill
    several: tuple[str, ...]
    when: Text
    valid: Text | None
    confidence: Text | None
    marking: str | None
    sources: tuple[tuple[Fill, Text, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One record of a mapping, made ready."""

    record: RecordMapping
    key: Text
    several: tuple[str, ...]
    lines: tuple[_Line, ...]


class Filling:
    """Turns rows into what they say.

    ``find`` looks up a code among kinds in the case and returns the subjects that have it; ``salt`` is the case's own
    id, so that outside the case nobody can try keys out on a subject id. ``terms`` gathers words that are in no list,
    ``needs`` subjects that rows name and that must be there. Templates are read once, not for every row.
    """

    def __init__(
        self,
        mapping: TableMapping,
        vocabulary: Vocabulary,
        salt: str,
        *,
        find: Callable[[str, frozenset[str]], Sequence[str]],
        terms: dict[tuple[str, str], int],
        needs: Callable[[str], None],
    ) -> None:
        self._mapping, self._vocabulary, self._salt = mapping, vocabulary, salt
        self._find, self._terms, self._needs = find, terms, needs
        self._key = text_of(mapping.row)
        self._split = frozenset(column for column, how in mapping.cells.items() if how.split)
        self._parts = tuple(
            _Part(
                record,
                text_of(record.key),
                self._lists(record.key),
                tuple(self._line(say) for say in record.says),
            )
            for record in mapping.records
        )

    # --- rows -------------------------------------------------------------------------------------

    def key(self, cells: Cells) -> str:
        """Return the key of a row; a row without one is refused."""
        key = self._key(cells)
        if key is None:
            raise Wrong("It has no key.", f"Fill {self._mapping.row}: a row is known by it.")
        if len(key) > 120:
            raise Wrong("Its key is longer than 120 characters.", "Use a short number or code as key.")
        return key

    def subject(self, kind: str, key: str, table: str = "") -> str:
        """Return the subject a key of a table stands for."""
        return derived_subject(kind, self._salt, table or self._mapping.name, key)

    def row(self, cells: Mapping[str, str]) -> Iterator[Said | Wrong]:
        """Yield everything a row says, and everything that is wrong with it."""
        read, wrong = self._read(cells)
        yield from wrong
        for part in self._parts:
            for chosen in each(part.several, read):
                key = part.key(chosen)
                if key is not None:
                    yield from self._record(part, key, chosen)

    def _record(self, part: _Part, key: str, cells: Cells) -> Iterator[Said | Wrong]:
        record = part.record
        subject = self.subject(record.kind, key, record.table)
        if record.table:
            self._needs(subject)
        for line in part.lines:
            for chosen in each(line.several, cells):
                try:
                    value = line.value(chosen) if line.when(chosen) is not None else None
                    if value is None:
                        continue
                    said = self._said(line, record, subject, value, chosen)
                except Wrong as wrong:
                    yield wrong
                except EmbersError as error:
                    yield Wrong(error.message.replace(f" on {subject}", ""), error.hint)
                else:
                    yield said

    def _said(self, line: _Line, record: RecordMapping, subject: str, value: Json, cells: Cells) -> Said:
        valid = line.valid(cells) if line.valid else None
        if valid:
            dates.parse(valid)
        check_value(subject, line.predicate, value, self._vocabulary)
        return Said(
            *(subject, line.predicate, value, valid),
            line.confidence(cells) if line.confidence else None,
            line.marking,
            tuple(self._sources(line, cells)) if line.sources else (),
            once=record.once,
            own=not record.table,
        )

    def _sources(self, line: _Line, cells: Cells) -> Iterator[tuple[str, str]]:
        for found, locator, several in line.sources:
            for chosen in each(several, cells):
                source = found(chosen)
                if source is not None:
                    yield source, locator(cells) or ""

    # --- templates --------------------------------------------------------------------------------

    def _lists(self, template: Json) -> tuple[str, ...]:
        """Return the columns a template names whose cells hold several values."""
        return tuple(name for name in dict.fromkeys(columns_in(template)) if name in self._split)

    def _line(self, say: Say) -> _Line:
        predicate = say.predicate
        value = self._claim(say) if predicate.claim else self._value(say.value, predicate.type, say)
        return _Line(
            predicate.id,
            value,
            self._lists([say.value, say.when]),
            text_of(say.when),
            text_of(say.valid) if say.valid else None,
            text_of(say.confidence) if say.confidence else None,
            say.marking or self._mapping.marking or None,
            tuple(self._source(template) for template in say.sources),
        )

    def _source(self, template: Json) -> tuple[Fill, Text, tuple[str, ...]]:
        locator = ""
        if isinstance(template, dict) and "locator" in template:
            locator = str(template["locator"])
            template = {name: part for name, part in template.items() if name != "locator"}
            if set(template) == {"source"}:
                template = template["source"]
        return self._ref(template, frozenset({"source"})), text_of(locator), self._lists(template)

    def _claim(self, say: Say) -> Fill:
        if not isinstance(say.value, dict) or "is" not in say.value:
            return _refused(
                f"{say.predicate.id!r} is a claim.", "Its value in the mapping needs is and claimant."
            )
        told = self._value(say.value["is"], say.predicate.type, say)
        rest = self._fields(
            {name: part for name, part in say.value.items() if name != "is"}, CLAIM_FIELDS, say
        )

        def fill(cells: Cells) -> Json:
            value = told(cells)
            return None if value is None else {"is": value, **(rest(cells) or {})}

        return fill

    def _value(self, template: Json, type: str, say: Say, *, codes: str | None = None) -> Fill:
        """Return what fills a template; ``codes`` names the list of a field, which need not be the predicate's."""
        predicate = say.predicate
        makers: Mapping[str, Callable[[], Fill]] = {
            "record": lambda: self._fields(template, predicate.fields, say),
            "ref": lambda: self._ref(template, predicate.kinds if codes is None else frozenset()),
            "refs": lambda: _listed(self._ref(template, predicate.kinds if codes is None else frozenset())),
            "quantity": lambda: _quantity(template),
            "point": lambda: _point(template),
            "lang-text": lambda: _lang_text(template, say.lang),
        }
        if type in makers:
            return makers[type]()
        if not isinstance(template, str):
            return lambda _: template
        text = text_of(template)
        if type == "code":
            return self._code(text, predicate.codes if codes is None else codes)
        return typed(text, type, predicate.id)

    def _code(self, text: Text, codes: str) -> Fill:
        listed = self._vocabulary.codes.get(codes)

        def fill(cells: Cells) -> Json:
            word = text(cells)
            if word is not None and listed is not None and not takes(listed, word):
                self._terms[codes, word] = self._terms.get((codes, word), 0) + 1
            return word

        return fill

    def _fields(self, template: Json, fields: tuple[Field, ...], say: Say) -> Fill:
        if not isinstance(template, dict):
            return _refused(f"{say.predicate.id!r} has several fields.", "Give each field in the mapping.")
        types = {field.name: field for field in fields}
        parts: list[tuple[str, Fill, bool]] = []
        for name, part in template.items():
            known = types.get(name)
            fill = self._value(part, known.type if known else "text", say, codes=known.codes if known else "")
            parts.append((name, fill, any(True for _ in columns_in(part))))
        fixed = not any(from_cells for _, _, from_cells in parts)

        def filled(cells: Cells) -> Json:
            found: dict[str, Json] = {}
            telling = fixed
            for name, fill, from_cells in parts:
                value = fill(cells)
                if value is not None:
                    found[name] = value
                    telling = telling or from_cells
            return found if telling else None  # constants alone say nothing of this row

        return filled

    def _ref(self, template: Json, kinds: frozenset[str]) -> Fill:
        if isinstance(template, dict):
            return self._keyed(template, kinds)
        text = text_of(str(template))

        def coded(cells: Cells) -> Json:
            code = text(cells)
            if code is None:
                return None
            named = self._find(code, kinds)
            if len(named) != 1:
                what = "Nothing" if not named else f"{len(named)} records"
                raise Wrong(
                    f"{what} in the case {'has' if not named else 'have'} the code {code!r}.",
                    "Record it first, or name a key of this table: { kind, key }.",
                )
            return named[0]

        return coded

    def _keyed(self, template: Mapping[str, Json], kinds: frozenset[str]) -> Fill:
        kind = str(template.get("kind") or (next(iter(kinds)) if len(kinds) == 1 else ""))
        self._vocabulary.kind(kind)
        key, table = text_of(str(template.get("key", ""))), str(template.get("table", ""))

        def keyed(cells: Cells) -> Json:
            named = key(cells)
            if named is None:
                return None
            found = self.subject(kind, named, table)
            self._needs(found)
            return found

        return keyed

    # --- cells ------------------------------------------------------------------------------------

    def _read(self, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Wrong]]:
        if not self._mapping.cells:
            return dict(cells), []
        read: dict[str, Any] = dict(cells)
        wrong: list[Wrong] = []
        for column, how in self._mapping.cells.items():
            text = cells.get(column, "")
            if not text:
                continue
            parts = [part.strip() for part in text.split(how.split) if part.strip()] if how.split else [text]
            done = [self._converted(column, part, how, wrong) for part in parts]
            read[column] = done if how.split else done[0]
        return read, wrong

    def _converted(self, column: str, text: str, how: CellsMapping, wrong: list[Wrong]) -> str:
        if how.codes is not None:
            if text not in how.codes:
                self._terms[column, text] = self._terms.get((column, text), 0) + 1
                wrong.append(
                    Wrong(
                        f"{column!r} holds {text!r}, which the mapping does not know.", "Add it to its codes."
                    )
                )
                return ""
            text = how.codes[text]
        if how.date and not re.match(r"\d{4}-\d\d-\d\d(T|\Z)", text, re.ASCII):
            day = _day(text, how.date)
            if not day:
                wrong.append(
                    Wrong(f"{column!r} holds {text!r}, which is no date of the form {how.date}.", "Mend it.")
                )
            return day
        return text


@lru_cache(maxsize=16384)
def _day(text: str, form: str) -> str:
    """Return a day as ISO 8601 writes it; nothing if it is not of this form."""
    try:
        return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day as written, without a zone
    except ValueError:
        return ""


def _refused(what: str, hint: str) -> Fill:
    def fill(_: Cells) -> Json:
        raise Wrong(what, hint)

    return fill


def _listed(fill: Fill) -> Fill:
    def listed(cells: Cells) -> Json:
        found = fill(cells)
        return [found] if found else found

    return listed


def _lang_text(template: Json, lang: str) -> Fill:
    parts = template if isinstance(template, dict) else {"text": template}
    text, named = (text_of(str(parts.get(name, ""))) for name in ("text", "lang"))

    def fill(cells: Cells) -> Json:
        found = text(cells)
        return {"text": found, "lang": named(cells) or lang or "und"} if found else None

    return fill


def _quantity(template: Json) -> Fill:
    if not isinstance(template, dict):
        return _refused("A figure has no unit.", 'Write { figure = "{Killed}", unit = "persons" }.')
    parts = {name: text_of(str(part)) for name, part in template.items()}
    nothing = text_of("")
    figure, unit = parts.get("figure"), parts.get("unit", nothing)
    op, numbers = parts.get("op", nothing), {name: parts[name] for name in ("n", "to") if name in parts}

    def read(cells: Cells) -> Json:
        text = figure(cells) if figure else None
        if text is None:
            return None
        how, found = figures(text)
        value: dict[str, Json] = {"op": how, "unit": unit(cells) or None}
        return value | dict(zip(("n", "to"), found, strict=False))

    def given(cells: Cells) -> Json:
        said = {name: text for name, number in numbers.items() if (text := number(cells))}
        how = op(cells)
        if "n" not in said and how != "some":
            return None
        whole = {name: number_of(text, "figure") for name, text in said.items()}
        return {"op": how or "eq", "unit": unit(cells) or None, **whole}

    return read if figure else given


def _point(template: Json) -> Fill:
    if not isinstance(template, dict):
        return _refused("A position has no parts.", "Give lat, lon, precision_m and method in the mapping.")
    texts = {name: text_of(str(template.get(name, ""))) for name in ("lat", "lon", "precision_m", "method")}

    def fill(cells: Cells) -> Json:
        parts = {name: text(cells) for name, text in texts.items()}
        if not parts["lat"] and not parts["lon"]:
            return None
        if missing := [name for name, part in parts.items() if not part]:
            raise Wrong(f"Its position lacks {', '.join(missing)}.", "Fill them, or leave the position out.")
        return {
            "lat": microdegrees(str(parts["lat"])),
            "lon": microdegrees(str(parts["lon"])),
            "precision_m": number_of(str(parts["precision_m"]), "precision_m"),
            "method": parts["method"],
        }

    return fill
