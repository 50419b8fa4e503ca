"""Relations are drawn alike every time, no line runs through a box, and all lies within the drawing."""

from __future__ import annotations

import random
import re

import pytest

from embers.projections.neighbourhood import Edge, Neighbourhood
from embers.web.graph_drawing import HEIGHT, WIDTH, Drawing, drawing

KINDS = ("incident", "unit", "person", "act", "involvement", "place")


def drawn(seed: int, *, from_right: bool = False) -> Drawing:
    draw = random.Random(seed)
    steps = {"incident:start": 0}
    for number in range(draw.randrange(1, 40)):
        steps[f"{draw.choice(KINDS)}:{number:02d}"] = draw.randrange(1, 3)
    ids = list(steps)
    edges = []
    for number in range(len(ids) * 2):
        one, other = draw.sample(ids, 2)
        edges.append(Edge(f"said-{number}", one, other, "related-incident", disputed=False))
    return drawing(
        Neighbourhood("incident:start", steps, tuple(edges), more=False),
        {id: id for id in ids},
        from_right=from_right,
    )


@pytest.mark.parametrize("seed", range(25))
def test_boxes_stand_apart_and_within_the_drawing(seed):
    found = drawn(seed)
    assert found == drawn(seed)
    places = [(box.left, box.top) for box in found.boxes]
    assert len(set(places)) == len(places)
    for left, top in places:
        assert 0 <= left <= found.width - WIDTH
        assert 0 <= top <= found.height - HEIGHT
        assert not any(left == x and 0 < abs(top - y) < HEIGHT for x, y in places)


@pytest.mark.parametrize("seed", range(25))
def test_no_line_runs_straight_through_a_box(seed):
    found = drawn(seed)
    for line in found.lines:
        if straight := re.search(r" (\d+) (\d+)L(\d+) ", line.path):
            start, lane, end = (int(part) for part in straight.groups())
            low, high = sorted((start, end))
            for box in found.boxes:
                across = box.left < high and box.left + WIDTH > low
                assert not (across and box.top <= lane <= box.top + HEIGHT), (line.path, box)


def test_from_the_right_is_the_same_turned_round():
    usual, turned = drawn(3), drawn(3, from_right=True)
    assert [(usual.width - box.left - WIDTH, box.top) for box in usual.boxes] == [
        (box.left, box.top) for box in turned.boxes
    ]
