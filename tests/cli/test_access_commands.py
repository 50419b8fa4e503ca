"""Roles and accounts as people call them on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from called import embers

from embers.cli.where import here
from embers.ids import new_id, new_subject
from embers.journal.journal import key_assertion

PASSWORD = "seven plain words drawn by dice"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))
    monkeypatch.delenv("EMBERS_PERSON", raising=False)
    monkeypatch.delenv("EMBERS_PASSPHRASE", raising=False)
    folder = tmp_path / "case"
    assert embers("init", folder, "--title", "Exercise", "--person", "staff-01").code == 0
    return folder


def enrolled(case: Path, code: str) -> str:
    found = here(case)
    ring = found.folder.keyring()
    from embers.cli.where import recorder

    signer = recorder(found, role="lead")
    random = found.folder.surroundings.randomness
    subject = new_subject("person", random)
    from embers.actions.recorder import Act

    said = (
        key_assertion(new_id(random), subject, ring.create_person(code)),
        signer.new_assertion(subject, "staff-code", code),
    )
    signer.record(Act("device.enrol", said))
    found.folder.projection()
    return subject


def test_roles_are_given_listed_and_taken_back(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = enrolled(case, "staff-02")
    assert "no role" in embers("access", "list", "--case", case).out
    given = embers(
        "access", "grant", "staff-02", "lawyer", "--level", "confidential", "--case", case, "--json"
    )
    assert re.fullmatch("[0-9a-f]{64}", given.json["entry"])
    listed = {one["code"]: one for one in embers("access", "list", "--case", case, "--json").json}
    assert listed["staff-01"]["roles"] == ["case-lead"]
    assert listed["staff-02"]["person"] == person
    assert (listed["staff-02"]["roles"], listed["staff-02"]["level"]) == (["lawyer"], "confidential")
    assert "argue" in listed["staff-02"]["may"]
    assert "second factor" in embers("access", "second-factor", "lawyer", "--case", case).out
    assert "lawyer" in embers("access", "list", "--case", case).out.splitlines()[-1]
    assert embers("access", "second-factor", "lawyer", "--off", "--case", case, "--json").code == 0
    monkeypatch.setenv("EMBERS_PERSON", "staff-02")
    refused = embers("access", "grant", "staff-02", "case-lead", "--case", case)
    assert (refused.code, "Only a case lead" in refused.err) == (1, True)
    assert "no longer lawyer" in embers("access", "revoke", "staff-02", "lawyer", "--case", case).out, (
        "one gives up a role of one's own"
    )
    assert embers("access", "revoke", "staff-02", "lawyer", "--case", case).code == 1
    assert embers("access", "grant", "nobody", "lawyer", "--case", case).code == 2


def test_accounts_are_made_listed_and_shut(case: Path) -> None:
    enrolled(case, "staff-02")
    assert "No accounts yet" in embers("account", "list", "--case", case).out
    invited = embers("account", "new", "staff-02", "--address", "https://case.example", "--case", case)
    secret = re.search(r"https://case\.example/account/welcome/(\S+)", invited.out)
    assert secret
    here_only = embers("account", "new", "staff-02", "--case", case, "--json").json["address"]
    assert here_only.startswith("http://localhost:8731/account/welcome/")
    from embers.web.accounts.registry import Accounts

    accounts = Accounts.of(here(case).folder)
    assert accounts.invited(secret[1]) == "", "a new address ends the one before"
    accounts.accept(here_only.rpartition("/")[2], "sami", PASSWORD)
    (one,) = embers("account", "list", "--case", case, "--json").json
    assert one == {"name": "sami", "person": "staff-02", "active": True, "factors": []}
    assert embers("account", "new", "staff-02", "--case", case).code == 1
    assert "cannot log in" in embers("account", "disable", "sami", "--case", case).out
    assert "disabled" in embers("account", "list", "--case", case).out
    assert embers("account", "enable", "sami", "--case", case, "--json").json == {"account": "sami"}
    assert embers("account", "reset-factor", "sami", "--case", case).code == 0
    assert "new password" in embers("account", "new-password", "sami", "--case", case).out
    for command in ("disable", "enable", "reset-factor", "new-password"):
        assert "no account 'nobody'" in embers("account", command, "nobody", "--case", case).err
    assert "key of its own" in embers("account", "server", "--case", case).out
    assert "already" in embers("account", "server", "--case", case).err


def test_serving_other_computers_needs_tls(case: Path) -> None:
    said = embers("serve", case, "--host", "0.0.0.0")
    assert (said.code, "TLS and accounts" in said.err) == (2, True)


def test_tokens_are_made_listed_and_revoked(case: Path) -> None:
    invited = embers("account", "new", "staff-01", "--case", case, "--json").json["address"]
    from embers.web.accounts.registry import Accounts

    Accounts.of(here(case).folder).accept(invited.rpartition("/")[2], "lead", PASSWORD)
    token = ("account", "token")
    assert "No tokens" in embers(*token, "list", "lead", "--case", case).out
    made = embers(*token, "new", "lead", "Export", "--scope", "read", "--case", case)
    assert "not shown again" in made.out
    assert "embers_" in made.out
    (row,) = embers(*token, "list", "lead", "--case", case, "--json").json
    assert (row["purpose"], row["scopes"], row["level"], row["used"]) == ("Export", "read", "open", "never")
    for wrong in (["--scope", "give-roles"], ["--scope", "read", "--level", "sealed"]):
        assert embers(*token, "new", "lead", "x", *wrong, "--case", case).code == 1
    assert embers(*token, "revoke", "lead", "99", "--case", case).code == 1
    assert "cannot be used" in embers(*token, "revoke", "lead", str(row["number"]), "--case", case).out
    assert embers(*token, "list", "lead", "--case", case, "--json").json == []
