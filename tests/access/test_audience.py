"""Classes of readers: a mask says exactly who may read, and never lets in somebody a rule keeps out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.access.audience import EVERYBODY, HOLDER, audience, class_name
from embers.access.standing import CONFIDENTIAL, INTERNAL, LEVELS, OPEN, Restriction, Standing, rank

CIRCLES = st.frozensets(st.sampled_from(["vault", "mission-a", "mission-b", "north", "south"]))
RESTRICTIONS = st.builds(Restriction, st.sampled_from([OPEN, INTERNAL, CONFIDENTIAL]), CIRCLES)


@given(st.lists(CIRCLES, max_size=8), RESTRICTIONS)
def test_a_mask_holds_the_bits_of_those_the_restriction_allows_and_no_others(sets, restriction):
    every = audience(sets)
    mask = every.mask(restriction)
    for one in every.classes:
        allowed = one.standing is None or restriction.allows(one.standing)
        assert bool(mask & one.bit) == allowed
    assert bool(mask & every.classes[0].bit)  # the holder of the folder


@given(st.lists(CIRCLES, max_size=8), st.lists(RESTRICTIONS, max_size=6))
def test_groups_part_the_classes_and_no_restriction_divides_one(sets, restrictions):
    every = audience(sets)
    masks = [every.mask(one) for one in restrictions]
    groups = list(every.groups(masks))
    assert sum(bits for _, bits in groups) == every.whole
    for mask in masks:
        assert all(mask & bits in (0, bits) for _, bits in groups)
    for first, bits in groups:
        assert first.bit & bits


@given(st.lists(CIRCLES, max_size=8))
def test_the_classes_do_not_depend_on_the_order_in_which_members_came(sets):
    assert audience(sets) == audience(reversed(sets)) == audience([*sets, *sets])


def test_beyond_the_room_for_sets_readers_fall_back_to_less():
    sets = [frozenset({f"compartment:{number:03d}"}) for number in range(40)]
    every = audience(sets)
    assert len(every.classes) == 62
    assert every.whole < 1 << 62
    named = {one.name for one in every.classes}
    assert class_name(Standing(INTERNAL, sets[0])) in named
    assert class_name(Standing(INTERNAL, sets[39])) not in named


def test_all_classes_together_are_everybody_also_of_classes_to_come():
    every = audience(())
    assert every.settle(every.whole) == EVERYBODY
    assert every.settle(every.whole - 1) == every.whole - 1
    assert every.mask(Restriction()) == EVERYBODY


def test_somebody_from_outside_reads_what_is_open_whatever_circle_they_are_in():
    outside = Standing(OPEN, frozenset({"vault"}))
    assert outside.compartments == frozenset()
    assert class_name(outside) == "open"
    assert not Restriction(OPEN, frozenset({"vault"})).allows(outside)


def test_a_marking_this_version_does_not_know_is_the_narrowest():
    assert [rank(word) for word in (None, *LEVELS, "sealed", "cosmic")] == [0, 0, 1, 2, 2, 2]
    with pytest.raises(ValueError, match="no level"):
        Standing(3)


def test_names_of_classes_say_nothing_about_compartments():
    name = class_name(Standing(CONFIDENTIAL, frozenset({"compartment:mission-to-somewhere"})))
    assert "somewhere" not in name
    assert class_name(None) == HOLDER
