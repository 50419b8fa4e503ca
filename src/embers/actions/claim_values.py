"""Reads what somebody types as the value of a claim into the shape its predicate needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from embers.errors import ActionError
from embers.journal.assertion import JsonValue
from embers.vocabulary.terms import Predicate

_NUMBER = re.compile(r"(>=|<=|~)?\s*(\d{1,7})\s*(?:(?:-|\u2013|to)\s*(\d{1,7}))?\s*")
_COUNTED: Mapping[str, str] = MappingProxyType(
    {
        "munitions-count": "missiles",
        "video-count": "videos",
        "interview-count": "interviews",
        "incident-count": "incidents",
    }
)
_OPERATORS = {">=": "gte", "<=": "lte", "~": "approx"}


def unit_of(predicate: str) -> str:
    """Return what is counted under a predicate: people, where its name does not say otherwise."""
    return _COUNTED.get(predicate, "persons")


def is_told(predicate: Predicate) -> bool:
    """Tell whether a claim about it can be said in one text or number, as :func:`claimed_value` reads it."""
    return predicate.claim and predicate.type in {"text", "quantity"}


def claimed_value(predicate: Predicate, text: str) -> JsonValue:
    """Return a value for a claim: a quantity such as ``3``, ``>=3``, ``~3``, ``3-5`` or ``some``, else the words.

    A quantity that cannot be read is refused, never guessed; "some" says that no figure was given.
    """
    if predicate.type != "quantity":
        return text.strip()
    unit = unit_of(predicate.id)
    if text.strip() == "some":
        return {"op": "some", "unit": unit}
    found = _NUMBER.fullmatch(text.strip())
    if found is None or (found[1] and found[3]):
        raise ActionError(
            "quantity",
            f"{text!r} is no number for {predicate.label.lower()!r}.",
            "Write 3, >=3, <=3, ~3, 3-5 or some.",
        )
    if found[3]:
        return {"op": "between", "n": int(found[2]), "to": int(found[3]), "unit": unit}
    return {"op": _OPERATORS.get(found[1] or "", "eq"), "n": int(found[2]), "unit": unit}
