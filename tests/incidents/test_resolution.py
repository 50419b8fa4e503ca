from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_claims import published_claims, rows

from embers.dates import parse
from embers.incidents.claim import Claim
from embers.incidents.resolution import (
    casualty_range,
    contested,
    describe_range,
    disagreements,
    display_value,
    origins,
    toll_series,
)

CLAIMS = published_claims()
GANJA = CLAIMS["K20-33"]


@pytest.mark.parametrize("row", rows("incidents.csv"), ids=lambda row: row["id"])
def test_ranges_recompute_to_the_published_values(row: dict[str, str]) -> None:
    for field in ("killed", "injured"):
        found = casualty_range(CLAIMS.get(row["id"], ()), field)
        assert tuple("" if n is None else str(n) for n in (found.minimum, found.maximum)) == (
            row[f"{field}_min"],
            row[f"{field}_max"],
        )


@pytest.mark.parametrize("row", rows("incidents.csv"), ids=lambda row: row["id"])
def test_displayed_figures_come_from_the_chosen_claims(row: dict[str, str]) -> None:
    best = {
        r["field"]: r["claim_id"]
        for r in rows("claims.csv")
        if r["used_as_best"] == "yes" and r["incident_id"] == row["id"]
    }
    for field in ("killed", "injured"):
        shown = display_value(CLAIMS.get(row["id"], ()), field, decision=best.get(field))
        if row[field]:
            assert shown.basis == "decided"
            assert shown.claim is not None
            assert str(shown.claim.number) == row[field]
        else:
            assert shown.claim is None


def test_every_claim_is_either_counted_or_left_out_with_a_reason() -> None:
    for claims in CLAIMS.values():
        for field in ("killed", "injured"):
            found = casualty_range(claims, field)
            kept = {c.id for c in found.considered} | {e.claim.id for e in found.excluded}
            assert kept == {c.id for c in claims if c.field == field}
            assert all(excluded.reasons for excluded in found.excluded)


def test_reasons_for_leaving_out() -> None:
    reasons = {e.claim.id: e.reasons for e in casualty_range(CLAIMS["K20-19"], "injured").excluded}
    assert reasons == {
        "C078": ("earlier figure of the same running count",),
        "C080": ("worked out by the compilers",),
    }
    assert casualty_range(CLAIMS["K20-13"], "injured").excluded[0].reasons == ("no figure given",)
    assert {e.reasons for e in casualty_range(CLAIMS["K20-20"], "killed").excluded} == {
        ("covers more than the incident",)
    }


def test_ganja_17_october() -> None:
    killed = casualty_range(GANJA, "killed")
    assert describe_range(killed, "killed") == "13 to 21 killed, by 5 origins"
    assert {group.origins for group in origins(killed.considered)} == {
        ("amnesty",),
        ("aze_gov",),
        ("hrw",),
        ("iphr_truth_hounds",),
        ("wikipedia",),
    }
    assert contested(GANJA, "killed")
    assert display_value(GANJA, "killed").text == "13 to 21"
    assert display_value(GANJA, "killed").basis == "contested"
    assert [claim.number for claim in toll_series(GANJA, "killed")][:3] == [12, 13, 13]
    assert toll_series(GANJA, "killed")[-1].id == "C169"  # the only one without a day
    assert describe_range(casualty_range(GANJA, "injured"), "injured") == "50 to 55 injured, by 4 origins"


def test_organs_of_one_government_are_one_origin() -> None:
    official = [claim for claim in GANJA if claim.field == "killed" and claim.side == "AZE"]
    assert len({claim.claimant for claim in official}) == 3
    assert [group.origins for group in origins(official)] == [("aze_gov",)]


def test_one_body_against_itself_is_not_called_contested() -> None:
    official = [claim for claim in GANJA if claim.side == "AZE"]
    pairs = disagreements(official, "injured")  # more than 53, and 52
    assert [pair.same_origin for pair in pairs] == [True]
    assert not contested(official, "injured")
    assert display_value(official, "injured").basis == "contested"


def test_at_least_agrees_with_a_larger_figure() -> None:
    assert not contested(CLAIMS["K20-37"], "killed")  # 21, at least 21
    assert display_value(CLAIMS["K20-37"], "killed").text == "at least 21"
    assert (
        describe_range(casualty_range(CLAIMS["K20-37"], "injured"), "injured")
        == "at least 70 injured, by 2 origins"
    )
    assert contested(CLAIMS["K20-21"], "injured")  # 4, at least 30
    assert (
        describe_range(casualty_range(CLAIMS["K20-21"], "injured"), "injured")
        == "4 to 30 or more injured, by 2 origins"
    )


