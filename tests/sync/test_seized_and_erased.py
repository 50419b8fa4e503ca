"""A seized field laptop and an erasure where the exchange is a bucket of a real S3 server, or the office over HTTPS."""

from __future__ import annotations

import json
import re
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from exercise_team import Team
from served_office import TOKEN, served_office
from test_copies_page import shown
from test_field_join import PASSPHRASE, SECRETS
from test_wraps_travel import SHEET, Vault

sys.path.append(str(Path(__file__).parents[1] / "actions"))
sys.path.append(str(Path(__file__).parents[1] / "servers"))

from s3_server import KEYS, start_s3
from secret_scan import encodings, scan

from embers.actions import field_case
from embers.actions.case_folder import CaseFolder
from embers.actions.erasure import approve_erasure, ask_erasure
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act, Recorder
from embers.actions.sealing import coded_person, data_key, seal_sheet
from embers.actions.sync import blobs_at, status
from embers.custody.compartment import compartment_named
from embers.custody.field_lock import Argon2Cost, create_lock, unlock
from embers.errors import ObjectError
from embers.ids import new_subject
from embers.journal.erasure import read_erasures
from embers.projections.database import forget_databases
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

VERSIONS = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


class Carried:
    """The team with a vault at the office, exchanging over one carrier only."""

    def __init__(self, team: Team, carrier: str, stack: ExitStack, log: Path) -> None:
        self.team, self.bucket = team, ""
        team.run(
            "office", "key", "cosigner", "mirror", "--operator", "office", "--case", team.root / "office"
        )
        self.vault = Vault(team, members=("office", "laptop"))
        if carrier == "https":
            team.place = stack.enter_context(served_office(team))
            return
        self.server = start_s3(log)
        stack.callback(self.server.stop)
        self.bucket = self.server.bucket()
        self.versioned = carrier == "bucket with versions"
        if self.versioned:
            self.server.send("PUT", f"/{self.bucket}?versioning", VERSIONS)
        team.place = f"s3://{self.bucket}/case?endpoint={self.server.endpoint}&region=us-east-1"

    def exchange(self, *people: str) -> str:
        said = ""
        for who in people:
            if self.bucket or who != "office":  # over HTTPS the office only answers
                said = self.team.exchange(who)
        return said

    def stored(self) -> dict[str, bytes]:
        """Return every name and every byte in the bucket, as anybody with its keys would read them."""
        blobs = blobs_at(str(self.team.place).replace("/case?", "?"))
        return {name: blobs.get(name) or b"" for name in blobs.names("")}

    def hidden(self, sheet: str) -> set[str]:
        """Return the names that can be read as an earlier version only, by the bucket's owner, about one sheet."""
        listed = self.server.send("GET", f"/{self.bucket}?versions").decode()
        assert "<IsTruncated>false" in listed
        names = set(re.findall(r"<Version>.*?<Key>(.*?)</Key>", listed))
        return {name for name in names if sheet in name} - self.stored().keys()


@pytest.fixture
def carried(request, team, tmp_path, monkeypatch):
    monkeypatch.setenv("EMBERS_SYNC_TOKEN", TOKEN)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        yield Carried(team, request.param, stack, tmp_path / "s3.log")


@pytest.mark.parametrize("carried", ["bucket", "https"], indirect=True)
def test_a_seized_field_laptop_tells_nothing_wherever_it_exchanges(carried, tmp_path, monkeypatch):
    team, around = carried.team, Surroundings()
    monkeypatch.setattr(
        field_case, "create_lock", lambda *a, **k: create_lock(*a, **{**k, "cost": Argon2Cost(64, 1, 1)})
    )
    home = team.root / "field"

    def field(*words: object) -> str:
        with monkeypatch.context() as patch:
            patch.setenv("EMBERS_PASSPHRASE", PASSPHRASE)
            return team.run("field", *words)

    request = tmp_path / "field.json"
    request.write_text(field("device", "request", "staff-03", "--folder", home, "--field"))
    case = ("--case", team.root / "office")
    opening = json.loads(team.run("office", "device", "enrol", request, *case, "--json"))["opening"]
    carried.exchange("office")
    field("device", "join", team.place, home, "--staff", "staff-03", "--opening", opening)
    folder = CaseFolder(home, team.root / "keys-field", around, key=unlock(home, PASSPHRASE, around))
    sheet = a_day_in_the_field(folder, tmp_path)
    for _ in range(2):
        field("sync", "with", team.place, "--case", home)
        carried.exchange("office")
    assert "not yet safe" in field("sync", "with", team.place, "--case", home)
    assert not status(folder).items_nowhere_else, "the office has confirmed all of it over this carrier"

    secrets = {
        **SECRETS,
        "sheet": SHEET,
        "exchange token": TOKEN,
        "bucket key": KEYS["AWS_SECRET_ACCESS_KEY"],
    }
    for state in ("open", "locked"):
        if state == "locked":
            forget_databases(home)
        found = scan([home, team.root / "keys-field"], secrets)
        assert {label: places for label, places in found.items() if places} == {}, state
    own = folder.sealing_keys().create("staff-03")
    with pytest.raises(ObjectError):
        data_key(folder.wraps(), sheet, own)
    assert carried.vault.open("office", sheet) == SHEET
    readable = b"".join(path.read_bytes() for path in (team.root / "office").rglob("*") if path.is_file())
    assert SECRETS["testimony"].encode() in readable, "the secrets really travelled"


