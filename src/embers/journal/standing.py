"""Which assertions stand: a function of the relations between assertions, whatever the order they arrived in.

An assertion is *retracted* while an assertion that retracts it stands. It is *superseded* while one that supersedes it,
directly or through others, is not itself retracted. So taking back a correction brings the corrected value back, and
taking back a retraction brings the retracted one back: retraction restores what was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

#: The relations that decide whether an assertion stands.
DECIDING = ("supersedes", "retracts", "disputes")
#: One relation: the assertion that bears it, what it says, and the assertion it names.
Relating = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an assertion stands: ``live``, ``superseded`` or ``retracted``, and whether somebody disputes it."""

    status: str
    disputed: bool


def standing_of(
    ids: Iterable[str],
    naming: Callable[[Iterable[str]], Iterable[Relating]],
    undoable: Callable[[Iterable[str]], Iterable[str]],
) -> dict[str, Standing]:
    """Return how each assertion stands.

    ``naming`` returns every deciding relation that names one of some assertions; ``undoable`` those of some that can be
    taken back: not what an act of its own said, such as an erasure, which a later word does not undo.
    """
    wanted = list(dict.fromkeys(ids))
    relations: list[Relating] = []
    asked: set[str] = set()
    next_ = set(wanted)
    while next_:  # what takes back or replaces the relations, and what does so to that
        asked |= next_
        found = list(naming(next_))
        relations += found
        next_ = {bearer for bearer, _, _ in found} - asked
    bearers = {bearer for bearer, _, _ in relations}
    return standings(relations, wanted, lasting=bearers - set(undoable(bearers)))


def standings(
    relations: Iterable[Relating], wanted: Iterable[str], *, lasting: Collection[str] = frozenset()
) -> dict[str, Standing]:
    """Return the standing of ``wanted`` from ``(bearer, relation, target)``, which must hold all that lead to them.

    What the assertions in ``lasting`` do to others stays done, also when somebody takes them back. What retracts itself
    in a circle, which only a forged entry can say, does not stand.
    """
    by_target: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in DECIDING}
    for bearer, relation, target in relations:
        if relation in by_target:
            by_target[relation][target].add(bearer)
    retracts = by_target["retracts"]
    gone = _retracted({target: bearers for target, bearers in retracts.items() if target not in lasting})
    found = {}
    for id in wanted:
        # A retraction outweighs a replacement: the value was taken back, whatever stood in its place.
        status = "retracted" if id in gone or not retracts.get(id, set()) <= gone else "live"
        if status == "live" and _superseded(id, by_target["supersedes"], gone):
            status = "superseded"
        found[id] = Standing(status, not by_target["disputes"].get(id, set()) <= gone)
    return found


def _retracted(by_target: Mapping[str, set[str]]) -> set[str]:
    """Return what is taken back: settled from what nothing takes back, step by step; a circle settles nowhere."""
    stands: set[str] = set()
    gone: set[str] = set()
    open_ = set(by_target)
    stands.update(bearer for bearers in by_target.values() for bearer in bearers if bearer not in by_target)
    while open_:
        now_gone = {id for id in open_ if by_target[id] & stands}
        now_standing = {id for id in open_ - now_gone if by_target[id] <= gone}
        if not now_gone and not now_standing:
            return gone | open_
        gone |= now_gone
        stands |= now_standing
        open_ -= now_gone | now_standing
    return gone


def _superseded(id: str, by_target: Mapping[str, set[str]], gone: set[str]) -> bool:
    looked: set[str] = set()
    next_ = set(by_target.get(id, ()))
    while next_:
        if not next_ <= gone:
            return True
        looked |= next_
        next_ = {further for one in next_ for further in by_target.get(one, ())} - looked
    return False
