"""Modes of liability as the legal layer lists them; which of them to examine is said on an involvement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from embers.errors import LawError
from embers.law.references import read_table


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode of liability: its id, title and citation."""

    id: str
    title: str
    cite: str


@lru_cache(maxsize=1)
def modes() -> Mapping[str, Mode]:
    """Return all modes by id."""
    return {row["id"]: Mode(row["id"], row["title"], row["cite"]) for row in read_table("liability")["mode"]}


def mode(id: str) -> Mode:
    """Return a mode; an unknown one is refused."""
    try:
        return modes()[id]
    except KeyError:
        raise LawError(
            "mode", f"There is no mode of liability {id!r}.", f"Known: {', '.join(modes())}."
        ) from None
