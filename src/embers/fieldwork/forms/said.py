"""What a filled form says, proposed in the words of the vocabulary. Only actions sign it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Protocol

from embers.case_view import Json

_STAFF = re.compile(r"(?=.*[0-9])[A-Za-z][A-Za-z0-9-]{1,19}\Z")
_SPACE = re.compile(r"\s+")
NOT_STATED = "not stated"


class Ids(Protocol):
    """How subjects of one submission are named: the same submission, edited or sent again, names the same ones."""

    def own(self, kind: str) -> str:
        """Return the subject of a kind that this submission, or the one it edits, is about."""
        ...

    def coded(self, code: str) -> str:
        """Return the person a code stands for, or nothing if it is no code."""
        ...

    def known(self, kind: str, id: str) -> bool:
        """Tell whether the case has this record, as far as whoever sends may know it."""
        ...


@dataclass(frozen=True, slots=True)
class Proposed:
    """One value, and the locator of its answer. ``act`` is the act it belongs to; ``about`` names the question."""

    act: str
    subject: str
    predicate: str
    value: Json
    at: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """What a file of the submission is: a value that lacks only the item the file becomes."""

    file: str
    act: str
    subject: str
    predicate: str
    value: Mapping[str, Json]
    title: str
    at: str = ""


@dataclass(slots=True)
class Said:
    """Everything one filled form says. ``about`` is the record it is about; ``warnings`` say what was left out.

    ``testimony``: the submission holds what somebody told; it and its files are items of an interview.
    """

    about: str = ""
    operator: str = NOT_STATED
    values: list[Proposed] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    testimony: str = ""

    def say(self, act: str, subject: str, predicate: str, value: Json, at: str = "") -> None:
        """Propose a value; nothing is proposed for an empty one."""
        if value not in ("", [], {}, None):
            self.values.append(Proposed(act, subject, predicate, value, at))

    def warn(self, text: str) -> None:
        """Say what was left out, and why."""
        self.warnings.append(text)


def is_staff_code(text: str) -> bool:
    """Tell whether a text has the shape of a code: letters and at least one digit. A name has none."""
    return bool(_STAFF.match(text))


def staff_code(said: Said, text: str, question: str) -> str:
    """Return a staff code; anything else could be a name and is not repeated outside the preserved submission."""
    if text and not is_staff_code(text):
        said.warn(f"The answer to {question!r} is no staff code and was not taken over.")
        return ""
    return text


def row(*parts: str) -> str:
    """Return the locator of an answer: its question or repeat, and the code or number within it."""
    return "row=" + ":".join(_SPACE.sub("_", part)[:60] for part in parts if part)


def thousandths(text: str) -> int | None:
    """Return degrees as whole thousandths; nothing if it is no number."""
    try:
        return round(Decimal(text) * 1000)
    except InvalidOperation:
        return None


def whole(text: str) -> int | None:
    """Return a whole number; nothing if it is none."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return int(value) if value == value.to_integral_value() else None


def only(**fields: Json) -> dict[str, Json]:
    """Return the fields that hold something."""
    return {name: part for name, part in fields.items() if part not in ("", [], None)}
