"""The accounts of a field case are encrypted like everything else in its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from browsing import PASSWORD, Browser
from django.db import DatabaseError, connections
from protected_case import protected_case

from embers.custody.field_lock import CaseKey
from embers.web.accounts.database import accounts_of
from embers.web.accounts.registry import Accounts
from embers.web.drafts.shelf import keep, new_token, of_person
from embers.web.serve import application


def test_accounts_of_a_field_case_are_unreadable_without_its_key(tmp_path: Path):
    people = protected_case(tmp_path, field=True)
    people.folder.projection().close()
    app = application(people.folder, accounts=True)
    accounts = Accounts.of(people.folder)
    accounts.accept(accounts.invite(people.persons["staff-02"]), "wanderer", PASSWORD)
    browser = Browser(app)
    assert browser.log_in("wanderer").status == 302
    assert browser.get("/account/").status == 200
    with accounts_of(accounts.alias):
        place = f"/records/{people.persons['staff-02'].replace(':', '/')}/add?field=note"
        keep(people.persons["staff-02"], place, new_token(), {"v": "Typed beside the crater"})
        assert of_person(people.persons["staff-02"])[0].given == {"v": "Typed beside the crater"}
    connections[accounts.alias].close()
    files = [path for path in people.folder.path.iterdir() if path.name.startswith("app.sqlite3")]
    assert files
    for path in files:
        data = path.read_bytes()
        assert b"wanderer" not in data
        assert b"Typed beside the crater" not in data
        assert b"SQLite format" not in data
        assert browser.cookies["embers"].encode() not in data
    wrong = replace(people.folder, key=CaseKey(b"\1" * 32))
    with pytest.raises(DatabaseError):
        Accounts.of(wrong)


def test_two_cases_in_one_process_have_their_own_accounts(tmp_path: Path):
    both = []
    for name in ("one", "other"):
        people = protected_case(tmp_path / name)
        people.folder.projection().close()
        both.append((people, application(people.folder, accounts=True)))
    (people, app), (_, other) = both
    accounts = Accounts.of(people.folder)
    accounts.accept(accounts.invite(people.persons["staff-02"]), "wanderer", PASSWORD)
    browser = Browser(app)
    browser.log_in("wanderer")
    assert browser.get("/account/").status == 200
    elsewhere = Browser(other, cookies=dict(browser.cookies))
    assert elsewhere.get("/account/").status == 404, "no accounts there: the holder reads"
    assert Accounts.of(both[1][0].folder).every() == []
