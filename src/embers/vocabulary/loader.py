"""Reads the packaged TOML files into one checked :class:`Vocabulary`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Any

from embers.errors import VocabularyError
from embers.vocabulary.terms import (
    BY_HAND,
    CARDINALITIES,
    SENSITIVITIES,
    VALUE_TYPES,
    CodeList,
    Field,
    Kind,
    Predicate,
    Term,
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All kinds, predicates and code lists by id."""

    kinds: Mapping[str, Kind]
    predicates: Mapping[str, Predicate]
    codes: Mapping[str, CodeList]

    def predicate(self, id: str) -> Predicate:
        """Return a predicate; an unknown one is refused with the nearest known name."""
        try:
            return self.predicates[id]
        except KeyError:
            near = get_close_matches(id, self.predicates, 1)
            hint = f"Did you mean {near[0]!r}?" if near else "See docs/reference/vocabulary.md for the list."
            raise VocabularyError("predicate", f"There is no predicate {id!r}.", hint) from None

    def kind(self, id: str) -> Kind:
        """Return a kind; an unknown one is refused."""
        try:
            return self.kinds[id]
        except KeyError:
            raise VocabularyError(
                "kind", f"There is no kind {id!r}.", f"Known kinds: {', '.join(self.kinds)}."
            ) from None

    def label(self, codes: str, term: str) -> str:
        """Return the label of a term, or the term itself where the list does not hold it."""
        found = self.codes[codes].terms.get(term)
        return found.label if found else term


def _tables(folder: str, key: str) -> Iterator[dict[str, Any]]:
    root = files("embers.vocabulary") / "data"
    entries = [root / folder] if folder.endswith(".toml") else sorted((root / folder).iterdir(), key=str)
    for entry in entries:
        if entry.name.endswith(".toml"):
            yield from tomllib.loads(entry.read_text(encoding="utf-8")).get(key, [])


def _field(name: str, spec: str) -> Field:
    bare, _, codes = spec.rstrip("?").partition(":")
    return Field(name=name, type=bare, optional=spec.endswith("?"), codes=codes)


def _predicate(table: dict[str, Any]) -> Predicate:
    return Predicate(
        id=table["id"],
        of=frozenset(table["of"]),
        type=table["type"],
        cardinality=table["cardinality"],
        label=table["label"],
        sensitivity=table.get("sensitivity", "open"),
        claim=table.get("claim", False),
        kinds=frozenset(table.get("kinds", ())),
        codes=table.get("codes", ""),
        fields=tuple(_field(name, spec) for name, spec in table.get("fields", {}).items()),
        definition=table.get("definition", ""),
        by_hand=table.get("by_hand", True),
        rests=table.get("rests", False),
    )


def _check(vocabulary: Vocabulary) -> None:
    for kind in vocabulary.kinds.values():
        asked = [vocabulary.predicates.get(name) for name in kind.first]
        if kind.by_hand not in BY_HAND or not all(one and one.applies_to(kind.id) for one in asked):
            raise VocabularyError("data", f"Kind {kind.id!r} is wrong.", "Mend by_hand or first in its data.")
    for predicate in vocabulary.predicates.values():
        types = {predicate.type, *(field.type for field in predicate.fields)}
        lists = {predicate.codes, *(field.codes for field in predicate.fields)} - {""}
        kinds = (predicate.of - {"*"}) | predicate.kinds
        wrong = [
            *(f"type {name}" for name in types - VALUE_TYPES),
            *(f"code list {name}" for name in lists - vocabulary.codes.keys()),
            *(f"kind {name}" for name in kinds - vocabulary.kinds.keys()),
        ]
        if predicate.cardinality not in CARDINALITIES:
            wrong.append(f"cardinality {predicate.cardinality}")
        if predicate.sensitivity not in SENSITIVITIES:
            wrong.append(f"sensitivity {predicate.sensitivity}")
        if (predicate.type == "sealed") != (predicate.sensitivity == "sealed"):
            wrong.append("sealed type and sealed sensitivity go together")
        if wrong:
            raise VocabularyError(
                "data",
                f"Predicate {predicate.id!r} is wrong: {'; '.join(wrong)}.",
                "Mend the vocabulary data.",
            )


def _unique(rows: list[Any], what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        if row.id in found:
            raise VocabularyError("data", f"{what} {row.id!r} is defined twice.", "Ids are never reused.")
        found[row.id] = row
    return found


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Load and check the packaged vocabulary (once per process)."""
    kinds = [
        Kind(
            id=t["id"],
            label=t["label"],
            plural=t["plural"],
            definition=t["definition"],
            by_hand=t.get("by_hand", "all"),
            first=tuple(t.get("first", ())),
        )
        for t in _tables("kinds.toml", "kind")
    ]
    codes = [
        CodeList(
            id=t["id"],
            label=t["label"],
            terms={e["id"]: Term(**e) for e in t["terms"]},
            open=t.get("open", False),
        )
        for t in [*_tables("codes.toml", "list"), *_tables("predicates", "list")]
    ]
    predicates = [_predicate(t) for t in _tables("predicates", "predicate")]
    vocabulary = Vocabulary(
        kinds=_unique(kinds, "Kind"),
        predicates=_unique(predicates, "Predicate"),
        codes=_unique(codes, "Code list"),
    )
    _check(vocabulary)
    return vocabulary
