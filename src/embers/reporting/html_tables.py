"""The tables of the HTML report: captions, scopes and row groups that a screen reader can follow.

On a narrow screen ``report.css`` sets each row as a block with the head of the column before every value. So each
cell carries that head, and each part of a table its role: set as blocks, they would lose it for screen readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from embers.reporting import blocks as b
from embers.reporting.words import Words


def paired(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a description list of labels and values that are HTML already."""
    rows = "".join(f"<div><dt>{key}</dt><dd>{value}</dd></div>\n" for key, value in pairs)
    return f'<dl class="key-values">\n{rows}</dl>\n'


class TableSetter:
    """Sets plain, support and range tables with the page's own way of setting text and sentences."""

    def __init__(
        self,
        words: Words,
        *,
        text: Callable[[str], str],
        run: Callable[[b.Run], str],
        sentence: Callable[[b.Sentence], str],
    ) -> None:
        self._words = words
        self._text = text
        self._run = run
        self._sentence = sentence
        self._count = 0

    def table(self, block: b.Table | b.SupportTable | b.RangeTable) -> str:
        """Return one table, numbered after those set before it."""
        self._count += 1
        words = self._words
        match block:
            case b.Table():
                heads = [(column.title, column.alignment) for column in block.columns]
                rows = "".join(self._plain_row(row, heads) for row in block.rows)
                body = f'<tbody role="rowgroup">\n{rows}</tbody>\n'
                return self._framed("plain", block.caption, heads=heads, body=body)
            case b.SupportTable():
                titles = (words.element, words.support, words.rests_on)
                rows = "".join(self._support_row(row) for row in block.rows)
                heads = [(title, "start") for title in titles]
                body = f'<tbody role="rowgroup">\n{rows}</tbody>\n{self._gaps(block.gaps)}'
                return self._framed("support", block.caption, heads=heads, body=body)
            case b.RangeTable():
                titles_5 = (words.claimant, words.value, words.date, words.origin, words.relay)
                body = "".join(self._range_group(row) for row in block.rows)
                given = any(row.claims for row in block.rows)
                heads = [(title, "start") for title in titles_5] if given else []
                return self._framed("ranges", block.caption, heads=heads, body=body)

    def _framed(self, kind: str, caption: b.Sentence, *, heads: Iterable[tuple[str, str]], body: str) -> str:
        columns = "".join(
            f'<th scope="col" role="columnheader" class="align-{alignment}">{self._text(title)}</th>'
            for title, alignment in heads
        )
        head = f'<thead role="rowgroup"><tr role="row">{columns}</tr></thead>\n' if columns else ""
        # Wide tables scroll inside their own frame; the frame must be reachable by keyboard.
        return (
            f'<div class="table-frame" tabindex="0">\n<table class="{kind}" role="table">\n'
            f'<caption><span class="number">{self._text(self._words.table)} {self._count}</span> '
            f"{self._sentence(caption)}</caption>\n{head}{body}</table>\n</div>\n"
        )

    def _data(self, title: str, value: str, *, attributes: str = "") -> str:
        """Return one cell that knows the head of its column."""
        return f'<td role="cell" data-head="{self._text(title)}"{attributes}>{value}</td>'

    def _cell(self, cell: b.Cell) -> str:
        return " ".join(self._sentence(sentence) for sentence in cell.sentences)

    def _plain_row(self, row: b.Row, heads: Iterable[tuple[str, str]]) -> str:
        anchor = f' id="t-{self._text(row.trace_of)}"' if row.trace_of else ""
        cells = "".join(
            self._data(title, self._cell(cell), attributes=f' class="align-{alignment}"')
            for cell, (title, alignment) in zip(row.cells, heads, strict=True)
        )
        return f'<tr role="row"{anchor}>{cells}</tr>\n'

    def _support_row(self, row: b.SupportRow) -> str:
        counted = ", ".join(f"{count.value} {self._text(count.label)}" for count in row.counts)
        counts = f'<span class="counts">{counted}</span>' if counted else ""
        number, target = self._text(row.number), row.citation.target
        if target:
            title = self._text(row.citation.text)
            number = f'<a href="{self._text(target)}" title="{title}" rel="noopener noreferrer">{number}</a>'
        marker = f'<span class="marker marker-{row.label}" aria-hidden="true"></span>'
        label = f'{marker} <strong class="support-label">{self._text(row.label_text)}</strong>{counts}'
        rests = f"{self._cell(row.proposition)}{self._listed(row.opposition)}"
        element = f'<span class="number">{number}</span> {self._sentence(row.element)}'
        return (
            f'<tr role="row"><th scope="row" role="rowheader">{element}</th>'
            f"{self._data(self._words.support, label)}{self._data(self._words.rests_on, rests)}</tr>\n"
        )

    def _listed(self, sentences: tuple[b.Sentence, ...]) -> str:
        if not sentences:
            return ""
        items = "".join(f"<li>{self._sentence(sentence)}</li>" for sentence in sentences)
        return f'<p class="subhead">{self._text(self._words.opposition)}</p><ul>{items}</ul>'

    def _gaps(self, gaps: tuple[b.SupportGap, ...]) -> str:
        if not gaps:
            return ""
        rows = "".join(
            f'<tr role="row"><th scope="row" role="rowheader">{self._text(", ".join(gap.elements))}</th>'
            f'<td role="cell" colspan="2">{" ".join(self._sentence(task) for task in gap.tasks)}</td></tr>\n'
            for gap in gaps
        )
        title = self._text(self._words.gaps)
        return (
            f'<tbody class="gaps" role="rowgroup">\n<tr class="field" role="row">'
            f'<th scope="rowgroup" role="rowheader" colspan="3">{title}</th></tr>\n'
            f"{rows}</tbody>\n"
        )

    def _range_group(self, row: b.RangeRow) -> str:
        head = (
            f'<tr class="field" role="row"><th scope="rowgroup" role="rowheader" colspan="5">{self._text(row.field)} '
            f'<span class="displayed">{self._sentence(row.displayed)}</span></th></tr>\n'
        )
        claims = "".join(self._claim(claim) for claim in row.claims)
        return f'<tbody role="rowgroup">\n{head}{claims}</tbody>\n'

    def _claim(self, claim: b.RangeClaim) -> str:
        words = self._words
        cells = (
            (words.value, self._sentence(claim.value)),
            (words.date, self._text(claim.date)),
            (words.origin, self._text(claim.origin_group)),
            (words.relay, self._cell(claim.relay)),
        )
        return (
            f'<tr role="row"><th scope="row" role="rowheader">{self._cell(claim.claimant)}</th>'
            f"{''.join(self._data(title, value) for title, value in cells)}</tr>\n"
        )
