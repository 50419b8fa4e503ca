"""Custody events: what happened to an item, in words other archives share (PREMIS 3 event types).

An event is a proposal. Only ``actions`` puts it into a signed entry, which adds person, device and time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from embers.errors import CustodyError

#: What stored bytes are to the item they belong to; the ids of the vocabulary list ``material-role``.
ROLES = ("original", "working-copy", "derived", "redacted")


@dataclass(frozen=True, slots=True)
class EventType:
    """One custody step: its id, its PREMIS term, the parties it needs, and what it means."""

    step: str
    premis: str
    parties: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One step in the custody of an item. ``detail`` says how; ``deviation`` what was not as it should have been.

    ``phase`` tells the two halves of a transfer apart. ``bag`` and ``seal`` are the numbers put on; ``found`` is the
    seal number found, or ``broken``, or ``missing``. ``photo``, ``before``, ``after`` are SHA-256 of objects. ``place``
    is coarse: a town, not an address.
    """

    step: str
    by: str
    detail: str
    tool: str = ""
    giver: str = ""
    receiver: str = ""
    phase: str = ""
    place: str = ""
    bag: str = ""
    seal: str = ""
    found: str = ""
    photo: str = ""
    reason: str = ""
    deviation: str = ""
    before: str = ""
    after: str = ""

    def to_value(self) -> dict[str, str]:
        """Return the value of a ``custody-event`` assertion; refuse an unknown or incomplete step."""
        kind = event_type(self.step)
        named = {"from": self.giver, "to": self.receiver}
        if lacking := [party for party in kind.parties if not named[party]]:
            raise CustodyError(
                "party",
                f"The step {self.step!r} does not say {' and '.join(lacking)} whom.",
                "Name the custodians by their role or code.",
            )
        if not self.by or not self.detail:
            raise CustodyError(
                "event", f"The step {self.step!r} lacks who did it or how.", "Say both, in a few words."
            )
        optional = {name: getattr(self, name) for name in _OPTIONAL}
        value = {"step": self.step, "premis": kind.premis, "by": self.by, "detail": self.detail}
        return value | {name: text for name, text in {**named, **optional}.items() if text}


_OPTIONAL = (
    "tool",
    "phase",
    "place",
    "bag",
    "seal",
    "found",
    "photo",
    "reason",
    "deviation",
    "before",
    "after",
)


@cache
def event_types() -> Mapping[str, EventType]:
    """Return every custody step by its id."""
    text = resources.files("embers.custody").joinpath("data/events.toml").read_text(encoding="utf-8")
    kinds = (
        EventType(row["step"], row["premis"], tuple(row["parties"]), row["label"])
        for row in tomllib.loads(text)["event"]
    )
    return {kind.step: kind for kind in kinds}


def event_type(step: str) -> EventType:
    """Return a custody step; refuse an unknown one."""
    try:
        return event_types()[step]
    except KeyError:
        raise CustodyError(
            "step", f"There is no custody step {step!r}.", f"Known: {', '.join(event_types())}."
        ) from None
