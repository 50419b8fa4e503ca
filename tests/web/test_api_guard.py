"""The door of the API: for every operation of its document, everybody who may not use it, and their answer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from addresses import PLANTED
from answers import Answer
from asking import BASE, Program, program, secret_for, told
from circle_case import SECRET
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import path as django_path
from django.utils import timezone
from office import FOUNDER, STAFF, STRANGER, Office

from embers.access.roles import ROLES, Permission
from embers.actions.readings import READ
from embers.errors import AccessDenied
from embers.ids import new_subject
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings
from embers.web.accounts.database import accounts_of
from embers.web.accounts.models import Account, Token
from embers.web.api.door import WRONG
from embers.web.api.urls import openapi, route_names
from embers.web.rules import RULES, Door, require_rules
from embers.web.urls import urlpatterns

DOCUMENT = openapi()
OPERATIONS = [
    (method.upper(), address) for address, methods in DOCUMENT["paths"].items() for method in methods
]
NAMES = route_names()
SCOPES = {
    (m.upper(), a): one["x-embers-scope"] for a, ms in DOCUMENT["paths"].items() for m, one in ms.items()
}
NEEDING = [one for one in OPERATIONS if SCOPES[one]]


def needed(method: str, address: str) -> set[Permission]:
    """Return the permissions of which an operation needs one."""
    return {Permission(one) for one in SCOPES[method, address].split(" or ")}


OUTSIDE = [name for name in STAFF if name != "member"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("api-guard"))


@pytest.fixture(scope="module")
def programs(office: Office) -> dict[str, Program]:
    """A program for everybody, with a second factor where one is asked, with all they may do."""
    found = {}
    for name in [*STAFF, FOUNDER]:
        office.browser(name)
        found[name] = program(office, name)
    return found


@pytest.fixture(autouse=True)
def _forget_attempts() -> None:
    cache.clear()
    WRONG.forget()


def at_hidden(office: Office, address: str) -> str:
    """Return the address of an operation about the record nobody outside its circle may find."""
    circle = office.circle
    given = {
        "code": "S1" if "sources" in address else "EX-1",
        "sha256": circle.sha256,
        "kind": "item",
        "id": circle.item,
        "asked": circle.note,
        "thread": circle.note,
    }
    if "assertions/" in address or "claims" in address:
        given["id"] = circle.note
    elif "entries" in address:
        given["id"] = ProjectedCase(office.folder.database()).held([circle.note])[circle.note].entry
    filled = re.sub(r"{(\w+)}", lambda found: given[found[1]], address)
    return f"{filled}?q={SECRET.rpartition(' ')[2]}" if address.endswith(("search", "items")) else filled


def body_for(office: Office) -> dict[str, object]:
    return {
        "predicate": "note",
        "value": "x",
        "reason": "x",
        "chosen": office.circle.note,
        "rule": "x",
        "about": office.circle.item,
        "to": office.people.persons["investigator"],
        "word": "review",
        "answer": "accepted",
        "text": "x",
        "thread": office.circle.note,
        "kind": "killing",
        "basis": [{"item": office.circle.item}],
        "degree": "victim",
        "level": "none",
    }


def ask(office: Office, who: Program, method: str, address: str) -> Answer:
    return who.ask(method, at_hidden(office, address), body_for(office) if method == "POST" else None)


def require_silence(answer: Answer, *, but: tuple[str, ...] = ()) -> None:
    for words in PLANTED:
        if words not in but:
            assert words not in answer.text + repr(answer.headers), words


def test_every_operation_has_a_rule_that_names_its_scope():
    assert len(OPERATIONS) > 25
    for address in DOCUMENT["paths"]:
        assert NAMES[address] in RULES
    assert {SCOPES[one] for one in OPERATIONS} >= {
        "",
        "read",
        "bytes",
        "record",
        "decide",
        "assign",
        "review",
    }
    unneeding = {one for one in OPERATIONS if not SCOPES[one]}
    assert unneeding == {("GET", f"{BASE}/me"), ("POST", f"{BASE}/key"), ("DELETE", f"{BASE}/key")}


def test_an_operation_without_a_rule_is_not_served():
    new = django_path("api/v1/secrets", lambda _request: HttpResponse("all of them"), name="api-secrets")
    with pytest.raises(AccessDenied, match="/api/v1/secrets"):
        require_rules([*urlpatterns, new])


def test_rules_and_operations_answer_the_same_methods():
    for name, rule in RULES.items():
        if name.startswith("api-") and rule.needs is not Door.ENTRANCE:
            operations = {m for m, address in OPERATIONS if NAMES[address] == name}
            assert rule.methods - {"HEAD"} == operations, name


@pytest.mark.parametrize(("method", "address"), OPERATIONS)
def test_nobody_is_answered_without_a_token_that_is_valid(office: Office, method: str, address: str):
    cookie = "; ".join(f"{key}={value}" for key, value in office.browser("member").cookies.items())
    answers = [
        ask(office, Program(office.app), method, address),
        ask(office, Program(office.app, "embers_" + "A" * 43), method, address),
        ask(office, Program(office.app, office.circle.sha256), method, address),
        Program(office.app).ask(method, at_hidden(office, address), cookie=cookie),
        Program(office.app).ask(method, f"{BASE}/nowhere"),
    ]
    for answer in answers:
        assert answer.status == 401
        assert told(answer)["code"] == "api.token"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.body == answers[0].body
        require_silence(answer)


@pytest.mark.parametrize("how", ["expired", "revoked", "disabled", "no key left"])
def test_a_token_that_ended_is_no_token(office: Office, how: str):
    name = {"disabled": "analyst"}.get(how, "reviewer")
    secret = secret_for(office, name)
    asking = Program(office.app, secret)
    assert asking.get("/me").status == 200
    accounts = office.accounts
    with accounts_of(accounts.alias):
        row = Token.objects.order_by("-pk").first()
        assert row is not None
        assert secret not in str(vars(row)), "only its digest is kept"
        if how == "expired":
            Token.objects.filter(pk=row.pk).update(expires=timezone.now() - timedelta(seconds=1))
        elif how == "revoked":
            Token.objects.filter(pk=row.pk).update(revoked=timezone.now())
    if how == "disabled":
        accounts.disable(name)
    if how == "no key left":
        with accounts_of(accounts.alias):
            Account.objects.filter(name=name).update(person="person:00000000-0000-4000-8000-000000000000")
        assert told(asking.get("/incidents"))["code"] == "access.role"
        with accounts_of(accounts.alias):
            Account.objects.filter(name=name).update(person=office.people.persons[name])
        return
    assert asking.get("/me").status == 401
    if how == "disabled":
        accounts.enable(name)


def test_too_many_wrong_tokens_are_slowed(office: Office):
    wrong = Program(office.app, "embers_" + "B" * 43)
    statuses = [wrong.get("/me").status for _ in range(25)]
    assert statuses[:20] == [401] * 20
    assert statuses[-1] == 429
    late = wrong.get("/me")
    assert late.headers["Retry-After"]
    assert program(office, "lawyer").get("/me").status == 200, "a valid token is not slowed by others"


DENIED = [
    (method, address, role)
    for method, address in NEEDING
    for role in ROLES
    if not needed(method, address) & ROLES[role]
]


@pytest.mark.parametrize(("method", "address", "role"), DENIED)
def test_a_role_that_does_not_suffice_is_refused(
    office: Office, programs: dict[str, Program], method: str, address: str, role: str
):
    answer = ask(office, programs[role], method, address)
    assert (answer.status, told(answer)["code"]) == (403, "access.role")
    require_silence(answer)


@pytest.mark.parametrize(("method", "address"), NEEDING)
def test_a_token_narrower_than_its_person_is_refused(office: Office, method: str, address: str):
    office.browser(FOUNDER)
    other = "bytes" if Permission.BYTES not in needed(method, address) else "read"
    narrow = program(office, FOUNDER, scopes=(other,))
    answer = ask(office, narrow, method, address)
    assert (answer.status, told(answer)["code"]) == (403, "access.scope")
    require_silence(answer)


@pytest.mark.parametrize("who", OUTSIDE)
@pytest.mark.parametrize(("method", "address"), OPERATIONS)
def test_nobody_outside_a_compartment_learns_of_its_records(
    office: Office, programs: dict[str, Program], method: str, address: str, who: str
):
    answer = ask(office, programs[who], method, address)
    assert answer.status < 500
    require_silence(answer, but=("Safehouse",) if who == "reader-of-all" else ())


@pytest.mark.parametrize("who", ["lawyer", "reader-of-all", "outside-reader"])
@pytest.mark.parametrize(
    "address",
    [
        "/items/{item}",
        "/records/{item}",
        "/assertions/{note}",
        "/claims/{note}",
        "/objects/{sha}",
        "/trace/{item}",
    ],
)
def test_a_hidden_record_and_an_unknown_one_are_answered_alike(
    office: Office, programs: dict[str, Program], address: str, who: str
):
    circle = office.circle
    nothing = new_subject("item", Surroundings().randomness)
    hidden = {"item": circle.item, "note": circle.note, "sha": circle.sha256}
    absent = {"item": nothing, "note": nothing.partition(":")[2], "sha": "0" * 64}
    answers = []
    for given in (hidden, absent):
        answer = programs[who].get(address.format(**given))
        text = answer.text
        for value in given.values():
            text = text.replace(value, "ID")
        answers.append((answer.status, text))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_a_token_reads_up_to_its_level_only(office: Office, programs: dict[str, Program]):
    assert "Safehouse" in programs["reader-of-all"].get(f"/records/{office.circle.place}").text
    narrow = program(office, "reader-of-all", level="open")
    assert narrow.get("/me").status == 200
    assert "Safehouse" not in narrow.get(f"/records/{office.circle.place}").text
    assert "Safehouse" not in narrow.get("/search?q=safehouse").text.replace("q=safehouse", "")


def test_members_find_their_records_and_the_reading_is_recorded(office: Office):
    member = program(office, "member")
    database = office.folder.database()

    def readings() -> int:
        with database.connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM case_assertion WHERE predicate = %s", [READ])
            return int(cursor.fetchone()[0])

    before = readings()
    for _ in range(2):
        assert SECRET in member.get(f"/records/{office.circle.item}").text
    assert readings() == before + 1, "once for each token and day"
    assert SECRET in member.get(f"/objects/{office.circle.sha256}").text
    assert SECRET.rpartition(" ")[2] in member.get("/search?q=lusaber").text


def test_whoever_needs_a_second_factor_needs_it_here_too(tmp_path):
    office = Office(tmp_path)
    without = program(office, "reader-of-all")
    assert told(without.get("/incidents"))["code"] == "access.factor"
    office.browser("reader-of-all")
    assert without.get("/incidents").status == 200


def test_somebody_without_a_role_gets_no_token(office: Office):
    from embers.errors import ActionError

    with pytest.raises(ActionError, match="scopes"):
        secret_for(office, STRANGER, scopes=("read",))


def test_a_method_no_operation_has_is_refused_with_those_it_has(programs: dict[str, Program]):
    answer = programs["lawyer"].ask("PATCH", f"{BASE}/incidents")
    assert (answer.status, told(answer)["code"]) == (405, "api.method")
    assert answer.headers["Allow"] == "GET"
    nowhere = programs["lawyer"].get("/nowhere")
    assert (nowhere.status, told(nowhere)["code"]) == (404, "api.not-found")
