"""Fills templates from the cells of a row, into values the vocabulary accepts. An empty cell says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from embers.actions.tables.mapping import COLUMN, Cells, RecordMapping, Say, TableMapping, columns_in
from embers.errors import EmbersError
from embers.ids import derived_subject
from embers.places import microdegrees
from embers.vocabulary.loader import Vocabulary
from embers.vocabulary.terms import Field
from embers.vocabulary.value import CLAIM_FIELDS, check_value

Json = Any
_ONE = re.compile(r"\{([^{}]+)\}\Z")
_FIGURES = (
    (re.compile(r"(\d+)\s*(?:-|–|/|\.\.|to)\s*(\d+)\Z"), "between"),
    (re.compile(r"(?:>=|≥|at least|min\.?)\s*(\d+)\Z|(\d+)\+\Z", re.IGNORECASE), "gte"),
    (re.compile(r"(?:<=|≤|at most|up to|max\.?)\s*(\d+)\Z", re.IGNORECASE), "lte"),
    (re.compile(r"(?:~|≈|about|approx\.?|ca\.?|c\.)\s*(\d+)\Z", re.IGNORECASE), "approx"),
    (re.compile(r"(\d+)\Z"), "eq"),
)
_SOME = frozenset({"some", "several"})
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_BLANKS = re.compile(r"[\s\u00a0\u202f']")


class Wrong(Exception):  # noqa: N818 - a sentence on its way to the row it is about
    """What is wrong with a row, and what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Said:
    """One assertion a row makes; ``sources`` are pairs of a source and a pinpoint in it."""

    subject: str
    predicate: str
    value: Json
    valid: str | None
    confidence: str | None
    marking: str | None
    sources: tuple[tuple[str, str], ...]
    once: bool

    def content(self) -> list[Json]:
        """Return what makes two assertions the same."""
        return [
            *(self.subject, self.predicate, self.value, self.valid, self.confidence, self.marking),
            [list(pair) for pair in self.sources],
        ]


