"""The office as a real process with TLS: laptops exchange with it, strangers are refused, a crash loses nothing."""

from __future__ import annotations

import random
import socket
import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPSConnection

import pytest
from exercise_team import Team
from office_process import HOST, TOKEN, Office, Pair, make_pair

from embers.actions.sync import open_replica, status, synchronise
from embers.errors import SyncError
from embers.sync.https import HttpsPeer
from embers.sync.wire import MAX_PACKAGE


@pytest.fixture
def team(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBERS_SYNC_TOKEN", TOKEN)
    made = Team(tmp_path, monkeypatch)
    made.run("office", "key", "cosigner", "mirror", "--operator", "the office", "--case", tmp_path / "office")
    return made


@pytest.fixture
def pair(tmp_path) -> Pair:
    return make_pair(tmp_path, "office-tls")


@pytest.fixture
def office(team, pair) -> Iterator[Office]:
    running = Office(team.root, pair)
    yield running
    if running.process.poll() is None:
        running.kill()


def refused(team, address: str, *, token: str = TOKEN, pinned: Pair | None = None) -> SyncError:
    with pytest.raises(SyncError) as error:
        synchronise(
            team.folder("laptop"), address, token=token, certificate=pinned.certificate if pinned else None
        )
    return error.value


def test_two_laptops_exchange_at_once_and_the_office_stops_when_asked(team, office, pair):
    text = team.run("third", "device", "request", "staff-03", "--folder", team.root / "third")
    (team.root / "request.json").write_text(text)
    case = ("--case", team.root / "laptop")
    team.run("laptop", "device", "enrol", team.root / "request.json", *case)
    pin = ("--certificate", pair.certificate)
    team.run("laptop", "sync", "with", office.address, *pin, *case)
    opening = next(iter(team.folder("office").journal(read_only=True).store.entries())).leaf.hex()
    joined = ("--staff", "staff-03", "--opening", opening, *pin)
    team.run("third", "device", "join", office.address, team.root / "third", *joined)
    team.take_in("laptop", b"\xff\xd8" + b"laptop " * 99_999)
    team.take_in("third", b"\xff\xd8" + b"third " * 99_999)
    failed = []

    def exchange(who: str) -> None:
        try:
            synchronise(team.folder(who), office.address, token=TOKEN, certificate=pair.certificate)
        except SyncError as error:
            failed.append(error)

    both = [threading.Thread(target=exchange, args=(who,)) for who in ("laptop", "third")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert not failed
    for who in ("laptop", "third"):
        own = next(log for log in status(team.folder(who)).logs if log.own)
        assert own.with_one == own.entries > 1
    assert office.stop() == 0
    assert office.log.read_text().splitlines()[-1] == "embers office: stopped"
    kept = team.folder("office").objects()
    assert {kept.verify(sha256) for sha256 in kept.all()} == {None}
    for who in ("laptop", "third"):
        assert set(team.folder(who).objects().all()) <= set(kept.all())
    team.run("office", "rebuild", "--case", team.root / "office")
    team.run("office", "verify", team.root / "office")


def test_who_is_not_the_office_is_told_nothing(team, office, pair, tmp_path):
    other = make_pair(tmp_path, "somebody-else")
    wrong = refused(team, office.address, pinned=other)
    assert (wrong.code, "could not show that it is the office" in wrong.message) == ("sync.certificate", True)
    assert refused(team, office.address).code == "sync.certificate", "no authority vouches for it"
    by_name = refused(team, office.address.replace(HOST, "localhost"), pinned=pair)
    assert (by_name.code, "mismatch" in by_name.message) == ("sync.certificate", True)
    assert refused(team, f"http://{HOST}:{office.port}").code in {"sync.link", "sync.refused"}
    assert refused(team, "http://office.invalid").code == "sync.plain"
    office.stop()
    late = make_pair(tmp_path, "late", days=(-9, -2))
    expired = Office(team.root, late)
    try:
        error = refused(team, expired.address, pinned=late)
    finally:
        expired.kill()
    assert (error.code, "expired" in error.message, "clock" in error.hint) == ("sync.certificate", True, True)


def test_strangers_are_refused_and_the_log_holds_no_words_of_theirs(team, office, pair):
    wrong = refused(team, office.address, token="some other secret of enough length", pinned=pair)
    assert (wrong.code, "token" in wrong.hint) == ("sync.refused", True)
    team.run("stranger", "init", team.root / "stranger", "--title", "Another exercise", "--person", "staff-9")
    with pytest.raises(SyncError) as other_case:
        synchronise(team.folder("stranger"), office.address, token=TOKEN, certificate=pair.certificate)
    assert (other_case.value.code, "another case" in other_case.value.message) == ("sync.case", True)
    held = {log.origin for log in team.folder("office").journal(read_only=True).logs()}
    stranger = open_replica(team.folder("stranger"), team.folder("stranger").journal())
    peer = HttpsPeer(office.address, token=TOKEN, certificate=pair.certificate)
    head = stranger.frontier().heads[0]
    package = stranger.package(head, 0)
    with pytest.raises(SyncError) as pushed:
        peer.take(package)
    assert "case" in pushed.value.message
    peer.close()
    secret, bearer = b"Nvard-Example", f"Authorization: Bearer {TOKEN}\r\n".encode()
    end = b"Host: x\r\nConnection: close\r\n"
    for path in (b"/../../etc/passwd", b"/%2e%2e/" + secret, b"/__init__", b"/do-take", b"//frontier/x"):
        answer = office.raw(b"POST " + path + b" HTTP/1.1\r\n" + end + bearer + b"Content-Length: 0\r\n\r\n")
        assert b" 400 " in answer.splitlines()[0], answer
    large = f"Content-Length: {MAX_PACKAGE + 1}\r\n\r\n".encode()
    assert b" 413 " in office.raw(b"POST /take HTTP/1.1\r\n" + end + bearer + large).splitlines()[0]
    no_token = office.raw(b"POST /" + secret + b" HTTP/1.1\r\n" + end + b"Content-Length: 0\r\n\r\n")
    assert b" 404 " in no_token.splitlines()[0]
    office.raw(b"POST /take HTTP/1.1\r\n" + end + bearer + b"Content-Length: 13\r\n\r\n" + secret)
    assert {log.origin for log in team.folder("office").journal(read_only=True).logs()} == held
    office.stop()
    log = office.log.read_text()
    assert "refused: unknown 404 token" in log
    assert "refused: take 413 too-large" in log
    for words in ("Nvard", "passwd", TOKEN, "Exercise", "127.0.0.1:", "Traceback"):
        assert words not in log


def test_a_repeated_request_changes_nothing_and_a_slow_one_delays_nobody(team, office, pair):
    team.note("laptop", "said once")
    folder = team.folder("laptop")
    replica = open_replica(folder, folder.journal())
    peer = HttpsPeer(office.address, token=TOKEN, certificate=pair.certificate)
    head = next(head for head in replica.frontier().heads if folder.keyring().has_device(head.origin))
    package = replica.package(head, 0)
    first = peer.take(package)
    assert (first.done, peer.take(package)) == (True, first)
    size = team.folder("office").journal(read_only=True).store.size(head.origin)
    assert size == head.size
    context = ssl.create_default_context(cafile=str(pair.certificate))
    slow = [
        context.wrap_socket(socket.create_connection((HOST, office.port)), server_hostname=HOST)
        for _ in range(4)
    ]
    try:
        for line in slow:
            line.sendall(
                b"POST /take HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + TOKEN.encode()
                + b"\r\nContent-Length: 9999\r\n\r\nand then nothing"
            )
        synchronise(folder, office.address, token=TOKEN, certificate=pair.certificate)
    finally:
        for line in slow:
            line.close()
        peer.close()


def test_the_office_is_killed_in_the_middle_and_goes_on(team, office, pair):
    team.take_in("laptop", random.Random(7).randbytes(102_400))  # 102,400 bytes: 13 pieces of 8,192
    folder, sent, running = team.folder("laptop"), [], [office]
    context = ssl.create_default_context(cafile=str(pair.certificate))

    class Line(HTTPSConnection):
        """Kills the office once, with the sixth piece on its way."""

        def request(self, method, url, body=None, headers=None):
            super().request(method, url, body, headers or {})
            if url.endswith("/put-chunk"):
                sent.append(body[:64])
                if len(sent) == 6:
                    running[0].kill()

    def exchange() -> None:
        replica = open_replica(folder, folder.journal())
        replica._chunk = 8192
        replica.exchange(
            HttpsPeer(
                running[0].address,
                token=TOKEN,
                connect=lambda host, port: Line(host, port, timeout=60, context=context),
            )
        )

    with pytest.raises(SyncError) as broken:
        exchange()
    assert broken.value.code in {"sync.link", "sync.tls"}
    assert "try again" in broken.value.hint.lower()
    running[0] = Office(team.root, pair, office.port)
    try:
        exchange()
    finally:
        running[0].kill()
    assert len(set(sent)) >= 13
    assert len(sent) <= len(set(sent)) + 1, "at most the piece under way is sent again"
    kept = team.folder("office").objects()
    assert {kept.verify(sha256) for sha256 in kept.all()} == {None}
    assert set(folder.objects().all()) <= set(kept.all())
    team.run("office", "rebuild", "--case", team.root / "office")
    team.run("office", "verify", team.root / "office")


def test_what_is_missing_to_start_is_named(team, tmp_path, pair):
    case = team.root / "office"
    assert "together" in team.run(
        "office", "office", "serve", case, "--certificate", pair.certificate, code=2
    )
    gone = ("--certificate", pair.certificate, "--private-key", tmp_path / "gone.key")
    assert "gone.key" in team.run("office", "office", "serve", case, *gone, code=2)
    assert "TLS only" in team.run("office", "office", "serve", case, "--host", "0.0.0.0", code=2)
