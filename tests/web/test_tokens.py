"""Tokens on the page of an account and on the command line: shown once, narrower than their person, revoked at once."""

from __future__ import annotations

import re

import pytest
from asking import Program, program, told
from browsing import PASSWORD
from office import Office

from embers.access.roles import Permission
from embers.errors import ActionError
from embers.web.accounts.database import accounts_of
from embers.web.accounts.models import Token
from embers.web.accounts.tokens import make_token
from embers.web.reader import token_sitting
from embers.web.signing import MEMORY

PATH = "/account/tokens"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("tokens"))


def opened(office: Office, name: str = "investigator"):
    """Return a browser on the page of tokens, the password given once more where it is asked."""
    if name not in {one.name for one in office.accounts.every()}:
        office.make_account(name)
    browser = office.log_in(name)
    answer = browser.get(PATH)
    if answer.status == 302:
        browser.post(answer.headers["Location"], password=PASSWORD)
        answer = browser.get(PATH)
    assert answer.status == 200, answer.status
    return browser


def made(browser, **fields: str):
    given = {"name": "Nightly export", "scopes": "read", "level": "open", "days": "30", **fields}
    return browser.post(PATH, **given)


def test_a_token_is_shown_once_works_and_is_revoked(office: Office):
    browser = opened(office)
    answer = made(browser)
    assert answer.status == 200, answer.text
    secret = re.search(r'id="secret">(embers_[^<]+)<', answer.text)
    assert secret
    assert answer.headers["Cache-Control"] == "no-store"
    listed = browser.get(PATH).text
    assert "Nightly export" in listed
    assert secret[1] not in listed
    assert "<td>never</td>" in listed
    asking = Program(office.app, secret[1])
    assert told(asking.get("/me"))["scopes"] == ["read"]
    assert "<td>never</td>" not in browser.get(PATH).text
    with accounts_of(office.accounts.alias):
        row = Token.objects.get(name="Nightly export")
    assert secret[1] not in str(vars(row))
    assert browser.post(PATH + "x").status in {404, 405}
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(PATH).text)
    assert token
    gone = browser.send(f"{PATH}/{row.pk}/revoke", {"csrfmiddlewaretoken": token[1]})
    assert gone.status == 302
    assert asking.get("/me").status == 401
    assert "Nightly export" not in browser.get(PATH).text


@pytest.mark.parametrize(
    "fields",
    [
        {"scopes": "give-roles"},
        {"scopes": "argue"},
        {"level": "confidential"},
        {"days": "0"},
        {"days": "4000"},
        {"name": ""},
    ],
)
def test_no_token_is_wider_than_its_person_or_without_end(office: Office, fields: dict[str, str]):
    answer = made(opened(office), **fields)
    assert answer.status == 400
    assert 'id="secret"' not in answer.text


def test_a_token_signs_with_the_key_of_its_person_only_when_let(office: Office):
    browser = opened(office)
    made(browser, name="P-08", scopes="record")
    with accounts_of(office.accounts.alias):
        row = Token.objects.get(name="P-08")
        other = Token.objects.filter(account__name="lawyer").first()

    def let(number: int):
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(PATH).text)
        return browser.send(f"{PATH}/{number}/sign", {"csrfmiddlewaretoken": found[1]})

    assert not MEMORY.holds(token_sitting(row))
    assert let(row.pk).status == 403  # nothing to lend: the key is locked
    assert browser.post("/account/key", passphrase="").status == 302
    assert let(row.pk).status == 302
    assert MEMORY.holds(token_sitting(row))
    assert "Signs with your key" in browser.get(PATH).text
    assert let(other.pk if other else 4711).status == 400
    MEMORY.forget(token_sitting(row))


def test_nobody_revokes_the_token_of_another(office: Office):
    program(office, "lawyer")
    with accounts_of(office.accounts.alias):
        row = Token.objects.filter(account__name="lawyer").latest("pk")
    browser = opened(office)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(PATH).text)
    assert token
    answer = browser.send(f"{PATH}/{row.pk}/revoke", {"csrfmiddlewaretoken": token[1]})
    assert answer.status == 400
    with accounts_of(office.accounts.alias):
        assert Token.objects.get(pk=row.pk).revoked is None


def test_a_stolen_session_makes_no_token(office: Office, monkeypatch: pytest.MonkeyPatch):
    """The page asks for the password again; a session alone is not enough."""
    import time

    browser = opened(office)
    later = time.time() + 400
    monkeypatch.setattr("time.time", lambda: later)
    answer = browser.get(PATH)
    assert answer.status == 302
    assert "confirm" in answer.headers["Location"]


def test_a_new_password_and_a_lost_factor_end_every_token(office: Office):
    asking = program(office, "reviewer")
    assert asking.get("/me").status == 200
    accounts = office.accounts
    accounts.accept(accounts.invite(office.people.persons["reviewer"], again=True), "", PASSWORD)
    assert asking.get("/me").status == 401
    asking = program(office, "reviewer")
    accounts.reset_factor("reviewer")
    assert asking.get("/me").status == 401


def test_a_password_changed_on_the_page_ends_every_token(office: Office):
    office.make_account("analyst")
    browser = office.log_in("analyst")
    asking = program(office, "analyst")
    new = "eight other words drawn by dice today"
    answer = browser.post("/account/password", oldpassword=PASSWORD, password1=new, password2=new)
    assert answer.status == 302, answer.text
    assert asking.get("/me").status == 401


def test_what_only_people_do_is_no_scope(office: Office):
    account = office.accounts.named("investigator")
    every = frozenset(Permission)
    with accounts_of(office.accounts.alias):
        for scope in ("give-roles", "oversee"):
            with pytest.raises(ActionError, match="cannot have"):
                make_token(account, "x", scopes=[scope], level="open", days=1, may=every)
        with pytest.raises(ActionError, match="level"):
            make_token(account, "x", scopes=["read"], level="sealed", days=1, may=every)
