from html.parser import HTMLParser

import sample_document as s

from embers.reporting.html_render import render_html, style_sheet
from embers.reporting.numbering import sentences_in
from embers.reporting.words import ENGLISH

VOID = {"meta", "img", "link", "br"}


class Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.nested_links = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and "a" in self.open:
            self.nested_links += 1
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(**options: object) -> Reader:
    return Reader(render_html(s.sample(), s.FIGURES, **options))  # type: ignore[arg-type]


def test_each_sentence_once_with_its_basis() -> None:
    spans = [a for tag, a in page().tags if a.get("class", "") and "sentence" in str(a["class"]).split()]
    expected = [(x.id, " ".join(x.basis)) for x in sentences_in(s.sample()) if x.id]
    assert [(a["data-sentence"], a["data-basis"]) for a in spans] == expected
    assert [a["id"] for a in spans] == [f"s-{name}" for name, _ in expected]


def test_well_formed_ids_unique_links_resolve() -> None:
    read = page()
    assert read.open == []
    assert read.nested_links == 0
    ids = [a["id"] for _, a in read.tags if "id" in a]
    assert len(ids) == len(set(ids))
    inner = {str(a["href"])[1:] for tag, a in read.tags if tag == "a" and str(a["href"]).startswith("#")}
    assert inner <= set(ids)


def test_hostile_text_is_only_text() -> None:
    read = page()
    tags = {tag for tag, _ in read.tags}
    assert "script" not in tags
    assert not any(name.startswith("on") for _, a in read.tags for name in a)
    text = "".join(read.words)
    assert "<script>alert(1)</script> &amp;" in text
    assert "\u202e" not in text
    assert "[U+202E]" in text


def test_nothing_is_fetched() -> None:
    whole = render_html(s.sample(), s.FIGURES)
    sources = [str(a.get("src", "")) for _, a in Reader(whole).tags if "src" in a]
    assert len(sources) == 2
    assert all(source.startswith("data:image/") for source in sources)
    assert "url(" not in style_sheet()
    assert "@import" not in style_sheet()


def test_tables_and_figures_are_accessible() -> None:
    read = page()
    names = [tag for tag, _ in read.tags]
    assert names.count("table") == names.count("caption") == 3
    assert all(a.get("scope") for tag, a in read.tags if tag == "th")
    assert all(a.get("alt") for tag, a in read.tags if tag == "img")
    assert {a.get("lang") for _, a in read.tags} >= {"en", "hy", "ar"}
    assert any(a.get("lang") == "ar" and a.get("dir") == "rtl" for _, a in read.tags)


def test_fragment_leads_where_the_page_says() -> None:
    read = page(fragment=True, link_for=lambda x: f"/trace/{x.id}", figure_url=lambda f: f"/o/{f.sha256}")
    assert read.tags[0][0] == "article"
    targets = {str(a["href"]) for tag, a in read.tags if tag == "a" and a.get("class") == "trace"}
    assert targets == {f"/trace/{x.id}" for x in sentences_in(s.sample()) if x.id}
    assert all(str(a["src"]).startswith("/o/") for tag, a in read.tags if tag == "img")


def test_a_cell_knows_the_head_of_its_column_for_screens_too_narrow_for_a_table() -> None:
    read = page()
    parts = [(tag, a) for tag, a in read.tags if tag in {"table", "thead", "tbody", "tr", "th", "td"}]
    assert all(a.get("role") for _, a in parts)
    cells = [str(a["data-head"]) for tag, a in parts if tag == "td" and "colspan" not in a]
    assert len(cells) > 10
    assert {ENGLISH.support, ENGLISH.rests_on, ENGLISH.value, ENGLISH.relay} <= set(cells)
    assert "content: attr(data-head)" in style_sheet()
