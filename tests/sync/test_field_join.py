"""A laptop that joins a case for the field holds nothing readable, from the first byte that arrives."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "actions"))

from secret_scan import scan

from embers.actions import field_case
from embers.actions.case_folder import CaseFolder
from embers.actions.devices import ask_to_join, join
from embers.actions.sync import status
from embers.custody.field_lock import Argon2Cost, create_lock, unlock
from embers.errors import ActionError
from embers.projections.database import forget_databases
from embers.projections.search import search
from embers.surroundings import Surroundings

PASSPHRASE = "six plain words drawn with dice"
SECRETS = {
    "name": "Nvard Example-Testová",
    "name in Armenian letters": "Նվարդ Օրինակյան",
    "testimony": "The shell came over the bakery roof before noon",
    "place": "Upper Testford bakery yard",
    "file name": "nvard-in-her-kitchen.txt",
}


@pytest.fixture
def invited(team, tmp_path, monkeypatch):
    """The office holds every secret; a third person's laptop has made its request in field mode and is enrolled."""
    for text in SECRETS.values():
        team.note("office", text)
    file = tmp_path / SECRETS["file name"]
    file.write_text("\n".join(SECRETS.values()) * 300, encoding="utf-8")
    case = ("--case", team.root / "office")
    team.run("office", "add", file, "--source", "W-017", "--title", SECRETS["name"], *case)
    monkeypatch.setattr(
        field_case, "create_lock", lambda *a, **k: create_lock(*a, **{**k, "cost": Argon2Cost(64, 1, 1)})
    )
    monkeypatch.setenv("EMBERS_PASSPHRASE", PASSPHRASE)
    asked = team.run("field", "device", "request", "staff-03", "--folder", team.root / "field", "--field")
    monkeypatch.delenv("EMBERS_PASSPHRASE")
    request = tmp_path / "field.json"
    request.write_text(asked)
    team.opening = json.loads(team.run("office", "device", "enrol", request, *case, "--json"))["opening"]
    team.exchange("office")
    return team


def readable(team) -> dict[str, list]:
    found = scan([team.root / "field", team.root / "keys-field"], SECRETS)
    return {label: places for label, places in found.items() if places}


def words(team) -> tuple[object, ...]:
    return (
        "device", "join", team.root / "stick", team.root / "field",
        "--staff", "staff-03", "--opening", team.opening,
    )  # fmt: skip


def test_nothing_readable_reaches_the_disk_while_and_after_it_joins(invited, tmp_path, monkeypatch):
    team, around, seen = invited, Surroundings(), []
    key = unlock(team.root / "field", PASSPHRASE, around)
    folder = CaseFolder(team.root / "field", team.root / "keys-field", around, key=key)

    def cut(_: object) -> None:
        """After each package: read every byte there is by now, then pull the plug."""
        seen.append(readable(team))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        join(folder, str(team.root / "stick"), staff="staff-03", opening=team.opening, watch=cut)
    assert seen == [{}]
    assert (team.root / "field" / "sync.sqlite3").exists()
    monkeypatch.setenv("EMBERS_PASSPHRASE", PASSPHRASE)
    assert "This device now writes the log" in team.run("field", *words(team))
    monkeypatch.delenv("EMBERS_PASSPHRASE")
    assert search(folder.projection_to_read(), "Nvard"), "what is searched for is really there"
    assert readable(team) == {}, "with its databases open"
    forget_databases(folder.path)
    assert readable(team) == {}
    databases = list((team.root / "field").rglob("*.sqlite3"))
    assert len(databases) >= 3
    assert not any(path.read_bytes().startswith(b"SQLite format 3") for path in databases)
    assert status(folder).entries_unsafe
    plain = scan([team.root / "stick"], SECRETS)
    assert all(plain.values()), "the same scan finds every secret on the stick it came by"


def test_a_locked_folder_takes_nothing(invited):
    team = invited
    before = sorted(path for path in team.root.glob("*field/**/*") if path.is_file())
    assert "is locked" in team.run("field", *words(team), code=1)
    folder = CaseFolder(team.root / "field", team.root / "keys-field", Surroundings())
    for act in (
        lambda: join(folder, str(team.root / "stick"), staff="staff-03", opening=team.opening),
        lambda: ask_to_join(folder, "staff-03"),
        folder.journal,
    ):
        with pytest.raises(ActionError) as refused:
            act()
        assert refused.value.code == "action.locked"
    assert before == sorted(path for path in team.root.glob("*field/**/*") if path.is_file())
    assert team.root / "field" / "lock.json" in before
    assert [path for path in before if path.suffix == ".pem"], "the person's key waits in the keyring"


def test_its_keys_are_those_of_the_case_and_open_with_it_only(invited):
    team, around = invited, Surroundings()
    (pem,) = (team.root / "keys-field").rglob("persons/*.pem")
    assert b"ENCRYPTED" in pem.read_bytes()
    assert pem.parents[1].name.startswith("field-")
    team.run("field", "device", "request", "staff-03", "--folder", team.root / "field", "--field", code=1)
    key = unlock(team.root / "field", PASSPHRASE, around)
    folder = CaseFolder(team.root / "field", team.root / "keys-field", around, key=key)
    assert folder.keyring().load_person("staff-03").id
