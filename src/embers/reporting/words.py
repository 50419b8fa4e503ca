"""The fixed words of a rendered report, in one place so that a translation is one object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Words the renderers add to a document. ``page`` has the places ``{page}`` and ``{pages}``."""

    page: str = "Page {page} of {pages}"
    table: str = "Table"
    figure: str = "Figure"
    exercise: str = "Exercise"
    draft: str = "Draft"
    imagery_gap: str = "Imagery gap"
    information: str = "Note"
    contested: str = "Contested"
    denial: str = "Denial"
    gap: str = "Gap in the evidence"
    caution: str = "Caution"
    element: str = "Element"
    support: str = "Support"
    rests_on: str = "Proposition it rests on"
    opposition: str = "Against it"
    gaps: str = "Still missing"
    claimant: str = "Claimant"
    value: str = "Figure"
    date: str = "Dated"
    origin: str = "Root origin"
    relay: str = "Read in"
    dated: str = "Report of {date}"
    evidence_of: str = "Evidence of sentence"


ENGLISH = Words()
#: Languages written from right to left that the report's faces have letters for.
RIGHT_TO_LEFT = frozenset({"ar", "fa", "ur", "ckb"})


def direction(language: str) -> str:
    """Return ``rtl`` or ``ltr`` for a BCP 47 tag; a script subtag decides before the language."""
    parts = language.split("-")
    if len(parts) > 1 and len(parts[1]) == 4:
        return "rtl" if parts[1].lower() == "arab" else "ltr"
    return "rtl" if parts[0].lower() in RIGHT_TO_LEFT else "ltr"
