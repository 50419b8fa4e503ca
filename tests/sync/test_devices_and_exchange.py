"""From a new laptop to a lost one, as a person does it: stick, HTTPS over a bad line, forks, receipts."""

from __future__ import annotations

from http.client import HTTPConnection

import pytest
from served_office import TOKEN

from embers.actions.devices import accept_up_to, create_root, lose, name_cosigner, renew
from embers.actions.sync import open_replica, open_state, status, synchronise
from embers.errors import EmbersError, JournalError, SyncError
from embers.projections.rebuild import dump
from embers.surroundings import SystemClock
from embers.sync.cosignature import cosign, read_cosignature
from embers.sync.https import HttpsPeer
from embers.sync.witness import Conflict, Witness, request_text


def test_a_stick_carries_entries_bytes_and_receipts(team):
    case = ("--case", team.root / "office")
    team.run("office", "key", "cosigner", "mirror", "--operator", "the office", *case)
    team.take_in("laptop", b"\xff\xd8" + b"picture " * 999)
    assert "1 item is not yet safe: keep this laptop." in team.exchange("laptop")
    team.exchange("office")
    team.exchange("laptop")
    found = status(team.folder("laptop"))
    own = next(log for log in found.logs if log.own)
    assert (own.with_one, own.safe) == (own.entries, 0), "one keeper has confirmed, two are needed"
    assert (found.items_unsafe, found.items_nowhere_else) == (1, 0)
    kept = team.folder("office").objects()
    assert {kept.verify(sha256) for sha256 in kept.all()} == {None}
    team.run("office", "verify", team.root / "office")
    team.run("laptop", "verify", team.root / "laptop")


def test_two_operators_make_it_safe(team):
    case = ("--case", team.root / "office")
    team.run("office", "key", "cosigner", "mirror", "--operator", "the office", *case)
    other = team.folder("office").keyring().create_named("cosigners", "second")
    from embers.sync.cosignature import Cosigner

    second = Cosigner("partner.invalid/mirror", other)
    name_cosigner(team.recorder("office"), second.vkey, operator="the partner", role="mirror")
    for who in ("laptop", "office", "laptop"):
        team.exchange(who)
    folder = team.folder("laptop")
    replica = open_replica(folder, folder.journal())
    notes = [cosign(log.note, second, time=1) for log in replica.frontier().heads]
    assert not status(folder).sentence.startswith("Everything")
    replica.take_receipts([note.replace("\n\u2014 partner", "\n\u2014 Partner") for note in notes])
    assert status(folder).entries_unsafe
    replica.take_receipts(notes)
    found = status(folder)
    assert [log.safe for log in found.logs] == [log.with_one for log in found.logs]


def test_a_restored_case_starts_a_new_log_and_cites_the_old(team):
    import shutil

    shutil.copytree(team.root / "laptop", team.root / "backup")
    team.note("laptop")
    team.exchange("laptop")
    shutil.rmtree(team.root / "laptop")
    shutil.copytree(team.root / "backup", team.root / "laptop")
    with pytest.raises(JournalError, match="new log") as refused:
        team.note("laptop")
    assert refused.value.code in {"journal.cut", "journal.epoch"}
    team.run("laptop", "device", "renew", "--reason", "restored", "--case", team.root / "laptop")
    team.note("laptop", "after")
    team.exchange("laptop")
    roster = team.folder("laptop").journal(read_only=True).roster()
    assert len(roster.follows) == 1
    assert (
        team.folder("laptop").journal(read_only=True).store.size(next(iter(roster.follows.values()))[0]) == 2
    )
    team.run("laptop", "rebuild", "--case", team.root / "laptop")
    team.run("laptop", "verify", team.root / "laptop")


def test_a_keyring_copied_elsewhere_is_noticed(team):
    import shutil

    shutil.copytree(team.root / "keys-laptop", team.root / "old-keys")
    team.note("laptop")
    team.note("laptop")
    shutil.rmtree(team.root / "keys-laptop")
    shutil.copytree(team.root / "old-keys", team.root / "keys-laptop")
    with pytest.raises(JournalError, match="not used together") as refused:
        team.note("laptop")
    assert refused.value.code == "journal.epoch"


def test_a_clone_forks_its_log_and_both_histories_are_kept(team):
    import shutil

    for name in ("laptop", "keys-laptop"):
        shutil.copytree(team.root / name, team.root / name.replace("laptop", "clone"))
    team.note("laptop", "one")
    team.note("clone", "other")
    for who in ("laptop", "office", "clone", "office", "laptop"):
        team.exchange(who)
    for who in ("office", "laptop", "clone"):
        log = next(log for log in status(team.folder(who)).logs if log.forked)
        assert log.apart == 1
        assert "FORKED" in team.run(who, "sync", "status", "--case", team.root / who)
    with pytest.raises(JournalError, match="any more"):
        team.note("laptop")


