"""Roles: what counts is decided by the set of entries, and never by who claims what."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from embers.access.grants import Given, Signed, Taken, may_give, standing_grants
from embers.access.roles import LEAD, ROLES, Permission, level_for, permissions
from embers.access.standing import CONFIDENTIAL, INTERNAL, OPEN

FOUNDER = "person:founder"


@dataclass
class World:
    """Devices that write logs and copy from each other, and what was said about roles on them."""

    sizes: dict[str, int] = field(default_factory=dict)
    held: dict[str, dict[str, int]] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    def sign(self, by: str, log: str) -> Signed:
        seq = self.sizes.get(log, 0)
        self.sizes[log] = seq + 1
        return Signed(f"{log}/{seq}", by, log, seq, dict(self.held.get(log, {})))

    def sync(self, log: str, other: str) -> None:
        """``log``'s device fetches everything another device holds."""
        mine, theirs = self.held.setdefault(log, {}), self.held.get(other, {})
        for name, size in {**theirs, other: self.sizes.get(other, 0)}.items():
            if name != log:
                mine[name] = max(size, mine.get(name, 0))

    def give(self, by: str, log: str, person: str, role: str = LEAD, level: int = CONFIDENTIAL) -> str:
        at = self.sign(by, log)
        self.given.append(Given(at.id, person, role, level, at))
        return at.id

    def take(self, by: str, log: str, grant: str) -> None:
        self.taken.append(Taken(grant, self.sign(by, log)))

    def people(self, role: str = LEAD) -> set[str]:
        found = standing_grants(self.given, self.taken, founder=FOUNDER)
        return {one.person for one in found if one.role == role}


def test_the_founder_gives_and_leads_give_on():
    world = World()
    world.give(FOUNDER, "A", "ann")
    world.sync("B", "A")
    world.give("ann", "B", "bea", "lawyer")
    assert world.people() == {"ann"}
    assert world.people("lawyer") == {"bea"}


def test_nobody_gives_themselves_and_nobody_without_the_right_gives():
    world = World()
    world.give("eve", "E", "eve")
    world.give("eve", "E", "mal")
    world.give("mal", "M", "eve")
    world.give(FOUNDER, "A", "bea", "lawyer")
    world.sync("B", "A")
    world.give("bea", "B", "eve")
    assert world.people() == set()


def test_a_role_given_before_the_right_was_there_stays_without_effect():
    world = World()
    world.give("ann", "B", "eve")
    world.give(FOUNDER, "A", "ann")
    world.sync("B", "A")
    assert world.people() == {"ann"}


def test_nobody_gives_more_than_they_read():
    world = World()
    world.give(FOUNDER, "A", "ann", LEAD, INTERNAL)
    world.sync("B", "A")
    world.give("ann", "B", "bea", "lawyer", CONFIDENTIAL)
    assert world.people("lawyer") == set()
    world.give("ann", "B", "cem", "lawyer", INTERNAL)
    assert world.people("lawyer") == {"cem"}


def test_a_removed_lead_gives_nothing_more_whatever_their_device_pretends():
    world = World()
    ann = world.give(FOUNDER, "A", "ann")
    world.sync("B", "A")
    world.give("ann", "B", "bea", "lawyer")
    world.sync("A", "B")
    world.take(FOUNDER, "A", ann)
    world.give("ann", "B", "eve")  # B has not heard of the removal, or says so
    assert world.people() == set()
    assert world.people("lawyer") == {"bea"}, "what a lead gave before, and the remover knew of, stays"
    world.sync("E", "B")
    world.give("eve", "E", "ann")
    assert world.people() == set()


def test_who_was_never_removed_by_right_stays():
    world = World()
    ann = world.give(FOUNDER, "A", "ann")
    world.sync("E", "A")
    world.take("eve", "E", ann)
    assert world.people() == {"ann"}
    world.take("ann", "E", ann)
    assert world.people() == set(), "anybody gives up a role of their own"


def test_two_leads_who_remove_each_other_at_once_both_leave():
    world = World()
    ann, bea = world.give(FOUNDER, "A", "ann"), world.give(FOUNDER, "A", "bea")
    world.sync("B", "A")
    world.sync("C", "A")
    world.take("ann", "B", bea)
    world.take("bea", "C", ann)
    assert world.people() == set()
    world.give(FOUNDER, "A", "ann")
    assert world.people() == {"ann"}


