"""Displayed values: later figures, relays, decisions, and that no order of arrival matters."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from published_claims import published_claims

from embers.dates import parse
from embers.incidents.claim import Claim
from embers.incidents.displayed import Decision, Displayed, displayed
from embers.incidents.staleness import replaced_figures

POLICY = {"killed": "range", "weapon": "many", "person-status": "one", "video-count": "many"}
PLAIN = replace(
    published_claims()["K20-33"][0], earlier_in_series=False, reading="direct", operator="eq", to=None
)


def figure(
    id: str, number: int, day: str | None, *names: str, operator: str = "eq", reading: str = "direct"
) -> Claim:
    return replace(
        PLAIN,
        id=id,
        ref=id,
        field="killed",
        number=number,
        operator=operator,
        origins=names or ("gov",),
        as_of=parse(day) if day else None,
        reading=reading,
    )


def said(id: str, field: str, text: str, *names: str) -> Claim:
    return replace(
        PLAIN, id=id, ref=id, field=field, number=None, unit="", text=text, origins=names or ("gov",)
    )


def show(claims: list[Claim], decisions: tuple[Decision, ...] = ()) -> Displayed:
    (one,) = displayed(claims, decisions, policy=POLICY.__getitem__)
    return one


def test_a_later_figure_of_the_same_origin_replaces_the_earlier_and_both_are_kept() -> None:
    one = show([figure("a", 12, "2020-10-17"), figure("b", 15, "2020-10-19"), figure("c", 15, "2021", "ngo")])
    assert (one.text, one.basis) == ("15", "agreed")
    assert [(out.claim.id, out.reasons) for out in one.left_out] == [
        ("a", ("replaced by a later figure of the same origin",))
    ]
    (government, ngo) = one.series
    assert [(f.claim.id, f.replaced_by) for f in government.figures] == [("a", ("b",)), ("b", ())]
    assert ngo.origin == "ngo"
    assert set(one.why) == {"b", "c"}


def test_what_is_not_surely_later_replaces_nothing() -> None:
    assert show([figure("a", 12, "2020-10-17"), figure("b", 15, "2020")]).text == "12 to 15"
    assert show([figure("a", 12, "2020-10-17"), figure("b", 15, None)]).text == "12 to 15"
    assert show([figure("a", 12, "2020-10-17"), figure("b", 15, "2020-10-17")]).basis == "contested"


def test_another_origin_replaces_nothing() -> None:
    one = show([figure("a", 12, "2020-10-17"), figure("b", 15, "2020-10-19", "ngo")])
    assert (one.text, one.basis, one.left_out) == ("12 to 15", "contested", ())


def test_a_vaguer_word_takes_no_figure_back_and_a_sharper_one_does() -> None:
    vague = show([figure("a", 21, "2020-10-17"), figure("b", 12, "2020-10-19", operator="gte")])
    assert [claim.id for claim in vague.span.considered] == ["a", "b"]  # type: ignore[union-attr]
    sharp = show([figure("a", 12, "2020-10-17", operator="gte"), figure("b", 21, "2020-10-19")])
    assert (sharp.text, [out.claim.id for out in sharp.left_out]) == ("21", ["a"])


def test_a_page_that_passes_on_an_old_figure_does_not_make_it_new() -> None:
    claims = [
        figure("a", 12, "2020-10-17"),
        figure("b", 15, "2020-10-19"),
        figure("relay", 12, "2024", reading="secondary"),
        figure("undated", 12, None, reading="secondary"),
    ]
    one = show(claims)
    assert one.text == "15"
    assert {out.claim.id for out in one.left_out} == {"a", "relay", "undated"}
    again = show([*claims, figure("c", 12, "2024-02-01")])  # said anew by the origin itself
    assert again.text == "12"


def test_a_joint_figure_falls_only_when_every_origin_said_something_else() -> None:
    joint = figure("joint", 10, "2020-10-17", "one", "two")
    first = figure("a", 12, "2020-10-19", "one")
    assert set(replaced_figures([joint, first])) == set()
    assert set(replaced_figures([joint, first, figure("b", 13, "2020-10-20", "two")])) == {"joint"}


def test_the_kinds_of_not_knowing_stay_apart() -> None:
    some = replace(figure("a", 0, "2020-10-17"), operator="some", number=None)
    texts = [
        show([some]).text,
        show([figure("a", 0, "2020-10-17")]).text,
        show([figure("a", 3, "2020-10-17", operator="gte")]).text,
        show([figure("a", 3, "2020-10-17", operator="lte")]).text,
        show([figure("a", 3, "2020-10-17", operator="approx")]).text,
        show([replace(figure("a", 3, "2020-10-17"), operator="between", to=5)]).text,
        show([replace(figure("a", 3, "2020-10-17"), scope="partial")]).text,
    ]
    assert texts == [
        "several (no figure given)",
        "none",
        "at least 3",
        "at most 3",
        "about 3",
        "between 3 and 5",
        "not known",
    ]


def test_figures_of_other_units_are_never_one_range() -> None:
    claims = [figure("a", 4, "2020-10-02"), replace(figure("b", 3, "2020-10-02"), unit="strikes")]
    found = displayed(claims, (), policy=POLICY.__getitem__)
    assert [(one.unit, one.text) for one in found] == [("persons", "4"), ("strikes", "3")]


def test_contested_until_decided_and_again_when_the_choice_is_taken_back() -> None:
    one, other = said("a", "person-status", "civilian"), said("b", "person-status", "fighter", "ngo")
    assert show([one, other]).basis == "contested"
    decision = Decision("d", "person-status", "b")
    decided = show([one, other], (decision,))
    assert (decided.basis, decided.text, decided.why) == ("decided", "fighter", ("b", "d"))
    assert [value.text for value in decided.values] == ["civilian", "fighter"]
    lapsed = show([one], (decision,))  # the chosen claim was taken back
    assert (lapsed.basis, lapsed.lapsed) == ("agreed", ("d",))


def test_two_decisions_that_differ_settle_nothing() -> None:
    claims = [figure("a", 12, "2020-10-17"), figure("b", 15, "2020-10-17", "ngo")]
    choices = (Decision("d1", "killed", "a"), Decision("d2", "killed", "b"))
    one = show(claims, choices)
    assert (one.basis, one.text, one.decisions) == ("contested", "12 to 15", ("d1", "d2"))
    assert show(claims, choices[:1]).text == "12"
    assert show(claims, (choices[0], Decision("d3", "killed", "a"))).basis == "decided"


def test_a_decision_stands_and_says_that_the_origin_has_spoken_since() -> None:
    claims = [figure("a", 12, "2020-10-17"), figure("b", 15, "2020-10-19")]
    one = show(claims, (Decision("d", "killed", "a"),))
    assert (one.text, one.basis, one.overtaken) == ("12", "decided", ("b",))


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Claim], list[Decision]]:
    claims = []
    for n in range(draw(st.integers(0, 8))):
        day = draw(st.sampled_from([None, "2020", "2020-10", "2020-10-17", "2020-10-18", "2020-10-20"]))
        names = draw(st.sets(st.sampled_from("abcd"), min_size=1, max_size=2))
        if draw(st.booleans()):
            operator = draw(st.sampled_from(["eq", "gte", "lte", "approx"]))
            reading = draw(st.sampled_from(["direct", "secondary"]))
            made = figure(
                f"c{n}", draw(st.integers(0, 5)), day, *sorted(names), operator=operator, reading=reading
            )
            claims.append(
                replace(
                    made,
                    scope=draw(st.sampled_from(["incident", "incident", "partial", "wider"])),
                    inferred=draw(st.sampled_from([False, False, True])),
                )
            )
        else:
            field = draw(st.sampled_from(["weapon", "person-status"]))
            claims.append(said(f"c{n}", field, draw(st.sampled_from(["x", "X ", "y"])), *sorted(names)))
    chosen = st.tuples(st.sampled_from(["killed", "weapon", "person-status"]), st.integers(0, 9))
    decisions = [
        Decision(f"d{n}", field, f"c{pick}")
        for n, (field, pick) in enumerate(draw(st.lists(chosen, max_size=3)))
    ]
    return claims, decisions


@given(cases(), st.randoms(use_true_random=False))
def test_no_order_changes_what_is_displayed(case: tuple[list[Claim], list[Decision]], random: object) -> None:
    claims, decisions = case
    others, choices = list(claims), list(decisions)
    random.shuffle(others)  # type: ignore[attr-defined]
    random.shuffle(choices)  # type: ignore[attr-defined]
    policy = POLICY.__getitem__
    assert displayed(others, choices, policy=policy) == displayed(claims, decisions, policy=policy)


@given(cases())
def test_every_claim_is_shown_or_left_out_and_the_text_names_what_it_rests_on(
    case: tuple[list[Claim], list[Decision]],
) -> None:
    claims, decisions = case
    found = displayed(claims, decisions, policy=POLICY.__getitem__)
    seen = [id for one in found for value in one.values for id in value.ids]
    seen += [out.claim.id for one in found for out in one.left_out]
    assert sorted(seen) == sorted(claim.id for claim in claims)
    assert all(one.why for one in found)


@given(cases())
def test_the_last_word_of_every_origin_is_never_replaced(case: tuple[list[Claim], list[Decision]]) -> None:
    claims, _ = case
    stale = replaced_figures(claims)
    for one in stale.values():
        by = [claim for claim in claims if claim.id in one.by]
        assert by
        assert all(set(claim.origins) & set(one.claim.origins) for claim in by)
    figures = [c for c in claims if c.has_figure and c.scope == "incident" and not c.inferred]
    assert not figures or len(stale) < len(figures)


@given(cases(), st.data())
def test_a_relay_of_a_figure_changes_no_range_and_adds_no_origin(
    case: tuple[list[Claim], list[Decision]], data: st.DataObject
) -> None:
    claims = [claim for claim in case[0] if claim.has_figure]
    if not claims:
        return
    original = data.draw(st.sampled_from(claims))
    day = data.draw(st.sampled_from([original.as_of, parse("2024"), None]))
    if original.as_of is None or original.as_of.text in {"2020", "2020-10"}:
        day = original.as_of  # what has no sure day cannot be shown to have been said before
    relay = replace(original, id="relay", ref="relay", source="another page", reading="secondary", as_of=day)
    before = show(claims).span
    after = show([*claims, relay]).span
    assert before is not None
    assert after is not None
    assert (before.minimum, before.maximum) == (after.minimum, after.maximum)
