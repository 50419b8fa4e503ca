"""Independence of pieces of evidence: union-find over root origins and declared dependence.

Root origins are the witness, the camera, the body that first stated a fact, the team's own visit; all organs
of one government are one origin. The grouping is conservative: one shared origin makes two pieces one component.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol


class HasOrigins(Protocol):
    """Anything with an id, root origins, and pieces it depends on."""

    @property
    def id(self) -> str:
        """The piece's id."""
        ...

    @property
    def origins(self) -> tuple[str, ...]:
        """Its root origins."""
        ...

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Ids of pieces it repeats or rests on."""
        ...


def components(pieces: Iterable[HasOrigins], idle: Collection[str] = ()) -> dict[str, int]:
    """Return the component number of every piece, numbered in the order given.

    Pieces named in ``idle`` (impeached ones) link nothing, unless another piece rests on them: then what they
    came from is also what that other piece came from.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    held = list(pieces)
    for piece in _linking(held, idle):
        own = root(f"piece {piece.id}")
        # Pieces of unknown origin are taken as one origin: independence must be shown, not assumed.
        origins = piece.origins or ("",)
        for name in (*(f"origin {o}" for o in origins), *(f"piece {d}" for d in piece.depends_on)):
            parent[root(name)] = own
            own = root(own)
    numbers: dict[str, int] = {}
    return {piece.id: numbers.setdefault(root(f"piece {piece.id}"), len(numbers)) for piece in held}


def _linking(held: Iterable[HasOrigins], idle: Collection[str]) -> list[HasOrigins]:
    """Return the pieces whose origins link: all but the idle, and the idle that a linking piece rests on."""
    by_id = {piece.id: piece for piece in held}
    found: dict[str, HasOrigins] = {}
    waiting = [id for id in by_id if id not in idle]
    while waiting:
        id = waiting.pop()
        if id in by_id and id not in found:
            found[id] = by_id[id]
            waiting += by_id[id].depends_on
    return list(found.values())
