"""Texts as numbered paragraphs: plain text by its empty lines, a web page by its blocks, without what runs or loads."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from embers.custody.copies.decoding import decode
from embers.custody.copies.made import Made, Unreadable

#: Paragraphs of one page of the viewer.
PAGE = 100
_MOST = 20_000_000
# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "caption", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "nav", "ol", "option", "p", "pre", "section", "table", "td", "th", "title", "tr", "ul",
})
# fmt: on
_SILENT = frozenset(["script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head"])


def make(data: bytes, *, markup: bool, encoding: str = "") -> Made:
    """Return paragraphs, each a list of lines, in parts of a hundred; ``markup`` says that the bytes are HTML."""
    if len(data) > _MOST:
        raise Unreadable("too-long", str(len(data)))
    decoded = decode(data, encoding)
    paragraphs = _of_page(decoded.text) if markup else _of_text(decoded.text)
    parts = {
        str(start // PAGE): json.dumps(paragraphs[start : start + PAGE], ensure_ascii=False).encode(
            "utf-8", "replace"
        )
        for start in range(0, len(paragraphs), PAGE)
    }
    facts = {
        "encoding": decoded.encoding,
        "how": decoded.how,
        "paragraphs": len(paragraphs),
        "per_part": PAGE,
        "lines_before": _lines_before(paragraphs),
        "markup": markup,
    }
    return Made(facts, parts)


def _of_text(text: str) -> list[list[str]]:
    found: list[list[str]] = []
    current: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.strip():
            current.append(line)
        elif current:
            found.append(current)
            current = []
    return [*found, current] if current else found


def _lines_before(paragraphs: list[list[str]]) -> list[int]:
    """Return, for each part, how many lines stand before it: lines are numbered through the whole text."""
    before, counted = 0, []
    for number, lines in enumerate(paragraphs):
        if number % PAGE == 0:
            counted.append(before)
        before += len(lines)
    return counted


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[list[str]] = []
        self._text: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs  # addresses, scripts and styles stay in the preserved bytes
        if tag == "title":
            self._silent.clear()  # the one thing in the head that is read
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "br":
            self._text.append("\n")
        elif tag in _BLOCKS:
            self.finish()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        elif tag in _BLOCKS:
            self.finish()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)

    def finish(self) -> None:
        raw = "".join(self._text)
        lines = [line for part in raw.split("\n\n") for line in [re.sub(r"\s+", " ", part).strip()] if line]
        self._text.clear()
        if lines:
            self.found.append(lines)


def _of_page(text: str) -> list[list[str]]:
    reader = _Blocks()
    reader.feed(text)
    reader.close()
    reader.finish()
    return reader.found
