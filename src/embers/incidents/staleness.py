"""Which figures a later figure of the same origin replaces. Nothing is dropped: both are kept and shown.

A running count is a dated series of each origin. Its newest figure counts; the earlier ones are shown beside it. What
is not surely later replaces nothing: a figure without a day, or of "2020" beside one of "12 October 2020".
A page that passes on an old figure does not make it new: a relayed figure is dated by the first time its origin is
known to have given it. A vaguer word does not take back a figure: after 21, "at least 12" leaves 21 standing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import inf

from embers.incidents.claim import Claim

Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Replaced:
    """A figure and the ids of the later figures of its origins that stand in its place, in order."""

    claim: Claim
    by: tuple[str, ...]


def bounds(claim: Claim) -> tuple[float, float]:
    """Return the smallest and largest number a figure allows. "About" allows only its own: no width was given."""
    number = float(claim.number or 0)
    if claim.operator == "gte":
        return number, inf
    if claim.operator == "lte":
        return 0.0, number
    return number, float(claim.to if claim.to is not None else number)


def replaced_figures(claims: Iterable[Claim]) -> dict[str, Replaced]:
    """Return by id every figure that later figures of all its origins replace.

    Compared are figures of one field, unit and category that cover the whole incident and that the compilers did not
    work out themselves.
    A joint figure falls only when each of its origins has since said something else.
    """
    of_origin: dict[tuple[object, ...], list[Claim]] = defaultdict(list)
    figures = [c for c in claims if c.has_figure and c.scope == "incident" and not c.inferred]
    for claim in figures:
        for origin in claim.origins:
            of_origin[(claim.field, claim.unit, claim.category, origin)].append(claim)
    days = {key: {c.id: _first_given(c, own) for c in own} for key, own in of_origin.items()}
    found = {}
    for claim in figures:
        later = [
            _later(claim, of_origin[key], days[key])
            for key in ((claim.field, claim.unit, claim.category, origin) for origin in claim.origins)
        ]
        if all(later):
            found[claim.id] = Replaced(claim, tuple(sorted({id for ids in later for id in ids})))
    return found


def _later(claim: Claim, own: Iterable[Claim], days: Mapping[str, Days | None]) -> list[str]:
    mine = days[claim.id]
    return [
        other.id
        for other in own
        if mine is not None
        and (its := days[other.id]) is not None
        and its[0] > mine[1]
        and not _within(claim, other)
    ]


def _within(claim: Claim, other: Claim) -> bool:
    """Tell whether ``claim`` says no less than ``other``, so that ``other`` takes nothing back."""
    (low, high), (other_low, other_high) = bounds(claim), bounds(other)
    return other_low <= low and high <= other_high


def _first_given(claim: Claim, own: Iterable[Claim]) -> Days | None:
    """Return the days between which an origin gave a figure first, as far as the claims show it."""
    mine = _days(claim)
    if claim.reading == "direct":
        return mine
    same = [
        days
        for other in own
        if other is not claim
        and (other.operator, other.number, other.to) == (claim.operator, claim.number, claim.to)
        and (days := _days(other)) is not None
    ]
    return min([days for days in [*same, mine] if days is not None], default=None)


def _days(claim: Claim) -> Days | None:
    said = claim.as_of
    if said is None or said.earliest is None or said.latest is None:
        return None
    return said.earliest, said.latest
