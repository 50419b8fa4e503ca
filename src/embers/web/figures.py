"""The claims of one incident as a page shows them: ranges, independent origins, disagreement, series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embers.case_view import Record
from embers.incidents.claim import Claim, describe_number
from embers.incidents.reading import claimants_of, claims_of, shown_claims
from embers.incidents.resolution import (
    casualty_range,
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
from embers.web.wording import label, names, origin_label

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
    reasons = {
        out.claim.id: out.reasons
        for field in {claim.field for claim in claims if _counted(claim.field)}
        for out in casualty_range(claims, field).excluded
    }
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
    order = dict.fromkeys(claim.field for claim in sorted(claims, key=_field_order))
    return Accounts(
        tuple(_field(field, claims, told, labels) for field in order if field not in _APART),
        tuple(told[claim.id] for claim in claims if claim.field in {"denial", "response"}),
        tuple(told[claim.id] for claim in claims if claim.field == "limitation"),
        len(claims),
    )


def _relays(at: Desk, claims: Sequence[Claim]) -> dict[str, str]:
    rows = models.Source.objects.using(at.alias).filter(id__in={claim.source for claim in claims})
    return dict(rows.values_list("id", "relays"))


def _counted(field: str) -> bool:
    found = load_vocabulary().predicates.get(field)
    return found is not None and found.cardinality == "range"


def _field_order(claim: Claim) -> tuple[int, str]:
    first = ("killed", "injured", "missing", "released")
    return (first.index(claim.field) if claim.field in first else len(first), label(claim.field))


def _field(
    field: str, claims: Sequence[Claim], told: Mapping[str, Told], labels: Mapping[str, str]
) -> FieldTold:
    own = [claim for claim in claims if claim.field == field]
    counted = _counted(field)
    series = toll_series(own, field) if counted and len({c.as_of for c in own}) > 1 else ()
    chosen = next((claim.id for claim in own if told[claim.id].shown), None)
    groups = tuple(
        OriginRow(
            "; ".join(labels.get(origin) or origin_label(origin) for origin in group.origins),
            tuple(told[claim.id] for claim in group.claims),
        )
        for group in origins(own)
    )
    return FieldTold(
        field,
        label(field),
        # The heading never carries the chosen figure alone: a decision for short lists settles nothing.
        display_value(own, field).text if counted else "",
        display_value(own, field, decision=chosen).text if counted and chosen else "",
        describe_range(casualty_range(own, field), in_small_letters(label(field))) if counted else "",
        contested(own, field) if counted else len({describe_number(c) for c in own}) > 1 and len(groups) > 1,
        counted,
        groups,
        tuple(told[claim.id] for claim in series),
    )
