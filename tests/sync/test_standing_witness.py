"""A partner organisation's witness that holds no case signs what goes on, over every carrier, and nothing else."""

from __future__ import annotations

import json
import shutil
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from exercise_team import Team
from served_office import TOKEN, served
from test_copies_page import shown

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "servers"))

from s3_server import KEYS, start_s3

from embers.actions.sync import blobs_at, open_replica
from embers.actions.witnesses import witness_status
from embers.cli.cosign import application
from embers.errors import EmbersError
from embers.sync.cosignature import read_cosignature
from embers.sync.witness import request_text

PARTNER = "Partner of the exercise"
SECRET = "The shell came over the bakery roof"


class Pair:
    """The team's office and a partner's witness that never sees the case, with one way between them."""

    def __init__(self, team: Team, place: str, *, lies: bool) -> None:
        self.team, self.place, self.lies = team, place, lies

    def name(self) -> str:
        vkey = self.team.run("partner", "cosign", "new", self.team.root / "witness").splitlines()[0]
        named = ("--operator", PARTNER, "--vkey", vkey, "--case", self.team.root / "office")
        self.team.run("office", "key", "cosigner", "witness", *named)
        return vkey

    def ask(self, *words: object, code: int | None = 0) -> str:
        return self.team.run(
            "office", "cosign", "ask", *words, "--case", self.team.root / "office", code=code
        )

    def round(self, *, code: int = 0) -> str:
        """Ask; where questions lie, let the witness answer and fetch that, twice: it may first say where it stands."""
        witness = self.team.root / "witness"
        for _ in range(2 if self.lies else 0):
            self.ask(self.place, code=None)
            self.team.run("partner", "cosign", "answer", witness, self.place, code=None)
        return self.ask(self.place, code=code)

    def signed(self) -> dict[str, int]:
        (found,) = witness_status(self.team.folder("office"))
        return {log.origin: log.signed for log in found.logs}

    def held(self) -> dict[str, int]:
        journal = self.team.folder("office").journal(read_only=True)
        return {log.origin: journal.store.size(log.origin) for log in journal.logs()}


@pytest.fixture(params=["https", "folder", "bucket"])
def pair(request, team, tmp_path, monkeypatch):
    monkeypatch.setenv("EMBERS_SYNC_TOKEN", TOKEN)
    with ExitStack() as stack:
        made = Pair(team, str(tmp_path / "between"), lies=True)
        made.vkey = made.name()
        if request.param == "https":
            monkeypatch.setenv("EMBERS_KEYRING", str(team.root / "keys-partner"))
            app = application(team.root / "witness")
            made.place, made.lies = stack.enter_context(served(app)), False
        elif request.param == "bucket":
            for name, value in KEYS.items():
                monkeypatch.setenv(name, value)
            server = start_s3(tmp_path / "s3.log")
            stack.callback(server.stop)
            made.place = f"s3://{server.bucket()}/witness?endpoint={server.endpoint}&region=us-east-1"
        yield made


def test_it_signs_what_goes_on_and_everybody_sees_what_it_signed(pair):
    team = pair.team
    team.note("laptop", SECRET)
    for who in ("laptop", "office"):
        team.exchange(who)
    said = pair.round()
    assert f"{PARTNER}: asked about 2 logs, 2 signed." in said
    assert pair.signed() == pair.held()
    first = witness_status(team.folder("office"))[0].answered
    team.note("office", SECRET)
    assert pair.signed() != pair.held()
    pair.round()
    assert pair.signed() == pair.held()

    told = team.run("office", "cosign", "status", "--case", team.root / "office")
    assert pair.place.partition("?")[0] in told
    assert first <= witness_status(team.folder("office"))[0].answered
    assert "REFUSED" not in told
    words = shown(team, "office")
    assert f"{PARTNER} watches for a second history" in words
    assert f"{datetime.fromisoformat(first):%-d %B %Y}" in words
    # Every cosignature is checked against the partner's key, over a checkpoint the device signed.
    replica = open_replica(team.folder("office"), team.folder("office").journal())
    mine = [one for one in replica.state.receipts() if one.cosigner.startswith("embers.invalid/witness-")]
    assert len(mine) == 2
    for one in mine:
        assert read_cosignature(one.note, pair.vkey).time > 0
        with pytest.raises(EmbersError):
            read_cosignature(one.note.replace(f"\n{one.size}\n", f"\n{one.size + 1}\n"), pair.vkey)
    replica.state.close()
    # The other copies learn of it by an ordinary exchange.
    for who in ("office", "laptop"):
        team.exchange(who)
    (there,) = witness_status(team.folder("laptop"))
    assert {log.origin: log.signed for log in there.logs}.items() >= pair.signed().items()

    known = json.loads(team.run("partner", "cosign", "logs", team.root / "witness", "--json"))
    assert {row["log"]: row["size"] for row in known["logs"]} == pair.held()
    case = team.folder("office").journal(read_only=True).logs()[0].case
    kept = b"".join(path.read_bytes() for path in (team.root / "witness").iterdir())
    if pair.lies:
        blobs = blobs_at(pair.place)
        assert list(blobs.names("answer/")) == []
        assert len(list(blobs.names("ask/"))) == 2, "one question for each log, for the next time"
        kept += b"".join(blobs.get(name) for name in blobs.names("ask/"))
    assert not any(word.encode() in kept for word in (SECRET, case, "staff-0"))


