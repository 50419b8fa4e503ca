"""Prepare a document for the page: numbers filled in, text settable, figures named as files.

The result is plain data that ``typst/report.typ`` reads as JSON. Text never becomes Typst source, so nothing
a witness or a web page wrote can act as code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from embers.dates import describe, parse
from embers.reporting import blocks as b
from embers.reporting.faces import breakable, settable
from embers.reporting.lint import all_blocks
from embers.reporting.numbering import cells_of, section_numbers, sections_of, sentence_numbers
from embers.reporting.words import Words, direction

Data = dict[str, object]
#: Digests and codes may end a line after this many characters.
_PIECE = 8
#: Rows with more characters than this may be torn over two pages. Even in the narrowest column of six,
#: about 14 characters wide, so many letters fill some 45 of a page's 60 lines.
_TORN_BEYOND = 600


def figure_file(figure: b.Figure) -> str:
    """Return the name under which the template finds a figure (a PNG is handed over inside an SVG)."""
    return f"figures/{figure.sha256}.svg"


def page_data(document: b.Document, words: Words) -> bytes:
    """Return the JSON the template sets; the document must have passed the lint."""
    value = _Typesetting(document, words).document()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


class _Typesetting:
    """Turns one document into page data; counts tables and figures on the way."""

    def __init__(self, document: b.Document, words: Words) -> None:
        self._document = document
        self._words = words
        self._sections = section_numbers(document)
        self._sentences = sentence_numbers(document)
        self._traced = {
            row.trace_of
            for block in all_blocks(document)
            if isinstance(block, b.Table)
            for row in block.rows
            if row.trace_of
        }
        self._counts = {"table": 0, "figure": 0}

    def document(self) -> Data:
        document = self._document
        language = document.language.split("-")[0].lower()
        front = [self._block(block) for block in document.front]
        return {
            "title": settable(document.title),
            "short": settable(document.short_title or document.title),
            "subtitle": settable(document.subtitle),
            "language": language,
            "direction": direction(document.language),
            "date": [int(part) for part in document.date.split("-")],
            "dated": self._words.dated.format(date=describe(parse(document.date))),
            "notices": [{"kind": notice.kind, "text": settable(notice.text)} for notice in document.notices],
            "meta": [[settable(label), breakable(settable(value))] for label, value in document.meta],
            "words": {name: getattr(self._words, name) for name in self._words.__dataclass_fields__},
            "front": front,
            "sections": list(self._all_sections()),
        }

    def _all_sections(self) -> Iterator[Data]:
        for section, number, level in sections_of(self._document):
            yield {
                "id": section.id,
                "title": breakable(settable(section.title)),
                "opens": section.opens_page,
                "number": number,
                "level": level,
                "blocks": [self._block(block) for block in section.blocks],
            }

    def _block(self, block: b.Block) -> Data:  # noqa: PLR0911 - one return per kind of block
        match block:
            case b.Paragraph():
                return {
                    "b": "paragraph",
                    "lead": settable(block.lead),
                    "s": self._all(block.sentences),
                }
            case b.BulletList():
                return {"b": "list", "o": block.ordered, "items": [self._all(item) for item in block.items]}
            case b.KeyValues():
                pairs = [[settable(row.label), self._cell(row.value)] for row in block.rows]
                return {"b": "keyvalues", "rows": pairs}
            case b.Callout():
                title = settable(block.title) or getattr(self._words, block.kind)
                return {"b": "callout", "title": title, "s": self._all(block.sentences)}
            case b.Contents():
                return {"b": "contents", "title": settable(block.title), "depth": block.depth}
            case b.PageBreak():
                return {"b": "pagebreak"}
            case b.Figure():
                return self._figure(block)
            case b.Table():
                return self._table(block)
            case b.SupportTable():
                return self._support(block)
            case b.RangeTable():
                rows = [self._range_row(row) for row in block.rows]
                return {"b": "ranges", **self._captioned(block.caption, kind="table"), "rows": rows}

    def _captioned(self, caption: b.Sentence, *, kind: str) -> Data:
        self._counts[kind] += 1
        return {"caption": self._sentence(caption), "count": self._counts[kind]}

    def _figure(self, figure: b.Figure) -> Data:
        data: Data = {"b": "figure", **self._captioned(figure.caption, kind="figure")}
        return data | {
            "file": figure_file(figure),
            "alt": settable(figure.alternative),
            "width": max(10, min(100, figure.width)),
        }

    def _table(self, table: b.Table) -> Data:
        data: Data = {"b": "table", **self._captioned(table.caption, kind="table")}
        columns = [[settable(column.title), column.alignment, column.share] for column in table.columns]
        rows = [
            {"trace": row.trace_of, "keep": _short(row), "cells": [self._cell(cell) for cell in row.cells]}
            for row in table.rows
        ]
        return data | {"columns": columns, "rows": rows}

    def _support(self, table: b.SupportTable) -> Data:
        data: Data = {"b": "support", **self._captioned(table.caption, kind="table")}
        gaps = [
            {"elements": settable(", ".join(gap.elements)), "tasks": self._all(gap.tasks)}
            for gap in table.gaps
        ]
        return data | {"rows": [self._support_row(row) for row in table.rows], "gaps": gaps}

    def _support_row(self, row: b.SupportRow) -> Data:
        return {
            "number": settable(row.number),
            "keep": _short(row),
            "element": self._sentence(row.element),
            "target": row.citation.target,
            "label": row.label,
            "text": settable(row.label_text),
            "counts": [f"{count.value} {settable(count.label)}" for count in row.counts],
            "proposition": self._cell(row.proposition),
            "opposition": self._all(row.opposition),
        }

    def _range_row(self, row: b.RangeRow) -> Data:
        claims = [
            {
                "keep": _short(claim),
                "claimant": self._cell(claim.claimant),
                "value": self._sentence(claim.value),
                "date": settable(claim.date),
                "origin": breakable(settable(claim.origin_group)),
                "relay": self._cell(claim.relay),
            }
            for claim in row.claims
        ]
        return {"field": settable(row.field), "shown": self._sentence(row.displayed), "claims": claims}

    def _cell(self, cell: b.Cell) -> list[Data]:
        return self._all(cell.sentences)

    def _all(self, sentences: tuple[b.Sentence, ...]) -> list[Data]:
        return [self._sentence(sentence) for sentence in sentences]

    def _sentence(self, sentence: b.Sentence) -> Data:
        number = self._sentences.get(sentence.id, "")
        return {
            "i": sentence.id,
            "n": number,
            # Only what rests on evidence carries a mark; method and law are told apart by their words.
            "m": number.rpartition("-")[2] if sentence.basis else "",
            "t": sentence.id in self._traced,
            "r": [self._run(run) for run in sentence.runs],
        }

    def _run(self, run: b.Run) -> list[object]:
        language = run.language.split("-")[0].lower()
        if run.style == "sentence-ref":
            return [run.style, self._sentences[run.target], f"s-{run.target}", ""]
        if run.style == "section-ref":
            return [run.style, self._sections[run.target], f"c-{run.target}", ""]
        text = settable(run.text)
        if run.style in {"digest", "code"}:
            pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
            return [run.style, pieces, "", ""]
        return [run.style, breakable(text), run.target, language if 2 <= len(language) <= 3 else ""]


def _short(row: b.Row | b.SupportRow | b.RangeClaim) -> bool:
    """Tell whether a row surely fits on a page, so that it need not be torn over two."""
    return sum(len(sentence.text) for cell in cells_of(row) for sentence in cell.sentences) <= _TORN_BEYOND
