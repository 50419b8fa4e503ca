"""What surrounds a record: along every relation, within bounds, and no more than its reader may know."""

from __future__ import annotations

import pytest
from joined_case import Joined

from embers.projections.neighbourhood import EACH, NODES, neighbourhood


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    return Joined(tmp_path_factory.mktemp("joined"))


def test_units_are_one_step_from_an_incident_through_act_and_involvement(joined):
    found = neighbourhood(joined.as_read_by(None), joined.incidents["EX-1"], 1)
    assert found.steps[joined.act] == found.steps[joined.involvement] == found.steps[joined.unit] == 1
    assert joined.superior not in found.steps
    assert neighbourhood(joined.as_read_by(None), joined.incidents["EX-1"]).steps[joined.superior] == 2


def test_competing_values_are_contested_and_others_are_not(joined):
    edges = neighbourhood(joined.as_read_by(None), joined.unit, 1).edges
    contested = {edge.target for edge in edges if edge.contested}
    assert contested == set(joined.parties)
    assert {edge.said for edge in edges if edge.contested} >= {joined.contested}
    assert any(edge.predicate == "involvement-who" and not edge.contested for edge in edges)


def test_who_may_not_know_of_a_unit_finds_neither_it_nor_a_way_to_it(joined):
    found = neighbourhood(joined.as_read_by(joined.ordinary), joined.incidents["EX-1"])
    assert joined.unit not in found.steps
    assert joined.involvement not in found.steps
    assert joined.who not in {edge.said for edge in found.edges}
    assert neighbourhood(joined.as_read_by(joined.ordinary), joined.unit).edges == ()


def test_the_same_record_gives_the_same_answer(joined):
    first, second = (neighbourhood(joined.as_read_by(None), joined.incidents["EX-1"]) for _ in range(2))
    assert first == second


def test_a_record_many_others_name_gives_a_bounded_answer(joined, tmp_path_factory):
    hub = Joined(tmp_path_factory.mktemp("hub"))
    for _ in range(EACH + 4):
        incident = hub.new("incident")
        hub.say(incident, "incident-place", hub.place)
    found = neighbourhood(hub.as_read_by(None), hub.place)
    assert found.more
    assert len([edge for edge in found.edges if edge.target == hub.place]) <= 2 * EACH
    assert len(found.steps) <= NODES
