"""Charges tested against an incident, read through the support ledger of the law layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from embers.law.case_ledger import ChargeTested, IncidentLedger, charges_of
from embers.law.ledger import AssessedElement, Piece
from embers.reporting.chapters.support import task_words
from embers.web.shell import Desk
from embers.web.wording import code_label, side_label


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One element with its support label, the proposition that binds it, and what stands against it."""

    key: str
    text: str
    label: str
    words: str
    assumed_words: str
    proposition: str
    proposition_id: str
    strength: tuple[tuple[str, int], ...]
    opposition: tuple[str, ...]
    gaps: tuple[str, ...]
    contested_route: bool


@dataclass(frozen=True, slots=True)
class ChargeTable:
    """The support table of one charge."""

    title: str
    citation: str
    author: str
    classification: str
    profile: str
    rows: tuple[ElementRow, ...]


@dataclass(frozen=True, slots=True)
class Tested:
    """Everything tested for one incident, and the pieces a worked example only assumes."""

    tables: tuple[ChargeTable, ...]
    assumed: tuple[Piece, ...]


def charges_of_incident(at: Desk, incident: str) -> Tested:
    """Return the charges tested for an incident, on what the case holds.

    Labels count material the case holds; where an example assumes more, the other label stands beside it.
    """
    ledger = charges_of(at.view, incident)
    if ledger is None:
        return Tested((), ())
    pairs = zip(ledger.without_assumed, ledger.tested, strict=True)
    return Tested(tuple(_table(held, assumed, ledger) for held, assumed in pairs), ledger.assumes)


def _table(held: ChargeTested, assumed: ChargeTested, ledger: IncidentLedger) -> ChargeTable:
    rows = zip(held.elements, assumed.elements, strict=True)
    return ChargeTable(
        held.charge.title,
        held.charge.citation,
        side_label(held.author),
        code_label("classification", held.classification),
        held.profile,
        tuple(_row(held, one, other, ledger) for one, other in rows),
    )


def _row(
    tested: ChargeTested, one: AssessedElement, assumed: AssessedElement, ledger: IncidentLedger
) -> ElementRow:
    bound = one.binding
    return ElementRow(
        key=one.key,
        text=tested.charge.element(one.key).text,
        label=one.label.code,
        words=one.label.words,
        assumed_words=assumed.label.words if assumed.label != one.label else "",
        proposition=bound.proposition.text if bound else "",
        proposition_id=bound.proposition.id if bound else "",
        strength=(
            (gettext("independent origins"), bound.strength.components),
            (gettext("first-hand"), bound.strength.primary),
            (gettext("kinds of evidence"), bound.strength.kinds),
        )
        if bound
        else (),
        opposition=tuple(_opposition(bound.live_opposition, ledger))
        + tuple(r.text for r in bound.open_rivals)
        if bound
        else (),
        # What stands in the column beside it is pointed to, not printed again.
        gaps=tuple(dict.fromkeys(task_words(gap, {}) for gap in bound.gaps)) if bound else (),
        contested_route=one.contested_route,
    )


def _opposition(pieces: Iterable[str], ledger: IncidentLedger) -> list[str]:
    return [ledger.pieces[id].text if id in ledger.pieces else id for id in pieces]