@dataclass(slots=True)
class Filling:
    """Turns rows into what they say.

    ``find`` looks up a code among kinds in the case and returns the subjects that have it; ``salt`` is the case's own
    id, so that outside the case nobody can try keys out on a subject id. ``terms`` gathers words that are in no list,
    ``needs`` subjects that rows name and that must be there.
    """

    mapping: TableMapping
    vocabulary: Vocabulary
    salt: str
    find: Callable[[str, frozenset[str]], Sequence[str]]
    terms: dict[tuple[str, str], int]
    needs: Callable[[str], None]

    def key(self, cells: Mapping[str, str]) -> str:
        """Return the key of a row; a row without one is refused."""
        key = _substitute(self.mapping.row, cells)
        if key is None:
            raise Wrong("It has no key.", f"Fill {self.mapping.row}: a row is known by it.")
        if len(key) > 120:
            raise Wrong("Its key is longer than 120 characters.", "Use a short number or code as key.")
        return key

    def subject(self, kind: str, key: str, table: str = "") -> str:
        """Return the subject a key of a table stands for."""
        return derived_subject(kind, self.salt, table or self.mapping.name, key)

    def row(self, cells: Mapping[str, str]) -> Iterator[Said | Wrong]:
        """Yield everything a row says, and everything that is wrong with it."""
        read, wrong = self._read(cells)
        yield from wrong
        for record in self.mapping.records:
            keys = _several(record.key, read)
            for chosen in keys:
                key = _substitute(record.key, chosen)
                if key is not None:
                    yield from self._record(record, self.subject(record.kind, key), chosen)

    def _record(
        self, record: RecordMapping, subject: str, cells: Mapping[str, Any]
    ) -> Iterator[Said | Wrong]:
        for say in record.says:
            for chosen in _several(say.value, cells):
                try:
                    said = self._said(say, subject, chosen, once=record.once)
                except Wrong as wrong:
                    yield wrong
                except EmbersError as error:
                    yield Wrong(error.message.replace(f" on {subject}", ""), error.hint)
                else:
                    if said is not None:
                        yield said

    def _said(self, say: Say, subject: str, cells: Mapping[str, str], *, once: bool) -> Said | None:
        predicate = say.predicate
        if predicate.claim:
            value = self._claim(say, cells)
        else:
            value = self._value(say.value, predicate.type, cells, say, fields=predicate.fields)
        if value is None:
            return None
        valid = _substitute(say.valid, cells) if say.valid else None
        if valid:
            self._value(valid, "date", cells, say)
        check_value(subject, predicate.id, value, self.vocabulary)
        return Said(
            subject=subject,
            predicate=predicate.id,
            value=value,
            valid=valid,
            confidence=(_substitute(say.confidence, cells) if say.confidence else None),
            marking=say.marking or self.mapping.marking or None,
            sources=tuple(self._sources(say, cells)),
            once=once,
        )

    def _sources(self, say: Say, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for template in say.sources:
            locator = ""
            if isinstance(template, dict) and "locator" in template:
                locator = _substitute(str(template["locator"]), cells) or ""
                template = {name: part for name, part in template.items() if name != "locator"}  # noqa: PLW2901
                if set(template) == {"source"}:
                    template = template["source"]  # noqa: PLW2901
            for chosen in _several(template, cells):
                found = self._ref(template, frozenset({"source"}), chosen)
                if found is not None:
                    yield found, locator

    def _claim(self, say: Say, cells: Mapping[str, str]) -> Json:
        if not isinstance(say.value, dict) or "is" not in say.value:
            raise Wrong(
                f"{say.predicate.id!r} is a claim.", "Its value in the mapping needs is and claimant."
            )
        value = self._value(say.value["is"], say.predicate.type, cells, say)
        if value is None:
            return None
        rest = {name: part for name, part in say.value.items() if name != "is"}
        filled = self._fields(rest, CLAIM_FIELDS, cells, say)
        return {"is": value, **(filled or {})}

    def _value(  # noqa: PLR0911 - one return for each form a value has
        self,
        template: Json,
        type: str,
        cells: Mapping[str, str],
        say: Say,
        *,
        fields: tuple[Field, ...] = (),
        codes: str | None = None,
    ) -> Json:
        predicate = say.predicate
        if type == "record":
            return self._fields(template, fields, cells, say)
        if type in {"ref", "refs"}:
            kinds = predicate.kinds if codes is None else frozenset[str]()
            found = self._ref(template, kinds, cells)
            return [found] if found and type == "refs" else found
        if type == "quantity":
            return self._quantity(template, cells)
        if type == "point":
            return self._point(template, cells)
        if type == "lang-text":
            return self._lang_text(template, cells, say)
        if not isinstance(template, str):
            return template
        text = _substitute(template, cells)
        if text is None:
            return None
        if type == "code":
            self._known(text, predicate.codes if codes is None else codes)
        return _typed(text, type, predicate.id)

    def _fields(
        self, template: Json, fields: tuple[Field, ...], cells: Mapping[str, str], say: Say
    ) -> dict[str, Json] | None:
        if not isinstance(template, dict):
            raise Wrong(f"{say.predicate.id!r} has several fields.", "Give each field in the mapping.")
        types = {field.name: field for field in fields}
        filled: dict[str, Json] = {}
        from_cells = False
        for name, part in template.items():
            known = types.get(name)
            value = self._value(
                part, known.type if known else "text", cells, say, codes=known.codes if known else ""
            )
            if value is not None:
                filled[name] = value
                from_cells |= any(True for _ in columns_in(part))
        # Constants alone say nothing of this row.
        return filled if from_cells or not any(True for _ in columns_in(template)) else None

    def _known(self, text: str, codes: str) -> None:
        if codes and text not in self.vocabulary.codes[codes].terms:
            self.terms[codes, text] = self.terms.get((codes, text), 0) + 1

    def _lang_text(self, template: Json, cells: Mapping[str, str], say: Say) -> Json:
        if isinstance(template, dict):
            text, lang = (_substitute(str(template.get(name, "")), cells) for name in ("text", "lang"))
        else:
            text, lang = _substitute(str(template), cells), say.lang
        return None if not text else {"text": text, "lang": lang or say.lang or "und"}

    def _quantity(self, template: Json, cells: Mapping[str, str]) -> Json:
        if not isinstance(template, dict):
            raise Wrong("A figure has no unit.", 'Write { figure = "{Killed}", unit = "persons" }.')
        parts = {name: _substitute(str(part), cells) for name, part in template.items()}
        if "figure" in parts:
            if parts["figure"] is None:
                return None
            op, numbers = _figure(parts["figure"])
            value: dict[str, Json] = {"op": op, "unit": parts.get("unit")}
            return value | dict(zip(("n", "to"), numbers, strict=False))
        if parts.get("n") is None and parts.get("op") != "some":
            return None
        numbers_of = {
            name: _typed(str(parts[name]), "integer", "figure") for name in ("n", "to") if parts.get(name)
        }
        return {"op": parts.get("op") or "eq", "unit": parts.get("unit"), **numbers_of}

    def _point(self, template: Json, cells: Mapping[str, str]) -> Json:
        if not isinstance(template, dict):
            raise Wrong("A position has no parts.", "Give lat, lon, precision_m and method in the mapping.")
        parts = {name: _substitute(str(part), cells) for name, part in template.items()}
        if parts.get("lat") is None and parts.get("lon") is None:
            return None
        if missing := [name for name in ("lat", "lon", "precision_m", "method") if not parts.get(name)]:
            raise Wrong(f"Its position lacks {', '.join(missing)}.", "Fill them, or leave the position out.")
        return {
            "lat": microdegrees(str(parts["lat"])),
            "lon": microdegrees(str(parts["lon"])),
            "precision_m": _typed(str(parts["precision_m"]), "integer", "precision_m"),
            "method": parts["method"],
        }

    def _ref(self, template: Json, kinds: frozenset[str], cells: Mapping[str, str]) -> str | None:
        if isinstance(template, dict):
            kind = str(template.get("kind") or (next(iter(kinds)) if len(kinds) == 1 else ""))
            self.vocabulary.kind(kind)
            key = _substitute(str(template.get("key", "")), cells)
            if key is None:
                return None
            found = self.subject(kind, key, str(template.get("table", "")))
            self.needs(found)
            return found
        text = _substitute(str(template), cells)
        if text is None:
            return None
        named = self.find(text, kinds)
        if len(named) != 1:
            what = "Nothing" if not named else f"{len(named)} records"
            raise Wrong(
                f"{what} in the case {'has' if not named else 'have'} the code {text!r}.",
                "Record it first, or name a key of this table: { kind, key }.",
            )
        return named[0]

    def _read(self, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Wrong]]:
        read: dict[str, Any] = dict(cells)
        wrong: list[Wrong] = []
        for column, how in self.mapping.cells.items():
            text = cells.get(column, "")
            if not text:
                continue
            parts = [part.strip() for part in text.split(how.split) if part.strip()] if how.split else [text]
            done = [self._converted(column, part, how, wrong) for part in parts]
            read[column] = done if how.split else done[0]
        return read, wrong

    def _converted(self, column: str, text: str, how: Cells, wrong: list[Wrong]) -> str:
        if how.codes is not None:
            if text not in how.codes:
                self.terms[column, text] = self.terms.get((column, text), 0) + 1
                wrong.append(
                    Wrong(
                        f"{column!r} holds {text!r}, which the mapping does not know.", "Add it to its codes."
                    )
                )
                return ""
            text = how.codes[text]
        if how.date and not re.match(r"\d{4}-\d\d-\d\d(T|\Z)", text, re.ASCII):
            try:
                moment = datetime.strptime(text, how.date)  # noqa: DTZ007 - a day as written, without a zone
            except ValueError:
                wrong.append(
                    Wrong(f"{column!r} holds {text!r}, which is no date of the form {how.date}.", "Mend it.")
                )
                return ""
            text = moment.date().isoformat()
        return text


