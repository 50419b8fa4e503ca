"""Exhibit numbers: every item of the case in order of first mention, so that report and dossier agree."""

from __future__ import annotations

from embers.case_view import CaseView, Held, Record


def number_exhibits(view: CaseView) -> dict[str, str]:
    """Return exhibit numbers ``EMB-0001`` ... by item id; items that never had preserved bytes get none."""
    items = [id for id, item in view.kind("item").items() if numbered_objects(item)]
    return {id: f"EMB-{number:04d}" for number, id in enumerate(items, start=1)}


def numbered_objects(item: Record) -> list[Held]:
    """Return what says that bytes of an item were preserved, withdrawn and erased ones too: numbers never move."""
    return [held for held in item.held if held.predicate == "item-object" and held.status != "superseded"]
