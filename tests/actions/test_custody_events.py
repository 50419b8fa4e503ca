from __future__ import annotations

from dataclasses import replace

import pytest

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.custody_events import Custodian, Thing
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act
from embers.actions.verification import verify_case
from embers.custody.chain import chain_of
from embers.errors import ActionError
from embers.ids import new_id, new_subject
from embers.journal.journal import key_assertion
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

ORIGIN = ItemOrigin("Fragment of casing (exercise)", "exercise site 2", "found on the surface")
THING = Thing(
    "Bent metal, 12 cm", marks="lot 7-82", bag="B-0007", seal="S-1001", received_from="W-03", place="Exerton"
)


class Desk:
    """A case with two people who can sign on one device."""

    def __init__(self, folder: CaseFolder) -> None:
        self.folder = folder
        self.first = open_case(folder, staff="staff-01", role="custodian")
        person = folder.keyring().create_person("staff-02")
        subject = new_subject("person", folder.surroundings.randomness)
        said = (
            key_assertion(new_id(folder.surroundings.randomness), subject, person),
            self.first.new_assertion(subject, "staff-code", "staff-02"),
        )
        self.first.record(Act("person.enrol", said))
        self.second = replace(self.first, person=person)

    def one(self) -> Custodian:
        return Custodian(self.first, ProjectedCase(self.folder.projection()))

    def two(self) -> Custodian:
        return Custodian(self.second, ProjectedCase(self.folder.projection()))

    def chain(self, item):
        return chain_of(ProjectedCase(self.folder.projection()), item)


@pytest.fixture
def desk(tmp_path):
    return Desk(CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings()))


@pytest.fixture
def item(desk):
    item, act = desk.one().receive_thing(THING, ORIGIN)
    desk.first.record(act)
    return item


def code(caught):
    return caught.value.code.removeprefix("action.")


def test_a_thing_passes_only_when_both_have_signed(desk, item, tmp_path):
    photo = tmp_path / "bag.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0 a bag" * 20)
    desk.first.record(desk.one().hand_over(item, "staff-02", detail="By hand at the office.", photo=photo))
    waiting = desk.chain(item)
    assert (waiting.holder, waiting.unbroken) == ("staff-01", False)
    assert "staff-02 has not confirmed" in waiting.gaps[0]
    desk.second.record(desk.two().take_over(item, detail="Seal read aloud.", found="S-1001"))
    chain = desk.chain(item)
    assert (chain.holder, chain.unbroken, chain.discrepancies) == ("staff-02", True, ())
    assert [one.signer for one in chain.steps] == ["staff-01", "staff-01", "staff-02"]
    assert desk.folder.objects().has(chain.steps[1].value["photo"])
    assert [one.value["premis"] for one in chain.steps] == ["ingestion", "transfer", "transfer"]
    assert verify_case(desk.folder).sound


def test_nobody_hands_over_what_they_do_not_hold(desk, item):
    for act in (
        lambda: desk.two().hand_over(item, "staff-01", detail="x"),
        lambda: desk.two().seal(item, "S-2", detail="x"),
        lambda: desk.two().open(item, found="S-1001", reason="x", detail="x"),
        lambda: desk.two().give_back(item, "W-03", detail="x"),
    ):
        with pytest.raises(ActionError, match="staff-01 holds it") as caught:
            act()
        assert code(caught) == "custody-holder"


def test_only_the_named_person_takes_over_and_the_giver_may_take_back(desk, item):
    with pytest.raises(ActionError) as caught:
        desk.two().take_over(item, detail="x", found="S-1001")
    assert code(caught) == "custody-offer"
    desk.first.record(desk.one().hand_over(item, "staff-09", detail="x"))
    with pytest.raises(ActionError, match="handed to staff-09") as caught:
        desk.two().take_over(item, detail="x", found="S-1001")
    assert code(caught) == "custody-not-you"
    with pytest.raises(ActionError) as caught:
        desk.one().hand_over(item, "staff-02", detail="x")
    assert code(caught) == "custody-open"
    desk.first.record(desk.one().take_over(item, detail="Nobody came."))
    assert (desk.chain(item).holder, desk.chain(item).unbroken) == ("staff-01", True)
    with pytest.raises(ActionError) as caught:
        desk.one().hand_over(item, "staff-01", detail="x")
    assert code(caught) == "custody-self"


def test_a_sealed_thing_is_not_taken_over_unread_and_a_wrong_seal_is_a_discrepancy(desk, item):
    desk.first.record(desk.one().hand_over(item, "staff-02", detail="x"))
    with pytest.raises(ActionError) as caught:
        desk.two().take_over(item, detail="x")
    assert code(caught) == "custody-seal-unread"
    desk.second.record(desk.two().take_over(item, detail="x", found="broken"))
    chain = desk.chain(item)
    assert chain.holder == "staff-02"
    assert "the seal was broken; recorded was seal 'S-1001'" in chain.discrepancies[0]


def test_opening_and_sealing_again(desk, item):
    with pytest.raises(ActionError) as caught:
        desk.one().seal(item, "S-2", detail="x")
    assert code(caught) == "custody-sealed"
    desk.first.record(desk.one().open(item, found="S-1001", reason="Expert asked.", detail="Cut."))
    desk.first.record(desk.one().seal(item, "S-1002", detail="Same bag."))
    chain = desk.chain(item)
    assert (chain.seal, chain.bag, chain.discrepancies) == ("S-1002", "B-0007", ())


def test_what_was_given_back_is_held_by_nobody(desk, item):
    desk.first.record(desk.one().access(item, reason="Photographed.", detail="In the office."))
    desk.first.record(desk.one().give_back(item, "W-03", detail="By hand."))
    assert "Nobody is recorded" in desk.chain(item).in_words()
    with pytest.raises(ActionError) as caught:
        desk.one().hand_over(item, "staff-02", detail="x")
    assert code(caught) == "custody-gone"
    with pytest.raises(ActionError) as caught:
        desk.one().access("item:00000000-0000-4000-8000-000000000000", reason="x", detail="x")
    assert code(caught) == "no-custody"


def test_a_working_copy_is_kept_beside_the_original(desk, tmp_path):
    path = tmp_path / "film.mov"
    path.write_bytes(b"film " * 100)
    new = acquire_file(desk.first, path, ORIGIN)
    desk.first.record(new.act)
    copy = tmp_path / "film.mp4"
    copy.write_bytes(b"smaller film " * 20)
    who = desk.one()
    settings = {"tool": "ffmpeg", "version": "7.1", "detail": "For viewing."}
    act = who.migrate(new.id, copy, original=new.acquired.sha256, role="working-copy", **settings)
    desk.first.record(act)
    roles = {v["role"]: v["sha256"] for v in desk.one().view.subject(new.id).values("item-object")}
    event = desk.chain(new.id).steps[-1].value
    assert (event["before"], event["after"]) == (roles["original"], roles["working-copy"])
    with pytest.raises(ActionError) as caught:
        who.migrate(new.id, copy, original=new.acquired.sha256, role="original", **settings)
    assert code(caught) == "role"
    with pytest.raises(ActionError) as caught:
        who.migrate(new.id, copy, original="0" * 64, role="derived", **settings)
    assert code(caught) == "not-of-item"
