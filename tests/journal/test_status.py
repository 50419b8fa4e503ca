"""How an assertion stands is a function of the relations there are: undone, redone, disputed, in circles."""

from __future__ import annotations

import random

import pytest

from embers.journal.status import Relating, Status, statuses


def stand(relations: list[Relating], *ids: str, final: str = "") -> list[str]:
    def naming(targets):
        wanted = set(targets)
        return [one for one in relations if one[2] in wanted]

    def undoable(some):
        return [one for one in some if one != final]

    return [f"{one.word}{'!' if one.disputed else ''}" for one in statuses(ids, naming, undoable).values()]


@pytest.mark.parametrize(
    ("relations", "a"),
    [
        ([], "live"),
        ([("r", "retracts", "a")], "retracted"),
        ([("r", "retracts", "a"), ("s", "retracts", "r")], "live"),
        ([("r", "retracts", "a"), ("s", "retracts", "r"), ("t", "retracts", "s")], "retracted"),
        ([("b", "supersedes", "a")], "superseded"),
        ([("b", "supersedes", "a"), ("c", "supersedes", "b")], "superseded"),
        ([("b", "supersedes", "a"), ("r", "retracts", "b")], "live"),
        ([("b", "supersedes", "a"), ("r", "retracts", "a")], "retracted"),
        ([("n", "disputes", "a")], "live!"),
        ([("n", "disputes", "a"), ("r", "retracts", "n")], "live"),
        ([("n", "disputes", "a"), ("m", "disputes", "a"), ("r", "retracts", "n")], "live!"),
        ([("a", "retracts", "a")], "retracted"),
        ([("r", "retracts", "a"), ("r", "retracts", "s"), ("s", "retracts", "r")], "retracted"),
        # A circle that something outside takes back is none any more.
        (
            [("r", "retracts", "a"), ("r", "retracts", "s"), ("s", "retracts", "r"), ("t", "retracts", "r")],
            "live",
        ),
    ],
)
def test_what_an_assertion_comes_to(relations, a):
    assert stand(relations, "a") == [a]


def test_what_an_act_of_its_own_said_is_not_taken_back():
    erased = [("r", "retracts", "a"), ("s", "retracts", "r")]
    assert stand(erased, "a") == ["live"]
    assert stand(erased, "a", final="r") == ["retracted"]
    assert stand(erased, "r", final="r") == ["retracted"]


def test_the_order_of_relations_does_not_matter():
    draw = random.Random(7)
    names = "abcdefgh"
    for _ in range(300):
        kinds = ("retracts", "supersedes", "disputes")
        relations = [(draw.choice(names), draw.choice(kinds), draw.choice(names)) for _ in range(8)]
        first = stand(relations, *names)
        draw.shuffle(relations)
        assert stand(relations, *names) == first


def test_nothing_asked_is_nothing_found():
    assert statuses([], lambda _: [], lambda _: []) == {}
    assert Status() == Status("live", False)
