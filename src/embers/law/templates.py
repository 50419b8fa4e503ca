"""How the claims of a published set speak to the topics of elements: data, the same for every party."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from embers.law.library import Element, load_law


@dataclass(frozen=True, slots=True)
class Topic:
    """What counts for and against a topic; see law/data/published_topics.toml."""

    id: str
    sentence: str
    claims: frozenset[str]
    against: frozenset[str]
    objectives: str
    inference: bool
    premises: tuple[str, ...]
    block: str
    provisional: bool


def bare_topic(id: str, sentence: str) -> Topic:
    """Return a topic nothing counts for: it keeps its sentence and stays "not examined"."""
    return Topic(
        id, sentence, frozenset(), frozenset(), "", inference=False, premises=(), block="", provisional=False
    )


@dataclass(frozen=True, slots=True)
class Templates:
    """All topics, the generic rival explanations, and the shared blocks of pieces."""

    topics: Mapping[str, Topic]
    rivals: tuple[str, ...]
    blocks: Mapping[str, tuple[Mapping[str, Any], ...]]

    def topic(self, element: Element) -> Topic:
        """Return the topic of an element; one without a row keeps the element's sentence and no evidence."""
        found = self.topics.get(element.topic)
        return found or bare_topic(element.topic, element.text)


@lru_cache(maxsize=1)
def load_templates() -> Templates:
    """Load the rows (once per process)."""
    path = files("embers.law") / "data" / "published_topics.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    topics = [
        Topic(
            id=row["id"],
            sentence=row["sentence"],
            claims=frozenset(row.get("claims", ())),
            against=frozenset(row.get("against", ())),
            objectives=row.get("objectives", ""),
            inference=row.get("inference", False),
            premises=tuple(row.get("premises", ())),
            block=row.get("block", ""),
            provisional=row.get("provisional", False),
        )
        for row in data["topic"]
    ]
    blocks = {row["id"]: tuple(row["pieces"]) for row in data["block"]}
    return Templates({topic.id: topic for topic in topics}, tuple(r["text"] for r in data["rival"]), blocks)


def charges_to_test(allegations: list[str]) -> tuple[list[str], list[str]]:
    """Return (tested, not yet tested) charges of the first allegation: its first crime and its first rule."""
    law = load_law()
    found = next((law.allegations[id] for id in allegations if id in law.allegations), None)
    if found is None:
        return [], []
    tested = [*found.charges[:1], *found.also[:1]]
    return tested, [id for id in (*found.charges, *found.also) if id not in tested]
