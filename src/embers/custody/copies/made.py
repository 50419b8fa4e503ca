"""What the makers of copies have in common: what they give back, how they refuse, and their limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Bytes of an object that is looked at. Larger ones can be saved and opened with a tool of their own.
LARGEST_INPUT = 256 * 1024 * 1024
#: Bytes of all parts of one copy.
LARGEST_OUTPUT = 96 * 1024 * 1024
#: Points of a picture. A satellite scene of 12,000 by 12,000 passes; a picture bomb does not.
MOST_PIXELS = 150_000_000
#: Seconds of processor time, and of waiting, before a maker is ended.
PROCESSOR_S, WAITING_S = 40, 60
#: Address space of a maker: a picture of the most pixels several times over.
MEMORY = 3 * 1024**3


@dataclass(frozen=True, slots=True)
class Made:
    """One copy: ``facts`` (JSON) say what it is and how it was made; ``parts`` are its files by name."""

    facts: Mapping[str, Any]
    parts: Mapping[str, bytes] = field(default_factory=dict)


class Unreadable(Exception):  # noqa: N818 - it is an answer of a maker, not a fault
    """A maker does not make a copy. ``why`` is one of the words the pages have a sentence for."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why, self.detail = why, detail
