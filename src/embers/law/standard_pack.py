"""Standard propositions for an incident: what has to be shown for each charge that an allegation raises.

The sentences come from law/data/topic_sentences.toml and are the same for whichever party is alleged. A pack is
where work starts: every proposition is "not examined" until a search is logged or material is linked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from embers.errors import LawError
from embers.law.library import Charge, Element, load_law
from embers.law.propositions import Proposition, Rival
from embers.law.references import read_table

#: Charges that a person answers for: the conduct must be shown to be the alleged author's, element by element.
_PERSONAL = ("rome:", "crime:")
_ACTS = frozenset({"conduct", "consequence"})
Routes = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """The standard sentence of a topic; ``only`` limits it to some elements."""

    topic: str
    text: str
    only: frozenset[str]
    inference: bool
    premises: tuple[str, ...]
    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """Propositions by id and, per charge and element key, the routes through them. Valid ledger inputs."""

    charges: tuple[str, ...]
    propositions: Mapping[str, Proposition]
    routes: Mapping[str, Mapping[str, Routes]]


@lru_cache(maxsize=1)
def load_sentences() -> tuple[Sentence, ...]:
    """Load the standard sentences (once per process)."""
    data = read_table("topic_sentences")
    rivals = {row["id"]: tuple(row["texts"]) for row in data["rivals"]}
    return tuple(
        Sentence(
            topic=row["topic"],
            text=row["text"],
            only=frozenset(row.get("only", ())),
            inference=row.get("inference", False),
            premises=tuple(row.get("premises", ())),
            rivals=rivals[row["rivals"]] if "rivals" in row else (),
        )
        for row in data["sentence"]
    )


def charges_raised(allegations: Iterable[str]) -> tuple[str, ...]:
    """Return every charge that the allegations raise, crimes before rules, each once; unknown ones are refused."""
    law = load_law()
    ids = list(allegations)
    for id in ids:
        if id not in law.allegations:
            raise LawError(
                "allegation",
                f"There is no allegation {id!r} in the legal data.",
                f"Known: {', '.join(sorted(law.allegations))}.",
            )
    held = [law.allegations[id] for id in ids]
    return tuple(dict.fromkeys([id for a in held for id in a.charges] + [id for a in held for id in a.also]))


def propositions_for(allegations: Iterable[str], *, place: str, day: str, alleged: str) -> Pack:
    """Return the standard pack of an incident: one route per element, propositions shared between charges."""
    drafting = _Drafting({"place": place, "day": day, "alleged": alleged})
    charges = charges_raised(allegations)
    routes = {id: drafting.routes(load_law().charge(id)) for id in charges}
    return Pack(charges, drafting.propositions, routes)


@dataclass(slots=True)
class _Drafting:
    words: Mapping[str, str]
    propositions: dict[str, Proposition] = field(default_factory=dict)

    def routes(self, charge: Charge) -> dict[str, Routes]:
        """Draft the propositions of a charge and return a default route per element key."""
        return {element.key: (self._route(charge, element),) for element in charge.elements}

    def _route(self, charge: Charge, element: Element) -> tuple[str, ...]:
        if element.key.endswith(".m"):
            return (self._mental(charge, element),)
        shown = self._ensure(charge, element)
        if element.role in _ACTS and charge.id.startswith(_PERSONAL):
            return (shown, self._topic(charge, "attribution"))
        return (shown,)

    def _mental(self, charge: Charge, element: Element) -> str:
        """The row of article 30: intent and knowledge as to one element, drawn from that element."""
        base = charge.element(element.key.removesuffix(".m"))
        premises = self._route(charge, base)
        said = self.propositions[premises[0]].text
        id = f"{premises[0]}.m"
        rivals = next(s.rivals for s in load_sentences() if s.topic == "intent")
        self._add(
            id,
            f"There was intent and knowledge as regards this: {said}",
            topic="intent",
            premises=premises,
            rivals=rivals,
            inference=True,
        )
        return id

    def _ensure(self, charge: Charge, element: Element) -> str:
        place = f"{charge.id}#{element.key}"
        sentence = _sentence(element.topic, place)
        id = element.topic
        if sentence.only or sentence.inference:
            id = f"{element.topic}:{place}"
        topics = [other.topic for other in charge.elements]
        wanted = [t for t in sentence.premises if t == "attribution" or t in topics]
        premises = [self._topic(charge, topic) for topic in wanted] if sentence.inference else []
        self._add(
            id,
            sentence.text.format(**self.words),
            topic=element.topic,
            premises=premises,
            rivals=sentence.rivals,
            inference=sentence.inference,
        )
        return id

    def _topic(self, charge: Charge, topic: str) -> str:
        """Return the proposition of a topic as this charge states it: its first element of that topic, if any."""
        first = next((e for e in charge.elements if e.topic == topic and not e.key.endswith(".m")), None)
        return self._ensure(charge, first or Element("", "attribution", topic, ""))

    def _add(
        self,
        id: str,
        text: str,
        *,
        topic: str,
        premises: Sequence[str],
        rivals: Sequence[str],
        inference: bool,
    ) -> None:
        self.propositions[id] = Proposition(
            id=id,
            text=text,
            topic=topic,
            searched=False,
            inference=inference,
            premises=tuple(premises),
            rivals=tuple(Rival(rival, "open") for rival in rivals),
        )


def _sentence(topic: str, place: str) -> Sentence:
    held = [sentence for sentence in load_sentences() if sentence.topic == topic]
    for sentence in held:
        if place in sentence.only:
            return sentence
    for sentence in held:
        if not sentence.only:
            return sentence
    raise LawError(
        "topic", f"There is no standard sentence for {topic!r}.", "Add it to law/data/topic_sentences.toml."
    )
