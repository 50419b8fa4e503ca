import dataclasses
import io
import re

import pypdf
import pytest
import sample_document as s

from embers.errors import ReportError
from embers.reporting import blocks as b
from embers.reporting.typst_render import render_pdf


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render_pdf(s.sample(), s.FIGURES)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_scripts_survive_in_the_text_layer(pdf: bytes) -> None:
    text = text_of(pdf)
    for language in ("hy", "az", "ru", "uk", "ka", "el"):
        assert s.SCRIPTS[language] in text
    assert "المدينة" in text or "ةنيدملا" in text


def test_hostile_text_is_only_text(pdf: bytes) -> None:
    text = text_of(pdf)
    for part in ('#import "@preview/evil:1.0.0"', "$x^2$", "`raw` @ref <label>", "[U+202E]", "[U+1F600]"):
        assert part in text
    assert text.count("W") >= 10_000


def test_all_faces_are_embedded_and_vendored(pdf: bytes) -> None:
    names = set()
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            for descendant in font.get_object()["/DescendantFonts"]:
                descriptor = descendant.get_object()["/FontDescriptor"].get_object()
                assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
                names.add(str(descriptor["/FontName"]).partition("+")[2])
    assert names
    assert all(name.startswith("Noto") for name in names)


def test_same_bytes_twice_and_conformance(pdf: bytes) -> None:
    assert render_pdf(s.sample(), s.FIGURES) == pdf
    assert b"pdfaid:part" in pdf
    assert b"pdfuaid:part" in pdf
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert reader.metadata.title == s.sample().title
    assert "/JavaScript" not in reader.trailer["/Root"].get("/Names", {})


def test_long_table_repeats_its_heading() -> None:
    made = render_pdf(s.sample(rows=90), s.FIGURES)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]
    annex = [page for page in pages if re.search(r"Exhibit\s+\d+:", page)]
    assert len(annex) > 2
    assert all("Digest" in page for page in annex)


def test_right_to_left_report_keeps_codes_in_order() -> None:
    document = dataclasses.replace(s.sample(), language="ar", title="قصف المدينة")
    assert "40.6828, 46.3606" in text_of(render_pdf(document, s.FIGURES)).replace("\u2069", "")


def test_refusals() -> None:
    with pytest.raises(ReportError, match="not at hand"):
        render_pdf(s.sample(), {})
    with pytest.raises(ReportError, match="another digest"):
        render_pdf(s.sample(), dict.fromkeys(s.FIGURES, b"x"))
    unbound = b.Paragraph((b.Sentence("x-1", (b.Run("Said."),)),))
    with pytest.raises(ReportError, match="rests on no assertion"):
        render_pdf(b.Document("T", "", "2031-06-01", (b.Section("x", "X", (unbound,)),)), {})


def test_a_long_table_breaks_over_many_pages() -> None:
    made = render_pdf(s.sample(rows=3600), s.FIGURES)
    assert len(pypdf.PdfReader(io.BytesIO(made)).pages) >= 120
