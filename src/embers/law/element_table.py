"""The element table: what the ledger yields for one charge, with everything needed to check it again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embers.journal.canonical import Json, encode
from embers.law.ledger import Assessed, AssessedElement, Label, Ledger, Piece, Proposition
from embers.law.library import Charge, Profile
from embers.law.wording import explained, hedged

Routes = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One element with its label, why, and what is missing. No row sums up a charge."""

    key: str
    label: Label
    sentence: str
    meaning: str
    citation: str
    url: str
    binding: str
    counts: str
    live_opposition: tuple[str, ...]
    rivals: tuple[tuple[str, str], ...]
    gaps: tuple[str, ...]
    contested_route: bool
    routes: tuple[tuple[Label, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ElementTable:
    """All elements of one charge under one profile. ``law_grade`` is the weakest verification of the law used."""

    charge: str
    profile: str
    law_grade: str
    input_hash: str
    rows: tuple[ElementRow, ...]


def element_table(ledger: Ledger, charge: Charge, routes: Routes, *, law_grade: str = "") -> ElementTable:
    """Return the table of a charge; elements without a route are listed as not examined.

    ``law_grade`` comes from the applicable-law check; without one the grade of the charge's own row is given.
    """
    unknown = [key for key in routes if not any(element.key == key for element in charge.elements)]
    for key in unknown:
        charge.element(key)  # refuses it by name
    assessed = ledger.assess()
    rows = [
        _row(charge, ledger.element(charge.id, element.key, routes.get(element.key, ()), assessed))
        for element in charge.elements
    ]
    return ElementTable(
        charge=charge.id,
        profile=ledger.profile.id,
        law_grade=law_grade or charge.verified,
        input_hash=input_hash(ledger, charge, routes),
        rows=tuple(rows),
    )


def _row(charge: Charge, element: AssessedElement) -> ElementRow:
    held: Assessed | None = element.binding
    return ElementRow(
        key=element.key,
        label=element.label,
        sentence=hedged(f"Element {element.key}", element.label),
        meaning=explained(element.label),
        citation=charge.citation,
        url=charge.url,
        binding=held.proposition.text if held else "",
        counts=held.strength.words() if held else "",
        live_opposition=held.live_opposition if held else (),
        rivals=tuple((rival.text, rival.state) for rival in held.proposition.rivals) if held else (),
        gaps=held.gaps if held else ("say which propositions would meet this element",),
        contested_route=element.contested_route,
        routes=element.routes,
    )


def input_hash(ledger: Ledger, charge: Charge, routes: Routes) -> str:
    """Return the SHA-256 (hex) of the canonical JSON of everything the labels depend on.

    The order of pieces, propositions and links does not change it; a piece's wording does.
    """
    value: dict[str, Json] = {
        "charge": charge.id,
        "elements": [element.key for element in charge.elements],
        "profile": _profile(ledger.profile),
        "pieces": [_piece(ledger.pieces[id]) for id in sorted(ledger.pieces)],
        "propositions": [_proposition(ledger.propositions[id]) for id in sorted(ledger.propositions)],
        "routes": {key: sorted(sorted(route) for route in held) for key, held in routes.items()},
    }
    return hashlib.sha256(encode(value)).hexdigest()


def _profile(profile: Profile) -> Json:
    return {
        "id": profile.id,
        "standard": profile.standard,
        "components": profile.min_components,
        "primary": profile.min_primary,
        "kinds": profile.min_kinds,
        "rivals": profile.rivals,
        "single_source_topics": sorted(profile.single_source_topics),
        "kinds_exempt_topics": sorted(profile.kinds_exempt_topics),
        "may_be_met": profile.may_be_met,
    }


def _piece(piece: Piece) -> Json:
    return {
        "id": piece.id,
        "kind": piece.kind,
        "rank": piece.rank,
        "origins": sorted(piece.origins),
        "gates": piece.gates,
        "depends_on": sorted(piece.depends_on),
        "assumed": piece.assumed,
        "text": piece.text,
    }


def _proposition(proposition: Proposition) -> Json:
    return {
        "id": proposition.id,
        "text": proposition.text,
        "topic": proposition.topic,
        "searched": proposition.searched,
        "for": sorted(proposition.pro),
        "against": sorted(proposition.contra),
        "answered": sorted(proposition.answered),
        "inference": proposition.inference,
        "premises": sorted(proposition.premises),
        "rivals": sorted([rival.text, rival.state] for rival in proposition.rivals),
    }
