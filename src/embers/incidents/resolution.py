"""What several claims say together: ranges, running counts, independent origins, disagreement.

Nothing here decides who is right. A range keeps every counted claim and every left-out one with the reason;
a displayed figure exists only where claims agree or a person decided, and says so. The rule of the range is
the one published with the data set (demo/karabakh2020/README.md, "killed_min/max").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from embers.dates import order_key
from embers.incidents.claim import Claim, describe_number
from embers.incidents.staleness import bounds, replaced_figures


@dataclass(frozen=True, slots=True)
class Excluded:
    """A claim that does not enter a range, and why (one or more reasons)."""

    claim: Claim
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest figure of a field; both ``None`` when nobody gave a countable figure."""

    field: str
    minimum: int | None
    maximum: int | None
    considered: tuple[Claim, ...]
    excluded: tuple[Excluded, ...]

    @property
    def known(self) -> bool:
        """Tell whether there is any figure; an unknown range is not zero."""
        return self.minimum is not None


@dataclass(frozen=True, slots=True)
class OriginGroup:
    """Claims that cannot be told apart in origin; a figure repeated by relays is one group."""

    origins: tuple[str, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two counted claims that cannot both be right; ``same_origin`` when one body contradicts itself."""

    first: Claim
    second: Claim
    same_origin: bool


@dataclass(frozen=True, slots=True)
class Display:
    """A figure for short lists. ``basis`` is ``agreed``, ``decided``, ``contested`` or ``unknown``.

    ``claim`` is set only for ``decided``; ``text`` always says what stands behind it.
    """

    text: str
    basis: str
    claim: Claim | None = None


def casualty_range(claims: Iterable[Claim], field: str) -> Range:
    """Return the smallest and largest figure among the claims of ``field`` that count.

    Counted: a figure is given, for the incident as a whole, not an earlier figure of a running count, not
    replaced by a later one of the same origin, not worked out by the compilers. "At least n" enters with n,
    "between a and b" with both.
    """
    considered: list[Claim] = []
    excluded: list[Excluded] = []
    own = sorted((c for c in claims if c.field == field), key=order)
    stale = replaced_figures(own)
    for claim in own:
        reasons = _reasons(claim)
        if claim.id in stale and not claim.earlier_in_series:
            reasons += ("replaced by a later figure of the same origin",)
        if reasons:
            excluded.append(Excluded(claim, reasons))
        else:
            considered.append(claim)
    lows = [claim.number for claim in considered if claim.number is not None]
    highs = [claim.to if claim.to is not None else claim.number for claim in considered]
    return Range(
        field,
        min(lows, default=None),
        max((high for high in highs if high is not None), default=None),
        tuple(considered),
        tuple(excluded),
    )


def toll_series(claims: Iterable[Claim], field: str) -> tuple[Claim, ...]:
    """Return every figure of ``field`` for everybody in the whole incident as it developed, oldest first.

    Earlier figures of a running count are included; claims without a day come last.
    """
    return tuple(
        sorted(
            (
                c
                for c in claims
                if c.field == field and c.has_figure and c.scope == "incident" and not c.category
            ),
            key=order,
        )
    )


def origins(claims: Iterable[Claim]) -> tuple[OriginGroup, ...]:
    """Group claims that share a root origin, directly or through a joint statement (law reference 3.2).

    Conservative: a claim resting on two origins joins both groups into one.
    """
    groups: list[tuple[set[str], list[Claim]]] = []
    for claim in sorted(claims, key=order):
        touched = [group for group in groups if group[0] & set(claim.origins)]
        names = set(claim.origins).union(*(group[0] for group in touched))
        members = [member for group in touched for member in group[1]]
        groups = [group for group in groups if group not in touched]
        groups.append((names, [*members, claim]))
    found = (OriginGroup(tuple(sorted(names)), tuple(sorted(held, key=order))) for names, held in groups)
    return tuple(sorted(found, key=lambda group: group.origins))


def disagreements(claims: Iterable[Claim], field: str) -> tuple[Disagreement, ...]:
    """Return every pair of counted figures that cannot both be right.

    "At least 50" and 53 agree; 13 and 21 do not. "About 50" and 53 are reported as differing, because no
    width of "about" was given.
    """
    considered = casualty_range(claims, field).considered
    group_of = {claim.id: group.origins for group in origins(considered) for claim in group.claims}
    return tuple(
        Disagreement(first, second, group_of[first.id] == group_of[second.id])
        for first, second in combinations(considered, 2)
        if not _compatible(first, second)
    )


def contested(claims: Iterable[Claim], field: str) -> bool:
    """Tell whether different origins give figures that cannot both be right."""
    return any(not pair.same_origin for pair in disagreements(claims, field))


def display_value(claims: Iterable[Claim], field: str, *, decision: str | None = None) -> Display:
    """Return the figure for short lists; ``decision`` is the id of the claim a person chose.

    Without a decision a contested figure stays a range. A chosen claim that covers more or less than the
    incident is shown with that limit. A decision for a claim that is not among ``claims`` is ignored here:
    the caller shows the decision itself.
    """
    held = [claim for claim in claims if claim.field == field]
    chosen = next((claim for claim in held if claim.id == decision), None)
    if chosen:
        limits = {"wider": " (covers more than this incident)", "partial": " (part of the incident)"}
        return Display(describe_number(chosen) + limits.get(chosen.scope, ""), "decided", chosen)
    found = casualty_range(held, field)
    if not found.known:
        some = any(excluded.claim.operator == "some" for excluded in found.excluded)
        return Display("several (no figure given)" if some else "not known", "unknown")
    if contested(held, field) or disagreements(held, field):
        return Display(_span(found), "contested")
    return Display(_span(found), "agreed")


def describe_range(found: Range, noun: str) -> str:
    """Return a sentence part such as "13 to 21 killed, by 4 origins"; ``noun`` is killed or injured."""
    if not found.known:
        return f"{noun}: not known"
    count = len(origins(found.considered))
    return f"{_span(found)} {noun}, by {count} origin{'' if count == 1 else 's'}"


def order(claim: Claim) -> tuple[bool, tuple[str, ...], str, str]:
    """Return the key claims are listed by: by the day of the statement, those without one last."""
    return (claim.as_of is None, order_key(claim.as_of) if claim.as_of else (), claim.ref, claim.id)


def _reasons(claim: Claim) -> tuple[str, ...]:
    found = []
    if not claim.has_figure:
        found.append("no figure given")
    if claim.scope == "partial":
        found.append("covers part of the incident")
    if claim.scope == "wider":
        found.append("covers more than the incident")
    if claim.earlier_in_series:
        found.append("earlier figure of the same running count")
    if claim.category:
        found.append("counts one category of people only")
    if claim.inferred:
        found.append("worked out by the compilers")
    return tuple(found)


def _compatible(first: Claim, second: Claim) -> bool:
    (low, high), (other_low, other_high) = bounds(first), bounds(second)
    return low <= other_high and other_low <= high


def _span(found: Range) -> str:
    """Word a range; "or more" when a claim of "at least" carries its upper end."""
    if found.minimum is None or found.maximum is None:
        return "not known"
    wordings = {describe_number(claim) for claim in found.considered}
    if len(wordings) == 1:
        return wordings.pop()
    open_end = any(c.operator == "gte" and c.number == found.maximum for c in found.considered)
    if found.minimum == found.maximum:
        return f"at least {found.minimum}" if open_end else str(found.minimum)
    return f"{found.minimum} to {found.maximum}" + (" or more" if open_end else "")