def test_what_a_lost_device_sends_later_is_kept_apart(team):
    team.exchange("laptop")
    team.exchange("office")
    office = team.recorder("office")
    log = team.folder("laptop").journal().own_log()
    lose(office, office.journal.roster().devices[log], reason="seized at a checkpoint")
    team.note("laptop", "by whoever holds it now")
    team.exchange("laptop")
    team.exchange("office")
    found = next(one for one in status(team.folder("office")).logs if one.origin == log)
    assert (found.entries, found.accepted, found.apart) == (1, 1, 1)


def test_two_of_three_shares_appoint_a_keeper_and_one_does_not(team):
    from embers.actions.cases import case_subject
    from embers.actions.devices import appoint_keeper, enrol, read_request

    office = team.recorder("office")
    shares, _ = create_root(office, case_subject(office.journal))
    with pytest.raises(EmbersError, match="keeper"):
        enrol(office, read_request((team.root / "request.json").read_text()))
    with pytest.raises(EmbersError) as refused:
        appoint_keeper(office, shares[:1], office.person.id)
    assert refused.value.code == "action.shares"
    appoint_keeper(office, [shares[2], shares[0]], office.person.id)
    assert office.person.id in office.journal.roster().keepers
    enrol(office, read_request((team.root / "request.json").read_text()))
    team.run("office", "rebuild", "--case", team.root / "office")
    team.run("office", "verify", team.root / "office")


def test_https_carries_the_same_and_goes_on_after_each_break(team, address):
    import random

    chance, sent = random.Random(5), []

    class Breaking(HTTPConnection):
        """A line on which every tenth transfer breaks."""

        def send(self, data):
            if chance.random() < 0.1:
                self.close()
                raise ConnectionResetError("the line broke")
            if isinstance(data, bytes) and len(data) > 9000:
                sent.append(len(data))
            super().send(data)

    team.take_in("laptop", bytes(range(256)) * 400)  # 102,400 bytes: 13 pieces of 8,192
    folder = team.folder("laptop")
    tries = 0
    while True:
        tries += 1
        replica = open_replica(folder, folder.journal())
        replica._chunk = 8192
        peer = HttpsPeer(address, token=TOKEN, connect=lambda host, port: Breaking(host, port, timeout=20))
        try:
            replica.exchange(peer)
            break
        except SyncError as error:
            assert error.code == "sync.link"
    assert tries > 1
    kept = team.folder("office").objects()
    assert {kept.verify(sha256) for sha256 in kept.all()} == {None}
    own = next(log for log in status(folder).logs if log.own)
    assert own.with_one == own.entries
    with pytest.raises(SyncError) as refused:
        synchronise(folder, address, token="another token")
    assert refused.value.code == "sync.refused"
    with pytest.raises(SyncError, match="in the clear"):
        HttpsPeer("http://office.invalid", token=TOKEN)


def test_a_witness_that_was_raced_cosigns_one_history_only(team):
    from embers.sync.cosignature import Cosigner

    folder = team.folder("office")
    state = open_state(folder)
    key = folder.keyring().create_named("cosigners", "partner")
    witness = Witness(state, Cosigner("partner.invalid/witness", key), SystemClock())
    journal = team.recorder("office").journal
    head = open_replica(folder, journal).frontier().heads[0]
    line = witness.add_checkpoint(request_text(0, [], head.note), head.vkey)
    assert read_cosignature(head.note + line, witness.cosigner.vkey).time > 0
    forked = folder.keyring().load_device(head.origin)
    from embers.journal.note import Checkpoint
    from embers.sync.wire import head_of

    notes = [Checkpoint(head.origin, head.size + 1, bytes([n]) * 32).sign(forked.private) for n in (1, 2)]
    first, second = (head_of(head.vkey, note) for note in notes)
    witness.advance(first, head.size)  # both requests had read the old size; one of them was faster
    with pytest.raises(Conflict) as late:
        witness.advance(second, head.size)
    assert late.value.size == head.size + 1
    with pytest.raises(Conflict):
        witness.add_checkpoint(request_text(head.size, [], second.note))
    with pytest.raises(Conflict):  # the same size, another root (tlog-witness asks for 409)
        witness.add_checkpoint(request_text(head.size + 1, [], second.note))


def test_renewal_needs_a_reason(team):
    with pytest.raises(JournalError, match="reason"):
        renew(team.recorder("laptop"), team.folder("laptop"), reason=" ")


def test_entries_beyond_a_limit_leave_the_projection_and_stay_in_the_journal(team):
    team.note("laptop", "believed for a while")
    team.exchange("laptop")
    team.exchange("office")
    folder = team.folder("office")

    def believed() -> bool:
        return "believed for a while" in str(list(dump(folder.projection())))

    assert believed()
    log = team.folder("laptop").journal().own_log()
    office = team.recorder("office")
    root = open_replica(folder, office.journal).histories.root(log, 1)
    accept_up_to(office, log, 1, root, reason="the laptop was out of our hands from then on")
    assert not believed()
    assert office.journal.store.size(log) == 2
    team.run("office", "verify", team.root / "office")
