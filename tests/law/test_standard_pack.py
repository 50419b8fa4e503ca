"""The standard propositions are valid ledger inputs for every allegation, whoever is alleged."""

import pytest

from embers.errors import LawError
from embers.law.ledger import Label, Ledger, Piece
from embers.law.library import load_law
from embers.law.standard_pack import charges_raised, load_sentences, propositions_for
from embers.law.templates import load_templates

LAW = load_law()
PARTIES = {"ARM": "the armed forces of Armenia", "AZE": "the armed forces of Azerbaijan"}


def pack_of(allegation, alleged="ARM"):
    return propositions_for(
        [allegation], place="Exampletown", day="17 October 2020", alleged=PARTIES[alleged]
    )


@pytest.mark.parametrize("alleged", sorted(PARTIES))
@pytest.mark.parametrize("allegation", sorted(LAW.allegations))
def test_every_element_of_every_charge_raised_has_a_route_the_ledger_takes(allegation, alleged):
    pack = pack_of(allegation, alleged)
    assert set(pack.charges) == {*LAW.allegations[allegation].charges, *LAW.allegations[allegation].also}
    ledger = Ledger({}, pack.propositions, LAW.profile("prof.rgb"))
    assessed = ledger.assess()
    for charge in pack.charges:
        assert list(pack.routes[charge]) == [element.key for element in LAW.charge(charge).elements]
        for key, routes in pack.routes[charge].items():
            element = ledger.element(charge, key, routes, assessed)
            assert element.label is Label.NOT_EXAMINED
            assert element.binding.gaps
    assert all(
        "{" not in row.text and row.text.endswith(".") and row.text for row in pack.propositions.values()
    )
    assert all(row.rivals for row in pack.propositions.values() if row.inference)


@pytest.mark.parametrize("allegation", sorted(LAW.allegations))
def test_the_same_sentences_serve_both_parties(allegation):
    one, other = pack_of(allegation, "ARM"), pack_of(allegation, "AZE")
    assert one.routes == other.routes
    for id, row in one.propositions.items():
        assert row.text.replace(PARTIES["ARM"], PARTIES["AZE"]) == other.propositions[id].text


def test_a_crime_needs_its_conduct_attributed_and_a_breach_has_its_own_element_for_it():
    pack = pack_of("ganja")
    assert pack.routes["rome:8.2.b.i"]["1"] == (("attack_directed", "attribution"),)
    assert pack.routes["rome:8.2.b.i"]["1.m"] == (("attack_directed.m",),)
    assert pack.routes["ihl:indiscriminate.b"]["1"] == (("attack_directed",),)
    assert pack.routes["ihl:indiscriminate.b"]["4"] == (("attribution",),)
    intent = pack.propositions["intent_target:rome:8.2.b.i#3"]
    assert intent.premises == ("attack_directed", "attribution", "civilian_target")
    assert [rival.state for rival in intent.rivals] == ["open"] * 3
    assert [rival.text for rival in intent.rivals] == list(load_templates().rivals)


def test_an_element_is_not_read_as_another_of_the_same_topic():
    pack = pack_of("positions_in_towns")
    conduct, aim = (pack.routes["rome:8.2.b.xxiii"][key][0][0] for key in ("1", "2"))
    assert conduct != aim
    assert pack.propositions[aim].inference
    assert "aim" in pack.propositions[aim].text


def test_material_moves_the_labels_and_open_rivals_hold_intent_back():
    pack = pack_of("ganja")
    pieces = {
        "w": Piece("w", "testimonial", "primary", ("w",), "ok"),
        "r": Piece("r", "physical", "primary", ("r",), "ok"),
    }
    from dataclasses import replace

    linked = {
        id: row if row.inference else replace(row, pro=("w", "r")) for id, row in pack.propositions.items()
    }
    ledger = Ledger(pieces, linked, LAW.profile("prof.rgb"))
    assessed = ledger.assess()
    labels = {
        key: ledger.element("rome:8.2.b.i", key, routes, assessed).label
        for key, routes in pack.routes["rome:8.2.b.i"].items()
    }
    assert labels["1"] is labels["2"] is labels["4"] is Label.SUPPORTED
    assert labels["3"] is labels["1.m"] is Label.THIN


def test_several_allegations_share_propositions_and_each_charge_comes_once():
    both = charges_raised(["shelling_civilians", "ganja"])
    assert len(both) == len(set(both))
    assert both[0] == "rome:8.2.b.i"
    with pytest.raises(LawError, match="genocide"):
        charges_raised(["genocide"])


def test_sentences_speak_of_topics_and_elements_that_exist_and_pass_no_judgment():
    for sentence in load_sentences():
        assert sentence.topic in LAW.topics
        assert all(topic in LAW.topics for topic in sentence.premises)
        for place in sentence.only:
            charge, _, key = place.partition("#")
            assert LAW.charge(charge).element(key).topic == sentence.topic
        for word in ("guilt", "verdict", "perpetrator", "terrorist", "liberat", "occupier"):
            assert word not in sentence.text.lower()
