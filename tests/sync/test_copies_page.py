"""The page about copies: it says what `embers sync status` says, and what to type; it reads and changes nothing."""

from __future__ import annotations

import re
import shutil
import socket
from html import unescape

import pytest
from answers import reader

from embers.actions.devices import name_cosigner
from embers.actions.sync import STATE_NAME, open_replica, open_state, status
from embers.sync.cosignature import Cosigner, cosign
from embers.web.serve import application


def shown(team, who: str) -> str:
    """Return the words of the page as one of the team reads it."""
    folder = team.folder(who)
    folder.projection().close()
    answer = reader(application(folder))("/sync")
    assert answer.status == 200
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


@pytest.fixture
def no_connection(monkeypatch):
    """Refuse every connection, as on a laptop in the field."""
    tried = []

    def refuse(self, address):
        tried.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
    assert tried == []


def test_a_case_that_never_met_another(tmp_path, monkeypatch, no_connection):
    from exercise_team import Team

    team = Team.__new__(Team)
    team.root, team._patch = tmp_path, monkeypatch
    team.run("office", "init", tmp_path / "office", "--title", "Alone", "--person", "staff-01")
    team.take_in("office", b"\xff\xd8" + b"picture " * 999)
    words = shown(team, "office")
    assert "Not yet safe: 1 item" in words
    assert "1 of these items has been confirmed by nobody else" in words
    assert f"embers sync with /media/STICK --case {tmp_path / 'office'}" in words
    assert "This case names no keeper." in words
    assert "This copy has recorded no exchange" in words
    assert not (tmp_path / "office" / STATE_NAME).exists(), "reading the page made a file"


def test_the_page_says_what_the_command_says(team, no_connection):
    team.run(
        "office", "key", "cosigner", "mirror", "--operator", "the office", "--case", team.root / "office"
    )
    team.take_in("laptop", b"\xff\xd8" + b"picture " * 999)
    team.note("laptop")
    for who in ("laptop", "office", "laptop"):
        team.exchange(who)
        found, words = status(team.folder(who)), shown(team, who)
        if found.items_unsafe:
            assert f"Not yet safe: {found.items_unsafe} item" in words
        else:
            assert f"Not yet safe: {found.entries_unsafe} entr" in words
        told = "confirmed by nobody else"
        assert (f"{found.items_nowhere_else} of these items" in words) is bool(found.items_nowhere_else)
        assert (told in words) is bool(found.items_nowhere_else)
        assert f"embers sync with {team.root / 'stick'} --case {team.root / who}" in words
        for log in found.logs:
            assert f"{log.entries} {log.safe} {log.with_one} {log.apart} {log.origin}" in words
    assert "the office keeps everything and says so" in words
    assert "This case names one keeper only." in words
    assert "folder or stick" in words
    assert re.search(r"\d+ \w+ 20\d\d, \d\d:\d\d UTC", words)
    assert "ago" in words


def test_two_keepers_make_it_calm(team):
    team.run(
        "office", "key", "cosigner", "mirror", "--operator", "the office", "--case", team.root / "office"
    )
    second = Cosigner(
        "partner.invalid/mirror", team.folder("office").keyring().create_named("cosigners", "second")
    )
    name_cosigner(team.recorder("office"), second.vkey, operator="the partner", role="mirror")
    team.take_in("laptop", b"\xff\xd8" + b"picture " * 99)
    for who in ("laptop", "office", "laptop"):
        team.exchange(who)
    folder = team.folder("laptop")
    replica = open_replica(folder, folder.journal())
    replica.take_receipts([cosign(log.note, second, time=1) for log in replica.frontier().heads])
    assert not status(folder).entries_unsafe
    words = shown(team, "laptop")
    assert "Everything on this computer is safe" in words
    assert "Nothing. Exchange again after the next day's work." in words
    assert "not yet safe" not in words


def test_a_fork_is_the_first_thing_said_with_its_command(team):
    for name in ("laptop", "keys-laptop"):
        shutil.copytree(team.root / name, team.root / name.replace("laptop", "clone"))
    team.note("laptop", "one")
    team.note("clone", "other")
    for who in ("laptop", "office", "clone", "office", "laptop"):
        team.exchange(who)
    words = shown(team, "office")
    log = next(log for log in status(team.folder("office")).logs if log.forked)
    assert words.index("A history was signed twice") < words.index("What to do next")
    assert words.index(f"embers device accept {log.origin} SIZE ROOT") < words.index("Exchange again")
    assert "forked: two histories, both kept apart" in words


def test_a_meeting_is_remembered_without_its_password(team):
    from embers.actions.sync import _meeting
    from embers.sync.peer import Exchanged

    around = team.folder("laptop").surroundings
    place = _meeting("https://me:secret@office.example/x", Exchanged(received=2), around).place
    assert "secret" not in place
    assert place.startswith("https://me@office.example")
    team.exchange("laptop")
    state = open_state(team.folder("laptop"), read_only=True)
    (met,) = state.meetings()
    assert (met.carrier, met.place, met.sent > 0) == ("folder", str(team.root / "stick"), True)
    state.close()
