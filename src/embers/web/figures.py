"""The claims of one incident as a page shows them: ranges, independent origins, disagreement, series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from embers.case_view import Record
from embers.incidents.claim import Category, Claim, describe_number
from embers.incidents.displayed import DECIDED, Displayed, displayed
from embers.incidents.reading import claimants_of, claims_of, decisions_of, shown_claims
from embers.incidents.resolution import (
    contested,
    describe_range,
    display_value,
    origins,
    toll_series,
)
from embers.projections import models
from embers.vocabulary.loader import load_vocabulary
from embers.web.grounds import Said
from embers.web.reading_words import in_small_letters
from embers.web.shell import Desk
from embers.web.wording import CATEGORY_LISTS, code_label, label, names, origin_label

#: Fields with a section of their own on the page.
_APART = frozenset({"denial", "response", "limitation"})


@dataclass(frozen=True, slots=True)
class Told:
    """One claim with its claimant, what it rests on, and why it may be left out of the range."""

    claim: Claim
    said: Said
    words: str
    relays: str
    left_out: tuple[str, ...]
    shown: bool


@dataclass(frozen=True, slots=True)
class OriginRow:
    """Claims of one root origin: however many pages repeat them, they count once."""

    origins: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class FieldTold:
    """Every claim about one field. ``span`` is empty for fields that are not counted."""

    field: str
    anchor: str
    label: str
    display: str
    chosen: str
    span: str
    contested: bool
    counted: bool
    groups: tuple[OriginRow, ...]
    series: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """All claims of an incident, and those that answer or limit them."""

    fields: tuple[FieldTold, ...]
    answers: tuple[Told, ...]
    limits: tuple[Told, ...]
    count: int


def accounts(at: Desk, record: Record, said: Mapping[str, Said]) -> Accounts:
    """Read the claims of an incident, grouped by field and by origin, in three queries."""
    claims = claims_of(record, at.view.subjects(claimants_of(record)))
    shown = shown_claims(record)
    relays = _relays(at, claims)
    origin_names = names(at.alias, {origin for claim in claims for origin in claim.origins if ":" in origin})
    found = displayed(claims, decisions_of(record), policy=_policy)
    reasons = {out.claim.id: out.reasons for one in found for out in one.left_out}
    told = {
        claim.id: Told(
            claim,
            said[claim.id],
            said[claim.id].shown.text,
            relays.get(claim.source, ""),
            reasons.get(claim.id, ()),
            claim.id in shown,
        )
        for claim in claims
    }
    labels = {id: name.text for id, name in origin_names.items()}
    return Accounts(
        tuple(
            _field(one, claims, told, labels)
            for one in sorted(found, key=_field_order)
            if one.field not in _APART
        ),
        tuple(told[claim.id] for claim in claims if claim.field in {"denial", "response"}),
        tuple(told[claim.id] for claim in claims if claim.field == "limitation"),
        len(claims),
    )


def _relays(at: Desk, claims: Sequence[Claim]) -> dict[str, str]:
    rows = models.Source.objects.using(at.alias).filter(id__in={claim.source for claim in claims})
    return dict(rows.values_list("id", "relays"))


def _differ(field: str, own: Sequence[Claim], groups: Sequence[OriginRow]) -> bool:
    """Tell whether origins say different things in one text. Statements of several parts stand beside each other."""
    found = load_vocabulary().predicates.get(field)
    if found is not None and found.type == "record":
        return False
    return len({describe_number(claim) for claim in own}) > 1 and len(groups) > 1


def _policy(field: str) -> str:
    found = load_vocabulary().predicates.get(field)
    return found.cardinality if found is not None else "many"


def _field_order(one: Displayed) -> tuple[object, ...]:
    first = ("killed", "injured", "missing", "released")
    place = first.index(one.field) if one.field in first else len(first)
    return (place, label(one.field), one.unit, one.category)


def _field(
    one: Displayed, claims: Sequence[Claim], told: Mapping[str, Told], labels: Mapping[str, str]
) -> FieldTold:
    """Put a field into words. Missiles and strikes, and children and everybody, each have a part of their own."""
    # Within its own category a figure is the whole.
    own = [replace(c, category=()) for c in claims if (c.field, c.unit, c.category) == _key(one)]
    series = toll_series(own, one.field) if one.span and len({c.as_of for c in own}) > 1 else ()
    groups = tuple(
        OriginRow(
            "; ".join(labels.get(origin) or origin_label(origin) for origin in group.origins),
            tuple(told[claim.id] for claim in group.claims),
        )
        for group in origins(own)
    )
    units = {claim.unit for claim in claims if claim.field == one.field}
    parts = [code_label("unit", one.unit)] if len(units) > 1 else []
    parts += [code_label(CATEGORY_LISTS[name], value) for name, value in one.category]
    apart = [one.unit] if len(units) > 1 and one.unit != min(units) else []
    counted = one.span is not None
    return FieldTold(
        one.field,
        "-".join([one.field, *apart, *(value for _, value in one.category)]),
        f"{label(one.field)} ({', '.join(parts)})" if parts else label(one.field),
        # The heading never carries the chosen figure alone: a decision for short lists settles nothing.
        display_value(own, one.field).text if counted else "",
        one.text if counted and one.basis == DECIDED else "",
        describe_range(one.span, in_small_letters(label(one.field))) if one.span else "",
        contested(own, one.field) if counted else _differ(one.field, own, groups),
        counted,
        groups,
        tuple(told[claim.id] for claim in series),
    )


def _key(one: Displayed) -> tuple[str, str, Category]:
    return one.field, one.unit, one.category