def _substitute(template: str, cells: Mapping[str, Any]) -> str | None:
    """Return the template with its cells put in; nothing if one of them is empty."""
    if "{" not in template:
        return template
    alone = _ONE.match(template)
    if alone:
        return cells.get(alone[1]) or None
    if any(not cells.get(name) for name in COLUMN.findall(template)):
        return None
    return COLUMN.sub(lambda found: str(cells[found[1]]), template)


def _several(template: Json, cells: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the cells once for each combination of those that hold several values and that a template names."""
    lists = [name for name in dict.fromkeys(columns_in(template)) if isinstance(cells.get(name), list)]
    if not lists:
        yield cells
        return
    for chosen in product(*(cells[name] for name in lists)):
        yield {**cells, **dict(zip(lists, chosen, strict=True))}


def _typed(text: str, type: str, what: str) -> Json:
    if type == "integer":
        bare = _BLANKS.sub("", text)
        if not re.fullmatch(r"-?\d{1,15}", bare, re.ASCII):
            raise Wrong(
                f"{what!r} is {text!r}, which is no whole number.",
                "Mend it; an unknown number is left empty.",
            )
        return int(bare)
    if type == "yes-no":
        if text.casefold() not in _YES_NO:
            raise Wrong(f"{what!r} is {text!r}.", "Write yes or no, or leave it empty.")
        return _YES_NO[text.casefold()]
    return [text] if type == "texts" else text


def _figure(text: str) -> tuple[str, list[int]]:
    """Read a figure as people write it: 5, 5+, at least 5, ~5, 5-7, some. Zero is zero; empty is nothing."""
    bare = text.strip()
    if bare.casefold() in _SOME:
        return "some", []
    for pattern, op in _FIGURES:
        found = pattern.match(bare)
        if found:
            return op, [int(number) for number in found.groups() if number]
    raise Wrong(f"{text!r} is no figure.", "Write 5, 5+, 5-7, at least 5, at most 5, about 5, or some.")
