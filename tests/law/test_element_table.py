"""The element table, its hash, and the words that go with labels."""

import re
from dataclasses import replace

import pytest

from embers.errors import LawError
from embers.law.element_table import element_table, input_hash
from embers.law.examples import load_example
from embers.law.ledger import Label, Ledger
from embers.law.library import load_law
from embers.law.wording import MEANINGS, PHRASES, explained, hedged, standard_sentence

LAW = load_law()
CHARGE = LAW.charge("rome:8.2.b.i")


def ganja():
    example = load_example("ganja")
    prefix = f"{CHARGE.id}#e"
    routes = {
        id.removeprefix(prefix): routes for id, routes in example.routes().items() if id.startswith(prefix)
    }
    return example.ledger("prof.rgb"), routes


def test_the_table_says_what_binds_each_element_and_what_is_missing():
    ledger, routes = ganja()
    table = element_table(ledger, CHARGE, routes)
    rows = {row.key: row for row in table.rows}
    assert list(rows) == [element.key for element in CHARGE.elements]
    assert (table.profile, table.law_grade) == ("prof.rgb", CHARGE.verified)
    assert rows["1"].label is Label.CONTESTED
    assert rows["1"].live_opposition == ("g8",)
    assert rows["1"].sentence == "Element 1 is contested."
    assert rows["1"].counts == "3 independent components, 0 first-hand, 1 kind"
    assert rows["1"].gaps[0].startswith("answer in writing: Ministry of Defence of Armenia")
    assert rows["2"].gaps[0].startswith("log a search")
    assert len(rows["3"].rivals) == 3
    assert all(row.citation and row.url.startswith("https://") for row in table.rows)


def test_an_element_nobody_routed_is_listed_with_a_task():
    ledger, routes = ganja()
    del routes["2"]
    row = next(row for row in element_table(ledger, CHARGE, routes).rows if row.key == "2")
    assert (row.label, row.binding, len(row.gaps)) == (Label.NOT_EXAMINED, "", 1)


def test_a_route_to_an_element_the_charge_lacks_is_refused():
    ledger, routes = ganja()
    with pytest.raises(LawError, match="'77'"):
        element_table(ledger, CHARGE, {**routes, "77": [["P1"]]})


def test_the_hash_follows_the_inputs_and_not_their_order():
    ledger, routes = ganja()
    before = input_hash(ledger, CHARGE, routes)
    turned = Ledger(
        dict(reversed(ledger.pieces.items())),
        {id: replace(row, pro=tuple(reversed(row.pro))) for id, row in reversed(ledger.propositions.items())},
        ledger.profile,
    )
    assert re.fullmatch(r"[0-9a-f]{64}", before)
    assert input_hash(turned, CHARGE, routes) == before
    changed = {**ledger.pieces, "g1": replace(ledger.pieces["g1"], gates="open")}
    assert input_hash(Ledger(changed, ledger.propositions, ledger.profile), CHARGE, routes) != before
    other = Ledger(ledger.pieces, ledger.propositions, LAW.profile("prof.clear"))
    assert input_hash(other, CHARGE, routes) != before
    assert input_hash(ledger, CHARGE, {**routes, "2": [["P1"]]}) != before


def test_every_label_has_words_and_none_is_a_judgment():
    assert set(PHRASES) == set(MEANINGS) == set(Label)
    texts = [hedged("element 2", label) + explained(label) for label in Label]
    texts += [standard_sentence(profile) for profile in LAW.profiles.values()]
    assert len(set(texts)) == len(texts)
    for text in texts:
        for word in ("guilt", "verdict", "score", "proven", "perpetrator", "%"):
            assert word not in text.lower()
    assert hedged("element 2", Label.NOT_EXAMINED) == "Element 2 has not been examined."


def test_the_method_sentence_states_the_thresholds_of_its_profile():
    rgb = standard_sentence(LAW.profile("prof.rgb"))
    assert "reasonable grounds to believe" in rgb
    assert "two independent components of sound material speak for it, one of them first-hand" in rgb
    assert "none is left open" in rgb
    assert "of two kinds" in standard_sentence(LAW.profile("prof.rgb_named"))
    assert "never says that the standard is met" in standard_sentence(LAW.profile("prof.brd_gap"))
    assert "first-hand" not in standard_sentence(LAW.profile("prof.suspicion"))
