"""What one person may read: a level of handling marking, and the compartments they are a member of."""

from __future__ import annotations

from dataclasses import dataclass

from embers.vocabulary.loader import load_vocabulary

#: Handling markings from the widest circle to the narrowest. ``sealed`` values hold commitments only, and
#: even those are for named members.
LEVELS = ("open", "internal", "confidential")
OPEN, INTERNAL, CONFIDENTIAL = range(3)
_RANKS = {**{name: rank for rank, name in enumerate(LEVELS)}, "sealed": CONFIDENTIAL}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person's grants add up to.

    ``level`` is the highest marking they read. Compartments count from ``internal`` upwards: somebody from outside
    the team reads what is open and nothing else, whatever circle they were put into.
    """

    level: int
    compartments: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not OPEN <= self.level <= CONFIDENTIAL:
            raise ValueError(f"{self.level} is no level of handling marking.")
        if self.level == OPEN and self.compartments:
            object.__setattr__(self, "compartments", frozenset())


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a reader needs: the level, and membership in every one of the compartments."""

    level: int = OPEN
    compartments: frozenset[str] = frozenset()

    def allows(self, standing: Standing) -> bool:
        """Tell whether somebody of this standing may read."""
        return self.level <= standing.level and self.compartments <= standing.compartments


def rank(word: str | None) -> int:
    """Return the level of a marking or sensitivity; a word this version does not know is the narrowest."""
    return OPEN if word is None else _RANKS.get(word, CONFIDENTIAL)


def level_of(predicate: str, marking: str | None) -> int:
    """Return the level an assertion needs; a predicate this version does not know needs the highest."""
    known = load_vocabulary().predicates.get(predicate)
    own = rank(known.sensitivity) if known else CONFIDENTIAL
    return max(own, rank(marking))
