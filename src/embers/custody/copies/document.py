"""PDF pages drawn as pictures, with their text. Nothing in a document runs: PDFium is built here without scripts."""

from __future__ import annotations

import math
from ctypes import ArgumentError

import pypdfium2
from pypdfium2 import PdfDocument, PdfiumError, PdfTextPage

from embers.custody.copies.made import Made, Unreadable
from embers.custody.copies.pyramid import QUALITY, pyramid

_DOTS_PER_INCH = 150
_POINTS_PER_INCH = 72
#: Points of one drawn page: a newspaper page, not a poster bomb.
_MOST_PIXELS = 16_000_000
#: Characters of one page's text.
_MOST_TEXT = 200_000
#: Bit of the error PDFium gives for a document that asks for a password.
_PASSWORD = 4


def make(data: bytes, *, page: int) -> Made:
    """Return one page, from 1, as tiles; places on it are counted in points from its upper left corner."""
    try:
        document = PdfDocument(data)
        count = len(document)
    except PdfiumError as error:
        raise Unreadable(
            "password" if getattr(error, "err_code", None) == _PASSWORD else "damaged"
        ) from error
    if not 1 <= page <= count:
        raise Unreadable("no-such-page", str(count))
    try:
        sheet = document[page - 1]
        width, height = sheet.get_size()
        if not (0 < width < math.inf and 0 < height < math.inf):
            raise Unreadable("damaged", "size of the page")
        scale = min(_DOTS_PER_INCH / _POINTS_PER_INCH, math.sqrt(_MOST_PIXELS / (width * height)))
        drawn = sheet.render(scale=scale).to_pil().convert("RGB")
        text = _text(sheet.get_textpage())
    except (PdfiumError, ValueError, OSError) as error:
        raise Unreadable("damaged", type(error).__name__) from error
    plan, tiles = pyramid(drawn, units=(math.ceil(width), math.ceil(height)))
    facts = {
        **plan,
        "pages": count,
        "page": page,
        "tool": f"PDFium {pypdfium2.PDFIUM_INFO} (pypdfium2 {pypdfium2.PYPDFIUM_INFO})",
        "parameters": f"{scale * _POINTS_PER_INCH:.0f} dots per inch, JPEG, quality {QUALITY}",
    }
    return Made(facts, {**tiles, "text": text.replace("\r\n", "\n").encode("utf-8", "replace")})


def _text(page: PdfTextPage) -> str:
    """Return a page's text; what PDFium cannot put together is left out, and the picture still says it."""
    count = min(page.count_chars(), _MOST_TEXT)
    try:
        return page.get_text_range(0, count) if count > 0 else ""
    except (PdfiumError, ArgumentError, RecursionError):
        return ""
