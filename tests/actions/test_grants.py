"""Roles through the ordinary door: recorded, refused, taken back, and heeded after a key was ended."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from protected_case import Protected, protected_case

from embers.access.policy import Policy, policy
from embers.access.roles import Permission
from embers.access.standing import CONFIDENTIAL, INTERNAL, Standing
from embers.actions.grants import drop_second_factor, give_role, need_second_factor, take_role_back
from embers.actions.recorder import Act
from embers.errors import AccessDenied, ActionError
from embers.journal.assertion import Relation


@pytest.fixture
def people(tmp_path: Path) -> Protected:
    return protected_case(tmp_path)


def now(people: Protected) -> Policy:
    return policy(people.view, people.roster)


def give(people: Protected, by: str, to: str, role: str, level: str = "internal") -> None:
    signer = people.recorders[by]
    signer.record(give_role(signer, now(people), people.persons[to], role, level=level))


def test_the_founder_leads_and_nobody_else_has_anything(people: Protected) -> None:
    found = now(people)
    assert found.of(people.persons["staff-01"]).roles == {"case-lead"}
    assert found.of(people.persons["staff-01"]).standing == Standing(CONFIDENTIAL)
    for person in ("staff-02", "staff-03"):
        assert found.of(people.persons[person]).permissions == frozenset()
    assert found.of("").permissions == frozenset()
    assert found.of("person:nobody").permissions == frozenset()


def test_a_role_is_given_and_taken_back(people: Protected) -> None:
    give(people, "staff-01", "staff-02", "lawyer")
    access = now(people).of(people.persons["staff-02"])
    assert access.standing == Standing(INTERNAL)
    assert access.may(Permission.ARGUE)
    assert not access.may(Permission.GIVE_ROLES)
    circle = people.open_compartment("Mission A", "staff-01", "staff-02")
    assert now(people).of(people.persons["staff-02"]).standing == Standing(INTERNAL, frozenset({circle.id}))
    act = take_role_back(people.first, now(people), people.persons["staff-02"], "lawyer")
    people.first.record(act)
    access = now(people).of(people.persons["staff-02"])
    assert access.permissions == frozenset()
    assert access.standing == Standing(0), "without a role the circle opens nothing"


def test_what_may_not_be_given_is_refused(people: Protected) -> None:
    lawyer, lead = people.persons["staff-02"], people.persons["staff-01"]
    with pytest.raises(AccessDenied, match="case lead"):
        give(people, "staff-02", "staff-03", "lawyer")
    give(people, "staff-01", "staff-02", "case-lead")
    with pytest.raises(AccessDenied, match="themselves"):
        give(people, "staff-02", "staff-02", "lawyer")
    with pytest.raises(AccessDenied, match="more than they have"):
        give(people, "staff-02", "staff-03", "lawyer", "confidential")
    with pytest.raises(ActionError, match="already"):
        give(people, "staff-01", "staff-02", "case-lead")
    with pytest.raises(ActionError, match="outside"):
        give(people, "staff-01", "staff-03", "outside-reader")
    with pytest.raises(ActionError, match="no role 'mayor'"):
        give(people, "staff-01", "staff-03", "mayor")
    with pytest.raises(ActionError, match="stays its lead"):
        take_role_back(people.recorders["staff-02"], now(people), lead, "case-lead")
    with pytest.raises(ActionError, match="is no reviewer"):
        take_role_back(people.first, now(people), lawyer, "reviewer")


def test_what_is_written_without_the_action_gives_nothing(people: Protected) -> None:
    """Whoever signs in the case can write any assertion; it has no effect."""
    second = people.recorders["staff-02"]
    own = people.persons["staff-02"]
    said = second.new_assertion(own, "role-given", {"role": "case-lead", "level": "confidential"})
    other = second.new_assertion(
        people.persons["staff-03"], "role-given", {"role": "lawyer", "level": "open"}
    )
    second.record(Act("role.give", (said, other), reason="mine"))
    assert now(people).of(own).roles == frozenset()
    assert now(people).of(people.persons["staff-03"]).roles == frozenset()
    give(people, "staff-01", "staff-03", "lawyer")
    (given,) = now(people).grants
    back = second.new_assertion(
        people.persons["staff-03"],
        "role-taken-back",
        {"role": "lawyer"},
        relations=[Relation("retracts", given.id)],
    )
    second.record(Act("role.take-back", (back,), reason="not mine to take"))
    assert now(people).of(people.persons["staff-03"]).roles == {"lawyer"}


def test_whoever_has_no_key_left_has_no_role(people: Protected) -> None:
    give(people, "staff-01", "staff-02", "lawyer")
    person = people.persons["staff-02"]
    ended = people.first.new_assertion(
        person, "signing-key-ended", {"key": people.recorders["staff-02"].person.id}
    )
    people.first.record(Act("device.lost", (ended,), reason="lost"))
    assert now(people).of(person).permissions == frozenset()
    with pytest.raises(ActionError, match="no key"):
        give(people, "staff-01", "staff-02", "analyst")


def test_a_second_factor_is_asked_of_a_role(people: Protected) -> None:
    give(people, "staff-01", "staff-02", "lawyer")
    access = now(people).of(people.persons["staff-02"])
    assert not now(people).needs_second_factor(access)
    case = people.view.case
    people.first.record(need_second_factor(people.first, now(people), case, "lawyer"))
    assert now(people).needs_second_factor(access)
    (asked,) = (one for one in people.view.subject(case).held if one.predicate == "second-factor-for")
    second = people.recorders["staff-02"]
    said = second.new_assertion(case, "note", "no", relations=[Relation("retracts", asked.id)])
    second.record(Act("note.add", (said,), reason="too tedious"))
    assert now(people).needs_second_factor(access), "only a lead takes this back"
    people.first.record(drop_second_factor(people.first, now(people), people.view, "lawyer"))
    assert not now(people).needs_second_factor(access)
    assert now(people).needs_second_factor(now(people).of(people.persons["staff-01"]))