def test_unknown_is_never_zero() -> None:
    for incident in ("K20-22", "K20-20", "K20-08"):
        found = casualty_range(CLAIMS[incident], "injured")
        assert (found.minimum, found.maximum, found.known) == (None, None, False)
        assert describe_range(found, "injured") == "injured: not known"
    assert display_value(CLAIMS["K20-22"], "injured").text == "several (no figure given)"
    assert display_value(CLAIMS["K20-08"], "injured").text == "not known"
    nobody = casualty_range(CLAIMS["K20-26"], "killed")
    assert (nobody.minimum, nobody.maximum) == (0, 0)
    assert describe_range(nobody, "killed") == "none killed, by 1 origin"


def test_a_wider_figure_is_shown_with_its_limit() -> None:
    shown = display_value(CLAIMS["K20-20"], "killed", decision="C087")
    assert shown.text == "4 (covers more than this incident)"
    assert display_value(CLAIMS["K20-20"], "killed").basis == "unknown"


def made(number: int, *names: str, operator: str = "eq", to: int | None = None, id: str = "x") -> Claim:
    return replace(
        GANJA[0],
        id=id,
        ref=id,
        origins=names,
        number=number,
        operator=operator,
        to=to,
        earlier_in_series=False,
    )


def test_joint_statements_join_their_origins() -> None:
    claims = [made(1, "a", id="1"), made(1, "b", id="2"), made(1, "c", id="3"), made(1, "a", "b", id="4")]
    assert [group.origins for group in origins(claims)] == [("a", "b"), ("c",)]
    assert [group.origins for group in origins(claims[:3])] == [("a",), ("b",), ("c",)]


def test_a_figure_repeated_by_five_relays_is_one_origin() -> None:
    relays = [replace(made(10, "hrw", id=str(n)), claimant=f"paper {n}", source=f"S{n}") for n in range(5)]
    assert describe_range(casualty_range(relays, "killed"), "killed") == "10 killed, by 1 origin"


def test_between_enters_with_both_figures() -> None:
    found = casualty_range([made(8, "a", operator="between", to=10, id="1"), made(9, "b", id="2")], "killed")
    assert (found.minimum, found.maximum) == (8, 10)
    assert not contested(found.considered, "killed")


@st.composite
def claim_lists(draw: st.DrawFn) -> list[Claim]:
    count = draw(st.integers(0, 8))
    return [
        replace(
            made(
                draw(st.integers(0, 60)),
                *draw(st.sets(st.sampled_from("abcde"), min_size=1, max_size=2)),
                id=str(n),
            ),
            operator=draw(st.sampled_from(["eq", "gte", "lte", "approx"])),
            scope=draw(st.sampled_from(["incident", "partial", "wider"])),
            earlier_in_series=draw(st.booleans()),
            inferred=draw(st.booleans()),
            as_of=draw(st.sampled_from([None, parse("2020-10-17"), parse("2020-10"), parse("2021")])),
        )
        for n in range(count)
    ]


@given(claim_lists(), st.randoms(use_true_random=False))
def test_order_of_claims_never_matters(claims: list[Claim], random: object) -> None:
    shuffled = list(claims)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert casualty_range(shuffled, "killed") == casualty_range(claims, "killed")
    assert origins(shuffled) == origins(claims)
    assert toll_series(shuffled, "killed") == toll_series(claims, "killed")
    assert disagreements(shuffled, "killed") == disagreements(claims, "killed")


@given(claim_lists())
def test_groups_share_no_origin_and_lose_no_claim(claims: list[Claim]) -> None:
    groups = origins(claims)
    names = [name for group in groups for name in group.origins]
    assert len(names) == len(set(names))
    assert sorted(c.id for group in groups for c in group.claims) == sorted(c.id for c in claims)


@given(claim_lists())
def test_range_encloses_every_counted_figure(claims: list[Claim]) -> None:
    found = casualty_range(claims, "killed")
    for claim in found.considered:
        assert found.minimum is not None
        assert found.maximum is not None
        assert claim.number is not None
        assert found.minimum <= claim.number <= found.maximum
    assert found.known == bool(found.considered)
