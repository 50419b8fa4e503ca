"""The walk between a sentence of the report and the bytes it rests on, in both directions, on the real case."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

from embers.actions.case_folder import CaseFolder
from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.trace import find, resting_on, trace
from embers.reporting.blocks import Table
from embers.reporting.numbering import sentence_numbers
from embers.reporting.serialise import read_document

DEMO = Path(__file__).parents[2] / "demo" / "karabakh2020"


def ganja_sentences(database: CaseDatabase) -> list[models.Sentence]:
    found = models.Sentence.objects.using(database.alias).filter(sentence__icontains="k20-33")
    return list(found.order_by("ordinal"))


def table_item(database: CaseDatabase) -> models.Item:
    return models.Item.objects.using(database.alias).get(name="claims.csv")


def test_a_sentence_is_found_by_the_number_printed_beside_it(
    demo_case: CaseFolder, demo_database: CaseDatabase
) -> None:
    document = read_document((demo_case.exports_path / "report.json").read_bytes())
    numbers = sentence_numbers(document)
    assert len(set(numbers.values())) == len(numbers) > 2000
    rows = models.Sentence.objects.using(demo_database.alias)
    assert {row.sentence: row.number for row in rows} == numbers
    for row in ganja_sentences(demo_database)[:30]:
        assert (
            find(demo_database, row.number) == find(demo_database, row.sentence) == ("sentence", row.sentence)
        )


def test_an_item_is_found_by_the_exhibit_number_of_the_report(
    demo_case: CaseFolder, demo_database: CaseDatabase
) -> None:
    document = read_document((demo_case.exports_path / "report.json").read_bytes())
    annex = next(part for part in document.sections if part.id == "exhibits")
    (table,) = [block for block in annex.blocks if isinstance(block, Table)]
    assert len(table.rows) == models.Item.objects.using(demo_database.alias).count()
    for row in table.rows:
        number, *_, digest = ("".join(s.text for s in cell.sentences) for cell in row.cells)
        kind, id = find(demo_database, number)
        assert kind == "item"
        assert models.Item.objects.using(demo_database.alias).get(id=id).sha256 == digest


def test_the_ganja_range_walks_to_every_claim_counted_in_it_and_each_walks_back(
    demo_database: CaseDatabase,
) -> None:
    (shown,) = [row for row in ganja_sentences(demo_database) if row.text == "13 to 21 killed, by 5 origins"]
    with (DEMO / "claims.csv").open(encoding="utf-8") as handle:
        rows = [
            row
            for row in csv.DictReader(handle)
            if (row["incident_id"], row["field"]) == ("K20-33", "killed")
        ]
    counted = {row["claim_id"] for row in rows if row["superseded"] == "no"}
    left_out = {row["claim_id"] for row in rows} - counted
    assert len(counted) == 6
    assert len(left_out) == 1
    claims = {row.id: row.ref for row in models.Claim.objects.using(demo_database.alias)}
    walk = trace(demo_database, shown.number)
    assert {claims[step.held.id] for step in walk.down} == counted
    for ref in counted:
        assert shown.sentence in {sentence.id for sentence in trace(demo_database, ref).up}
    for ref in left_out:
        assert shown.sentence not in {sentence.id for sentence in trace(demo_database, ref).up}


def test_down_from_a_sentence_to_row_digest_custody_and_entry(
    demo_case: CaseFolder, demo_database: CaseDatabase
) -> None:
    claim = models.Claim.objects.using(demo_database.alias).get(ref="C167")
    sentence = next(s for s in resting_on(demo_database, [claim.id]) if "k20-33" in s.id.lower())
    walk = trace(demo_database, sentence.id)
    assert (walk.kind, walk.label) == ("sentence", sentence.text)
    step = next(step for step in walk.down if step.held.id == claim.id)
    assert step.held.predicate == "killed"
    assert step.held.value["is"]["n"] == 13

    ground = next(g for g in step.grounds if g.record.id == table_item(demo_database).id)
    assert ground.locator == "row=C167"
    (stored,) = ground.objects
    data = (DEMO / "claims.csv").read_bytes()
    assert stored.value["sha256"] == hashlib.sha256(data).hexdigest()
    assert stored.value["size"] == len(data)
    with demo_case.objects().open(stored.value["sha256"]) as handle:
        kept = list(csv.DictReader(handle.read().decode("utf-8").splitlines()))
    assert next(row for row in kept if row["claim_id"] == "C167")["value"] == "13"

    assert [event.value["step"] for event in ground.custody] == ["receive"]
    assert "claims.csv" in ground.custody[0].value["detail"]
    source = next(g.record for g in step.grounds if g.record.id.startswith("source:"))
    assert source.text("source-code") == "S01"

    journal = demo_case.journal(read_only=True)
    signed = journal.get(step.held.entry)
    assert (step.entry.log, step.entry.seq, step.entry.by) == (
        signed.entry.log,
        signed.entry.seq,
        signed.entry.by,
    )
    assert claim.id in {said.id for said in signed.entry.assertions}
    journal.close()


def test_every_fact_about_ganja_leads_to_an_item_or_source(demo_database: CaseDatabase) -> None:
    facts = [s for s in ganja_sentences(demo_database) if s.kind == "fact"]
    assert len(facts) > 20
    for sentence in facts:
        walk = trace(demo_database, sentence.sentence)
        assert walk.down, sentence.text
        for step in walk.down:
            assert step.entry.by
            assert step.held.status == "live"


def test_up_from_the_table_to_every_sentence_resting_on_it(demo_database: CaseDatabase) -> None:
    item = table_item(demo_database)
    walk = trace(demo_database, item.id)
    up = {sentence.id for sentence in walk.up}
    expected = set()
    for row in models.SentenceBasis.objects.using(demo_database.alias).all():
        links = models.Link.objects.using(demo_database.alias)
        if links.filter(assertion_id=row.assertion_id, target=item.id).exists():
            expected.add(row.sentence)
    assert expected
    assert expected <= up
    about = {row.id for row in models.Assertion.objects.using(demo_database.alias).filter(subject=item.id)}
    extra = models.SentenceBasis.objects.using(demo_database.alias).filter(sentence__in=up - expected)
    assert {row.assertion_id for row in extra} & about or up == expected
    assert trace(demo_database, item.sha256).start == item.id


def test_the_two_walks_are_inverse(demo_database: CaseDatabase) -> None:
    for sentence in ganja_sentences(demo_database)[:40]:
        for step in trace(demo_database, sentence.sentence).down[:2]:
            assert sentence.sentence in {up.id for up in trace(demo_database, step.held.id).up}


@pytest.mark.parametrize(("name", "kind"), [("K20-33", "incident"), ("S28", "source"), ("C161", "assertion")])
def test_codes_of_people_are_understood(demo_database: CaseDatabase, name: str, kind: str) -> None:
    assert find(demo_database, name)[0] == kind
    assert trace(demo_database, name).up


@pytest.mark.parametrize("name", ["K20-99", "", "'; DROP TABLE case_claim; --", "incident:none"])
def test_an_unknown_name_is_refused_with_examples(demo_database: CaseDatabase, name: str) -> None:
    with pytest.raises(ProjectionError) as caught:
        trace(demo_database, name)
    assert caught.value.code == "projection.unknown"
    assert "K20-33" in caught.value.hint
