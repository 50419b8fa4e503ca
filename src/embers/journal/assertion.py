"""The unit of knowledge: who says what about what, since when, on which evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embers.errors import JournalError

JsonValue = Any  # text, whole number, truth value, None, list, object; never a float


@dataclass(frozen=True, slots=True)
class Basis:
    """What an assertion rests on: an item or a source, and the pinpoint in it (``page=3``, ``row=C161``)."""

    item: str | None = None
    source: str | None = None
    locator: str = ""

    def to_json(self) -> dict[str, JsonValue]:
        """Return the journal form."""
        target: dict[str, JsonValue] = {"item": self.item} if self.item else {"source": self.source}
        if self.locator:
            target["locator"] = self.locator
        return target


@dataclass(frozen=True, slots=True)
class Relation:
    """How an assertion relates to another one, named by its id."""

    rel: str
    id: str

    def to_json(self) -> dict[str, JsonValue]:
        """Return the journal form."""
        return {"rel": self.rel, "id": self.id}


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion. ``valid`` is EDTF text; ``value`` is checked against the vocabulary by actions."""

    id: str
    subject: str
    predicate: str
    value: JsonValue
    basis: tuple[Basis, ...] = ()
    valid: str | None = None
    confidence: str | None = None
    marking: str | None = None
    relations: tuple[Relation, ...] = ()

    def to_json(self) -> dict[str, JsonValue]:
        """Return the journal form; empty optional parts are left out."""
        written: dict[str, JsonValue] = {
            "id": self.id,
            "s": self.subject,
            "p": self.predicate,
            "v": self.value,
        }
        if self.basis:
            written["basis"] = [basis.to_json() for basis in self.basis]
        if self.valid:
            written["valid"] = self.valid
        if self.confidence:
            written["conf"] = self.confidence
        if self.marking:
            written["mark"] = self.marking
        if self.relations:
            written["rel"] = [relation.to_json() for relation in self.relations]
        return written

    @classmethod
    def from_json(cls, data: JsonValue) -> Assertion:
        """Read the journal form strictly; unknown or missing parts are refused by name."""
        fields = shape(data, _REQUIRED, _OPTIONAL, "assertion")
        return cls(
            id=fields["id"],
            subject=fields["s"],
            predicate=fields["p"],
            value=fields["v"],
            basis=tuple(_basis(entry) for entry in fields.get("basis", ())),
            valid=fields.get("valid"),
            confidence=fields.get("conf"),
            marking=fields.get("mark"),
            relations=tuple(_relation(entry) for entry in fields.get("rel", ())),
        )


_REQUIRED: Mapping[str, type] = {"id": str, "s": str, "p": str, "v": object}
_OPTIONAL: Mapping[str, type] = {"basis": list, "valid": str, "conf": str, "mark": str, "rel": list}


def shape(
    data: JsonValue, required: Mapping[str, type], optional: Mapping[str, type], what: str
) -> dict[str, JsonValue]:
    """Return ``data`` if it is an object with exactly these parts of these types; else refuse it."""
    if not isinstance(data, dict):
        raise JournalError("shape", f"A {what} is not an object.", "The entry was not written by Embers.")
    if missing := required.keys() - data.keys():
        raise JournalError(
            "shape", f"A {what} lacks {', '.join(sorted(missing))}.", "The entry is incomplete."
        )
    for name, value in data.items():
        kind = required.get(name) or optional.get(name)
        if type(value) is not kind and kind is not object:  # exactly: a truth value is no number
            raise _misshapen(data, required, optional, what, name)
    return data


def _misshapen(
    data: Mapping[str, JsonValue],
    required: Mapping[str, type],
    optional: Mapping[str, type],
    what: str,
    name: str,
) -> JournalError:
    if unknown := data.keys() - required.keys() - optional.keys():
        return JournalError(
            "shape",
            f"A {what} has unknown parts: {', '.join(sorted(unknown))}.",
            "A newer version may have made it.",
        )
    return JournalError("shape", f"{name!r} of a {what} has the wrong type.", "The entry is damaged.")


_BASIS: Mapping[str, type] = {"item": str, "source": str, "locator": str}


def _basis(data: JsonValue) -> Basis:
    fields = shape(data, {}, _BASIS, "basis")
    if ("item" in fields) == ("source" in fields):
        raise JournalError(
            "shape", "A basis must name an item or a source, not both.", "The entry is damaged."
        )
    return Basis(fields.get("item"), fields.get("source"), fields.get("locator", ""))


def _relation(data: JsonValue) -> Relation:
    fields = shape(data, {"rel": str, "id": str}, {}, "relation")
    return Relation(fields["rel"], fields["id"])
