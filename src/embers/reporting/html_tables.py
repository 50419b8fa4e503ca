"""The tables of the HTML report: captions, scopes and row groups that a screen reader can follow."""

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
                alignments = [column.alignment for column in block.columns]
                body = "".join(self._plain_row(row, alignments) for row in block.rows)
                return self._framed("plain", block.caption, heads=heads, body=f"<tbody>\n{body}</tbody>\n")
            case b.SupportTable():
                titles = (words.element, words.support, words.rests_on)
                rows = "".join(self._support_row(row) for row in block.rows)
                heads = [(title, "start") for title in titles]
                body = f"<tbody>\n{rows}</tbody>\n{self._gaps(block.gaps)}"
                return self._framed("support", block.caption, heads=heads, body=body)
            case b.RangeTable():
                titles_5 = (words.claimant, words.value, words.date, words.origin, words.relay)
                body = "".join(self._range_group(row) for row in block.rows)
                given = any(row.claims for row in block.rows)
                heads = [(title, "start") for title in titles_5] if given else []
                return self._framed("ranges", block.caption, heads=heads, body=body)

    def _framed(self, kind: str, caption: b.Sentence, *, heads: Iterable[tuple[str, str]], body: str) -> str:
        columns = "".join(
            f'<th scope="col" class="align-{alignment}">{self._text(title)}</th>'
            for title, alignment in heads
        )
        head = f"<thead><tr>{columns}</tr></thead>\n" if columns else ""
        # Wide tables scroll inside their own frame; the frame must be reachable by keyboard.
        return (
            f'<div class="table-frame" tabindex="0">\n<table class="{kind}">\n'
            f'<caption><span class="number">{self._text(self._words.table)} {self._count}</span> '
            f"{self._sentence(caption)}</caption>\n{head}{body}</table>\n</div>\n"
        )

    def _cell(self, cell: b.Cell) -> str:
        return " ".join(self._sentence(sentence) for sentence in cell.sentences)

    def _plain_row(self, row: b.Row, alignments: Iterable[str]) -> str:
        anchor = f' id="t-{self._text(row.trace_of)}"' if row.trace_of else ""
        cells = "".join(
            f'<td class="align-{alignment}">{self._cell(cell)}</td>'
            for cell, alignment in zip(row.cells, alignments, strict=True)
        )
        return f"<tr{anchor}>{cells}</tr>\n"

    def _support_row(self, row: b.SupportRow) -> str:
        counted = ", ".join(f"{count.value} {self._text(count.label)}" for count in row.counts)
        counts = f'<span class="counts">{counted}</span>' if counted else ""
        number, target = self._text(row.number), row.citation.target
        if target:
            title = self._text(row.citation.text)
            number = f'<a href="{self._text(target)}" title="{title}" rel="noopener noreferrer">{number}</a>'
        return (
            f'<tr><th scope="row"><span class="number">{number}</span> {self._sentence(row.element)}</th>'
            f'<td><span class="marker marker-{row.label}" aria-hidden="true"></span> '
            f'<strong class="support-label">{self._text(row.label_text)}</strong>'
            f"{counts}</td>"
            f"<td>{self._cell(row.proposition)}{self._listed(row.opposition)}</td></tr>\n"
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
            f'<tr><th scope="row">{self._text(", ".join(gap.elements))}</th>'
            f'<td colspan="2">{" ".join(self._sentence(task) for task in gap.tasks)}</td></tr>\n'
            for gap in gaps
        )
        title = self._text(self._words.gaps)
        return (
            f'<tbody class="gaps">\n<tr class="field"><th scope="rowgroup" colspan="3">{title}</th></tr>\n'
            f"{rows}</tbody>\n"
        )

    def _range_group(self, row: b.RangeRow) -> str:
        head = (
            f'<tr class="field"><th scope="rowgroup" colspan="5">{self._text(row.field)} '
            f'<span class="displayed">{self._sentence(row.displayed)}</span></th></tr>\n'
        )
        return f"<tbody>\n{head}{''.join(self._claim(claim) for claim in row.claims)}</tbody>\n"

    def _claim(self, claim: b.RangeClaim) -> str:
        return (
            f'<tr><th scope="row">{self._cell(claim.claimant)}</th><td>{self._sentence(claim.value)}</td>'
            f"<td>{self._text(claim.date)}</td><td>{self._text(claim.origin_group)}</td>"
            f"<td>{self._cell(claim.relay)}</td></tr>\n"
        )
