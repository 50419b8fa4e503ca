"""Narrows down what a remnant may be, by its measures against the weapons table. Never an identification.

The order is by what speaks against a candidate, then by what fits. There is no score: each candidate carries its
reasons, and what could not be compared is listed as open.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

#: Attributes of the table that a measured diameter or length is held against.
_DIAMETER, _LENGTH = ("calibre", "diameter"), ("length", "rocket_length")
_METRE = 1000
#: Classes that turn on their way: no direction of flight at the end says where they came from.
_TURNING = ("guided", "loitering")
_LAUNCHERS = ("launcher",)


@dataclass(frozen=True, slots=True)
class Span:
    """A value of the table in millimetres, with the confidence of its source (A, B or C)."""

    low: float
    high: float
    confidence: str


@dataclass(frozen=True, slots=True)
class Weapon:
    """One weapon of the table: what can be measured of it, and its range in metres where known."""

    id: str
    name: str
    kind: str
    diameter: Span | None
    length: Span | None
    nearest_m: float | None
    farthest_m: float | None

    @property
    def turns(self) -> bool:
        """Tell whether it steers, so that its last direction says nothing of its origin."""
        return any(word in self.kind for word in _TURNING)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A candidate with what fits, what speaks against it and what is open; ``place`` counts from 1."""

    weapon: Weapon
    place: int
    fits: tuple[str, ...]
    against: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a remnant, in millimetres, with one error for all; ``markings`` as read."""

    diameter_mm: int | None = None
    length_mm: int | None = None
    error_mm: int = 0
    markings: str = ""


@lru_cache(maxsize=1)
def table_bytes() -> bytes:
    """Return the packaged table, so that a hypothesis can name its digest."""
    return (files("embers.fieldwork") / "data" / "weapons.csv").read_bytes()


def table_digest() -> str:
    """Return the SHA-256 of the packaged table."""
    return hashlib.sha256(table_bytes()).hexdigest()


@lru_cache(maxsize=1)
def weapons() -> Mapping[str, Weapon]:
    """Return the weapons of the table by id, in its order."""
    rows: dict[str, dict[str, dict[str, str]]] = {}
    for row in csv.DictReader(table_bytes().decode().splitlines()):
        rows.setdefault(row["weapon_id"], {}).setdefault(row["attribute"], row)
    return {id: _weapon(id, attributes) for id, attributes in rows.items()}


def _weapon(id: str, attributes: Mapping[str, Mapping[str, str]]) -> Weapon:
    first = next(iter(attributes.values()))
    near, far = _span(attributes, ("range_min",)), _span(attributes, ("range_max",))
    return Weapon(
        id,
        first["name"],
        first["class"],
        _span(attributes, _DIAMETER),
        _span(attributes, _LENGTH),
        near.low if near else None,
        far.high if far else None,
    )


def _span(attributes: Mapping[str, Mapping[str, str]], names: tuple[str, ...]) -> Span | None:
    """Return a value in the smallest unit: millimetres for lengths of things, metres for ranges."""
    for name in names:
        row = attributes.get(name)
        factor = {"mm": 1, "m": _METRE, "km": 1000}.get(row["unit"]) if row else None
        if row and factor:
            if name.startswith("range") and row["unit"] == "m":
                factor = 1
            return Span(
                float(row["value_low"]) * factor, float(row["value_high"]) * factor, row["confidence"]
            )
    return None


def hypotheses(measured: Measured, *, most: int = 6) -> tuple[Hypothesis, ...]:
    """Return the candidates that a measured remnant leaves, at most ``most``; those excluded by a measure come last.

    Nothing measured gives nothing: a list of every weapon would look like knowledge.
    """
    if measured.diameter_mm is None and measured.length_mm is None:
        return ()
    judged = [
        (_judge(weapon, measured), weapon) for weapon in weapons().values() if weapon.kind not in _LAUNCHERS
    ]
    ranked = sorted(judged, key=lambda one: (len(one[0][1]), -len(one[0][0]), len(one[0][2])))
    kept = [one for one in ranked if one[0][0]][:most]
    return tuple(
        Hypothesis(weapon, place, *(tuple(part) for part in reasons))
        for place, (reasons, weapon) in enumerate(kept, start=1)
    )


def _judge(weapon: Weapon, measured: Measured) -> tuple[list[str], list[str], list[str]]:
    fits: list[str] = []
    against: list[str] = []
    open_: list[str] = []
    for name, value, span in (
        ("diameter", measured.diameter_mm, weapon.diameter),
        ("length", measured.length_mm, weapon.length),
    ):
        if value is None:
            open_.append(f"The {name} was not measured.")
        elif span is None:
            open_.append(f"The table has no {name} for it.")
        else:
            told = f"{name} {value} mm ± {measured.error_mm} mm; table {_words(span)}, source grade {span.confidence}"
            within = span.low - measured.error_mm <= value <= span.high + measured.error_mm
            if within:
                fits.append(f"{told[:1].upper()}{told[1:]}.")
            elif name == "length" and value < span.low:
                open_.append(f"The remnant is shorter than the whole ({told}): a part fits any length.")
            else:
                against.append(f"{told[:1].upper()}{told[1:]}.")
    if measured.markings:
        open_.append(f"Markings read as {measured.markings!r} are for an adviser to judge.")
    return fits, against, open_


def _words(span: Span) -> str:
    return f"{span.low:g} mm" if span.low == span.high else f"{span.low:g}-{span.high:g} mm"
