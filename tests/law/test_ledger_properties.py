"""Properties of the support rule that must hold for any material."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.errors import LawError
from embers.law.independence import components
from embers.law.ledger import Label, Ledger, Piece, Proposition, Rival
from embers.law.library import load_law
from embers.law.propositions import GATES, KINDS, RANKS

PROFILES = st.sampled_from(sorted(load_law().profiles.values(), key=lambda profile: profile.id))
TOPICS = st.sampled_from(["death", "sexual_act", "conflict_iac"])


@st.composite
def pieces(draw, gates=GATES, prefix="p", max_size=6):
    count = draw(st.integers(0, max_size))
    return [
        Piece(
            id=f"{prefix}{place}",
            kind=draw(st.sampled_from(sorted(KINDS))),
            rank=draw(st.sampled_from(sorted(RANKS))),
            origins=tuple(draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True))),
            gates=draw(st.sampled_from(sorted(gates))),
        )
        for place in range(count)
    ]


def proposition(pro=(), contra=(), **given):
    return Proposition(
        **{
            "id": "q",
            "text": "It happened.",
            "topic": "death",
            "searched": True,
            "pro": tuple(piece.id for piece in pro),
            "contra": tuple(piece.id for piece in contra),
            **given,
        }
    )


def assess(profile, pro, contra=(), **given):
    held = {piece.id: piece for piece in (*pro, *contra)}
    return Ledger(held, {"q": proposition(pro, contra, **given)}, profile).assess()["q"]


def independent(kind="physical"):
    return Piece(id="new", kind=kind, rank="primary", origins=("nobody else",), gates="ok")


@given(PROFILES, pieces(), TOPICS, st.booleans())
def test_an_independent_sound_piece_never_lowers_an_unopposed_label(profile, pro, topic, searched):
    before = assess(profile, pro, topic=topic, searched=searched).label
    after = assess(profile, [*pro, independent()], topic=topic, searched=searched).label
    assert after >= before


@given(PROFILES, pieces(gates={"ok"}, max_size=4), st.data())
def test_a_relay_of_what_is_held_never_raises_a_label(profile, pro, data):
    held = [piece for piece in pro if piece.rank != "context"]
    if not held:
        return
    original = data.draw(st.sampled_from(held))
    relay = replace(original, id="relay", rank="derived", origins=original.origins)
    assert assess(profile, [*pro, relay]).label <= assess(profile, pro).label
    retold = replace(relay, origins=("somebody new",), depends_on=(original.id,))
    assert assess(profile, [*pro, retold]).label <= assess(profile, pro).label


@given(PROFILES, pieces(), pieces(prefix="c"), st.randoms(use_true_random=False))
def test_order_does_not_matter(profile, pro, contra, random):
    before = assess(profile, pro, contra)
    random.shuffle(pro)
    random.shuffle(contra)
    after = assess(profile, pro, contra)
    assert (after.label, after.strength, set(after.live_opposition)) == (
        before.label,
        before.strength,
        set(before.live_opposition),
    )


@given(PROFILES, pieces(), pieces(prefix="c"), pieces(gates={"fail"}, prefix="x"), st.booleans())
def test_impeached_pieces_have_no_effect(profile, pro, contra, impeached, against):
    before = assess(profile, pro, contra, searched=False)
    more = (pro, [*contra, *impeached]) if against else ([*pro, *impeached], contra)
    after = assess(profile, *more, searched=False)
    assert (after.label, after.strength) == (before.label, before.strength)


@given(PROFILES, pieces(), pieces(prefix="c"))
def test_answered_opposition_is_not_live(profile, pro, contra):
    answered = frozenset(piece.id for piece in contra)
    found = assess(profile, pro, contra, answered=answered)
    assert found.live_opposition == ()
    # The same pieces stay in the incident (their origins link), only nothing stands against the proposition.
    held = {piece.id: piece for piece in (*pro, *contra)}
    assert found.label == Ledger(held, {"q": proposition(pro)}, profile).assess()["q"].label
    assert not any(gap.startswith("answer in writing") for gap in found.gaps)


@given(pieces(), pieces(prefix="c"))
def test_the_gap_profile_never_says_that_its_standard_is_met(pro, contra):
    found = assess(load_law().profile("prof.brd_gap"), [*pro, independent()], contra)
    assert found.label < Label.SUPPORTED
    assert any("for a court" in gap for gap in found.gaps)


@given(PROFILES, pieces(), pieces(prefix="c"), TOPICS)
def test_whatever_is_not_supported_says_what_is_missing(profile, pro, contra, topic):
    found = assess(profile, pro, contra, topic=topic)
    assert bool(found.gaps) or found.label in {Label.SUPPORTED, Label.REFUTED}


RGB = load_law().profile("prof.rgb")
ONE = Piece("one", "testimonial", "primary", ("w1",), "ok")
TWO = Piece("two", "documentary", "derived", ("w2",), "ok")
DENIAL = Piece("denial", "documentary", "derived", ("ministry",), "ok")


@pytest.mark.parametrize(
    ("pro", "contra", "given", "label"),
    [
        ([], [], {"searched": False}, Label.NOT_EXAMINED),
        ([], [], {}, Label.UNSUPPORTED),
        ([ONE], [], {}, Label.THIN),
        ([ONE, TWO], [], {}, Label.SUPPORTED),
        ([TWO], [], {}, Label.THIN),
        ([ONE], [], {"topic": "sexual_act"}, Label.SUPPORTED),
        ([ONE, TWO], [DENIAL], {}, Label.CONTESTED),
        ([ONE, TWO], [replace(DENIAL, gates="open")], {}, Label.CONTESTED),
        ([ONE, TWO], [replace(DENIAL, rank="context")], {}, Label.SUPPORTED),
        ([ONE, TWO], [DENIAL], {"answered": frozenset({"denial"})}, Label.SUPPORTED),
        ([DENIAL], [ONE, TWO], {}, Label.REFUTED),
        ([], [DENIAL], {}, Label.UNSUPPORTED),
        ([ONE, replace(TWO, gates="open")], [], {}, Label.THIN),
        ([ONE, replace(TWO, rank="context")], [], {}, Label.THIN),
    ],
)
def test_each_rule_of_the_label(pro, contra, given, label):
    assert assess(RGB, pro, contra, **given).label is label


@pytest.mark.parametrize(
    ("profile", "states", "label"),
    [
        ("prof.rgb", [], Label.THIN),
        ("prof.rgb", ["open"], Label.THIN),
        ("prof.rgb", ["as_plausible"], Label.SUPPORTED),
        ("prof.rgb_named", ["as_plausible"], Label.THIN),
        ("prof.rgb_named", ["less_plausible", "refuted"], Label.SUPPORTED),
        ("prof.suspicion", ["open"], Label.SUPPORTED),
        ("prof.brd_gap", ["refuted"], Label.THIN),
    ],
)
def test_rival_explanations_cap_an_inference(profile, states, label):
    three = Piece("three", "physical", "primary", ("w3",), "ok")
    rivals = tuple(Rival(f"Rival {state}", state) for state in states)
    found = assess(load_law().profile(profile), [ONE, TWO, three], inference=True, rivals=rivals)
    assert found.label is label


def test_an_inference_takes_the_better_of_its_pieces_and_its_weakest_premise():
    rivals = (Rival("Something else", "less_plausible"),)
    held = {"one": ONE, "two": TWO}
    premises = {
        "a": proposition([ONE, TWO], id="a"),
        "b": proposition([ONE], id="b"),
        "c": proposition([], id="c", inference=True, premises=("a", "b"), rivals=rivals),
        "d": proposition([], id="d", inference=True, premises=("a",), rivals=rivals),
    }
    found = Ledger(held, premises, RGB).assess()
    assert (found["c"].label, found["d"].label) == (Label.THIN, Label.SUPPORTED)
    assert found["c"].gaps == ("first settle the premise: It happened.",)


def test_propositions_that_rest_on_each_other_are_refused():
    circle = {
        "a": proposition(id="a", inference=True, premises=("b",)),
        "b": proposition(id="b", inference=True, premises=("a",)),
    }
    with pytest.raises(LawError, match="rest on each other"):
        Ledger({}, circle, RGB).assess()


def test_wrong_inputs_are_refused_by_name():
    with pytest.raises(LawError, match="hearsay"):
        replace(ONE, kind="hearsay")
    with pytest.raises(LawError, match="likely"):
        Rival("x", "likely")
    with pytest.raises(LawError, match="'gone'"):
        Ledger({}, {"q": proposition(pro=[replace(ONE, id="gone")])}, RGB).assess()
    ledger = Ledger({"one": ONE}, {"q": proposition([ONE])}, RGB)
    with pytest.raises(LawError, match="empty"):
        ledger.element("rome:8.2.b.i", "1", [[]], ledger.assess())
    with pytest.raises(LawError, match="'z'"):
        ledger.element("rome:8.2.b.i", "1", [["z"]], ledger.assess())


def test_an_impeached_original_still_ties_together_what_rests_on_it():
    forged = Piece("forged", "digital", "primary", ("a", "b"), "fail")
    copies = [
        Piece(f"copy{n}", "digital", "derived", (f"site{n}",), "ok", depends_on=("forged",)) for n in (1, 2)
    ]
    others = [
        Piece("pa", "digital", "primary", ("a",), "ok"),
        Piece("pb", "digital", "primary", ("b",), "ok"),
    ]
    alone = components([forged, *others], idle={"forged"})
    assert alone["pa"] != alone["pb"]
    tied = components([forged, *copies, *others], idle={"forged"})
    assert len({tied[id] for id in ("copy1", "copy2", "pa", "pb")}) == 1


def test_pieces_of_unknown_origin_are_not_independent_of_each_other():
    linked = components([Piece(id, "digital", "derived", (), "ok") for id in ("x", "y")])
    assert linked["x"] == linked["y"]


def test_an_element_without_a_route_has_not_been_examined():
    ledger = Ledger({}, {}, RGB)
    element = ledger.element("rome:8.2.b.i", "1", [], {})
    assert (element.label, element.binding) == (Label.NOT_EXAMINED, None)
