"""The worked examples of the legal study are the test vectors of the support rule."""

import pytest

from embers.errors import LawError
from embers.law.examples import load_example
from embers.law.library import load_law

CASES = [(name, place) for name in ("ganja", "pow") for place in range(len(load_example(name).expected))]


@pytest.mark.parametrize(("name", "place"), CASES)
def test_every_profile_and_what_if_gives_the_expected_labels(name, place):
    example = load_example(name)
    expected = example.expected[place]
    ledger = example.ledger(expected.profile, expected.what_ifs)
    assessed = ledger.assess()
    assert {id: found.label.code for id, found in assessed.items()} == expected.propositions
    elements = {}
    for id, routes in example.routes().items():
        charge, _, key = id.partition("#e")
        elements[id] = ledger.element(charge, key, routes, assessed).label.code
    assert elements == expected.elements


def test_vectors_cover_two_profiles_and_all_what_ifs():
    for name, what_ifs in (
        ("ganja", {"remnant", "answered", "milobj"}),
        ("pow", {"medical", "registry", "codetainee", "denial"}),
    ):
        expected = load_example(name).expected
        assert len(expected) == 12
        assert {row.profile for row in expected} == {"prof.rgb", "prof.rgb_named"}
        assert frozenset().union(*(row.what_ifs for row in expected)) == what_ifs


def test_example_elements_are_elements_of_the_charge_they_name():
    for name in ("ganja", "pow"):
        for id in load_example(name).routes():
            charge, _, key = id.partition("#e")
            assert load_law().charge(charge).element(key).key == key


def test_a_contested_route_is_flagged_though_a_better_one_exists():
    example = load_example("pow")
    ledger = example.ledger("prof.rgb", {"medical", "registry", "codetainee", "denial"})
    assessed = ledger.assess()
    routes = example.routes()["rome:8.2.a.ii-1#e1.m"]
    element = ledger.element("rome:8.2.a.ii-1", "1.m", routes, assessed)
    assert element.label.code == "supported"
    assert element.contested_route
    assert [label.code for label, _ in element.routes] == ["supported", "contested"]


def test_assumed_pieces_are_marked_and_no_private_name_is_shipped():
    pieces = load_example("ganja").ledger("prof.rgb").pieces
    assert {id for id, piece in pieces.items() if piece.assumed} == {"g1", "g2"}
    assert "a resident" in pieces["g1"].text


def test_unknown_example_and_unknown_profile_are_refused():
    with pytest.raises(LawError, match="worked example"):
        load_example("nowhere")
    with pytest.raises(LawError, match=r"prof\.none"):
        load_example("pow").ledger("prof.none")
