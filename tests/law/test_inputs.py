"""The hash of a support table's inputs, and the words that go with labels."""

import re
from dataclasses import replace

from embers.law.examples import load_example
from embers.law.inputs import input_hash
from embers.law.ledger import Label, Ledger
from embers.law.library import load_law
from embers.law.wording import MEANINGS, standard_sentence

LAW = load_law()
CHARGE = LAW.charge("rome:8.2.b.i")


def ganja():
    example = load_example("ganja")
    prefix = f"{CHARGE.id}#e"
    routes = {
        id.removeprefix(prefix): routes for id, routes in example.routes().items() if id.startswith(prefix)
    }
    return example.ledger("prof.rgb"), routes


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
    assert set(MEANINGS) == set(Label)
    texts = [*MEANINGS.values(), *(standard_sentence(profile) for profile in LAW.profiles.values())]
    assert len(set(texts)) == len(texts)
    for text in texts:
        for word in ("guilt", "verdict", "score", "proven", "perpetrator", "%"):
            assert word not in text.lower()


def test_the_method_sentence_states_the_thresholds_of_its_profile():
    rgb = standard_sentence(LAW.profile("prof.rgb"))
    assert "reasonable grounds to believe" in rgb
    assert "two independent components of sound material speak for it, one of them first-hand" in rgb
    assert "none is left open" in rgb
    assert "of two kinds" in standard_sentence(LAW.profile("prof.rgb_named"))
    assert "never says that the standard is met" in standard_sentence(LAW.profile("prof.brd_gap"))
    assert "first-hand" not in standard_sentence(LAW.profile("prof.suspicion"))
