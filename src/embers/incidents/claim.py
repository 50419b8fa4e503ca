"""Claims about an incident: who said what, how sure the figure is meant, through which source.

A claim is never a fact. An empty figure is unknown, never zero: ``number`` is then ``None`` and every
function here keeps it apart from ``0``, which stands only where somebody said that nobody was hurt.
"""

from __future__ import annotations

from dataclasses import dataclass

from embers.case_view import Held, Json
from embers.dates import Edtf, parse
from embers.errors import VocabularyError

OPERATORS = frozenset({"eq", "gte", "lte", "approx", "between", "some"})
SCOPES = frozenset({"incident", "partial", "wider"})
#: Whom a figure counts, as pairs of a dimension and a code: (("age", "child"), ("status", "civilian")).
Category = tuple[tuple[str, str], ...]
DIMENSIONS = ("age", "cause", "sex", "status")
READINGS = frozenset({"direct", "secondary"})


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement by one claimant about one field of one incident.

    ``origins`` are the root origins the claim rests on (the body that first stated it; all organs of one
    government are one): more than one for joint statements. ``number``/``to`` hold whole numbers of
    ``unit``; ``text`` holds the value of fields that are not counted. ``earlier_in_series`` marks an earlier
    figure of the same running count, ``inferred`` a figure the compilers worked out themselves. ``category`` says
    whom a figure counts (status, age, sex, cause); empty: everybody.
    Raises :class:`VocabularyError` for an operator, scope or reading that is not in the vocabulary and for
    numbers that do not fit the operator.
    """

    id: str
    incident: str
    field: str
    operator: str
    number: int | None
    to: int | None
    unit: str
    text: str
    claimant: str
    claimant_name: str
    side: str
    origins: tuple[str, ...]
    as_of: Edtf | None
    scope: str
    reading: str
    earlier_in_series: bool
    inferred: bool
    source: str
    words: str
    ref: str = ""
    category: Category = ()

    def __post_init__(self) -> None:
        for name, allowed in (("operator", OPERATORS), ("scope", SCOPES), ("reading", READINGS)):
            if getattr(self, name) not in allowed:
                raise self._wrong(
                    f"has the {name} {getattr(self, name)!r}; known are {', '.join(sorted(allowed))}"
                )
        if not self.origins:
            raise self._wrong("names no root origin")
        if (self.number is not None and self.number < 0) or (self.to is not None and self.number is None):
            raise self._wrong("has a figure below zero or an upper figure without a lower one")
        if self.operator == "some" and self.number is not None:
            raise self._wrong("gives a figure although it says that no figure was given")
        if (self.to is not None) != (self.operator == "between" and self.number is not None):
            raise self._wrong("needs two figures for 'between' and one for any other operator")
        if self.to is not None and self.number is not None and self.to < self.number:
            raise self._wrong("has an upper figure below the lower one")

    def _wrong(self, problem: str) -> VocabularyError:
        return VocabularyError(
            "claim", f"The claim {self.ref or self.id} {problem}.", "Mend the claim's record."
        )

    @property
    def has_figure(self) -> bool:
        """Tell whether a number was given at all."""
        return self.number is not None


def claim_of(held: Held, *, claimant_name: str, origins: tuple[str, ...]) -> Claim:
    """Read a claim from an assertion of the case; ``origins`` are the claimant's root origins.

    Raises :class:`VocabularyError` if the value is not a claim record.
    """
    value = held.value
    if not isinstance(value, dict) or not {"is", "claimant", "side", "scope", "reading"} <= set(value):
        raise VocabularyError(
            "claim", f"The assertion {held.id} is not a claim.", "See docs/reference/vocabulary.md."
        )
    said = value["is"]
    counted = isinstance(said, dict) and {"op", "unit"} <= set(said)
    return Claim(
        id=held.id,
        incident=held.subject,
        field=held.predicate,
        operator=said["op"] if counted else value.get("op", "eq"),
        number=said.get("n") if counted else None,
        to=said.get("to") if counted else None,
        unit=said["unit"] if counted else "",
        text="" if counted else _words(said),
        claimant=value["claimant"],
        claimant_name=claimant_name,
        side=value["side"],
        origins=origins,
        as_of=parse(value["as_of"]) if value.get("as_of") else None,
        scope=value["scope"],
        reading=value["reading"],
        earlier_in_series=bool(value.get("earlier", False)),
        inferred=bool(value.get("inferred", False)),
        source=next((ground.target for ground in held.grounds if ground.target.startswith("source:")), ""),
        words=value.get("words", ""),
        ref=value.get("ref", ""),
        category=tuple((name, value[name]) for name in DIMENSIONS if value.get(name)),
    )


def _words(said: Json) -> str:
    """Return a value that is no figure as text; a record by its fields, in order of their names."""
    if not isinstance(said, dict):
        return str(said)
    return "; ".join(f"{name.replace('_', ' ')}: {_words(said[name])}" for name in sorted(said))


def describe_number(claim: Claim) -> str:
    """Return the figure in words: "at least 13", "about 50", "several (no figure given)", "not known".

    A missing figure is never worded as zero; a stated zero is "none".
    """
    if claim.operator == "some":
        return "several (no figure given)"
    if claim.number is None:
        return claim.text or "not known"
    if claim.operator == "between":
        return f"between {claim.number} and {claim.to}"
    if claim.operator == "eq":
        return str(claim.number) if claim.number else "none"
    words = {"gte": "at least", "lte": "at most", "approx": "about"}[claim.operator]
    return f"{words} {claim.number}"
