"""Question guides for interviews: what to ask about, topic by topic, from the proof questions of the legal data."""

from __future__ import annotations

from dataclasses import dataclass

from embers.errors import LawError
from embers.law.library import load_law

#: Means of proof that are somebody's own account.
_ACCOUNTS = frozenset({"mp.victim", "mp.eyewitness", "mp.insider", "mp.hearsay", "mp.family"})


@dataclass(frozen=True, slots=True)
class Guide:
    """What to ask a person about one topic. Prompts for open questions, never questions to read out."""

    topic: str
    ask: str


def guide_for(allegation: str) -> tuple[Guide, ...]:
    """Return the topics a person can speak to among the charges of an allegation, each once, in order of elements."""
    law = load_law()
    if allegation not in law.allegations:
        raise LawError(
            "allegation",
            f"There is no allegation {allegation!r}.",
            f"Known: {', '.join(law.allegations)}.",
        )
    found = law.allegations[allegation]
    charges = [law.charges[id] for id in (*found.charges, *found.also) if id in law.charges]
    topics = dict.fromkeys(element.topic for charge in charges for element in charge.elements)
    return tuple(
        Guide(topic, law.topics[topic])
        for topic in topics
        if law.topics.get(topic) and _ACCOUNTS & set(law.means_of_topic[topic])
    )
