"""What each person interviewed consented to, use by use, computed from what was signed.

Nothing is given unless it was recorded as given. A refusal or withdrawal holds until a later entry takes it back by
name: the set of entries decides, never a clock, so every copy of a case comes to the same answer. Sources of the
rules: Murad Code (consent in layers, withdrawable at every stage of use), Istanbul Protocol (refusal is a record),
guidelines of Eurojust and the ICC for civil society (consent to share with named authorities).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from embers.case_view import CaseView, Held, Record

ANALYSIS, ANONYMOUS, NAMED, SHARE, RECORDING, MEDICAL = (
    "analysis",
    "publish-anonymous",
    "publish-named",
    "share",
    "recording",
    "medical",
)
_WORDS = {
    ANALYSIS: "analysis by the team",
    ANONYMOUS: "a public report, even without anything that identifies",
    NAMED: "a public report under the code or name agreed on",
    SHARE: "sharing with this body",
    RECORDING: "a recording",
    MEDICAL: "details of one's body and health outside the team",
}


class Level(IntEnum):
    """How far the material of one interview may go into one export."""

    EXCLUDED = 0
    ANONYMISED = 1
    CODED = 2


@dataclass(frozen=True, slots=True)
class Use:
    """What an export is for. ``body`` is the organisation a ``share`` is for; ``day`` the day of it (ISO)."""

    kind: Literal["analysis", "publish", "share"]
    day: str
    body: str = ""

    @property
    def text(self) -> str:
        """The use in words, for refusals."""
        if self.kind == "share":
            return "sharing with this body" if self.body else "sharing with a body that is not named"
        return "a public report" if self.kind == "publish" else "analysis by the team"


@dataclass(frozen=True, slots=True)
class Permit:
    """How far, whether words may be quoted, whether recordings and what a clinician saw may go along, and why not."""

    level: Level
    quotation: bool = True
    recordings: bool = False
    medical: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one use is covered, and why not; ``quotation`` tells whether words may be quoted."""

    given: bool
    reason: str = ""
    quotation: bool = True


@dataclass(frozen=True, slots=True)
class Consent:
    """Everything one interview records about consent."""

    interview: str
    code: str
    scopes: tuple[Held, ...]
    withdrawals: tuple[Held, ...]
    met: frozenset[str]

    @classmethod
    def of(cls, record: Record) -> Consent:
        """Read the consent of an interview from its record."""
        return cls(
            record.id,
            record.text("interview-code") or "an interview without a code",
            record.live("consent-scope"),
            record.live("consent-withdrawn"),
            frozenset(str(value["scope"]) for value in record.values("consent-condition-met")),
        )

    def answer(self, use: str, *, day: str, body: str = "") -> Answer:
        """Tell whether one use is covered on a day."""
        for held in self.withdrawals:
            if _covers(held.value, use, body):
                return Answer(False, f"Consent to {_WORDS[use]} was withdrawn.")
        said = [held for held in self.scopes if held.value["use"] == use and _same_body(held.value, body)]
        if not said:
            return Answer(False, f"No consent to {_WORDS[use]} is recorded.")
        if any(not held.value["given"] for held in said):
            return Answer(False, f"Consent to {_WORDS[use]} was refused.")
        for held in said:
            if held.value.get("condition") and held.id not in self.met:
                return Answer(
                    False,
                    f"Consent to {_WORDS[use]} has a condition not recorded as met: {held.value['condition']}",
                )
            if held.value.get("not_before", "") > day:
                return Answer(False, f"Consent to {_WORDS[use]} begins on {held.value['not_before']}.")
        return Answer(True, quotation=not any(held.value.get("no_quotation") for held in said))

    def permit(self, use: Use) -> Permit:
        """Tell how far the material of this interview may go into an export.

        Nothing leaves without consent to analysis, for an export rests on analysis. A public report never carries
        a recording: a voice is a name. What is told of one's body and health leaves the team only where the person
        agreed to that very use too.
        """
        own = self.answer(ANALYSIS, day=use.day)
        if not own.given:
            return Permit(Level.EXCLUDED, reason=own.reason)
        recorded = self.answer(RECORDING, day=use.day).given
        medical = use.kind == "analysis" or self.answer(MEDICAL, day=use.day).given
        if use.kind == "analysis":
            return Permit(Level.CODED, own.quotation, recorded, medical)
        if use.kind == "share":
            shared = self._shared(use)
            if not shared.given:
                return Permit(Level.EXCLUDED, reason=shared.reason)
            return Permit(Level.CODED, shared.quotation, recorded, medical)
        return self._published(use, medical=medical)

    def _published(self, use: Use, *, medical: bool) -> Permit:
        named = self.answer(NAMED, day=use.day)
        if named.given:
            return Permit(Level.CODED, named.quotation, medical=medical)
        anonymous = self.answer(ANONYMOUS, day=use.day)
        if anonymous.given:
            return Permit(Level.ANONYMISED, anonymous.quotation, reason=named.reason)
        return Permit(Level.EXCLUDED, reason=anonymous.reason)

    def _shared(self, use: Use) -> Answer:
        if not use.body:
            return Answer(False, "Testimony is shared with a body that is named, never with whoever asks.")
        return self.answer(SHARE, day=use.day, body=use.body)


def _same_body(value: Mapping[str, object], body: str) -> bool:
    return value["use"] != SHARE or value.get("body", "") == body


def _covers(withdrawn: Mapping[str, object], use: str, body: str) -> bool:
    """A withdrawal without a use covers every use; one of sharing without a body, every body.

    Whoever takes back consent to a report without identifying details takes back the one with them too.
    """
    taken = withdrawn.get("use")
    if taken is None:
        return True
    if taken == ANONYMOUS and use == NAMED:
        return True
    return taken == use and (use != SHARE or withdrawn.get("body", body) == body)


def consents(view: CaseView) -> dict[str, Consent]:
    """Return the consent of every interview of a case by interview."""
    return {id: Consent.of(record) for id, record in view.kind("interview").items()}


def strictest(permits: Iterable[Permit]) -> Permit:
    """Return what holds for something that rests on several interviews: the least of everything."""
    found = list(permits)
    worst = min(found, key=lambda one: one.level)
    return Permit(
        worst.level,
        quotation=all(one.quotation for one in found),
        recordings=all(one.recordings for one in found),
        medical=all(one.medical for one in found),
        reason=worst.reason,
    )
