"""Which records people judged to be the same, and what a reader then sees together. Nothing is ever merged.

A judgement is a signed assertion about two records of one kind: the same, not the same, unsure. Records judged the same
are shown as one group; every assertion stays on its own record, so taking the judgement back parts them again. Where
judgements contradict each other, on a pair or round a group, its records stay apart and the contradiction is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from embers.case_view import Held, Record

SAME, NOT_SAME, UNSURE = "same", "not-same", "unsure"
PREDICATE = "identity-judgement"


@dataclass(frozen=True, slots=True, order=True)
class PairOf:
    """Two records, in the order of their ids."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Every standing judgement on a pair. ``verdict`` is empty where they differ."""

    pair: PairOf
    verdict: str
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Identities:
    """What follows from the judgements on records of one kind.

    ``group_of`` names every record that is shown with others: the first id of its group stands for it. ``apart`` are
    groups that judgements contradict: their records are shown apart.
    """

    judged: Mapping[PairOf, Judged]
    groups: tuple[tuple[str, ...], ...]
    group_of: Mapping[str, str]
    apart: tuple[tuple[str, ...], ...]

    def stands_for(self, id: str) -> str:
        """Return the id a record is counted and listed under."""
        return self.group_of.get(id, id)


def pair_of(one: str, other: str) -> PairOf:
    """Return the pair of two records, whichever is named first."""
    return PairOf(*sorted((one, other)))


def identities(records: Iterable[Record]) -> Identities:
    """Return the groups that standing judgements make. The order of records and judgements is of no consequence."""
    by: dict[PairOf, list[Held]] = defaultdict(list)
    for record in records:
        for held in record.live(PREDICATE):
            if held.value["other"] != record.id:
                by[pair_of(record.id, str(held.value["other"]))].append(held)
    judged = {}
    for pair, held_ in by.items():
        said = {str(held.value["judgement"]) for held in held_}
        verdict = said.pop() if len(said) == 1 else ""
        judged[pair] = Judged(pair, verdict, tuple(sorted(held_, key=lambda held: held.id)))
    groups, apart = _groups(judged)
    return Identities(judged, groups, {id: group[0] for group in groups for id in group}, apart)


def together(identities_: Identities, records: Mapping[str, Record]) -> dict[str, tuple[Record, ...]]:
    """Return what is shown as one: by the id that stands for a group, its records; single ones by themselves."""
    found: dict[str, list[Record]] = defaultdict(list)
    for id in sorted(records):
        found[identities_.stands_for(id)].append(records[id])
    return {id: tuple(members) for id, members in found.items()}


def merged(records: Sequence[Record]) -> Record:
    """Return one record that holds what all of a group hold, oldest first; each assertion keeps its own subject."""
    held = sorted((held for record in records for held in record.held), key=lambda held: (held.rank, held.id))
    return Record(records[0].id, tuple(held))


def _groups(
    judged: Mapping[PairOf, Judged],
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    neighbours: dict[str, set[str]] = defaultdict(set)
    against: set[PairOf] = set()
    for pair, one in judged.items():
        said = {str(held.value["judgement"]) for held in one.held}
        if SAME in said:
            neighbours[pair.first].add(pair.second)
            neighbours[pair.second].add(pair.first)
        if SAME in said and len(said) > 1:
            against.add(pair)
        if NOT_SAME in said:
            against.add(pair)
    groups: list[tuple[str, ...]] = []
    apart: list[tuple[str, ...]] = []
    left = set(neighbours)
    while left:
        members = _reached(min(left), neighbours)
        left -= members
        group = tuple(sorted(members))
        broken = any(pair.first in members and pair.second in members for pair in against)
        (apart if broken else groups).append(group)
    return tuple(sorted(groups)), tuple(sorted(apart))


def _reached(start: str, neighbours: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    next_ = {start}
    while next_:
        found |= next_
        next_ = {further for one in next_ for further in neighbours[one]} - found
    return found
