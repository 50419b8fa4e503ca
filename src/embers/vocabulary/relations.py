"""Which predicates join records to records, read from the vocabulary, so that new kinds of relations need no code."""

from __future__ import annotations

from functools import cache

from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import Predicate

_REFERRING = frozenset({"ref", "refs"})
#: A kind that holds several of another in one predicate gathers them.
_SEVERAL = frozenset({"many", "range"})


def refers(predicate: Predicate) -> bool:
    """Tell whether a value of a predicate names records: itself, or in a field of a record."""
    return predicate.type in _REFERRING or any(field.type in _REFERRING for field in predicate.fields)


@cache
def joining() -> frozenset[str]:
    """Return every predicate that joins a record to others; what a claim names beside its value does not."""
    return frozenset(one.id for one in load_vocabulary().predicates.values() if refers(one) and not one.claim)


@cache
def between(kind: str, other: str) -> frozenset[str]:
    """Return the predicates by which a record of one kind names records of another."""
    return frozenset(
        one.id
        for one in load_vocabulary().predicates.values()
        if one.type in _REFERRING and kind in one.of and other in one.kinds
    )


@cache
def gathering(kind: str) -> frozenset[str]:
    """Return the predicates that put several records of a kind together.

    Those by which they name each other, and those by which a record of another kind names several of them.
    """
    return frozenset(
        one.id
        for one in load_vocabulary().predicates.values()
        if one.type in _REFERRING
        and kind in one.kinds
        and (kind in one.of or one.type == "refs" or one.cardinality in _SEVERAL)
    )


@cache
def of_type(kind: str, type_: str) -> tuple[str, ...]:
    """Return the predicates of a kind whose value is of a type, in the order of the vocabulary."""
    known = load_vocabulary().predicates.values()
    return tuple(one.id for one in known if kind in one.of and one.type == type_)
