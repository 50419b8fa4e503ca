"""What a document must keep to before anything is rendered.

The rule that matters: no sentence of fact without a basis. The others keep ids unique, references
resolvable, tables rectangular and figures described, so that a renderer never has to guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from embers.errors import ReportError
from embers.reporting import blocks as b
from embers.reporting.numbering import sections_of, sentences_in, sentences_of

_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
#: Faces and tags: only what both renderers can draw.
FIGURE_MEDIA = frozenset({"image/png", "image/svg+xml"})
_EXCERPT = 80


def check_document(document: b.Document) -> list[ReportError]:
    """Return everything wrong with a document, in reading order; an empty list means it may be rendered."""
    return [*_frame(document), *_sentences(document), *_references(document), *_blocks(document)]


def refuse_faulty(document: b.Document) -> None:
    """Raise the first fault of :func:`check_document`, naming how many others there are."""
    faults = check_document(document)
    if not faults:
        return
    first, others = faults[0], len(faults) - 1
    more = f" ({others} more faults; run check_document for all.)" if others else ""
    raise ReportError(first.code.partition(".")[2], f"{first.message}{more}", first.hint)


def _frame(document: b.Document) -> Iterator[ReportError]:
    if not document.title.strip():
        yield ReportError("title-missing", "The report has no title.", "Give the document a title.")
    if not _DAY.match(document.date):
        yield ReportError(
            "date", f"The report's date {document.date!r} is not a day.", "Write it as 2026-03-01."
        )
    seen: set[str] = set()
    for section, _, _ in sections_of(document):
        if not _ID.match(section.id) or section.id in seen:
            yield ReportError(
                "section-id",
                f"The section {section.title!r} has the id {section.id!r}, which is malformed or used twice.",
                "Use letters, digits, dots and hyphens, and a different id for every section.",
            )
        if not section.title.strip():
            yield ReportError("section-title", f"The section {section.id} has no title.", "Give it one.")
        seen.add(section.id)


def _sentences(document: b.Document) -> Iterator[ReportError]:
    seen: set[str] = set()
    for sentence in sentences_in(document):
        yield from _sentence(sentence, seen=seen)
        if sentence.id:
            seen.add(sentence.id)


def _sentence(sentence: b.Sentence, *, seen: set[str]) -> Iterator[ReportError]:
    name = f"Sentence {sentence.id or '(without id)'} {excerpt(sentence)!r}"
    if sentence.kind not in get_args(b.SentenceKind):
        yield ReportError("sentence-kind", f"{name} has the unknown kind {sentence.kind!r}.", "Correct it.")
    if sentence.kind == "fact" and not any(basis.strip() for basis in sentence.basis):
        yield ReportError(
            "unbound-fact",
            f"{name} states a fact but rests on no assertion.",
            "Name the assertions it rests on, or say it as an open question.",
        )
    if (sentence.id and not _ID.match(sentence.id)) or (not sentence.id and sentence.kind != "label"):
        yield ReportError(
            "sentence-id",
            f"{name} has no usable id.",
            "Take it from a Writer, which counts per section.",
        )
    if sentence.id in seen:
        yield ReportError("sentence-twice", f"{name} has an id already used.", "Give each sentence its own.")
    if sentence.kind != "label" and not _has_words(sentence):
        yield ReportError("sentence-empty", f"{name} has no words.", "Leave the sentence out.")
    for run in sentence.runs:
        yield from _run(run, name=name)


def _run(run: b.Run, *, name: str) -> Iterator[ReportError]:
    if run.style not in get_args(b.RunStyle):
        yield ReportError("run-style", f"{name} uses the unknown style {run.style!r}.", "Correct it.")
    if run.style == "link" and not run.target.startswith(("https://", "http://")):
        yield ReportError(
            "link", f"{name} links to {run.target[:_EXCERPT]!r}.", "Only http and https addresses are links."
        )


def _has_words(sentence: b.Sentence) -> bool:
    return bool(sentence.text.strip()) or any(run.style.endswith("-ref") for run in sentence.runs)


def _references(document: b.Document) -> Iterator[ReportError]:
    sentences = {sentence.id for sentence in sentences_in(document) if sentence.id}
    sections = {section.id for section, _, _ in sections_of(document)}
    for sentence in sentences_in(document):
        for run in sentence.runs:
            known = {"sentence-ref": sentences, "section-ref": sections}.get(run.style)
            if known is not None and run.target not in known:
                yield ReportError(
                    "reference",
                    f"Sentence {sentence.id or '(label)'} refers to {run.target!r}, not in the report.",
                    "Refer to a sentence or section of the same document.",
                )
    traced: set[str] = set()
    for block in all_blocks(document):
        for row in block.rows if isinstance(block, b.Table) else ():
            if row.trace_of and (row.trace_of not in sentences or row.trace_of in traced):
                yield ReportError(
                    "trace",
                    f"A table row traces the sentence {row.trace_of!r}, which is unknown or traced twice.",
                    "Give each sentence at most one row of evidence.",
                )
            traced.add(row.trace_of)


def _blocks(document: b.Document) -> Iterator[ReportError]:
    for block in all_blocks(document):
        if isinstance(block, b.Table):
            yield from _table(block)
        elif isinstance(block, b.Figure):
            yield from _figure(block)
        elif isinstance(block, b.SupportTable):
            yield from _support(block)
        elif isinstance(block, b.Paragraph | b.Callout) and not list(sentences_of(block)):
            yield ReportError("block-empty", "A paragraph or note has no sentences.", "Leave it out.")


def _table(table: b.Table) -> Iterator[ReportError]:
    for number, row in enumerate(table.rows, start=1):
        if len(row.cells) != len(table.columns):
            yield ReportError(
                "table-shape",
                f"Row {number} of the table {excerpt(table.caption)!r} has {len(row.cells)} cells "
                f"for {len(table.columns)} columns.",
                "Give every row one cell per column; an empty Cell() is allowed.",
            )


def _support(table: b.SupportTable) -> Iterator[ReportError]:
    for row in table.rows:
        if row.label not in get_args(b.SupportLabel):
            yield ReportError(
                "support-label",
                f"The element {row.number} has the unknown support label {row.label!r}.",
                f"Use one of {', '.join(get_args(b.SupportLabel))}.",
            )
        yield from _run(row.citation, name=f"The citation of element {row.number}")


def _figure(figure: b.Figure) -> Iterator[ReportError]:
    name = f"The figure {excerpt(figure.caption)!r}"
    if not _SHA256.match(figure.sha256) or figure.media not in FIGURE_MEDIA:
        yield ReportError(
            "figure",
            f"{name} has no SHA-256 digest or is neither PNG nor SVG.",
            "Use figure_of on its bytes.",
        )
    if not figure.alternative.strip():
        yield ReportError("figure-alt", f"{name} isn't described in words.", "Say what can be seen in it.")


def all_blocks(document: b.Document) -> Iterator[b.Block]:
    """Yield every block of the document, front matter first."""
    yield from document.front
    for section, _, _ in sections_of(document):
        yield from section.blocks


def excerpt(sentence: b.Sentence) -> str:
    """Return the first words of a sentence, to name it in a message."""
    text = sentence.text
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}..."
