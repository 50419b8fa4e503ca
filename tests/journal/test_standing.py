"""What stands follows from the set of relations: order never matters, and taking back restores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.journal.standing import Relating, Standing, standing_of, standings

LIVE = Standing("live", disputed=False)
NAMES = [f"a{n}" for n in range(9)]


def status(relations: list[tuple[str, str, str]], id: str) -> str:
    return standings(relations, [id])[id].status


def test_taking_back_a_retraction_restores() -> None:
    first = [("r", "retracts", "x")]
    assert status(first, "x") == "retracted"
    again = [*first, ("rr", "retracts", "r")]
    assert status(again, "x") == "live"
    assert status([*again, ("rrr", "retracts", "rr")], "x") == "retracted"


def test_leaving_a_circle_is_not_undone_by_taking_it_back() -> None:
    relations = [("left", "retracts", "member"), ("forged", "retracts", "left")]
    assert standings(relations, ["member"])["member"] == LIVE
    assert standings(relations, ["member"], lasting={"left"})["member"].status == "retracted"


def test_taking_back_a_correction_restores_what_it_corrected() -> None:
    chain = [("b", "supersedes", "a"), ("c", "supersedes", "b")]
    assert [status(chain, id) for id in "abc"] == ["superseded", "superseded", "live"]
    last = [*chain, ("r", "retracts", "c")]
    assert [status(last, id) for id in "abc"] == ["superseded", "live", "retracted"]
    middle = [*chain, ("r", "retracts", "b")]
    assert [status(middle, id) for id in "abc"] == ["superseded", "retracted", "live"]
    both = [*last, ("s", "retracts", "b")]
    assert status(both, "a") == "live"


def test_a_dispute_taken_back_is_none() -> None:
    disputed = [("d", "disputes", "x")]
    assert standings(disputed, ["x"])["x"] == Standing("live", disputed=True)
    assert standings([*disputed, ("r", "retracts", "d")], ["x"])["x"] == LIVE


def test_a_forged_circle_does_not_stand() -> None:
    circle = [("a", "retracts", "b"), ("b", "retracts", "a"), ("b", "retracts", "x")]
    assert [status(circle, id) for id in "abx"] == ["retracted"] * 3
    assert status([("a", "supersedes", "a")], "a") == "superseded"


def test_a_long_chain_is_walked_without_recursion() -> None:
    chain = [(f"n{n}", "retracts", f"n{n - 1}") for n in range(1, 5001)]
    assert status(chain, "n0") == "live"
    assert status(chain[:-1], "n0") == "retracted"


RELATIONS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(["retracts", "supersedes", "disputes"]),
        st.sampled_from(NAMES),
    ),
    max_size=14,
)


@given(RELATIONS, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(relations: list[tuple[str, str, str]], random: object) -> None:
    shuffled = [*relations, *relations]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standings(shuffled, NAMES) == standings(relations, NAMES)


@given(RELATIONS, st.sampled_from(NAMES))
def test_retracting_and_taking_that_back_changes_nothing(
    relations: list[tuple[str, str, str]], target: str
) -> None:
    undone = [*relations, ("new", "retracts", target), ("newer", "retracts", "new")]
    assert standings(undone, NAMES) == standings(relations, NAMES)


def stand(relations: list[Relating], *ids: str, final: str = "") -> list[str]:
    def naming(targets):
        wanted = set(targets)
        return [one for one in relations if one[2] in wanted]

    def undoable(some):
        return [one for one in some if one != final]

    return [
        f"{one.status}{'!' if one.disputed else ''}" for one in standing_of(ids, naming, undoable).values()
    ]


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
