"""The report of the real case: what it shows, what it never says, and that both parties get the same template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from embers.actions.case_folder import CaseFolder
from embers.actions.reports import DRAFT, heads_before_reports
from embers.case_view import LogHead
from embers.law.case_ledger import charges_of
from embers.law.examples import load_example
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.reporting import blocks as b
from embers.reporting.chapters.support import LABELS, IncidentLaw, law_blocks
from embers.reporting.html_render import render_html
from embers.reporting.lint import all_blocks, check_document
from embers.reporting.numbering import sentences_in, sentences_of
from embers.reporting.report import BuiltReport, build_report, load_chapters
from embers.reporting.serialise import document_bytes
from embers.reporting.writer import Writer

PARTIES = ("arm-nkr", "aze")
GANJA = "incident-k20-33"


@pytest.fixture(scope="module")
def heads(demo_case: CaseFolder) -> tuple[list[LogHead], str]:
    journal = demo_case.journal(read_only=True)
    found = heads_before_reports(journal)
    journal.close()
    return found


@pytest.fixture(scope="module")
def built(demo_database: CaseDatabase, heads: tuple[list[LogHead], str]) -> BuiltReport:
    return build_report(ProjectedCase(demo_database), day=heads[1], heads=heads[0])


@pytest.fixture(scope="module")
def document(built: BuiltReport) -> b.Document:
    return built.document


def sections(parts: tuple[b.Section, ...]) -> Iterator[b.Section]:
    for part in parts:
        yield part
        yield from sections(part.children)


def section(document: b.Document, id: str) -> b.Section:
    return next(part for part in sections(document.sections) if part.id == id)


def words(part: b.Section) -> str:
    return "\n".join(sentence.text for block in part.blocks for sentence in sentences_of(block))


def first(part: b.Section, kind: type) -> b.Block:
    return next(block for block in part.blocks if isinstance(block, kind))


#: The parts of an incident that stand in a box where they have something to say, and in a quiet line where not.
DISAGREEMENT = "What the sources disagree on"
ANSWER = "Answer of the accused side"


def titled(part: b.Section, title: str) -> b.Callout | b.Paragraph:
    """Return the part of an incident with a heading of its own, as a box or as a line with a run-in heading."""
    found = [
        block
        for block in part.blocks
        if (isinstance(block, b.Callout) and block.title == title)
        or (isinstance(block, b.Paragraph) and block.lead == f"{title}.")
    ]
    assert len(found) == 1, (part.id, title)
    return found[0]


# --- the strike on Ganja ------------------------------------------------------------------------------


def test_ganja_shows_ranges_and_every_figure_with_its_claimant(document: b.Document) -> None:
    table = first(section(document, GANJA), b.RangeTable)
    assert isinstance(table, b.RangeTable)
    rows = {row.field: row for row in table.rows}
    assert rows["Killed"].displayed.text.startswith("13 to 21 killed")
    assert rows["Injured"].displayed.text.startswith("50 to 55 injured")
    said = {
        field: {("".join(s.text for s in claim.claimant.sentences), claim.value.text) for claim in row.claims}
        for field, row in rows.items()
    }
    assert said["Killed"] == {
        ("Prosecutor General of Azerbaijan", "12 (earlier figure of a running count)"),
        ("Minister of Emergency Situations of Azerbaijan", "13"),
        ("Ombudsman of Azerbaijan", "13"),
        ("IPHR / Truth Hounds", "13"),
        ("Wikipedia (initial reports)", "15"),
        ("Amnesty International", "21"),
        ("Human Rights Watch", "21"),
    }
    assert {value for _, value in said["Injured"]} == {
        "at least 40 (earlier figure of a running count)",
        "at least 50",
        "52",
        "53",
        "at least 53",
        "55",
    }


def test_ganja_counts_organs_of_one_government_as_one_origin_and_names_relays(document: b.Document) -> None:
    table = first(section(document, GANJA), b.RangeTable)
    assert isinstance(table, b.RangeTable)
    killed = next(row for row in table.rows if row.field == "Killed")
    assert "5 origins" in killed.displayed.text
    state = {c.origin_group for c in killed.claims if "Azerbaijan" in c.claimant.sentences[0].text}
    assert state == {"State bodies of Azerbaijan"}
    assert len({claim.origin_group for claim in killed.claims}) == 5
    relays = {c.claimant.sentences[0].text: c.relay.sentences[0].text for c in killed.claims}
    assert relays["Amnesty International"] == "S20, relaying S18"
    assert relays["Human Rights Watch"] == "S07, relaying S06"
    assert relays["IPHR / Truth Hounds"] == "S01"


def test_ganja_carries_the_armenian_denial(document: b.Document) -> None:
    box = titled(section(document, GANJA), ANSWER)
    assert isinstance(box, b.Callout)
    assert box.kind == "denial"
    said = [sentence.text for sentence in box.sentences]
    assert any("MoD of Armenia" in text and "no fire from Armenia" in text for text in said)


def test_ganja_support_tables_equal_the_worked_example(document: b.Document) -> None:
    example = load_example("ganja")
    expected = next(e for e in example.expected if e.profile == "prof.rgb" and not e.what_ifs)
    tables = [block for block in section(document, GANJA).blocks if isinstance(block, b.SupportTable)]
    assert len(tables) == 4
    worked = [table for table in tables if table.caption.text.startswith("Worked example: ")]
    assert worked == tables[2:]
    shown = {
        f"{charge}#{row.number}": row.label
        for charge, table in zip(("rome:8.2.b.i", "ihl:indiscriminate.b"), worked, strict=True)
        for row in table.rows
    }
    assert shown == dict(expected.elements)
    assert len(shown) == sum(len(table.rows) for table in worked)
    assert all("(prof.rgb)" in table.caption.text for table in tables)
    # The words printed are those of the label: a code that is right beside words that are not would mislead.
    for table in tables:
        for row in table.rows:
            assert row.label_text.partition(";")[0] == LABELS[row.label]


def test_ganja_names_what_is_assumed_and_prints_the_table_without_it(
    document: b.Document, demo_database: CaseDatabase
) -> None:
    part = section(document, GANJA)
    incident = models.Incident.objects.using(demo_database.alias).get(code="K20-33")
    ledger = charges_of(ProjectedCase(demo_database), incident.id)
    assert ledger is not None
    assert ledger.assumes
    caution = next(
        block for block in part.blocks if isinstance(block, b.Callout) and "assumed" in block.title.lower()
    )
    said = " ".join(sentence.text for sentence in caution.sentences)
    assert f"{len(ledger.assumes)} pieces" in said
    for piece in ledger.assumes:
        assert piece.text.rstrip(".") in said
    tables = [block for block in part.blocks if isinstance(block, b.SupportTable)]
    published = [table for table in tables if table.caption.text.startswith("Published material only: ")]
    # What is held stands first; the caution stands between it and what is assumed.
    assert published == tables[:2]
    places = [place for place, block in enumerate(part.blocks) if block in tables]
    assert places[1] < part.blocks.index(caution) < places[2]
    want = [[e.label.code for e in tested.elements] for tested in ledger.without_assumed]
    assert [[row.label for row in table.rows] for table in published] == want
    assert [row.label for row in published[1].rows] != [row.label for row in tables[3].rows]


# --- nothing contested is settled ---------------------------------------------------------------------


def test_every_contested_figure_is_named_as_contested(document: b.Document) -> None:
    seen = 0
    for part in incidents(document):
        table = first(part, b.RangeTable)
        assert isinstance(table, b.RangeTable)
        box = titled(part, DISAGREEMENT)
        contested = " ".join(s.text for s in box.sentences)
        assert isinstance(box, b.Paragraph) == ("No figure is contested" in contested)
        for row in table.rows:
            figures = re.match(r"(\d+) to (\d+) ", row.displayed.text)
            if figures and figures[1] != figures[2] and "1 origin" not in row.displayed.text:
                seen += 1
                assert "No figure is contested" not in contested, part.id
                assert row.field.capitalize() in contested, part.id
    assert seen >= 5


def test_no_sentence_of_ours_states_one_figure_where_the_claims_differ(document: b.Document) -> None:
    assert "compiled from the sources named with it; figures in it are theirs" in words(
        section(document, "method")
    )
    for part in incidents(document):
        table = first(part, b.RangeTable)
        assert isinstance(table, b.RangeTable)
        rows = {row.field: row.displayed.text for row in table.rows}
        account = next(block for block in part.blocks if isinstance(block, b.Paragraph))
        assert account.lead == "Account, as compiled."
        for field, shown in rows.items():
            values = {c.value.text for row in table.rows if row.field == field for c in row.claims}
            if len({v for v in values if "(" not in v}) > 1:
                assert re.search(r"\d+ to \d+|at least|at most|about|or more", shown), (
                    part.id,
                    shown,
                    values,
                )


# --- one template for both parties --------------------------------------------------------------------


def incidents(document: b.Document) -> list[b.Section]:
    return [part for part in sections(document.sections) if re.fullmatch(r"incident-k20-\d\d", part.id)]


def party_of(document: b.Document, part: b.Section) -> str:
    parent = next(p for p in sections(document.sections) if part in p.children)
    return next(code for code in (*PARTIES, "unknown") if parent.id.endswith(f"-{code}"))


#: The particulars of an incident, in the order of the template.
PARTICULARS = (
    "When",
    "Where",
    "Alleged author",
    "Conduct alleged",
    "Territory, as coded",
    "Control of the place",
    "Weapon, as reported",
    "Class of weapon",
    "Those affected",
    "What was hit",
    "Nearest military objective",
    "Corroboration",
)


def particulars(block: b.KeyValues) -> tuple[str, ...]:
    """Return every particular a table of them names, with a value or as not known or not recorded."""
    named: list[str] = []
    for row in block.rows:
        said = "".join(sentence.text for sentence in row.value.sentences)
        assert said, row.label
        named += said.split("; ") if row.label in {"Not known", "Not recorded"} else [row.label]
    by_name = {name.lower(): name for name in PARTICULARS}
    assert len(named) == len(set(named)), named
    return tuple(sorted((by_name[name.lower()] for name in named), key=PARTICULARS.index))


@cache
def shape(block: b.Block) -> tuple[object, ...]:
    """The form of a block: its type and every word that belongs to the template and not to the incident."""
    if isinstance(block, b.KeyValues):
        return ("KeyValues", *particulars(block))
    if isinstance(block, b.RangeTable):
        return ("RangeTable", block.caption.text, *(row.field for row in block.rows))
    if isinstance(block, b.Callout):
        return ("part", block.title)
    if isinstance(block, b.Paragraph):
        return ("part", block.lead.removesuffix("."))
    if isinstance(block, b.Table):
        return ("Table", block.caption.text, *(column.title for column in block.columns))
    return (type(block).__name__,)


def slots(part: b.Section) -> list[tuple[object, ...]]:
    """Return the shapes with the two choices that depend on the material, and repeated tables, made equal."""
    found: list[tuple[object, ...]] = []
    for place, block in enumerate(part.blocks):
        form = shape(block)
        if place == 5:
            assert form[0] == "Table" or form == ("part", "Further claims")
            form = ("further claims, or that there are none",)
        if place == 6:
            assert form in {("Figure",), ("part", "Map")}
            form = ("map, where it stands, or that the place is not public",)
        if "assumed" in str(form):
            continue  # the worked example stands for one incident of the legal study
        if form == ("SupportTable",) and found[-1] == form:
            continue  # one per charge tested
        found.append(form)
    return found


def test_all_incidents_of_both_parties_have_the_same_sequence_of_parts(document: b.Document) -> None:
    by_party: dict[str, list[list[tuple[object, ...]]]] = {}
    for part in incidents(document):
        by_party.setdefault(party_of(document, part), []).append(slots(part))
    assert len(by_party["arm-nkr"]) >= 15
    assert len(by_party["aze"]) >= 15
    reference = by_party["aze"][0]
    assert len(reference) >= 9
    for party in PARTIES:
        for found in by_party[party]:
            assert found == reference, party


def test_the_choices_of_the_template_depend_on_the_material_only(
    document: b.Document, demo_database: CaseDatabase
) -> None:
    rows = {row.code: row for row in models.Incident.objects.using(demo_database.alias)}
    claims = models.Claim.objects.using(demo_database.alias)
    outside = ("killed", "injured", "denial", "response")
    quiet = {
        row.subject
        for row in models.Assertion.objects.using(demo_database.alias).filter(
            predicate="answer-of-accused", status="live"
        )
        if json.loads(row.value) in ("general_denial", "not_found", "no_immediate_reaction")
    }
    boxes, maps = set(), {}
    for part in incidents(document):
        row = rows[part.id.removeprefix("incident-").upper()]
        place = part.blocks[6]
        if row.lat is None:
            assert "not public" in words_of(place), part.id
        elif isinstance(place, b.Figure):
            assert place.sha256 not in maps.values(), part.id  # a map is printed once
            maps[part.id] = place.sha256
        else:
            (target,) = [
                run.target for s in sentences_of(place) for run in s.runs if run.style == "section-ref"
            ]
            there, here = rows[target.removeprefix("incident-").upper()], row
            assert (there.lat, there.lon, there.precision_m) == (here.lat, here.lon, here.precision_m), (
                part.id
            )
            assert target in maps, part.id
        further = claims.filter(incident=row.id).exclude(field__in=outside).exists()
        assert isinstance(part.blocks[5], b.Table) == further, part.id
        own = claims.filter(incident=row.id, field__in=("denial", "response")).exists()
        answer = titled(part, ANSWER)
        assert isinstance(answer, b.Callout) == (own or row.id not in quiet), part.id
        boxes.add((party_of(document, part), isinstance(answer, b.Callout)))
    assert {(party, boxed) for party in PARTIES for boxed in (True, False)} <= boxes


def words_of(block: b.Block) -> str:
    return " ".join(sentence.text for sentence in sentences_of(block))


def test_every_chapter_has_a_section_for_each_party_in_one_order(document: b.Document) -> None:
    chapters = [part for part in document.sections if part.id.startswith("chapter-")]
    assert len(chapters) == len(load_chapters())
    for chapter in chapters:
        bare = chapter.id.removeprefix("chapter-")
        mine = [part.id for part in chapter.children if not part.id.startswith("law-")]
        assert mine == [f"{bare}-{code}" for code in (*PARTIES, "unknown")]
        for part in chapter.children:
            assert part.blocks
            if not part.children and part.id in mine:
                assert "says nothing about what happened" in words(part)
    titles = {part.title for chapter in chapters for part in chapter.children if "law-" not in part.id}
    assert titles == {
        "Alleged against Armenia or the de facto authorities of Nagorno-Karabakh",
        "Alleged against Azerbaijan",
        "No author named",
    }


def test_every_incident_stands_in_exactly_one_place(
    document: b.Document, demo_database: CaseDatabase
) -> None:
    ids = [part.id for part in incidents(document)]
    codes = {row.code for row in models.Incident.objects.using(demo_database.alias)}
    assert sorted(ids) == sorted(f"incident-{code.lower()}" for code in codes)
    assert len(ids) == 41


# --- what holds for every sentence --------------------------------------------------------------------


def test_every_fact_rests_on_assertions_that_exist_and_are_live(
    document: b.Document, demo_database: CaseDatabase
) -> None:
    facts = [sentence for sentence in sentences_in(document) if sentence.kind == "fact"]
    assert len(facts) > 800
    live = {row.id for row in models.Assertion.objects.using(demo_database.alias).filter(status="live")}
    for sentence in facts:
        assert sentence.basis, sentence.text
        assert set(sentence.basis) <= live, sentence.text
    assert check_document(document) == []


def own_sentences(document: b.Document, database: CaseDatabase) -> Iterator[b.Sentence]:
    """Every sentence that does not repeat the words of a claim or a source."""
    quoted = {row.id for row in models.Claim.objects.using(database.alias)}
    said = {
        row.id for row in models.Assertion.objects.using(database.alias).filter(kind__in=["source", "total"])
    }
    for sentence in sentences_in(document):
        if not set(sentence.basis) & (quoted | said):
            yield sentence


def test_words_that_judge_are_not_ours(document: b.Document, demo_database: CaseDatabase) -> None:
    checked = 0
    for sentence in own_sentences(document, demo_database):
        checked += 1
        text = sentence.text.lower()
        # Legal texts may say what a rule is about; a label never says that somebody broke it.
        assert not re.search(r"\bguilt|\bguilty\b|\bverdict|\bculprit|\bwar criminal", text), sentence.text
        for found in re.finditer(r"\bperpetrators?\b", text):
            assert sentence.kind == "law" or "alleged" in text[: found.start()], sentence.text
    assert checked > 500


def test_the_missing_imagery_is_announced(document: b.Document) -> None:
    notices = {notice.kind: notice.text for notice in document.notices}
    assert "No satellite imagery" in notices["imagery-gap"]
    assert "must not be used as evidence" in notices["information"]


def test_the_same_case_gives_the_same_document(
    built: BuiltReport, demo_case: CaseFolder, demo_database: CaseDatabase, heads: tuple[list[LogHead], str]
) -> None:
    again = build_report(ProjectedCase(demo_database), day=heads[1], heads=heads[0])
    assert document_bytes(again.document) == document_bytes(built.document)
    assert dict(again.pictures) == dict(built.pictures)
    assert (demo_case.exports_path / "report.json").read_bytes() == document_bytes(built.document)


def test_the_page_fetches_nothing(demo_case: CaseFolder, built: BuiltReport) -> None:
    html = (demo_case.exports_path / "report.html").read_text(encoding="utf-8")
    nobody_approved = (b.Notice("draft", DRAFT), *built.document.notices)
    assert html == render_html(replace(built.document, notices=nobody_approved), {**built.pictures})
    loads = re.findall(r"<(?:img|script|link|iframe|source|object|embed|video|audio)\b[^>]*>", html)
    loads += re.findall(r"url\([^)]*\)|@import[^;]*", html)
    assert [tag for tag in loads if re.search(r"https?:|[\"'(]//", tag)] == []
    assert "<script" not in html


def test_every_picture_has_words_for_those_who_cannot_see_it(built: BuiltReport) -> None:
    figures = [block for block in all_blocks(built.document) if isinstance(block, b.Figure)]
    assert len(figures) > 20
    assert all(len(figure.alternative) > 20 and figure.sha256 in built.pictures for figure in figures)


def test_codes_of_parties_are_explained_where_they_stand(document: b.Document) -> None:
    said = words(section(document, "chronology"))
    assert "ARM/NKR, Armenia or the de facto authorities of Nagorno-Karabakh" in said
    assert "AZE, Azerbaijan" in said


def test_what_comes_from_memory_is_explained_wherever_it_is_marked(document: b.Document) -> None:
    frameworks = [words(part) for part in sections(document.sections) if part.title == "Legal framework"]
    marked = [text for text in frameworks if "memory" in text.partition("the least checked are marked")[2]]
    assert marked
    assert all("without the official text at hand" in text for text in marked)


def test_charges_that_the_law_lists_are_not_denied_where_none_was_tested(demo_database: CaseDatabase) -> None:
    ganja = next(
        one
        for one in ProjectedCase(demo_database).kind("incident").values()
        if one.text("incident-code") == "K20-33"
    )
    told, left = law_blocks(Writer("x"), ganja, IncidentLaw(None, "towns"))
    assert "None of the charges" in next(sentences_of(told)).text
    assert "Not yet tested" in next(sentences_of(left)).text
