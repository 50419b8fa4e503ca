"""The neutral block tree of a report: what is said, not how it looks.

A :class:`Document` is frozen data. The renderers (:mod:`.typst_render`, :mod:`.html_render`) and the
stored form (:mod:`.serialise`) read the same tree, so a page, a PDF and a dossier can't disagree.

The unit that carries meaning is the :class:`Sentence`. A sentence of kind ``fact`` names the assertions it
rests on (``basis``); :func:`embers.reporting.lint.check_document` refuses a fact without any, and both
renderers run that check first. Figures are named by the digest of their bytes; the bytes stay outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RunStyle = Literal[
    "plain", "emphasis", "strong", "code", "digest", "link", "place", "quote", "sentence-ref", "section-ref"
]
SentenceKind = Literal["fact", "method", "law", "heading-note", "label"]
CalloutKind = Literal["contested", "denial", "gap", "caution"]
NoticeKind = Literal["exercise", "imagery-gap", "draft", "information"]
SupportLabel = Literal["supported", "thin", "contested", "unsupported", "not_examined", "refuted"]
Alignment = Literal["start", "center", "end"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style.

    ``language`` is a BCP 47 tag where it differs from the document's (``place`` and ``quote`` runs should
    have one). ``target`` is an ``http(s)`` address for ``link``, a sentence id for ``sentence-ref``, a
    section id for ``section-ref``, else empty. The text of the two ``-ref`` styles is filled in by the
    renderer with the printed number (``4.2-3``, ``4.2``).
    """

    text: str
    style: RunStyle = "plain"
    target: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, or the content of one table cell, with what it rests on.

    ``kind``: ``fact`` says something about what happened and needs a ``basis`` of assertion ids;
    ``method`` says how the investigation worked; ``law`` repeats a legal text; ``heading-note`` introduces
    what follows; ``label`` (column headings, row names) asserts nothing and may have no id.
    """

    id: str
    runs: tuple[Run, ...]
    kind: SentenceKind = "fact"
    basis: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words without their styles."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences set one after the other; ``lead`` is a run-in heading before the first and asserts nothing."""

    sentences: tuple[Sentence, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class BulletList:
    """Items of one or more sentences each; numbered if ``ordered``."""

    items: tuple[tuple[Sentence, ...], ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: nothing, one sentence, or several."""

    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, alignment, and its share of the width (0 means as wide as its content)."""

    title: str
    alignment: Alignment = "start"
    share: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A table row. ``trace_of`` names the sentence whose evidence this row lists (annex of sentences)."""

    cells: tuple[Cell, ...]
    trace_of: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; long ones break over pages and repeat their heading."""

    caption: Sentence
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A label and its value."""

    label: str
    value: Cell


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Labels and values, one below the other."""

    rows: tuple[KeyValue, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture named by the SHA-256 of its bytes (``image/png`` or ``image/svg+xml``).

    ``alternative`` says in words what can be seen, for readers who cannot see it. ``width`` is a
    percentage of the text width.
    """

    sha256: str
    media: str
    caption: Sentence
    alternative: str
    width: int = 100


@dataclass(frozen=True, slots=True)
class Count:
    """A number with its name in a support row (``sources`` 4)."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class SupportRow:
    """How far one element of a crime or rule is supported.

    ``label`` is the code of the support label and chooses the neutral grey marker; ``label_text`` is what
    is printed. ``citation`` names the text behind the element and is set as the link of ``number``.
    ``proposition`` is the one that binds the element; ``opposition`` holds live opposing items and rival
    explanations.
    """

    number: str
    element: Sentence
    citation: Run
    label: SupportLabel
    label_text: str
    proposition: Cell
    counts: tuple[Count, ...] = ()
    opposition: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class SupportGap:
    """Tasks that are still open for the same elements, in the order of work."""

    elements: tuple[str, ...]
    tasks: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class SupportTable:
    """The support ledger of one charge: one row per element, then what is still missing, each task once."""

    caption: Sentence
    rows: tuple[SupportRow, ...]
    gaps: tuple[SupportGap, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeClaim:
    """One source's figure: who says it, what, when, which independent origin, whom it relays."""

    claimant: Cell
    value: Sentence
    date: str
    origin_group: str
    relay: Cell = Cell()


@dataclass(frozen=True, slots=True)
class RangeRow:
    """A field with the value or range displayed and every claim behind it."""

    field: str
    displayed: Sentence
    claims: tuple[RangeClaim, ...]


@dataclass(frozen=True, slots=True)
class RangeTable:
    """Figures as ranges with each source's own value below; nothing contested is settled here."""

    caption: Sentence
    rows: tuple[RangeRow, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """A set-off note: a contested value, a denial, a gap in the evidence, a caution.

    Each sentence stands on a line of its own. Without a ``title`` the word for the kind is printed. A note
    that has nothing to report is a :class:`Paragraph` with a ``lead`` instead: boxes are for what matters.
    """

    kind: CalloutKind
    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """Start a new page (in print)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents, down to ``depth`` levels."""

    title: str = "Contents"
    depth: int = 3


Block = (
    Paragraph
    | BulletList
    | Table
    | KeyValues
    | Figure
    | SupportTable
    | RangeTable
    | Callout
    | PageBreak
    | Contents
)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part. Its level is its depth in the tree.

    ``number`` is set only to override the automatic 1, 1.1 ... (annexes: ``A``); ``numbered`` false
    leaves the section without one (a summary before chapter 1). ``opens_page`` false lets a short section of
    the first level follow on the page of the one before it.
    """

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    children: tuple[Section, ...] = ()
    number: str = ""
    numbered: bool = True
    opens_page: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """A banner on the title page; ``exercise`` and ``draft`` also stand at the top of every page."""

    kind: NoticeKind
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. ``date`` is the day of the report as ISO text (``2026-03-01``), never "now".

    ``front`` blocks stand between the title page and the first section (usually :class:`Contents`);
    ``meta`` are the label and value pairs of the title page (case, journal checkpoint, terms of use).
    """

    title: str
    subtitle: str
    date: str
    sections: tuple[Section, ...]
    language: str = "en"
    short_title: str = ""
    notices: tuple[Notice, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    front: tuple[Block, ...] = (Contents(),)
