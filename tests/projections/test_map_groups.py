"""What belongs together on the map, and that no map shows more than its reader may know."""

from __future__ import annotations

import pytest
from joined_case import Joined

from embers.access.standing import OPEN, Standing
from embers.journal.assertion import Relation
from embers.projections.map_cells import Sight
from embers.projections.map_groups import missions, series
from embers.projections.view import ProjectedCase


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    return Joined(tmp_path_factory.mktemp("joined"))


def codes(joined: Joined, sight: Sight = Sight(), standing: Standing | None = None) -> list[list[str]]:  # noqa: B008
    by_id = {id: code for code, id in joined.incidents.items()}
    layers = series(joined.as_read_by(standing), sight)
    return [[by_id[part.subject] for part in group.parts] for layer in layers for group in layer.groups]


def test_incidents_related_one_to_the_next_are_one_group_with_a_hull(joined):
    (layer,) = series(joined.as_read_by(None), Sight())
    (group,) = layer.groups
    assert layer.predicate == "related-incident"
    assert set(group.said) == set(joined.related)
    assert group.shape()["type"] == "Polygon"
    assert codes(joined) == [["EX-1", "EX-2", "EX-3"]]


def test_a_span_of_days_narrows_groups_and_stops(joined):
    assert codes(joined, Sight(last="2031-05-03")) == [["EX-1", "EX-2"]]
    assert codes(joined, Sight(first="2031-05-04")) == []
    (group,) = series(joined.as_read_by(None), Sight(last="2031-05-03"))[0].groups
    assert group.shape()["type"] == "LineString"
    database = joined.as_read_by(None)
    (mission,) = missions(database, ProjectedCase(database), Sight(first="2031-07-02")).groups
    assert [part.when for part in mission.parts] == ["2031-07-02"]


def test_a_mission_is_its_visits_in_order_and_what_was_not_visited(joined):
    database = joined.as_read_by(None)
    (mission,) = missions(database, ProjectedCase(database), Sight()).groups
    assert mission.subject == joined.mission
    assert [part.subject for part in mission.parts] == [joined.visits[1], joined.visits[0], joined.place]
    assert [part.spot.precision_m for part in mission.parts] == [20, 20, 3000]
    assert (mission.parts[2].predicate, mission.parts[2].note) == ("mission-gap", "the road was mined")


def test_who_may_not_know_of_a_mission_sees_no_route(joined):
    database = joined.as_read_by(Standing(OPEN, frozenset()))
    layer = missions(database, ProjectedCase(database), Sight())
    # The day and site of a visit are open here, the position of the site is not.
    assert all(
        part.spot is None or part.subject == joined.place for group in layer.groups for part in group.parts
    )


def test_a_relation_that_was_taken_back_joins_nothing(joined):
    said = joined.say(joined.incidents["EX-4"], "related-incident", joined.incidents["EX-3"])
    assert codes(joined)[0] == ["EX-1", "EX-2", "EX-3", "EX-4"]
    joined.say(joined.incidents["EX-4"], "note", "related by mistake", [Relation("retracts", said)])
    assert codes(joined) == [["EX-1", "EX-2", "EX-3"]]


def test_relations_are_found_by_their_own_index_however_much_else_is_said(joined):
    database = joined.as_read_by(None)
    seen = []

    class Noting:
        def __getattr__(self, name):
            return getattr(database, name)

        def rows(self, sql, values=()):
            seen.append((sql, list(values)))
            return database.rows(sql, values)

    series(Noting(), Sight())
    plan = database.rows("EXPLAIN QUERY PLAN " + seen[0][0])
    assert any("assertion_gathering" in str(row) for row in plan), plan
