"""Writes sentences with stable ids and their basis, so that chapters read like text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from embers.reporting.blocks import BulletList, Cell, KeyValue, Paragraph, Run, Sentence, SentenceKind


def plain(text: str) -> tuple[Run, ...]:
    """Return text as one plain run; no run for empty text."""
    return (Run(text),) if text else ()


def place_run(name: str, language: str) -> Run:
    """Return a place name marked with its language."""
    return Run(name, "place", language=language)


def link(text: str, address: str) -> Run:
    """Return a link to an official text."""
    return Run(text, "link", target=address)


@dataclass(slots=True)
class Writer:
    """Numbers the sentences of one section: ``<section>.1``, ``<section>.2`` and so on.

    The same case gives the same ids, because sections are named by chapter, party and incident code.
    """

    section: str
    count: int = 0

    def write(
        self, text: str | Iterable[Run], basis: Iterable[str] = (), *, kind: SentenceKind | None = None
    ) -> Sentence:
        """Return a sentence. It states a fact if it has a basis, else method, unless ``kind`` says otherwise."""
        self.count += 1
        grounds = tuple(dict.fromkeys(basis))
        runs = plain(text) if isinstance(text, str) else tuple(text)
        return Sentence(
            f"{self.section}.{self.count}", runs, kind or ("fact" if grounds else "method"), grounds
        )

    def cell(self, text: str | Iterable[Run], basis: Iterable[str] = ()) -> Cell:
        """Return a table cell with one sentence; a cell without basis is a label and asserts nothing."""
        grounds = tuple(basis)
        if not grounds:
            return label(text)
        return Cell((self.write(text, grounds),))

    def paragraph(self, *sentences: Sentence) -> Paragraph:
        """Return the sentences as one paragraph."""
        return Paragraph(sentences)

    def method(self, *texts: str) -> Paragraph:
        """Return a paragraph about how the work was done."""
        return Paragraph(tuple(self.write(text, kind="method") for text in texts))

    def bullets(self, sentences: Iterable[Sentence]) -> BulletList:
        """Return a list with one sentence per bullet."""
        return BulletList(tuple((sentence,) for sentence in sentences))

    def key(self, name: str, text: str | Iterable[Run], basis: Iterable[str] = ()) -> KeyValue:
        """Return one labelled value."""
        return KeyValue(name, self.cell(text, basis))


def label(text: str | Iterable[Run]) -> Cell:
    """Return a cell that asserts nothing, such as a row name."""
    runs = plain(text) if isinstance(text, str) else tuple(text)
    return Cell((Sentence("", runs, "label"),)) if runs else Cell()
