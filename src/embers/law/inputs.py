"""The hash of everything a support table depends on, printed beside it so that anybody can check it again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from embers.journal.canonical import Json, encode
from embers.law.ledger import Ledger, Piece, Proposition
from embers.law.library import Charge, Profile

Routes = Mapping[str, Sequence[Sequence[str]]]


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
