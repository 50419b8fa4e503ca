"""Frozen records of the vocabulary: kinds, code lists, predicates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VALUE_TYPES = frozenset(
    {
        "text",
        "texts",
        "lang-text",
        "code",
        "integer",
        "yes-no",
        "date",
        "url",
        "ref",
        "refs",
        "quantity",
        "point",
        "digest",
        "record",
        "sealed",
    }
)
CARDINALITIES = frozenset({"one", "many", "range"})
SENSITIVITIES = ("open", "internal", "confidential", "sealed")


#: What people may write about a kind on its pages: records and their values, values only, nothing.
BY_HAND = ("all", "values", "nothing")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of subject, such as ``incident``.

    ``by_hand`` is one of :data:`BY_HAND`; what is not written by hand has commands or pages of its own. ``first`` are
    the predicates asked for a new record; without them, those with one plain value.
    """

    id: str
    label: str
    plural: str
    definition: str
    by_hand: str = "all"
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One value of a code list."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of values with labels. An ``open`` one also takes a case's own codes, such as those of its parties."""

    id: str
    label: str
    terms: Mapping[str, Term]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record value; ``codes`` names a code list where the type is ``code``."""

    name: str
    type: str
    optional: bool
    codes: str = ""


@dataclass(frozen=True, slots=True)
class Predicate:
    """What may be said about subjects of some kinds.

    ``cardinality`` ``one`` means that differing live values are shown as contested until somebody
    decides; ``many`` that values stand together; ``range`` that all are kept and their minimum and
    maximum shown. ``claim`` wraps the value in a claim envelope (who claims it, as of when, how read).
    ``codes`` of a text predicate only words the values it lists; any other text stands as written.
    ``rests``: nothing is said under it without a basis, so that consent and proof reach it.
    ``by_hand`` is false for what only an act of its own may say: keys, roles, custody, seals, erasures.
    """

    id: str
    of: frozenset[str]
    type: str
    cardinality: str
    label: str
    sensitivity: str = "open"
    claim: bool = False
    kinds: frozenset[str] = frozenset()
    codes: str = ""
    fields: tuple[Field, ...] = ()
    definition: str = ""
    by_hand: bool = True
    rests: bool = False

    def applies_to(self, kind: str) -> bool:
        """Tell whether subjects of ``kind`` may carry this predicate."""
        return "*" in self.of or kind in self.of
