"""A document as PDF, set by Typst with the vendored faces only.

The file conforms to PDF/A-2a (archiving) and PDF/UA-1 (accessible to screen readers). The same document and
figures give the same bytes: the only date in it is the document's own, and no system font, package or
network is used.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import resources
from typing import cast

import typst

from embers.errors import ReportError
from embers.reporting import blocks as b
from embers.reporting.faces import font_folder
from embers.reporting.lint import all_blocks, refuse_faulty
from embers.reporting.typeset import figure_file, page_data
from embers.reporting.words import ENGLISH, Words

#: Conformance asked of every report; Typst refuses to write a file that does not conform.
STANDARDS = ("a-2a", "ua-1")


def render_pdf(document: b.Document, figures: Mapping[str, bytes], *, words: Words = ENGLISH) -> bytes:
    """Return the PDF of a document; ``figures`` maps SHA-256 to the bytes of each figure.

    Refuses, with :class:`ReportError`, a document the lint finds faulty, a figure that is missing or whose
    bytes do not have its digest, and anything Typst cannot set.
    """
    refuse_faulty(document)
    files = {
        "main.typ": _template(),
        "document.json": page_data(document, words),
        **figure_files(document, figures),
    }
    moment = datetime.fromisoformat(document.date).replace(tzinfo=UTC)
    # The stubs of typst do not know that the input may be files held in memory.
    compile_files = cast(Callable[..., bytes], typst.compile)
    try:
        return compile_files(
            files,
            font_paths=[str(font_folder())],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=list(STANDARDS),
            timestamp=int(moment.timestamp()),
        )
    except typst.TypstError as error:
        raise ReportError(
            "typesetting", f"Typst can't set the report: {error}.", "Check the figure or text it names."
        ) from error


def figure_files(document: b.Document, figures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the bytes of each figure by file name, after comparing them with their digests."""
    files: dict[str, bytes] = {}
    for block in all_blocks(document):
        if isinstance(block, b.Figure):
            data = figure_bytes(block, figures)
            files[figure_file(block)] = data if block.media == "image/svg+xml" else _wrapped(data)
    return files


def figure_bytes(figure: b.Figure, figures: Mapping[str, bytes]) -> bytes:
    """Return a figure's bytes; refuse a missing or altered one."""
    data = figures.get(figure.sha256)
    if data is None:
        raise ReportError(
            "figure-missing", f"The figure {figure.sha256[:12]} is not at hand.", "Hand in its bytes."
        )
    if hashlib.sha256(data).hexdigest() != figure.sha256:
        raise ReportError(
            "figure-altered",
            f"The bytes handed in for the figure {figure.sha256[:12]} have another digest.",
            "Take them from the object store again.",
        )
    return data


def _wrapped(png: bytes) -> bytes:
    """Return an SVG holding the picture: files handed to Typst in memory must be text."""
    if png[:8] != b"\x89PNG\r\n\x1a\n" or len(png) < 24:
        raise ReportError("figure-media", "A figure said to be PNG is not.", "Convert it to PNG or SVG.")
    width, height = struct.unpack(">II", png[16:24])
    size = f'width="{width}" height="{height}"'
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">'
        f'<image {size} href="data:image/png;base64,{data}"/></svg>'
    ).encode("ascii")


def _template() -> bytes:
    return (resources.files("embers.reporting") / "typst" / "report.typ").read_bytes()
