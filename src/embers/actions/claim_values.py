"""Reads what somebody types as the value of a claim into the shape its predicate needs."""

from __future__ import annotations

import re

from embers.errors import ActionError
from embers.journal.assertion import JsonValue
from embers.vocabulary.terms import Predicate

_NUMBER = re.compile(r"(>=|<=|~)?\s*(\d{1,7})\s*(?:(?:-|\u2013|to)\s*(\d{1,7}))?\s*")
_OPERATORS = {">=": "gte", "<=": "lte", "~": "approx"}


def claimed_value(predicate: Predicate, text: str, *, unit: str = "persons") -> JsonValue:
    """Return a value for a claim: a quantity such as ``3``, ``>=3``, ``~3``, ``3-5`` or ``some``, else the words.

    A quantity that cannot be read is refused, never guessed; "some" says that no figure was given.
    """
    if predicate.type != "quantity":
        return text.strip()
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
