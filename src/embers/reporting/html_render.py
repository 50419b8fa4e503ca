"""A document as one HTML file: semantic, self-contained, no script, no request.

Every sentence is ``<span class="sentence" id="s-ID" data-sentence="ID" data-basis="A1 A2">``, so a page that
embeds the report can lead from a sentence to its evidence. All text and attributes are escaped; characters
that steer the direction of text unseen are shown as ``[U+202E]``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from importlib import resources

from embers.dates import describe, parse
from embers.reporting import blocks as b
from embers.reporting.faces import visible
from embers.reporting.html_tables import TableSetter, paired
from embers.reporting.lint import all_blocks, refuse_faulty
from embers.reporting.numbering import section_numbers, sections_of, sentence_numbers
from embers.reporting.typst_render import figure_bytes
from embers.reporting.words import ENGLISH, Words, direction

LinkFor = Callable[[b.Sentence], str | None]
FigureUrl = Callable[[b.Figure], str]
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_TAGS = {"emphasis": "em", "strong": "strong", "code": "code", "quote": "q"}


def render_html(
    document: b.Document,
    figures: Mapping[str, bytes],
    *,
    link_for: LinkFor | None = None,
    figure_url: FigureUrl | None = None,
    fragment: bool = False,
    words: Words = ENGLISH,
) -> str:
    """Return the HTML of a document.

    ``link_for`` gives the address a sentence leads to (``/trace/...``) or ``None``; without it a sentence
    leads to its row in the annex, if there is one. ``figure_url`` gives an address to use instead of the
    picture's bytes. ``fragment`` returns only ``<article class="report">``, to be set inside another page
    together with :func:`style_sheet`. Refuses what :func:`~.typst_render.render_pdf` refuses.
    """
    refuse_faulty(document)
    urls = figure_url or (lambda figure: _data_url(figure, figure_bytes(figure, figures)))
    article = _Page(document, words, link_for=link_for, figure_url=urls).article()
    if fragment:
        return article
    return (
        f"<!DOCTYPE html>\n<html{_language_of(document.language)}>\n<head>\n"
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(document.title)}</title>\n<style>\n{style_sheet()}{_each_page(document, words)}</style>\n"
        "</head>\n"
        f"<body>\n{article}</body>\n</html>\n"
    )


def _each_page(document: b.Document, words: Words) -> str:
    """Return the rule that says on every printed page that this is a draft."""
    if all(notice.kind != "draft" for notice in document.notices):
        return ""
    return f'@page {{ @top-center {{ content: "{words.draft.upper()}"; font-weight: bold; }} }}\n'


def style_sheet() -> str:
    """Return the style sheet of a report; every rule is confined to ``.report``."""
    return (resources.files("embers.reporting") / "html" / "report.css").read_text("utf-8")


def _data_url(figure: b.Figure, data: bytes) -> str:
    # As the source of an image an SVG can neither run scripts nor load anything.
    return f"data:{figure.media};base64,{base64.b64encode(data).decode('ascii')}"


def _text(text: str) -> str:
    return escape(visible(text))


def _language_of(tag: str) -> str:
    if not _LANGUAGE.match(tag):
        return ""
    return f' lang="{escape(tag)}" dir="{direction(tag)}"'


class _Page:
    """Sets one document; counts tables and figures in reading order, as the PDF does."""

    def __init__(
        self, document: b.Document, words: Words, *, link_for: LinkFor | None, figure_url: FigureUrl
    ) -> None:
        self._document = document
        self._words = words
        self._link_for = link_for
        self._figure_url = figure_url
        self._sections = section_numbers(document)
        self._numbers = sentence_numbers(document)
        self._traced = {
            row.trace_of
            for block in all_blocks(document)
            if isinstance(block, b.Table)
            for row in block.rows
            if row.trace_of
        }
        self._figures = 0
        self._tables = TableSetter(words, text=_text, run=self._run, sentence=self._sentence)

    def article(self) -> str:
        document = self._document
        dated = self._words.dated.format(date=describe(parse(document.date)))
        meta = [(_text(label), _text(value)) for label, value in document.meta]
        parts = [
            f'<article class="report"{_language_of(document.language)}>\n<header class="report-title">\n',
            *(self._notice(notice) for notice in document.notices),
            f"<h1>{_text(document.title)}</h1>\n",
            f'<p class="subtitle">{_text(document.subtitle)}</p>\n' if document.subtitle else "",
            f'<p class="dated"><time datetime="{escape(document.date)}">{_text(dated)}</time></p>\n',
            paired(meta) if meta else "",
            "</header>\n",
            *(self._block(block) for block in document.front),
            *(self._section(section, level=2) for section in document.sections),
            "</article>\n",
        ]
        return "".join(parts)

    def _notice(self, notice: b.Notice) -> str:
        word = getattr(self._words, notice.kind.replace("-", "_"))
        return (
            f'<p class="notice notice-{escape(notice.kind)}"><strong>{_text(word)}</strong> '
            f"{_text(notice.text)}</p>\n"
        )

    def _section(self, section: b.Section, *, level: int) -> str:
        tag = f"h{min(level, 6)}"
        flows = "" if section.opens_page else ' class="flows"'
        return "".join(
            (
                f'<section id="c-{escape(section.id)}"{flows}>\n<{tag}>{self._titled(section)}</{tag}>\n',
                *(self._block(block) for block in section.blocks),
                *(self._section(child, level=level + 1) for child in section.children),
                "</section>\n",
            )
        )

    def _titled(self, section: b.Section) -> str:
        number = self._sections[section.id]
        if number == section.title:
            return _text(section.title)
        return f'<span class="number">{_text(number)}</span> {_text(section.title)}'

    def _block(self, block: b.Block) -> str:  # noqa: PLR0911 - one return per kind of block
        match block:
            case b.Paragraph():
                lead = f'<strong class="lead">{_text(block.lead)}</strong> ' if block.lead else ""
                return f"<p>{lead}{self._all(block.sentences)}</p>\n"
            case b.BulletList():
                tag = "ol" if block.ordered else "ul"
                items = "".join(f"<li>{self._all(item)}</li>\n" for item in block.items)
                return f"<{tag}>\n{items}</{tag}>\n"
            case b.KeyValues():
                return paired((_text(row.label), self._all(row.value.sentences)) for row in block.rows)
            case b.Callout():
                return self._callout(block)
            case b.Figure():
                return self._figure(block)
            case b.Table() | b.SupportTable() | b.RangeTable():
                return self._tables.table(block)
            case b.Contents():
                return self._contents(block)
            case b.PageBreak():
                return '<div class="page-break"></div>\n'

    def _callout(self, callout: b.Callout) -> str:
        title = callout.title or getattr(self._words, callout.kind)
        said = "".join(f"<p>{self._sentence(sentence)}</p>\n" for sentence in callout.sentences)
        return (
            f'<aside class="callout callout-{escape(callout.kind)}">\n'
            f'<p class="callout-title"><strong>{_text(title)}</strong></p>\n'
            f"{said}</aside>\n"
        )

    def _figure(self, figure: b.Figure) -> str:
        self._figures += 1
        return (
            f'<figure>\n<img src="{escape(self._figure_url(figure))}" alt="{_text(figure.alternative)}" '
            f'style="width:{max(10, min(100, figure.width))}%">\n'
            f'<figcaption><span class="number">{_text(self._words.figure)} {self._figures}</span> '
            f"{self._sentence(figure.caption)}</figcaption>\n</figure>\n"
        )

    def _contents(self, contents: b.Contents) -> str:
        rows = "".join(
            f'<li class="level-{level}"><a href="#c-{escape(section.id)}">{self._titled(section)}</a></li>\n'
            for section, _, level in sections_of(self._document)
            if level <= contents.depth
        )
        title = _text(contents.title)
        return (
            f'<nav class="contents" aria-label="{title}">\n'
            f'<p class="contents-title">{title}</p>\n<ol>\n{rows}</ol>\n</nav>\n'
        )

    def _all(self, sentences: Iterable[b.Sentence]) -> str:
        return " ".join(self._sentence(sentence) for sentence in sentences)

    def _sentence(self, sentence: b.Sentence) -> str:
        body = "".join(self._run(run) for run in sentence.runs)
        if not sentence.id:
            return body
        number = self._numbers[sentence.id]
        address = self._address(sentence)
        mark = f'<sup class="mark">{_text(number.rpartition("-")[2])}</sup>' if sentence.basis else ""
        if address and any(run.style in {"link", "sentence-ref", "section-ref"} for run in sentence.runs):
            # Links cannot hold links: only the mark leads to the evidence.
            mark = f'<a class="trace" href="{escape(address)}" title="{_text(number)}">{mark or "*"}</a>'
        elif address:
            body, mark = (
                f'<a class="trace" href="{escape(address)}" title="{_text(number)}">{body}{mark}</a>',
                "",
            )
        basis = escape(" ".join(sentence.basis))
        return (
            f'<span class="sentence kind-{sentence.kind}" id="s-{escape(sentence.id)}" '
            f'data-sentence="{escape(sentence.id)}" data-number="{_text(number)}" data-basis="{basis}">'
            f"{body}{mark}</span>"
        )

    def _address(self, sentence: b.Sentence) -> str | None:
        if self._link_for is not None:
            return self._link_for(sentence)
        return f"#t-{sentence.id}" if sentence.id in self._traced else None

    def _run(self, run: b.Run) -> str:
        match run.style:
            case "link":
                return f'<a href="{escape(run.target)}" rel="noopener noreferrer">{_text(run.text)}</a>'
            case "sentence-ref":
                return f'<a href="#s-{escape(run.target)}">{_text(self._numbers[run.target])}</a>'
            case "section-ref":
                return f'<a href="#c-{escape(run.target)}">{_text(self._sections[run.target])}</a>'
            case "digest":
                return f'<code class="digest" dir="ltr">{_text(run.text)}</code>'
            case "code":
                return f'<code dir="ltr">{_text(run.text)}</code>'
        language = _language_of(run.language)
        tag = _TAGS.get(run.style, "span" if language else "")
        return f"<{tag}{language}>{_text(run.text)}</{tag}>" if tag else _text(run.text)