def a_day_in_the_field(folder: CaseFolder, outside: Path) -> str:
    """Record every secret on a field laptop and seal a sheet to the office; return the sheet's digest."""
    signer = Recorder(
        folder.journal(), folder.objects(), folder.keyring().load_person("staff-03"), "interviewer", Surroundings()
    )  # fmt: skip
    file = outside / SECRETS["file name"]
    file.write_text("\n".join(SECRETS.values()) * 400, encoding="utf-8")
    origin = ItemOrigin(title=SECRETS["name"], source=SECRETS["place"], method="copy of a file")
    signer.record(acquire_file(signer, file, origin).act)
    incident = new_subject("incident", signer.surroundings.randomness)
    said = [signer.new_assertion(incident, "note", text) for text in SECRETS.values()]
    signer.record(Act("note.add", tuple(said)))
    view = ProjectedCase(folder.projection())
    vault = compartment_named(view, "vault", signer.journal.roster())
    person, also = coded_person(signer, view, "W-017")
    thing = seal_sheet(signer, folder.wraps(), SHEET.encode(), subject=person, to=[vault], also=also)
    signer.record(thing.act)
    folder.projection()
    signer.journal.close()
    return thing.sealed.sha256


@pytest.mark.parametrize("carried", ["bucket", "bucket with versions", "https"], indirect=True)
def test_after_an_erasure_no_key_and_no_plaintext_is_left_anywhere(carried):
    team, vault = carried.team, carried.vault
    sheet = vault.seal()
    carried.exchange("laptop", "office", "laptop")
    key = data_key(team.folder("office").wraps(), sheet, vault.ages["office"])
    if carried.bucket:
        assert any(sheet in name for name in carried.stored()), "it was really there"
    office = team.recorder("office")
    subject, act = ask_erasure(
        office, vault.view("office"), [sheet], ground="consent-withdrawn", scope="identity-link", asked_by="W-017"
    )  # fmt: skip
    office.record(act)
    office.record(approve_erasure(office, subject))
    carried.exchange("office", "laptop")
    laptop = team.recorder("laptop")
    laptop.record(approve_erasure(laptop, subject))
    carried.exchange("laptop", "office")
    told = team.run("office", "erase", "run", subject, "--case", team.root / "office")
    told += carried.exchange("office", "laptop")
    told += team.run("laptop", "erase", "run", "--case", team.root / "laptop")
    carried.exchange("laptop", "office", "laptop")

    gone = {key.raw, key.text.encode(), *encodings("Nvard Example"), *encodings("Upper Testford")}
    for place in ("office", "laptop"):
        for path in (team.root / place).rglob("*"):
            assert sheet not in path.as_posix()
            assert not path.is_file() or not any(one in path.read_bytes() for one in gone), path
        team.run(place, "verify", team.root / place)
        assert status(team.folder(place)).erasures == ()
    notes = [str(done.get("note", "")) for done in read_erasures(office.journal.store)[0].done.values()]
    if carried.bucket:
        stored = carried.stored()
        assert not [name for name in stored if sheet in name]
        assert not [name for name, data in stored.items() if any(one in data for one in gone)]
        kept = bool(carried.hidden(sheet))
        assert kept == carried.versioned
        assert (kept, kept) == ("KEEPS VERSIONS" in told, "CANNOT BE REACHED" in told)
        assert kept == all("earlier versions" in note for note in notes)
        assert kept == bool(status(team.folder("office")).versioned)
        assert kept == ("keeps versions: what is erased stays readable there" in shown(team, "office"))
    else:
        assert "CANNOT BE REACHED" not in told
        assert notes == ["", ""]
