"""Every address of the pages, asked by somebody who may not read a record: it is not there, in any way."""

from __future__ import annotations

import pytest
from answers import reader
from circle_case import SECRET, Circle
from django.urls import URLPattern

from embers.access.standing import CONFIDENTIAL, INTERNAL, OPEN, Standing
from embers.ids import new_subject
from embers.surroundings import Surroundings
from embers.web.serve import application
from embers.web.urls import urlpatterns

#: What stands for the parameters of an address. Each names the record in the compartment.
ARGUMENTS = {
    "item": lambda c: c.item.partition(":")[2],
    "item-view": lambda c: f"{c.item.partition(':')[2]}/view",
    "object": lambda c: c.sha256,
    "copy-plan": lambda c: f"{c.sha256}/0/plan.json",
    "copy-tile": lambda c: f"{c.sha256}/0/0/0/0.jpg",
    "copy-overlay": lambda c: f"{c.sha256}/overlay.png",
    "claim": lambda c: c.note,
    "trace-of": lambda c: c.item,
    "incident": lambda c: "EX-1",
    "source": lambda c: "S1",
}
#: The same addresses for records that do not exist.
UNKNOWN = {
    "item": lambda: new_subject("item", Surroundings().randomness).partition(":")[2],
    "object": lambda: "0" * 64,
    "claim": lambda: new_subject("item", Surroundings().randomness).partition(":")[2],
    "trace-of": lambda: new_subject("item", Surroundings().randomness),
}
ROUTES = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)]


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Circle:
    made = Circle(tmp_path_factory.mktemp("reading"))
    made.keep()
    made.folder.projection().close()
    return made


def address(pattern: URLPattern, circle: Circle) -> str:
    route = str(pattern.pattern)
    if "<" in route:
        assert pattern.name in ARGUMENTS, f"say in ARGUMENTS how to ask {pattern.name} for the hidden record"
        route = route[: route.index("<")] + ARGUMENTS[str(pattern.name)](circle)
    words = SECRET.rpartition(" ")[2]
    return f"/{route}?q={words}&item={circle.item}&incident=EX-1"


@pytest.mark.parametrize("standing", [Standing(OPEN), Standing(INTERNAL), Standing(CONFIDENTIAL)])
@pytest.mark.parametrize("pattern", ROUTES, ids=lambda one: one.name)
def test_no_address_tells_of_a_record_kept_from_its_reader(circle: Circle, pattern, standing):
    answer = reader(application(circle.folder, standing=standing))(address(pattern, circle))
    assert answer.status < 500
    assert SECRET not in answer.text
    assert "9 killed" not in answer.text
    assert "launcher" not in answer.text


def test_members_are_told(circle: Circle):
    for standing in (circle.inside, None):
        get = reader(application(circle.folder, standing=standing))
        for name in ("item", "item-view", "object", "trace-of", "claim", "items"):
            (pattern,) = (one for one in ROUTES if one.name == name)
            answer = get(address(pattern, circle))
            assert answer.status == 200, name
            assert SECRET in answer.text, name


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_forbidden_record_and_an_unknown_one_are_answered_alike(circle: Circle, name: str):
    get = reader(application(circle.folder, standing=Standing(CONFIDENTIAL)))
    (pattern,) = (one for one in ROUTES if one.name == name)
    route = str(pattern.pattern)
    hidden, unknown = ARGUMENTS[name](circle), UNKNOWN[name]()
    answers = []
    for given in (hidden, unknown):
        answer = get(f"/{route[: route.index('<')]}{given}")
        answers.append((answer.status, answer.text.replace(given, "ID")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