def test_a_case_set_back_is_refused_and_so_is_another_history(pair):
    team = pair.team
    pair.round()
    for name in ("office", "keys-office"):
        shutil.copytree(team.root / name, team.root / f"{name}-old")
    team.note("office", "one")
    pair.round()
    before = json.loads(team.run("partner", "cosign", "logs", team.root / "witness", "--json"))
    for name in ("office", "keys-office"):
        shutil.rmtree(team.root / name)
        shutil.copytree(team.root / f"{name}-old", team.root / name)
    assert "this copy was set back" in pair.round(code=1), (
        "key and case went back together: nothing here tells"
    )
    team.note("office", "another")
    assert "the log's key signed two" in pair.round(code=1), "as many entries, another root"
    team.note("office", "and one more")
    for _ in range(2):
        assert "the log's key signed two" in pair.round(code=1), "it goes on from another history"
    assert before == json.loads(team.run("partner", "cosign", "logs", team.root / "witness", "--json"))
    told = team.run("office", "cosign", "status", "--case", team.root / "office")
    assert "REFUSED on" in told
    assert "A witness refused to sign" in shown(team, "office")
    assert "WITNESS REFUSED" in team.run("office", "sync", "status", "--case", team.root / "office")


@pytest.mark.parametrize("pair", ["folder"], indirect=True)
def test_a_witness_set_back_is_named(pair):
    team = pair.team
    pair.round()
    shutil.copytree(team.root / "witness", team.root / "witness-old")
    team.note("office", "one")
    pair.round()
    shutil.rmtree(team.root / "witness")
    shutil.copytree(team.root / "witness-old", team.root / "witness")
    team.note("office", "two")
    assert "the witness was set back" in pair.round(code=1)


@pytest.mark.parametrize("pair", ["folder"], indirect=True)
def test_an_altered_answer_and_another_key_count_for_nothing(pair):
    team, blobs = pair.team, blobs_at(pair.place)
    pair.ask(pair.place)
    team.run("partner", "cosign", "answer", team.root / "witness", pair.place)
    for name in list(blobs.names("answer/")):
        data = blobs.get(name)
        blobs.drop(name)
        blobs.put(name, data.replace(b"embers.invalid/witness-", b"embers.invalid/another-"))
    assert "not cosigned by" in pair.ask(pair.place, code=1)
    assert set(pair.signed().values()) == {0}
    pair.round()
    assert pair.signed() == pair.held()


def test_the_place_of_the_case_itself_is_refused(team):
    pair = Pair(team, str(team.root / "stick"), lies=True)
    pair.name()
    assert "NOT REACHED" in pair.ask(pair.place, code=1)
    assert not (team.root / "stick" / "ask").exists()
    team.run("partner", "cosign", "answer", team.root / "witness", team.root / "stick", code=1)


def post(address: str, body: str, token: str = "") -> tuple[int, str, str]:
    asked = urllib.request.Request(address, body.encode(), headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def test_the_server_speaks_tlog_witness(team, monkeypatch):
    monkeypatch.setenv("EMBERS_SYNC_TOKEN", TOKEN)
    Pair(team, "", lies=False).name()
    journal = team.folder("office").journal(read_only=True)
    log = journal.logs()[0]
    team.note("office", "one")
    notes = [note for _, note in journal.store.checkpoints(log.origin)]
    monkeypatch.setenv("EMBERS_KEYRING", str(team.root / "keys-partner"))
    with served(application(team.root / "witness")) as address:
        place = f"{address}/add-checkpoint"
        first = request_text(0, [], notes[0])
        assert post(place, first, TOKEN)[0] == 404, "an unknown log"
        assert post(f"{address}/add-log", log.vkey, "another")[0] == 403
        assert post(f"{address}/add-log", log.vkey, TOKEN)[0] == 200
        status, _, lines = post(place, first)
        assert status == 200, "whoever has a checkpoint the log signed may ask"
        assert lines.startswith("\u2014 embers.invalid/witness-")
        size = notes[0].split("\n")[1]
        assert post(place, first) == (409, "text/x.tlog.size", f"{size}\n")
        assert post(place, request_text(int(size), [bytes(32)], notes[-1]))[0] == 422
        assert post(place, request_text(10**6, [], notes[-1]))[0] == 400
        assert post(place, "hello")[0] == 400
        forged = notes[-1].replace(notes[-1].split("\n")[2], notes[0].split("\n")[2])
        assert post(place, request_text(int(size), [], forged))[0] == 403
        assert post(f"{address}/entries", "")[0] == 404
