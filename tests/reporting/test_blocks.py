import dataclasses
import hashlib
import json
import tomllib
from pathlib import Path
from typing import get_args

import pytest
import rfc8785
import sample_document as s
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_words import SentenceWriter, cell

from embers.errors import ReportError
from embers.reporting import blocks as b
from embers.reporting.faces import breakable, font_folder, settable, visible
from embers.reporting.lint import all_blocks, check_document, refuse_faulty
from embers.reporting.numbering import section_numbers, sentence_numbers, sentences_in
from embers.reporting.serialise import document_bytes, read_document


def with_blocks(*blocks: b.Block) -> b.Document:
    return b.Document("T", "", "2031-06-01", (b.Section("one", "One", blocks),))


def codes(document: b.Document) -> set[str]:
    return {fault.code for fault in check_document(document)}


def test_sample_has_every_block_and_no_fault() -> None:
    document = s.sample()
    assert {type(block) for block in all_blocks(document)} == set(get_args(b.Block))
    assert check_document(document) == []


@pytest.mark.parametrize("basis", [(), ("",), (" ",)])
def test_a_fact_without_basis_is_refused_and_named(basis: tuple[str, ...]) -> None:
    sentence = b.Sentence("one-1", (b.Run("A house was hit."),), "fact", basis)
    for block in (
        b.Paragraph((sentence,)),
        b.KeyValues((b.KeyValue("What", cell(sentence)),)),
        b.Table(cell("c").sentences[0], (b.Column("x"),), (b.Row((cell(sentence),)),)),
        b.RangeTable(cell("c").sentences[0], (b.RangeRow("Killed", sentence, ()),)),
    ):
        faults = check_document(with_blocks(block))
        assert [fault.code for fault in faults] == ["report.unbound-fact"]
        assert "one-1" in faults[0].message
        with pytest.raises(ReportError, match="one-1"):
            refuse_faulty(with_blocks(block))


def test_other_faults_are_found() -> None:
    w = SentenceWriter("one")
    fact = w.fact("x", basis=["a"])
    assert codes(with_blocks(b.Paragraph((fact, fact)))) == {"report.sentence-twice"}
    assert codes(with_blocks(b.Paragraph(()))) == {"report.block-empty"}
    bad_link = w.method(b.Run("x", "link", "javascript:alert(1)"))
    assert codes(with_blocks(b.Paragraph((bad_link,)))) == {"report.link"}
    dangling = w.method(b.Run("", "sentence-ref", "nowhere-1"))
    assert codes(with_blocks(b.Paragraph((dangling,)))) == {"report.reference"}
    ragged = b.Table(cell("c").sentences[0], (b.Column("x"),), (b.Row(()),))
    assert codes(with_blocks(ragged)) == {"report.table-shape"}
    blind = b.Figure("0" * 64, "image/png", w.method("c"), " ")
    assert codes(with_blocks(blind)) == {"report.figure-alt"}


def test_ids_and_numbers_are_stable() -> None:
    assert [x.id for x in sentences_in(s.sample())] == [x.id for x in sentences_in(s.sample())]
    numbers = sentence_numbers(s.sample())
    assert numbers["summary-1"] == "0.1-1"
    assert numbers["incident-1"] == "2-1"
    assert section_numbers(s.sample())["hostile"] == "1.1.1"
    assert section_numbers(s.sample())["annex"] == "A"


def test_round_trip_and_canonical_form() -> None:
    data = document_bytes(s.sample())
    assert read_document(data) == s.sample()
    assert data == rfc8785.dumps(json.loads(data))


@given(st.text(), st.sampled_from(get_args(b.RunStyle)), st.lists(st.text(), max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_text_round_trips(text: str, style: b.RunStyle, basis: list[str]) -> None:
    sentence = b.Sentence("one-1", (b.Run(text, style, text, text),), "method", tuple(basis))
    document = with_blocks(b.Callout("gap", text, (sentence,)), b.BulletList(((sentence,),), ordered=True))
    assert read_document(document_bytes(document)) == document


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"block":"Paragraph"', b'"block":"Applet"'),
        (b'"kind":"method"', b'"kind":"verdict"'),
        (b'"title":', b'"tilte":'),
        (b'"format":"embers-report/1"', b'"format":"embers-report/9"'),
        (b'{"document"', b'{ "document"'),
    ],
)
def test_altered_stored_form_is_refused(old: bytes, new: bytes) -> None:
    data = document_bytes(s.sample())
    assert old in data
    with pytest.raises(ReportError):
        read_document(data.replace(old, new))


def test_faces_have_their_recorded_digests() -> None:
    folder = font_folder()
    faces = tomllib.loads((folder / "fonts.toml").read_text("utf-8"))["face"]
    assert {face["file"] for face in faces} == {path.name for path in folder.glob("*.ttf")}
    for face in faces:
        assert hashlib.sha256(Path(folder, face["file"]).read_bytes()).hexdigest() == face["sha256"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6_000_000
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text("utf-8")


def test_bold_and_italic_have_the_letters_of_the_regular_face() -> None:
    stored = json.loads((font_folder() / "coverage.json").read_text("utf-8"))
    letters = {name: {c for a, z in ranges for c in range(a, z + 1)} for name, ranges in stored.items()}
    for name, own in letters.items():
        assert letters[f"{name.partition('-')[0]}-Regular"] <= own
    assert {ord(c) for c in "əğşİıƏЯїґΩ–—…“”"} <= letters["NotoSerif-Regular"]


def test_text_without_glyphs_or_with_hidden_steering_becomes_visible() -> None:
    assert settable("a\U0001f600b") == "a[U+1F600]b"
    assert settable("x\u202ey") == visible("x\u202ey") == "x[U+202E]y"
    assert settable("Գանձակ قصف ə\u0301") == "Գանձակ قصف ə\u0301"
    assert visible("a\tb\nc") == "a b c"
    assert max(map(len, breakable("W" * 100).split("\u200b"))) <= 12


def test_documents_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        s.sample().title = "x"  # type: ignore[misc]
