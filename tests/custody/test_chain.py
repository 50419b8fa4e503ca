from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.custody.chain import BACK, HANDED, TAKEN, Step, read_chain, seal_deviation


def step(number, kind, signer, *, answers=(), **value):
    when = f"2020-10-17T08:{number:02d}:00Z"
    return Step(
        f"a{number}", f"e{number}", signer, when, {"step": kind, "detail": "x", **value}, tuple(answers)
    )


def transfer(number, giver, receiver):
    return (
        step(number, "transfer", giver, **{"phase": HANDED, "from": giver, "to": receiver}),
        step(
            number + 1,
            "transfer",
            receiver,
            answers=[f"a{number}"],
            **{"phase": TAKEN, "from": giver, "to": receiver},
        ),
    )


WHOLE = (
    step(0, "receive", "A", bag="B-1", seal="S-1"),
    *transfer(1, "A", "B"),
    step(3, "open", "B", found="S-1"),
    step(4, "seal", "B", seal="S-2"),
    *transfer(5, "B", "C"),
    step(7, "return", "C", to="W-03"),
)


def test_a_whole_chain_is_unbroken():
    chain = read_chain(WHOLE[:-1])
    assert (chain.unbroken, chain.holder, chain.seal, chain.bag) == (True, "C", "S-2", "B-1")
    assert "unbroken" in chain.in_words()
    assert read_chain(WHOLE).gone
    assert read_chain(WHOLE).holder == ""


@pytest.mark.parametrize("left_out", [0, 1, 2, 5, 6])
def test_a_chain_that_lacks_an_event_that_moves_it_names_the_gap(left_out):
    chain = read_chain([one for place, one in enumerate(WHOLE) if place != left_out])
    assert not chain.unbroken
    assert chain.gaps
    assert "gap" in chain.in_words()


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([step(0, "receive", "A"), step(1, "seal", "B", seal="S")], 'B did "seal"'),
        ([step(0, "receive", "A"), transfer(1, "A", "B")[0]], "B has not confirmed"),
        ([step(0, "receive", "A"), transfer(1, "A", "B")[1]], "without a hand-over"),
        ([step(0, "receive", "A"), *transfer(1, "B", "C")], "although A held it"),
        ([step(0, "receive", "A"), step(1, "receive", "B")], "although A held it"),
        ([step(0, "receive", "A"), step(1, "transfer", "A", to="B")], "only one person signed"),
        (
            [step(0, "receive", "A"), step(1, "return", "A", to="W"), step(2, "access", "A")],
            "after it had been returned",
        ),
        ([step(0, "access", "A")], "begins in the middle"),
    ],
)
def test_each_gap_is_named(steps, words):
    assert any(words in gap for gap in read_chain(steps).gaps)


def test_taking_over_twice_and_by_the_wrong_person_is_named():
    first, second = transfer(1, "A", "B")
    again = step(3, "transfer", "C", answers=["a1"], phase=TAKEN)
    assert any("a second time" in gap for gap in read_chain([WHOLE[0], first, second, again]).gaps)
    wrong = step(2, "transfer", "C", answers=["a1"], phase=TAKEN)
    assert any("handed to B" in gap for gap in read_chain([WHOLE[0], first, wrong]).gaps)


def test_what_was_handed_over_can_be_taken_back():
    first, _ = transfer(1, "A", "B")
    back = step(2, "transfer", "A", answers=["a1"], phase=BACK)
    chain = read_chain([WHOLE[0], first, back])
    assert (chain.unbroken, chain.holder) == (True, "A")


def test_deviations_are_shown():
    chain = read_chain([WHOLE[0], step(1, "open", "A", found="S-9", deviation=seal_deviation("S-1", "S-9"))])
    assert chain.unbroken
    assert "'S-9' was found; recorded was seal 'S-1'" in chain.discrepancies[0]
    assert seal_deviation("S-1", "S-1") == ""
    assert "missing" in seal_deviation("S-1", "missing")


@given(st.permutations(WHOLE[:3]))
def test_clocks_that_disagree_do_not_put_an_answer_before_its_question(steps):
    order = [one.assertion for one in read_chain(steps).steps]
    assert order.index("a1") < order.index("a2")


@given(st.lists(st.sampled_from(WHOLE), max_size=12))
def test_any_events_in_any_order_are_read(steps):
    chain = read_chain(steps)
    assert len(chain.steps) == len(steps)
    assert chain.in_words()


def test_no_subset_with_a_missing_receipt_is_called_unbroken():
    for size in range(1, 6):
        for chosen in itertools.combinations(WHOLE[1:], size):
            assert not read_chain(chosen).unbroken
