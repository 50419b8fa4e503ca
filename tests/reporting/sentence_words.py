"""Write sentences without repeating ids: runs from plain words, and a counter per section.

The id of a sentence is the section's id and its place among the section's sentences
(``ganja-17-october-3``), so building the same report twice gives the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable

from embers.reporting.blocks import Cell, Run, Sentence, SentenceKind

Words = str | Run


def emphasis(text: str) -> Run:
    """Return words set in italics."""
    return Run(text, "emphasis")


def strong(text: str) -> Run:
    """Return words set in bold."""
    return Run(text, "strong")


def code(text: str) -> Run:
    """Return an identifier or command, set in the fixed-width face."""
    return Run(text, "code")


def digest(text: str) -> Run:
    """Return a digest in the fixed-width face; it may break over lines anywhere, without a hyphen."""
    return Run(text, "digest")


def link(text: str, *, url: str) -> Run:
    """Return a link to an ``http(s)`` address."""
    return Run(text, "link", target=url)


def place(name: str, *, language: str) -> Run:
    """Return a place name in its own language and script (``Գանձակ``, ``hy``)."""
    return Run(name, "place", language=language)


def quote(text: str, *, language: str) -> Run:
    """Return words repeated exactly as a source has them."""
    return Run(text, "quote", language=language)


def sentence_ref(sentence_id: str) -> Run:
    """Return a reference to another sentence; the renderer prints its number (``4.2-3``)."""
    return Run("", "sentence-ref", target=sentence_id)


def section_ref(section_id: str) -> Run:
    """Return a reference to a section; the renderer prints its number (``4.2``)."""
    return Run("", "section-ref", target=section_id)


def runs_of(words: Iterable[Words]) -> tuple[Run, ...]:
    """Turn plain strings among the words into plain runs."""
    return tuple(Run(word) if isinstance(word, str) else word for word in words)


def label(*words: Words) -> Sentence:
    """Return content that asserts nothing and needs no id: a row name, a column of ordinals."""
    return Sentence("", runs_of(words), "label")


def cell(*content: Words | Sentence) -> Cell:
    """Return a table cell: sentences as they are, anything else as one label."""
    sentences: list[Sentence] = []
    words: list[Words] = []
    for part in content:
        if isinstance(part, Sentence):
            if words:
                sentences.append(label(*words))
                words = []
            sentences.append(part)
        else:
            words.append(part)
    if words:
        sentences.append(label(*words))
    return Cell(tuple(sentences))


class SentenceWriter:
    """Hands out the sentences of one section with ids counted from 1."""

    def __init__(self, section: str) -> None:
        self._section = section
        self._count = 0

    def fact(self, *words: Words, basis: Iterable[str]) -> Sentence:
        """Return a sentence about what happened, resting on assertion ids (kept in order, once each)."""
        return self._next("fact", words, basis=basis)

    def method(self, *words: Words, basis: Iterable[str] = ()) -> Sentence:
        """Return a sentence about how the investigation worked."""
        return self._next("method", words, basis=basis)

    def law(self, *words: Words, basis: Iterable[str] = ()) -> Sentence:
        """Return a sentence that repeats or explains a legal text."""
        return self._next("law", words, basis=basis)

    def note(self, *words: Words) -> Sentence:
        """Return a sentence that only introduces what follows."""
        return self._next("heading-note", words, basis=())

    def _next(self, kind: SentenceKind, words: Iterable[Words], *, basis: Iterable[str]) -> Sentence:
        self._count += 1
        return Sentence(f"{self._section}-{self._count}", runs_of(words), kind, tuple(dict.fromkeys(basis)))