def test_a_role_given_anew_counts():
    world = World()
    ann = world.give(FOUNDER, "A", "ann")
    world.take(FOUNDER, "A", ann)
    world.give(FOUNDER, "A", "ann")
    world.sync("B", "A")
    world.give("ann", "B", "bea", "lawyer")
    assert world.people() == {"ann"}
    assert world.people("lawyer") == {"bea"}


def test_entries_that_claim_to_know_each_other_give_nothing():
    far = 10**9
    first = Signed("1", "ann", "B", 0, {"C": far})
    second = Signed("2", "bea", "C", 0, {"B": far})
    given_each_other = [
        Given("1", "bea", LEAD, CONFIDENTIAL, first),
        Given("2", "ann", LEAD, CONFIDENTIAL, second),
    ]
    assert standing_grants(given_each_other, [], founder=FOUNDER) == ()


def test_an_entry_past_its_limit_gives_nothing():
    beyond = Signed("1", "", "A", 0)
    assert standing_grants([Given("1", "ann", LEAD, OPEN, beyond)], [], founder="") == ()
    assert may_give("", [], founder="") is None


PEOPLE = [FOUNDER, "ann", "bea", "eve"]
LOGS = ["A", "B", "C"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), st.sampled_from(PEOPLE), st.sampled_from(LOGS), st.sampled_from(PEOPLE)),
        st.tuples(st.just("take"), st.sampled_from(PEOPLE), st.sampled_from(LOGS), st.integers(0, 9)),
        st.tuples(st.just("sync"), st.sampled_from(LOGS), st.sampled_from(LOGS), st.none()),
    ),
    max_size=16,
)


def played(steps) -> World:
    world = World()
    for what, first, second, third in steps:
        if what == "give":
            world.give(first, second, third)
        elif what == "take" and world.given:
            world.take(first, second, world.given[third % len(world.given)].id)
        elif what == "sync":
            world.sync(first, second)
    return world


@settings(max_examples=300)
@given(STEPS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(steps, chance: random.Random):
    world = played(steps)
    expected = standing_grants(world.given, world.taken, founder=FOUNDER)
    chance.shuffle(world.given)
    chance.shuffle(world.taken)
    assert standing_grants(world.given, world.taken, founder=FOUNDER) == expected


@settings(max_examples=300)
@given(STEPS)
def test_every_role_goes_back_to_the_founder_and_none_is_self_made(steps):
    world = played(steps)
    standing = standing_grants(world.given, world.taken, founder=FOUNDER)
    by_id = {one.id: one for one in world.given}
    assert all(one.at.by != one.person for one in standing)
    without = [one for one in world.given if one.at.by != FOUNDER]
    assert standing_grants(without, world.taken, founder=FOUNDER) == ()
    removed = {one.grant for one in world.taken if one.at.by in {FOUNDER, by_id[one.grant].person}}
    assert not removed & {one.id for one in standing}


@settings(max_examples=200)
@given(STEPS, STEPS)
def test_whoever_was_removed_and_their_friends_gain_nothing_by_writing_on(steps, more):
    """After a removal that the founder signs knowing everything, what others write gives nobody a role."""
    world = played(steps)
    for log in LOGS:
        world.sync("A", log)
    for grant in list(world.given):
        world.take(FOUNDER, "A", grant.id)
    assert world.people() == set()
    for what, first, second, third in more:
        if what == "give" and first != FOUNDER:
            world.give(first, second if second != "A" else "B", third)
        elif what == "sync":
            world.sync(first, second)
    assert world.people() == set()


def test_roles_allow_what_they_should():
    assert permissions([LEAD]) == frozenset(Permission)
    assert Permission.LAW not in permissions(["outside-reader"])
    assert Permission.BYTES not in permissions(["security-lead"])
    assert permissions(["mayor"]) == frozenset()
    assert permissions(["lawyer", "reviewer"]) == ROLES["lawyer"] | ROLES["reviewer"]
    assert level_for("outside-reader", "confidential") == OPEN
    assert level_for("lawyer", "confidential") == CONFIDENTIAL
    assert level_for("lawyer", "cosmic") == OPEN
    assert all(Permission.GIVE_ROLES not in allowed for role, allowed in ROLES.items() if role != LEAD)
