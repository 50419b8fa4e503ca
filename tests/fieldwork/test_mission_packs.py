"""Mission packs: only what is on the list, for one device, signed, until a day, and accounted for afterwards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.actions.heard_people import HeardPeople, Person, heard_people
from tests.cli.called import embers

from embers.actions.interviews import Quoted, open_incident
from embers.actions.mission_packs import account_for, files_of, give_out, open_pack
from embers.actions.missions import Plan, plan_mission, settle_stop, write_log
from embers.actions.recorder import Act
from embers.errors import EmbersError, FieldworkError
from embers.fieldwork.mission import itinerary
from embers.fieldwork.mission_pack import MISSION_FIELDS, given_out
from embers.ids import new_subject
from embers.objects.age_key import AgeIdentity
from embers.places import Point
from embers.surroundings import Surroundings

AROUND = Surroundings()


@dataclass
class Office:
    heard: HeardPeople
    mission: str
    places: dict[str, str]

    @property
    def record(self):
        return self.heard.view.subject(self.mission)


@dataclass
class Clock:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    heard = heard_people(tmp_path_factory.mktemp("packs"), [Person(1, frozenset({"analysis"}), "")])
    recorder, places = heard.recorder, {}
    hidden = {"text": "wqzsecretly", "lang": "ru"}
    for name in ("Karsel", "Tevri", "Elsewhere"):
        id = places[name] = new_subject("place", AROUND.randomness)
        point = Point.from_text("-37.5", "61.2", precision_m=500, method="centre").to_json()
        said = (
            recorder.new_assertion(id, "place-name", {"name": name, "lang": "en", "used_by": "VEL"}),
            recorder.new_assertion(id, "place-position", point),
        )
        heard.record(Act("place.name", said))
    plan = Plan(
        "M-01", "First mission", "2031-05-02/2031-05-09", "VEL", "To see the square.", ["What fell?"],
        [("F-03", "site")], stops=[("2031-05-03", places["Karsel"]), ("2031-05-05", places["Tevri"])],
        risks=["Remnants: hard ground only."], contacts=[("C-77", "opens the gate")],
    )  # fmt: skip
    mission, act = plan_mission(recorder, plan)
    heard.record(act)
    incident = next(iter(heard.view.kind("incident")))
    heard.record(
        Act(
            "incident.place",
            (
                recorder.new_assertion(incident, "incident-place", places["Karsel"]),
                recorder.new_assertion(incident, "allegation", "shelling_civilians"),
                recorder.new_assertion(incident, "incident-title", hidden, marking="confidential"),
            ),
        )
    )  # fmt: skip
    view = heard.view
    told, act = open_incident(
        recorder, view.subject(heard.interviews["W-001"]), Quoted(1, "wqz001"), code="X-77",
        title="told by wqz001", occurred="2031-05-01", place=places["Karsel"],
    )  # fmt: skip
    heard.record(act, write_log(recorder, mission, "2031-05-03", "wqzlogged", by="F-03"))
    _ = told
    return Office(heard, mission, places)


def _day(days: int) -> str:
    return (AROUND.clock.now() + timedelta(days=days)).date().isoformat()


def _given(office: Office, device: AgeIdentity, *, mark: str = "K-1", days: int = 5):
    made, act = give_out(
        office.heard.recorder,
        office.heard.view,
        office.record,
        device=mark,
        recipient=device.recipient,
        expires=_day(days),
    )  # fmt: skip
    office.heard.record(act)
    return made


def test_it_holds_what_is_on_the_list_and_nothing_anybody_told(office: Office) -> None:
    device = AgeIdentity.fresh(AROUND.randomness)
    made = _given(office, device)
    pack = open_pack(made.data, device, by=made.by, clock=AROUND.clock)
    assert set(pack.content) == {
        "plan", "places", "incidents", "sites", "forms", "code_lists", "guides", "codes",
    }  # fmt: skip
    assert set(pack.content["plan"]) <= set(MISSION_FIELDS)
    files = files_of(pack)
    everything = json.dumps(pack.to_json(), ensure_ascii=False) + "".join(f.decode() for f in files.values())
    for word in (
        "First mission",
        "To see the square.",
        "Remnants: hard ground only.",
        "C-77",
        "Karsel",
        "X-01",
    ):
        assert word in everything
    for secret in ("wqz001", "X-77", "IV001X", "W-001", "wqzlogged", "wqzsecretly", "Elsewhere", "I saw"):
        assert secret not in everything, secret
    assert office.heard.interviews["W-001"] not in everything
    assert pack.content["codes"]["interview"][0] == "IV-001"
    assert any(line["ask"] for line in pack.content["guides"]["shelling_civilians"])
    assert {one["id"] for one in pack.content["forms"]["examination"]} >= {"body-finding", "death-scene"}
    assert "care-note" not in {one["id"] for one in pack.content["forms"]["person"]}
    features = json.loads(files["map.geojson"])["features"]
    assert [61.2, -37.5] in [one["geometry"]["coordinates"] for one in features]
    assert b"First mission" not in made.data  # sealed


def test_the_codes_of_one_pack_are_free_for_no_other(office: Office) -> None:
    packs = []
    for mark in ("K-2", "K-3"):
        device = AgeIdentity.fresh(AROUND.randomness)
        made = _given(office, device, mark=mark)
        packs.append(open_pack(made.data, device, by=made.by, clock=AROUND.clock).content["codes"])
    for kind in packs[0]:
        assert not set(packs[0][kind]) & set(packs[1][kind]), kind


def _refused(code: str, data: bytes, device: AgeIdentity, by: str, clock: object) -> str:
    with pytest.raises(EmbersError) as error:
        open_pack(data, device, by=by, clock=clock)
    assert error.value.code == f"fieldwork.{code}"
    return error.value.message


def test_it_opens_for_its_device_from_its_signer_unaltered_and_in_time_only(office: Office) -> None:
    device, other = AgeIdentity.fresh(AROUND.randomness), AgeIdentity.fresh(AROUND.randomness)
    made = _given(office, device, mark="K-4", days=3)
    now = AROUND.clock.now()
    last = datetime.fromisoformat(_day(3)).replace(hour=23, minute=59, tzinfo=UTC)
    assert open_pack(made.data, device, by=made.by, clock=Clock(last)).code == "M-01"
    message = _refused("pack-expired", made.data, device, made.by, Clock(last + timedelta(minutes=2)))
    assert f"was good until {_day(3)}; this device says it is {_day(4)}" in message
    _refused("pack-clock", made.data, device, made.by, Clock(now - timedelta(days=2)))
    _refused("pack-key", made.data, other, made.by, AROUND.clock)
    _refused("pack-signer", made.data, device, "ed25519:" + "0" * 32, AROUND.clock)
    for place in range(0, len(made.data), max(1, len(made.data) // 40)):
        altered = bytearray(made.data)
        altered[place] ^= 1
        _refused("pack-key", bytes(altered), device, made.by, AROUND.clock)


def test_a_pack_sealed_on_to_another_device_or_signed_anew_is_refused(office: Office) -> None:
    import base64

    import pyrage

    from embers.journal.canonical import decode, encode
    from embers.objects.age_key import read_recipient

    device, other = AgeIdentity.fresh(AROUND.randomness), AgeIdentity.fresh(AROUND.randomness)
    made = _given(office, device, mark="K-5")
    inside = decode(pyrage.decrypt(made.data, [pyrage.x25519.Identity.from_str(device.text)]))
    passed_on = pyrage.encrypt(encode(inside), [read_recipient(other.recipient)])
    _refused("pack-key", passed_on, other, made.by, AROUND.clock)
    longer = {**inside, "body": {**inside["body"], "expires": _day(40)}}
    sealed = pyrage.encrypt(encode(longer), [read_recipient(device.recipient)])
    _refused("pack-signature", sealed, device, made.by, AROUND.clock)
    stranger = office.heard.folder.keyring().create_person("stranger-01")
    from embers.journal.keys import public_text

    again = {**longer, "key": public_text(stranger.public)}
    signed = stranger.sign(b"embers mission pack v1\n" + encode(longer["body"]))
    again["sig"] = base64.b64encode(signed).decode()
    sealed = pyrage.encrypt(encode(again), [read_recipient(device.recipient)])
    _refused("pack-signer", sealed, device, made.by, AROUND.clock)


def test_a_last_day_that_is_past_or_far_is_refused(office: Office) -> None:
    device = AgeIdentity.fresh(AROUND.randomness)
    for days in (-1, 61):
        with pytest.raises(FieldworkError) as error:
            _given(office, device, days=days)
        assert error.value.code == "fieldwork.pack-days"


def test_every_pack_is_accounted_for_once_and_the_plan_stands_beside_what_became_of_it(
    office: Office,
) -> None:
    recorder, heard = office.heard.recorder, office.heard
    known = {one.device: one for one in given_out(office.record)}
    assert known["K-1"].back is None
    assert not known["K-1"].overdue(_day(5))
    assert known["K-1"].overdue(_day(6))
    heard.record(account_for(recorder, office.record, "K-1", state="returned", day=_day(1), by="F-03"))
    assert {one.device: one for one in given_out(office.record)}["K-1"].back.value["state"] == "returned"
    with pytest.raises(FieldworkError, match="No pack for 'K-1' is out"):
        account_for(recorder, office.record, "K-1", state="lost", day=_day(1), by="F-03")
    places = office.places
    heard.record(
        settle_stop(recorder, office.mission, "2031-05-03", places["Karsel"], outcome="made", what="Seen."),
        settle_stop(
            recorder, office.mission, "2031-05-04", places["Elsewhere"], outcome="made", what="Unplanned."
        ),
    )
    found = [(one.day, one.planned, one.outcome) for one in itinerary(office.record)]
    assert found == [
        ("2031-05-03", True, "made"),
        ("2031-05-04", False, "made"),
        ("2031-05-05", True, "planned"),
    ]


def test_on_the_command_line_a_device_without_a_case_opens_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def said(*arguments: object, code: int = 0):
        found = embers(*arguments, "--json")
        assert found.code == code, found.out
        return found.json

    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "field-keys"))
    (tmp_path / "field").mkdir()
    monkeypatch.chdir(tmp_path / "field")
    key = said("mission", "device-key", "--as", "k-7")["recipient"]
    assert said("mission", "device-key", "--as", "k-7")["recipient"] == key
    monkeypatch.setenv("EMBERS_KEYRING", str(office.heard.folder.keyring_path))
    monkeypatch.chdir(office.heard.folder.path)
    file = tmp_path / "M-01.pack"
    made = said("mission", "pack", "M-01", file, "--device", "K-7", "--to", key, "--expires", _day(3))
    assert (
        next(one for one in said("mission", "show", "M-01")["packs"] if one["device"] == "K-7")["back"] == ""
    )
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "field-keys"))
    monkeypatch.chdir(tmp_path / "field")
    opening = ("mission", "open-pack", file, "--as", "k-7", "--by")
    assert said(*opening, "ed25519:0", code=1)["error"] == "fieldwork.pack-signer"
    said(*opening, made["by"], "--into", tmp_path / "opened")
    assert "M-01" in (tmp_path / "opened" / "mission.txt").read_text()
    assert "What fell?" in (tmp_path / "opened" / "mission.txt").read_text()
    assert said(*opening, made["by"], "--into", tmp_path / "opened", code=2)["error"] == "usage.folder"
    monkeypatch.setenv("EMBERS_KEYRING", str(office.heard.folder.keyring_path))
    monkeypatch.chdir(office.heard.folder.path)
    said("mission", "pack-back", "M-01", "K-7", "--state", "returned", "--day", _day(2), "--by", "F-03")
