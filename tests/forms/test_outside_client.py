"""From outside: JavaRosa fetches and fills in a site form with two photographs and sends it to a real server.

Client and server are killed on the way. What is recorded at the end is recorded once, with its objects and custody.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path

import pytest
from asking import secret_for
from office import Office, entries
from PIL import Image
from tests.forms.outside import needs_java, run

from embers.actions.missions import Plan, plan_mission
from embers.journal.verify import verify_journal
from embers.projections.view import ProjectedCase

pytestmark = [needs_java, pytest.mark.oracle]


class Server:
    """A real server of the case in a session of its own, so that it can be killed with its workers."""

    def __init__(self, office: Office) -> None:
        self.office = office
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}/api/openrosa"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "embers.cli.main", "serve", str(self.office.folder.path), "--port", str(self.port)],
            env={**os.environ, "EMBERS_KEYRING": str(self.office.folder.keyring_path)},
            stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        for _ in range(300):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def unlock(self, secret: str) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/key", json.dumps({"passphrase": ""}), headers)
        assert connection.getresponse().status == 200
        connection.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    office = Office(tmp_path / "office")
    plan = Plan("M-01", "First mission", "2026-05-02/2026-05-04", "VEL", "To see it.", ["What fell?"], [])
    office.mission, act = plan_mission(office.people.first, plan)
    office.people.first.record(act)
    office.folder.projection().close()
    server = Server(office)
    server.start()
    yield server
    server.kill()


def photograph(colour: str) -> bytes:
    out = BytesIO()
    Image.effect_noise((256, 256), 60).convert("RGB").save(out, "JPEG", comment=colour.encode())
    return out.getvalue()


def script(mission: str) -> str:
    answers = [
        "hazard=none-seen", "operator=F-03", f"mission={mission}", "day=2026-05-03", "known_site=no",
        "site_code=OUT-1", "position=-37.5121234 44.1230001 812.4 4.2", "object_type=school", "any_damage=yes",
        "damage_part=roof", "damage_grade=severe", "any_crater=no", "any_remnant=no", "any_photo=yes",
        "photo_image=a.jpg", "photo_role=photo", "photo_shows=The roof from the south", "photo_heading=355.5",
        "photo_scale=ruler of 30 cm", "+photo=1", "photo_image=b.jpg", "photo_role=photo", "photo_shows=The gate",
        "photo_scale=none", "objective=none-found",
    ]  # fmt: skip
    return "\n".join(answers)


def sound_entries(office: Office) -> int:
    journal = office.folder.journal(read_only=True)
    try:
        assert verify_journal(journal).sound
    finally:
        journal.close()
    return entries(office)


def test_killed_on_the_way_it_arrives_once(server: Server, client: list[str], tmp_path: Path):
    office = server.office
    secret = secret_for(office, "investigator", scopes=("record",))
    form, sent = tmp_path / "forms", tmp_path / "sent"
    form.mkdir()
    sent.mkdir()
    given = (server.address, secret, "embers_site_visit", form, sent / "form.xml")
    assert run(client, "fill", *given, script=script(office.mission)).startswith("fetched")
    photographs = {name: photograph(name) for name in ("a.jpg", "b.jpg")}
    for name, data in photographs.items():
        (sent / name).write_bytes(data)
    begun = sound_entries(office)

    def broken_off() -> subprocess.Popen[str]:
        """Begin to send, and return while half of the second request is on its way."""
        sending = subprocess.Popen(
            [*client, "send", server.address, secret, str(sent), "slow"], stdout=subprocess.PIPE, text=True
        )
        for line in sending.stdout:
            if line.startswith("half of request 2"):
                return sending
        raise AssertionError("the second request was never begun")

    server.unlock(secret)
    sending = broken_off()
    sending.kill()  # the phone dies
    sending.wait(20)
    first = sound_entries(office)
    assert first > begun
    sending = broken_off()
    server.kill()  # the server dies
    sending.kill()
    sending.wait(20)
    assert sound_entries(office) == first
    server.start()
    locked = subprocess.run(
        [*client, "send", server.address, secret, str(sent)], check=False, capture_output=True, text=True
    )
    assert "503" in locked.stdout  # nobody has unlocked the key since: the phone keeps the form
    server.unlock(secret)
    told = run(client, "send", server.address, secret, sent, "chunked").splitlines()
    assert [line.split()[0] for line in told] == ["202", "201"]
    assert sound_entries(office) == first + 1  # the second photograph
    _is_all_there(office, photographs, (sent / "form.xml").read_bytes())


def _is_all_there(office: Office, photographs: dict[str, bytes], xml: bytes) -> None:
    view = ProjectedCase(office.folder.projection())
    visits = [one for one in view.kind("visit").values() if one.text("visit-code").startswith("OUT-1")]
    assert len(visits) == 1
    items = [view.subject(one["item"]) for one in visits[0].values("visit-item")]
    held = {one.values("item-object")[0]["name"]: one for one in items}
    assert set(held) == set(photographs)
    for name, data in photographs.items():
        preserved = held[name].values("item-object")
        assert preserved[0] | {"name": name} == {
            "sha256": sha256(data).hexdigest(), "size": len(data), "media": "image/jpeg", "role": "original",
            "name": name,
        }  # fmt: skip
        assert len(preserved) == 1
        assert [one["step"] for one in held[name].values("custody-event")] == ["receive"]
        source = held[name].values("item-origin")[0]
        assert source["source"].endswith("of investigator")
        assert source["method"] == "OpenRosa submission of F-03"
    submissions = [one for one in view.kind("item").values() if one.values("form-submission")]
    assert len(submissions) == 1
    assert submissions[0].values("item-object")[0]["sha256"] == sha256(xml).hexdigest()
    assert sorted(one["name"] for one in submissions[0].values("form-file")) == ["a.jpg", "b.jpg"]
    signers = {one.by for one in view.entries([held.entry for held in visits[0].held]).values()}
    journal = office.folder.journal(read_only=True)
    try:
        assert {journal.roster().subjects[key] for key in signers} == {office.people.persons["investigator"]}
    finally:
        journal.close()
    assert not list(office.folder.objects().verify_all())
