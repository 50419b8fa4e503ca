"""What a page shows for each field of an incident, and why: the policy of the predicate applied to all its claims.

A pure function of the set of claims and decisions. By the vocabulary's cardinality of a field:

* ``range``: every counted figure is kept, the smallest and largest are shown; figures in other units are apart;
* ``one``: what all origins say alike is shown; what they say differently is contested;
* ``many``: values stand together, each with the origins that say it.

Until somebody decides, what is contested stays contested. A decision shows one claim and hides none; two decisions
that differ settle nothing; a decision whose claim was taken back has lapsed. Whatever is shown names the assertions
it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from embers.incidents.claim import Category, Claim, describe_number
from embers.incidents.resolution import (
    Excluded,
    OriginGroup,
    Range,
    casualty_range,
    disagreements,
    display_value,
    order,
    origins,
)
from embers.incidents.staleness import replaced_figures

AGREED, DECIDED, CONTESTED, SEVERAL, UNKNOWN = "agreed", "decided", "contested", "several", "unknown"
#: How a value that is no figure is meant; only hours and days carry the last two.
_PREFIX = {"approx": "about ", "gte": "not before ", "lte": "not after "}


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's choice of the claim that short lists show."""

    id: str
    field: str
    chosen: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in the series of an origin, and the ids of the later ones in its place (none: it counts)."""

    claim: Claim
    replaced_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """The figures of one origin for one field, oldest first: a toll as that origin gave it over time."""

    origin: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One value in words and the independent origins that say it; relays of one origin are one."""

    text: str
    groups: tuple[OriginGroup, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The claims that say it."""
        return tuple(claim.id for group in self.groups for claim in group.claims)


@dataclass(frozen=True, slots=True)
class Displayed:
    """The value shown for a field, how it came about, and everything behind it.

    ``basis`` is ``agreed``, ``decided``, ``contested``, ``several`` or ``unknown``. ``why`` are the ids of the
    assertions the shown text rests on. ``span`` is there for ranges, ``series`` for figures. ``lapsed`` are
    decisions whose claim no longer stands; ``overtaken`` are later figures of the chosen claim's own origin.
    """

    field: str
    unit: str
    category: Category
    policy: str
    basis: str
    text: str
    chosen: Claim | None
    decisions: tuple[str, ...]
    lapsed: tuple[str, ...]
    overtaken: tuple[str, ...]
    span: Range | None
    left_out: tuple[Excluded, ...]
    values: tuple[Value, ...]
    series: tuple[Series, ...]
    why: tuple[str, ...]


def displayed(
    claims: Iterable[Claim], decisions: Iterable[Decision], *, policy: Callable[[str], str]
) -> tuple[Displayed, ...]:
    """Return what is shown for every field any claim is about, by field, unit and category of people.

    ``claims`` and ``decisions`` are those that stand; ``policy`` gives a field's cardinality. Their order is of no
    consequence.
    """
    held = sorted(claims, key=order)
    made = sorted(decisions, key=lambda decision: decision.id)
    keys = sorted({_key(claim) for claim in held})
    return tuple(
        _field(
            [claim for claim in held if _key(claim) == key],
            [decision for decision in made if decision.field == key[0]],
            policy=policy(key[0]),
            fields=[claim.id for claim in held if claim.field == key[0]],
        )
        for key in keys
    )


def _key(claim: Claim) -> tuple[str, str, Category]:
    return claim.field, claim.unit, claim.category


def value_words(claim: Claim) -> str:
    """Return a claim's value in words: its figure, or its text with how it is meant."""
    return describe_number(claim) if claim.unit else f"{_PREFIX.get(claim.operator, '')}{claim.text}"


def _field(
    claims: Sequence[Claim], decisions: Sequence[Decision], *, policy: str, fields: Sequence[str]
) -> Displayed:
    field, unit, category = _key(claims[0])
    # Within its own category a figure is the whole.
    claims = [replace(claim, category=()) for claim in claims]
    own = {claim.id for claim in claims}
    lapsed = tuple(decision.id for decision in decisions if decision.chosen not in fields)
    standing = [decision for decision in decisions if decision.chosen in own]
    picked = {decision.chosen for decision in standing}
    chosen = next((claim for claim in claims if claim.id in picked), None) if len(picked) == 1 else None
    stale = replaced_figures(claims)
    counted = casualty_range(claims, field) if unit else None
    span = counted if policy == "range" else None
    values = _values(counted.considered if counted else claims)
    basis, text, why = _shown(claims, policy, span, values)
    if len(picked) > 1:
        basis, why = CONTESTED, (*why, *(decision.id for decision in standing))
    if chosen is not None:
        text = display_value(claims, field, decision=chosen.id).text if span else value_words(chosen)
        basis, why = DECIDED, (chosen.id, *(decision.id for decision in standing))
    return Displayed(
        field=field,
        unit=unit,
        category=category,
        policy=policy,
        basis=basis,
        text=text,
        chosen=chosen,
        decisions=tuple(decision.id for decision in standing),
        lapsed=lapsed,
        overtaken=stale[chosen.id].by if chosen is not None and chosen.id in stale else (),
        span=span,
        left_out=counted.excluded if counted else (),
        values=values,
        series=_series(claims, {id: one.by for id, one in stale.items()}),
        why=why,
    )


def _shown(
    claims: Sequence[Claim], policy: str, span: Range | None, values: Sequence[Value]
) -> tuple[str, str, tuple[str, ...]]:
    field = claims[0].field
    if span is not None:
        shown = display_value(claims, field)
        behind = span.considered or [out.claim for out in span.excluded]
        basis = CONTESTED if disagreements(claims, field) else shown.basis
        return basis, shown.text, tuple(claim.id for claim in behind)
    if not values:
        return UNKNOWN, display_value(claims, field).text, tuple(claim.id for claim in claims)
    ids = tuple(id for value in values for id in value.ids)
    if len(values) == 1:
        return AGREED, values[0].text, ids
    return (SEVERAL if policy == "many" else CONTESTED), "; ".join(value.text for value in values), ids


def _values(claims: Iterable[Claim]) -> tuple[Value, ...]:
    """Group claims by what they say; differences of case and blanks are none."""
    said: dict[str, list[Claim]] = {}
    for claim in claims:
        said.setdefault(" ".join(value_words(claim).casefold().split()), []).append(claim)
    return tuple(Value(value_words(own[0]), origins(own)) for own in said.values())


def _series(claims: Sequence[Claim], stale: dict[str, tuple[str, ...]]) -> tuple[Series, ...]:
    figures = [claim for claim in claims if claim.has_figure and claim.scope == "incident"]
    names = sorted({origin for claim in figures for origin in claim.origins})
    return tuple(
        Series(
            name,
            tuple(Figure(claim, stale.get(claim.id, ())) for claim in figures if name in claim.origins),
        )
        for name in names
    )
