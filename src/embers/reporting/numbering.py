"""Walk a document in reading order, and the numbers printed for its sections and sentences.

Both renderers and the annex use these functions, so ``4.2-3`` names the same sentence everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from embers.reporting import blocks as b


def cells_of(row: b.Row | b.KeyValue | b.RangeClaim | b.RangeRow | b.SupportRow) -> tuple[b.Cell, ...]:
    """Return a row's cells in reading order."""
    match row:
        case b.Row():
            return row.cells
        case b.KeyValue():
            return (row.value,)
        case b.RangeClaim():
            return (row.claimant, b.Cell((row.value,)), row.relay)
        case b.RangeRow():
            return (b.Cell((row.displayed,)), *(cell for claim in row.claims for cell in cells_of(claim)))
        case b.SupportRow():
            own = (b.Cell((row.element,)), row.proposition)
            return (*own, b.Cell(row.opposition))


def sentences_of(block: b.Block) -> Iterator[b.Sentence]:
    """Yield the sentences of a block in reading order, captions first."""
    match block:
        case b.Paragraph() | b.Callout():
            yield from block.sentences
        case b.BulletList():
            for item in block.items:
                yield from item
        case b.Figure():
            yield block.caption
        case b.Table() | b.SupportTable() | b.RangeTable():
            yield block.caption
            for row in block.rows:
                for cell in cells_of(row):
                    yield from cell.sentences
            for gap in block.gaps if isinstance(block, b.SupportTable) else ():
                yield from gap.tasks
        case b.KeyValues():
            for pair in block.rows:
                yield from pair.value.sentences
        case b.PageBreak() | b.Contents():
            return


def sections_of(document: b.Document) -> Iterator[tuple[b.Section, str, int]]:
    """Yield every section with its printed number (may be empty) and level, counted from 1."""
    yield from _numbered(document.sections, prefix="", level=1)


def _numbered(
    sections: tuple[b.Section, ...], *, prefix: str, level: int
) -> Iterator[tuple[b.Section, str, int]]:
    count = 0
    for section in sections:
        number = section.number
        if not number and section.numbered:
            count += 1
            number = f"{prefix}{count}"
        yield section, number, level
        yield from _numbered(section.children, prefix=f"{number}." if number else "", level=level + 1)


def section_numbers(document: b.Document) -> dict[str, str]:
    """Return section id to printed number; an unnumbered section is named by its title."""
    return {section.id: number or section.title for section, number, _ in sections_of(document)}


def sentences_in(document: b.Document) -> Iterator[b.Sentence]:
    """Yield every sentence of the document in reading order."""
    for block in document.front:
        yield from sentences_of(block)
    for section, _, _ in sections_of(document):
        for block in section.blocks:
            yield from sentences_of(block)


def sentence_numbers(document: b.Document) -> dict[str, str]:
    """Return sentence id to printed reference: section number, hyphen, place in the section (``4.2-3``).

    Unnumbered sections count as 0.1, 0.2 ...; sentences without an id have no number.
    """
    numbers: dict[str, str] = {}
    _count(document.front, prefix="0", numbers=numbers)
    unnumbered = 0
    for section, number, _ in sections_of(document):
        if not number:
            unnumbered += 1
        _count(section.blocks, prefix=number or f"0.{unnumbered}", numbers=numbers)
    return numbers


def _count(blocks: tuple[b.Block, ...], *, prefix: str, numbers: dict[str, str]) -> None:
    place = 0
    for block in blocks:
        for sentence in sentences_of(block):
            if sentence.id:
                place += 1
                numbers[sentence.id] = f"{prefix}-{place}"
