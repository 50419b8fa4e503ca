"""What a case says about itself on everything that leaves it: above all that it is an exercise."""

from __future__ import annotations

from embers.case_view import Record
from embers.reporting.blocks import Notice

EXERCISE = "Training exercise in an invented country. Nothing in it happened."


def notices_of(case: Record) -> tuple[Notice, ...]:
    """Return the notices of a case; of an exercise, that it is one comes first and stands on every page."""
    own = tuple(Notice("information", str(text)) for text in case.values("case-notice"))
    return (Notice("exercise", EXERCISE), *own) if case.value("case-exercise") else own
