"""The verifier and Embers agree on what stands, whatever retracts and supersedes what."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.journal.standing import standings
from embers.vocabulary.loader import load_vocabulary

NAMES = [f"a{n}" for n in range(9)]
Relations = list[tuple[str, str, str]]
#: Each assertion has a value of its own, so that what stands is told by it; some are said by an act of their own.
LASTING = {"a2": "erasure-order", "a5": "compartment-left"}
CASES: dict[str, Relations] = {
    "a correction taken back": [("a1", "supersedes", "a0"), ("a3", "retracts", "a1")],
    "a retraction taken back": [("a1", "retracts", "a0"), ("a3", "retracts", "a1")],
    "and that taken back too": [("a1", "retracts", "a0"), ("a3", "retracts", "a1"), ("a4", "retracts", "a3")],
    "superseded through what was taken back": [
        ("a1", "supersedes", "a0"),
        ("a3", "supersedes", "a1"),
        ("a4", "retracts", "a1"),
    ],
    "an erasure is not undone": [("a2", "retracts", "a0"), ("a3", "retracts", "a2")],
    "a circle": [("a0", "retracts", "a1"), ("a1", "retracts", "a0"), ("a1", "retracts", "a3")],
}


def stands(verifier: ModuleType, relations: Relations) -> set[str]:
    """Return what the verifier takes as standing of one sound entry that says all of it."""
    said = [
        {
            "id": id,
            "s": "incident:x",
            "p": LASTING.get(id, "note"),
            "v": id,
            "rel": [{"rel": rel, "id": target} for by, rel, target in relations if by == id],
        }
        for id in NAMES
    ]
    found = verifier.Findings()
    found.sound["data/entries/x.json"] = {"assertions": said}
    verifier.learn_assertions(found)
    assert found.problems == []
    return {value for values in found.standing.values() for value in values}


def expected(relations: Relations) -> set[str]:
    every = standings(relations, NAMES, lasting=LASTING.keys())
    return {id for id, one in every.items() if one.status == "live"}


@pytest.mark.parametrize("name", CASES)
def test_they_agree_on_what_people_do(verifier: ModuleType, name: str) -> None:
    assert stands(verifier, CASES[name]) == expected(CASES[name])


RELATION = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(["retracts", "supersedes", "disputes"]), st.sampled_from(NAMES)
)


@given(relations=st.lists(RELATION, max_size=16, unique=True))
def test_they_agree_on_whatever_is_signed(verifier: ModuleType, relations: Relations) -> None:
    assert stands(verifier, relations) == expected(relations)


def test_deeper_than_anybody_goes_the_verifier_takes_nothing_as_standing(verifier: ModuleType) -> None:
    chain = [(f"b{n}", "retracts", f"b{n - 1}") for n in range(1, 101)]
    said = [
        {
            "id": f"b{n}",
            "s": "incident:x",
            "p": "note",
            "v": n,
            "rel": [{"rel": "retracts", "id": f"b{n - 1}"}],
        }
        for n in range(101)
    ]
    found = verifier.Findings()
    found.sound["data/entries/x.json"] = {"assertions": said}
    verifier.learn_assertions(found)
    taken = {value for values in found.standing.values() for value in values}
    live = {n for n in range(101) if standings(chain, [f"b{n}"])[f"b{n}"].status == "live"}
    assert taken < live, "it may miss one that was brought back so often, never take one that was withdrawn"
    assert 100 in taken


def test_it_knows_what_is_not_undone(verifier: ModuleType) -> None:
    for one in load_vocabulary().predicates.values():
        by_hand = one.by_hand or one.id == "decision"
        assert bool(verifier.LASTING.match(one.id)) != by_hand, (
            f"{one.id}: say in LASTING of verify.py and in FORMAT.md whether it is said by an act of its own"
        )
