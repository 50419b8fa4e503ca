"""What a dossier must hold so that every sentence of a report can be walked back: entries and exhibits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from embers.case_view import CaseView, Held, Record
from embers.reporting.exhibits import number_exhibits, numbered_objects


@dataclass(frozen=True, slots=True)
class ExhibitObject:
    """One preserved object of an exhibit: number, the item, the assertion that records it."""

    number: str
    item: Record
    held: Held


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries (ids, in no order) and exhibits (in order) that a report rests on."""

    entries: frozenset[str]
    exhibits: tuple[ExhibitObject, ...]


def select(
    view: CaseView, basis: Iterable[str], reports: Iterable[str], *, without: frozenset[str] = frozenset()
) -> Selection:
    """Return what the assertions in ``basis`` rest on, to the end of the walk, with the given report subjects.

    All items of the case are exhibits: leaving one out would hide what else was held. Entries that say nothing but
    ``without``, predicates of the house's own work, are left out.
    """
    held = view.held(basis)
    subjects = {ground.target for said in held.values() for ground in said.grounds}
    subjects |= {said.subject for said in held.values()} | set(reports)
    numbers = number_exhibits(view)
    items = view.kind("item")
    about = [view.subject(id) for id in sorted(subjects - items.keys())]
    entries = {said.entry for said in held.values()}
    entries |= {
        said.entry
        for record in (*about, *items.values())
        for said in record.held
        if said.predicate not in without
    }
    # Who erased what on which ground: otherwise bytes would be missing without a word.
    entries |= {said.entry for record in view.kind("erasure").values() for said in record.held}
    return Selection(frozenset(entries), tuple(_exhibits(items, numbers)))


def _exhibits(items: Mapping[str, Record], numbers: Mapping[str, str]) -> Iterable[ExhibitObject]:
    for id, number in numbers.items():
        item = items[id]
        objects = numbered_objects(item)
        for place, held in enumerate(objects, start=1):
            if not held.live:  # withdrawn, or erased
                continue
            yield ExhibitObject(number if len(objects) == 1 else f"{number}-{place:04d}", item, held)
