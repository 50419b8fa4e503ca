"""What a case holds and what of it is in the dossier: every object and item, included or with a reason code.

Leaving out is a decision somebody can question, so it is counted and named. The report shows digests and item ids,
nothing of the content.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from embers.errors import CustodyError


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An object (SHA-256) or item (id) that is not in the dossier, the reason code, and the entry it came with."""

    what: str
    reason: str
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Counts of what the case holds and what is included, and every thing left out."""

    items: int
    items_included: int
    objects: int
    objects_included: int
    entries: int
    entries_included: int
    left_out: tuple[LeftOut, ...]

    def require_whole(self) -> None:
        """Refuse a report that does not account for everything."""
        unknown = sorted({one.reason for one in self.left_out} - reasons().keys())
        out = Counter(":" in one.what for one in self.left_out)
        if unknown or self.objects != self.objects_included + out[False]:
            raise CustodyError(
                "completeness",
                f"Of {self.objects} objects {self.objects_included} are included and {out[False]} left out; "
                f"reasons without a meaning: {', '.join(unknown) or 'none'}.",
                "This is a fault of Embers; no dossier was written.",
            )

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "items": {"held": self.items, "included": self.items_included},
            "objects": {"held": self.objects, "included": self.objects_included},
            "entries": {"held": self.entries, "included": self.entries_included},
            "reasons": {code: text for code, text in reasons().items() if self.count(code)},
            "left_out": [
                {"what": one.what, "reason": one.reason} | ({"entry": one.entry} if one.entry else {})
                for one in self.left_out
            ],
        }

    def count(self, reason: str) -> int:
        """Return how many things are left out for a reason."""
        return sum(one.reason == reason for one in self.left_out)

    def to_bytes(self) -> bytes:
        """Return the report as JSON for machines."""
        return (json.dumps(self.to_json(), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    def to_text(self) -> str:
        """Return the report for people."""
        lines = [
            "What the case holds, and what of it is in this dossier",
            "",
            f"Items    {self.items_included} of {self.items} are exhibits.",
            f"Objects  {self.objects_included} of {self.objects} are here.",
            f"Entries  {self.entries_included} of {self.entries} are here: those the report rests on,",
            "         all of every item, and those that register keys.",
            "         The others are counted in the signed states of the logs.",
            "",
            "Left out, by reason:",
        ]
        lines += [
            f"  {self.count(code):6} {code}: {text}" for code, text in reasons().items() if self.count(code)
        ] or ["  nothing"]
        lines += ["", "completeness.json names each of them.", ""]
        lines.append("Not known to this report: what was never taken into the case.")
        return "\n".join(lines) + "\n"


@cache
def reasons() -> Mapping[str, str]:
    """Return every reason code with what it means."""
    text = resources.files("embers.custody").joinpath("data/reasons.toml").read_text(encoding="utf-8")
    return {row["id"]: row["label"] for row in tomllib.loads(text)["reason"]}


def account(
    objects: Iterable[tuple[str, str]], included: Collection[str], why: Mapping[str, str]
) -> list[LeftOut]:
    """Return each (object, entry) that is not included, with its reason; what nothing explains is ``unlinked``."""
    return [
        LeftOut(sha256, why.get(sha256, "unlinked"), entry)
        for sha256, entry in objects
        if sha256 not in included
    ]
