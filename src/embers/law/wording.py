"""Words for labels in reports: hedged, neutral, and never a conclusion about anybody.

A label describes the material that a case holds. It says nothing about a person, and no label exists for a charge
as a whole; findings are written and signed by people.
"""

from __future__ import annotations

from collections.abc import Mapping

from embers.law.library import Profile, load_law
from embers.law.propositions import Label

#: What a reader has to know about each label.
MEANINGS: Mapping[Label, str] = {
    Label.SUPPORTED: "The material held reaches the thresholds of the profile, and nothing that counts against it "
    "is left unanswered.",
    Label.THIN: "Some material speaks for it, but less independent or first-hand material than the profile asks "
    "for, or a rival explanation has not been dealt with.",
    Label.CONTESTED: "Some material speaks for it and some against it, and what speaks against it has not been "
    "answered in writing.",
    Label.UNSUPPORTED: "A search is on record, or material was looked at, and nothing that counts speaks for it.",
    Label.REFUTED: "What speaks against it reaches the thresholds of the profile, and what speaks for it does not.",
    Label.NOT_EXAMINED: "Nothing has been linked to it and no search is on record. That says nothing about whether "
    "it is so.",
}
_RIVALS: Mapping[str, str] = {
    "none": "Rival explanations need not be dealt with.",
    "assessed": "Where intent, knowledge or purpose is inferred, at least one rival explanation is written down and "
    "none is left open.",
    "preferred": "Where intent, knowledge or purpose is inferred, at least one rival explanation is written down and "
    "each is held less plausible.",
    "excluded": "Where intent, knowledge or purpose is inferred, at least one rival explanation is written down and "
    "each is excluded by the material.",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def standard_sentence(profile: Profile) -> str:
    """Return the paragraph of the method chapter on the standard of proof and the counting profile used."""
    standard = load_law().standards[profile.standard]
    kinds = f" of {_count(profile.min_kinds, 'kind', 'kinds')}" if profile.min_kinds > 1 else ""
    parts = [
        f"The standard of proof is {standard.name[:1].lower()}{standard.name[1:]}: "
        f"{standard.meaning[:1].lower()}{standard.meaning[1:]}",
        f"The counting profile {profile.id} calls a proposition supported when "
        f"{_count(profile.min_components, 'independent component', 'independent components')} of sound material"
        f"{kinds} {'speaks' if profile.min_components == 1 else 'speak'} for it"
        f"{_first_hand(profile)}, and nothing that counts against it is left unanswered.",
        _RIVALS[profile.rivals],
        "These thresholds are a working rule of this system and not law. They are the same for every party and "
        "every charge of the case.",
    ]
    if not profile.may_be_met:
        parts.append("This profile only lists what is missing; it never says that the standard is met.")
    return " ".join(parts)


def number_words(number: int) -> str:
    """Return a count as prose prints it: words up to ten, figures above. Never used for people harmed."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)


def _count(number: int, one: str, many: str) -> str:
    return f"{number_words(number)} {one if number == 1 else many}"


def _first_hand(profile: Profile) -> str:
    if profile.min_primary == 0:
        return ""
    return f", {number_words(profile.min_primary)} of them first-hand"
