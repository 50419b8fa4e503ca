"""Bytes leave a device only when keepers of two different operators have said that they hold them."""

from __future__ import annotations

import json
import random

import pytest
from exercise_team import Team
from served_office import TOKEN

from embers.actions.devices import enrol, join, make_cosigner, name_cosigner, read_request, renew
from embers.actions.erasure import set_hold
from embers.actions.local_bytes import give_up
from embers.actions.recorder import Recorder
from embers.actions.sync import status, synchronise
from embers.errors import ActionError, SyncError
from embers.projections.view import ProjectedCase
from embers.sync.peer import Progress

PICTURE = b"\xff\xd8" + b"picture " * 999


class Keepers:
    """A team whose office is a keeper, with a second keeper; both may be of one operator."""

    def __init__(self, team: Team, *, second: str = "the partner") -> None:
        self.team = team
        case = ("--case", team.root / "office")
        team.run("office", "key", "cosigner", "mirror", "--operator", "the office", *case)
        request = team.run("partner", "device", "request", "staff-03", "--folder", team.root / "partner")
        office, partner = team.recorder("office"), team.folder("partner")
        enrol(office, read_request(request))
        name_cosigner(office, make_cosigner(partner, "mirror"), operator=second, role="mirror")
        self.exchange("office")
        opening = next(iter(office.journal.store.entries())).leaf.hex()
        join(partner, str(team.root / "stick"), staff="staff-03", opening=opening)
        signer = Recorder(
            partner.journal(),
            partner.objects(),
            partner.keyring().load_person("staff-03"),
            "keeper",
            partner.surroundings,
        )
        renew(signer, partner, reason="first use")
        team.take_in("laptop", PICTURE)

    def exchange(self, *names: str) -> None:
        for who in names:
            synchronise(self.team.folder(who), str(self.team.root / "stick"))

    def objects(self, who: str) -> set[str]:
        return set(self.team.folder(who).objects().all())

    def give_up(self, *chosen: str):
        return give_up(self.team.recorder("laptop"), self.team.folder("laptop"), chosen)


def test_nothing_goes_before_two_operators_have_confirmed_it(team):
    keepers = Keepers(team)
    mine = keepers.objects("laptop")
    for step in ("nobody", "laptop", "office", "laptop"):  # at last the office alone has confirmed
        if step != "nobody":
            keepers.exchange(step)
        done = keepers.give_up()
        assert (done.objects, done.unsafe) == ((), len(mine)), step
        for sha256 in mine:
            with pytest.raises(SyncError, match="2 different") as refused:
                keepers.give_up(sha256)
            assert refused.value.code == "sync.not-safe"
    assert keepers.objects("laptop") == mine
    assert "Nothing was given up" in team.run("laptop", "sync", "free", "--case", team.root / "laptop")


def test_two_keepers_of_one_operator_are_one_keeper(team):
    keepers = Keepers(team, second="the office")
    keepers.exchange("laptop", "office", "partner", "laptop")
    own = next(log for log in status(team.folder("laptop")).logs if log.own)
    assert (own.with_one, own.safe) == (own.entries, 0)
    assert keepers.give_up().objects == ()


def test_what_two_keepers_hold_leaves_the_laptop_and_is_no_loss(team):
    keepers = Keepers(team)
    mine = keepers.objects("laptop")
    keepers.exchange("laptop", "office", "partner", "laptop")
    text = team.run("laptop", "sync", "free", "--case", team.root / "laptop", "--json")
    assert set(json.loads(text)["objects"]) == mine
    assert not keepers.objects("laptop")
    assert mine <= keepers.objects("office") & keepers.objects("partner")
    team.run("laptop", "verify", team.root / "laptop")
    team.run("laptop", "rebuild", "--case", team.root / "laptop")
    view = ProjectedCase(team.folder("laptop").projection())
    said = [
        held.value
        for record in view.kind("device").values()
        for held in record.held
        if held.predicate == "bytes-given-up"
    ]
    assert [set(value["objects"]) for value in said] == [mine], "a signed entry says what left this device"
    keepers.exchange("laptop", "office")
    assert not keepers.objects("laptop"), "nothing brings them back unasked"
    assert keepers.give_up().objects == ()


def test_a_keeper_and_a_legal_hold_give_up_nothing(team):
    keepers = Keepers(team)
    with pytest.raises(ActionError, match="keeper"):
        give_up(team.recorder("office"), team.folder("office"))
    keepers.exchange("laptop", "office", "partner", "laptop")
    signer = team.recorder("laptop")
    view = ProjectedCase(team.folder("laptop").projection())
    for item in view.kind("item"):
        signer.record(set_hold(signer, item, authority="Exercise court", reason="Ordered in a test."))
    held = keepers.give_up()
    assert keepers.objects("laptop")
    assert held.held == len(keepers.objects("laptop"))


def test_one_refused_object_does_not_keep_the_others_from_being_safe(team, address):
    folder = team.folder("laptop")
    synchronise(folder, address, token=TOKEN)
    team.take_in("laptop", PICTURE)
    (rotten,) = (sha256 for sha256 in folder.objects().all() if folder.objects().size(sha256) == len(PICTURE))
    place = folder.objects().place(rotten)
    place.chmod(0o600)
    place.write_bytes(PICTURE[:-1] + b"!")
    team.take_in("laptop", PICTURE + b"another")
    done = synchronise(folder, address, token=TOKEN)
    assert [rotten in one for one in done.refused] == [True]
    kept = team.folder("office").objects()
    assert set(folder.objects().all()) - set(kept.all()) == {rotten}
    own = next(log for log in status(folder).logs if log.own)
    assert 0 < own.with_one < own.entries, "the receipt ends before the entry whose bytes did not come"


def test_a_piece_that_rotted_on_its_way_in_is_sent_again(team, address):
    team.take_in("laptop", random.Random(4).randbytes(50_000))
    folder, office = team.folder("laptop"), team.folder("office")

    def pull_the_plug(progress: Progress) -> None:
        if progress.what == "objects sent" and progress.bytes > 20_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synchronise(folder, address, token=TOKEN, chunk=8192, watch=pull_the_plug)
    pieces = sorted((office.path / "incoming" / "chunk").iterdir())
    assert len(pieces) == 3
    pieces[0].write_bytes(b"rotten")
    first = synchronise(folder, address, token=TOKEN, chunk=8192)
    assert len(first.refused) == 1
    assert synchronise(folder, address, token=TOKEN, chunk=8192).refused == []
    assert set(folder.objects().all()) <= set(office.objects().all())
    assert not [path for path in (office.path / "incoming").rglob("*") if path.is_file()]
