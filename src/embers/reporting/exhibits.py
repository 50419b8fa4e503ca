"""Exhibit numbers: every item of the case in order of first mention, so that report and dossier agree."""

from __future__ import annotations

from embers.case_view import CaseView


def number_exhibits(view: CaseView) -> dict[str, str]:
    """Return exhibit numbers ``EMB-0001`` ... by item id; items without preserved bytes get none."""
    items = [id for id, item in view.kind("item").items() if item.live("item-object")]
    return {id: f"EMB-{number:04d}" for number, id in enumerate(items, start=1)}
