"""Every address of the pages, asked by somebody who may not read a record: it is not there, in any way."""

from __future__ import annotations

import pytest
from addresses import ARGUMENTS, PLANTED, ROUTES, UNKNOWN, address, route_to, without_id
from answers import reader
from circle_case import SECRET, Circle

from embers.access.standing import CONFIDENTIAL, INTERNAL, OPEN, Standing
from embers.web.serve import application

#: Who reads confidential finds the name of the place; the rest of what was planted is in the compartment.
IN_COMPARTMENT = [words for words in PLANTED if words != "Safehouse"]


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Circle:
    made = Circle(tmp_path_factory.mktemp("reading"))
    made.keep()
    made.folder.projection().close()
    return made


@pytest.mark.parametrize("standing", [Standing(OPEN), Standing(INTERNAL), Standing(CONFIDENTIAL)])
@pytest.mark.parametrize("name", ROUTES)
def test_no_address_tells_of_a_record_kept_from_its_reader(circle: Circle, name, standing):
    asked = address(name, circle)
    answer = reader(application(circle.folder, standing=standing))(asked)
    assert answer.status < 500
    searched = asked.partition("?q=")[2].partition("&")[0]
    for words in IN_COMPARTMENT:
        if words != searched:  # a search shows what was searched for
            assert words not in answer.text


def test_members_are_told(circle: Circle):
    for standing in (circle.inside, None):
        get = reader(application(circle.folder, standing=standing))
        for name in ("item", "item-view", "object", "trace-of", "claim", "items"):
            answer = get(address(name, circle))
            assert answer.status == 200, name
            assert SECRET in answer.text, name


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_forbidden_record_and_an_unknown_one_are_answered_alike(circle: Circle, name: str):
    get = reader(application(circle.folder, standing=Standing(CONFIDENTIAL)))
    answers = []
    for given in (ARGUMENTS[name](circle), UNKNOWN[name]()):
        answer = get(route_to(name, given))
        answers.append((answer.status, without_id(answer.text, given)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_a_copy_remembered_for_a_member_is_not_shown_to_others(circle: Circle):
    """Copies are remembered by digest alone; whether a reader may have one is asked each time."""
    path = address("item-view", circle)
    inside = reader(application(circle.folder, standing=circle.inside))(path)
    assert (inside.status, f"What {SECRET} said" in inside.text) == (200, True)
    for standing in (Standing(OPEN), Standing(CONFIDENTIAL)):
        get = reader(application(circle.folder, standing=standing))
        for name in ("item-view", "object", "copy-plan", "copy-tile", "copy-overlay"):
            asked = address(name, circle)
            assert get(asked).status == 404, name
            assert get(asked, HTTP_RANGE="bytes=0-3").status == 404, name
