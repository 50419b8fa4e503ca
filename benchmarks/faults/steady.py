"""A clock and a source of randomness that repeat themselves, so that trials which end alike leave the same bytes.

A state that was judged need not be judged again, and most faults leave a state that another one left before: but not if
every trial signs with another time and names what it records with other random bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import shake_256

from embers.surroundings import Disk, LocalDisk, Surroundings

#: The turns of a trial in their order; each is a day after the one before.
TURNS = ("prepare", "act", "restart", "again", "judge")
_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Turn:
    """The turn that the next child plays, and how often it asked for the time and for randomness."""

    name: str = TURNS[0]
    asked: int = 0


_turn = _Turn()


def begin(name: str) -> None:
    """Begin a turn: what is asked from now on, in this process or in its child, is the same as in every such turn."""
    _turn.name, _turn.asked = name, 0


def _ask() -> int:
    _turn.asked += 1
    return _turn.asked


class _Clock:
    def now(self) -> datetime:
        return _FIRST_DAY + timedelta(days=TURNS.index(_turn.name), milliseconds=_ask())


class _Randomness:
    def bytes(self, count: int) -> bytes:
        return shake_256(f"{_turn.name} {_ask()}".encode()).digest(count)


def surroundings(disk: Disk | None = None) -> Surroundings:
    """Return surroundings that repeat themselves; with the real disk, if no other is given."""
    return Surroundings(clock=_Clock(), randomness=_Randomness(), disk=disk or LocalDisk())
