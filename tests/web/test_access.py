"""The door: for every address in the URL table, everybody who may not use it, with what they are answered."""

from __future__ import annotations

import pytest
from addresses import ARGUMENTS, EVERY_ROUTE, PLANTED, ROUTES, UNKNOWN, address, route_to, without_id
from answers import reader
from circle_case import SECRET
from django.http import HttpResponse
from django.urls import path
from office import FOUNDER, STAFF, STRANGER, Office

from embers.access.roles import ROLES, Permission
from embers.actions.grants import take_role_back
from embers.errors import AccessDenied
from embers.web import guard
from embers.web.reader import policy_of
from embers.web.rules import READING, RULES, Door, require_rules
from embers.web.serve import application
from embers.web.urls import urlpatterns

OUTSIDE_THE_CIRCLE = [name for name in STAFF if name != "member"] + [FOUNDER]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("office"))
    made.make_account(STRANGER)
    return made


def everything(answer) -> str:
    return answer.text + repr(answer.headers)


def may(role: str, name: str) -> bool:
    needs = RULES[name].needs
    return isinstance(needs, Permission) and needs in ROLES[role]


def asked_words(asked: str) -> str:
    return asked.partition("?q=")[2].partition("&")[0]


def require_silence(answer, asked: str, *, but: tuple[str, ...] = ()) -> None:
    told = everything(answer)
    for words in PLANTED:
        if words not in {asked_words(asked), *but}:
            assert words not in told, f"{asked} tells {words!r}"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("name", [name for name in ROUTES if RULES[name].needs is not Door.ENTRANCE])
def test_nobody_is_answered_before_they_log_in(office: Office, name: str, method: str):
    asked = address(name, office.circle)
    answer = office.browser().ask(asked, method=method)
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/account/log-in")
    assert answer.body == b""
    require_silence(
        answer, asked, but=(SECRET.rpartition(" ")[2],)
    )  # the address asked for comes back in ?next=
    nowhere = office.browser().ask("/nowhere", method=method)
    same = {key: value for key, value in answer.headers.items() if key != "Location"}
    assert (nowhere.status, nowhere.body) == (answer.status, answer.body)
    assert same == {key: value for key, value in nowhere.headers.items() if key != "Location"}


@pytest.mark.parametrize("name", [name for name in ROUTES if RULES[name].needs is Door.ENTRANCE])
def test_the_way_in_tells_nothing(office: Office, name: str):
    answer = office.browser().get(address(name, office.circle))
    require_silence(answer, address(name, office.circle), but=(SECRET.rpartition(" ")[2],))
    assert "Testford" not in everything(answer)
    assert "Exercise" not in everything(answer)


DENIED = [
    (name, role)
    for name in ROUTES
    for role in [*ROLES, STRANGER]
    if isinstance(RULES[name].needs, Permission) and (role == STRANGER or not may(role, name))
]


@pytest.mark.parametrize(("name", "who"), DENIED)
def test_a_role_that_does_not_suffice_is_answered_as_if_there_were_nothing(
    office: Office, name: str, who: str
):
    browser = office.browser(who)
    answer = browser.get(address(name, office.circle))
    if name == "home":
        assert (answer.status, answer.headers["Location"]) == (302, "/account/")
        return
    nowhere = browser.get("/nowhere")
    assert answer.status == nowhere.status == 404
    token = 'name="csrfmiddlewaretoken" value="'
    assert answer.text.partition(token)[0] == nowhere.text.partition(token)[0]
    # The rail marks the room an address lies in, whether or not there is anything: whoever asks knows the address.
    rest = answer.text.rpartition("Log out")[2].replace(' aria-current="true"', "")
    assert rest == nowhere.text.rpartition("Log out")[2]
    require_silence(answer, address(name, office.circle))


def test_the_rail_leads_only_where_its_reader_may_go(office: Office):
    for who, name in (("stranger", "/items"), ("outside-reader", "/law"), ("security-lead", "/law")):
        text = office.browser(who).get("/nowhere").text
        assert f'<a href="{name}"' not in text, who
    assert '<a href="/law"' in office.browser("lawyer").get("/nowhere").text


def test_some_role_lacks_something():
    assert {role for _, role in DENIED} >= {"outside-reader", "security-lead", STRANGER}


@pytest.mark.parametrize("who", OUTSIDE_THE_CIRCLE)
@pytest.mark.parametrize("name", ROUTES)
def test_nobody_outside_a_compartment_learns_of_its_records(office: Office, name: str, who: str):
    asked = address(name, office.circle)
    answer = office.browser(who).get(asked)
    assert answer.status < 500
    confidential = ("Safehouse",) if who in {"reader-of-all", FOUNDER} else ()
    # The founder opened the compartment and is in its circle.
    if who != FOUNDER:
        require_silence(answer, asked, but=confidential)


@pytest.mark.parametrize("who", [name for name in OUTSIDE_THE_CIRCLE if name != FOUNDER])
@pytest.mark.parametrize("name", UNKNOWN)
def test_a_hidden_record_and_an_unknown_one_are_answered_alike(office: Office, name: str, who: str):
    answers = []
    for given in (ARGUMENTS[name](office.circle), UNKNOWN[name]()):
        answer = office.browser(who).get(route_to(name, given))
        text = without_id(answer.text, given).partition('name="csrfmiddlewaretoken"')
        answers.append((answer.status, text[0], text[2].partition(">")[2]))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_members_find_their_records(office: Office):
    for name in ("item", "object", "trace-of", "claim", "items", "search"):
        answer = office.browser("member").get(address(name, office.circle))
        assert answer.status == 200, name
        assert SECRET in answer.text, name
    assert "Safehouse" in office.browser("reader-of-all").get("/incidents/EX-1").text
    assert "Safehouse" not in office.browser("member").get("/incidents/EX-1").text


@pytest.mark.parametrize("name", [name for name in ROUTES if RULES[name].methods == READING])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_pages_that_only_read_answer_no_other_method(office: Office, name: str, method: str):
    answer = office.browser(FOUNDER).ask(address(name, office.circle), method=method)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"


def test_every_route_has_a_rule_and_every_rule_a_route():
    assert set(EVERY_ROUTE) == set(RULES)
    require_rules(urlpatterns)


def test_a_route_without_a_rule_is_not_served():
    new = path("secrets", lambda _request: HttpResponse("all of them"), name="secrets")
    with pytest.raises(AccessDenied, match="/secrets"):
        require_rules([*urlpatterns, new])
    with pytest.raises(AccessDenied, match="/secrets"):
        require_rules([*urlpatterns, path("secrets", lambda _request: HttpResponse(""))])


def test_a_route_without_a_rule_is_answered_to_nobody(office: Office, monkeypatch: pytest.MonkeyPatch):
    assert office.browser(FOUNDER).get("/items").status == 200
    holder = reader(application(office.folder))
    assert holder("/items").status == 200
    monkeypatch.setattr(guard, "RULES", {name: rule for name, rule in RULES.items() if name != "items"})
    assert office.browser(FOUNDER).get("/items").status == 404
    assert holder("/items").status == 404


def test_a_role_taken_back_ends_at_the_next_request(office: Office):
    browser = office.browser("reviewer")
    assert browser.get("/law").status == 200
    people = office.people
    act = take_role_back(people.first, policy_of(office.folder), people.persons["reviewer"], "reviewer")
    people.first.record(act)
    office.folder.projection().close()
    assert browser.get("/law").status == 404
    assert browser.get("/items").status == 404
    assert browser.get("/account/").status == 200
