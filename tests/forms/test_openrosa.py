"""The OpenRosa server, asked as the specification says phones ask: list, form, lists, where to send, and send."""

from __future__ import annotations

import base64
import hashlib
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from io import BytesIO

import pytest
from asking import Program, program, secret_for
from killing import die, killed_while
from office import Office, entries
from tests.forms.phone_case import photo, site_answers, submission

from embers.actions.missions import Plan, plan_mission
from embers.actions.recorder import Recorder
from embers.journal.verify import verify_journal
from embers.projections.view import ProjectedCase
from embers.web.api.door import WRONG

ROOT = "/api/openrosa"
LIST, MANIFEST = "{http://openrosa.org/xforms/xformsList}", "{http://openrosa.org/xforms/xformsManifest}"


class Phone(Program):
    """A program that logs in as ODK Collect does: the token is the password of HTTP Basic."""

    def phone(self, method: str, path: str, *, data: bytes = b"", **headers: str):
        pair = base64.b64encode(f"P-07:{self.secret}".encode()).decode()
        given = {
            "authorization": f"Basic {pair}" if self.secret else "",
            "x_openrosa_version": "1.0",
            **headers,
        }
        return self.ask(method, f"{ROOT}{path}", data=data, **given)

    def send(self, xml: bytes, more: bool = False, **files: bytes):
        mark, body = multipart(xml, more=more, **files)
        return self.phone(
            "POST", "/submission", data=body, content_type=f"multipart/form-data; boundary={mark}"
        )


def multipart(xml: bytes, *, more: bool = False, **files: bytes) -> tuple[str, bytes]:
    """Return boundary and body, in the order and with the headers ODK Collect sends."""
    mark = "9f1c0b7e-boundary"
    parts = [("xml_submission_file", "form.xml", "text/xml", xml)]
    parts += [
        (name.replace("_", "."), name.replace("_", "."), "image/jpeg", data) for name, data in files.items()
    ]
    out = BytesIO()
    for name, file_name, media, data in parts:
        out.write(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'.encode()
        )
        out.write(
            f"Content-Type: {media}\r\nContent-Transfer-Encoding: binary\r\n\r\n".encode() + data + b"\r\n"
        )
    if more:
        out.write(
            f'--{mark}\r\nContent-Disposition: form-data; name="*isIncomplete*"\r\n\r\nyes\r\n'.encode()
        )
    out.write(f"--{mark}--\r\n".encode())
    return mark, out.getvalue()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("openrosa"))
    plan = Plan("M-01", "First mission", "2026-05-02/2026-05-04", "VEL", "To see it.", ["What fell?"], [])
    office.mission, act = plan_mission(office.people.first, plan)
    office.people.first.record(act)
    office.folder.projection().close()
    return office


@pytest.fixture(scope="module")
def phone(office: Office) -> Phone:
    return Phone(office.app, program(office, "investigator", unlocked=True, scopes=("record",)).secret)


@pytest.fixture(autouse=True)
def _forget_wrong_tokens() -> None:
    WRONG.forget()


def md5(data: bytes) -> str:
    return f"md5:{hashlib.md5(data).hexdigest()}"


def test_the_list_leads_to_forms_and_lists_with_the_hashes_it_states(office: Office, phone: Phone):
    answer = phone.phone("GET", "/formList?deviceID=abc")
    assert answer.status == 200
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert "Date" in answer.headers
    forms = ET.fromstring(answer.body).findall(f"{LIST}xform")
    assert {one.findtext(f"{LIST}formID") for one in forms} == {
        "embers_site_visit",
        "embers_first_account",
        "embers_mission_day",
    }
    for one in forms:
        form = phone.phone("GET", one.findtext(f"{LIST}downloadUrl").partition(ROOT)[2])
        assert one.findtext(f"{LIST}hash") == md5(form.body)
        manifest = phone.phone("GET", one.findtext(f"{LIST}manifestUrl").partition(ROOT)[2])
        for media in ET.fromstring(manifest.body).findall(f"{MANIFEST}mediaFile"):
            data = phone.phone("GET", media.findtext(f"{MANIFEST}downloadUrl").partition(ROOT)[2])
            assert media.findtext(f"{MANIFEST}hash") == md5(data.body)
            if media.findtext(f"{MANIFEST}filename") == "missions.csv":
                assert data.body.decode().splitlines() == ["name,label", f"{office.mission},M-01"]
    only = ET.fromstring(phone.phone("GET", "/formList?formID=embers_mission_day").body)
    assert len(only) == 1


def test_whoever_has_no_token_gets_the_same_answer_everywhere(office: Office):
    nobody = Phone(office.app)
    wrong = Phone(office.app, "embers_wrong")
    for one in (nobody, wrong):
        for method, path in (
            ("GET", "/formList"),
            ("GET", "/forms/embers_site_visit"),
            ("GET", "/forms/no-such"),
            ("GET", "/nowhere"),
            ("HEAD", "/submission"),
            ("POST", "/submission"),
        ):
            answer = one.phone(method, path)
            assert answer.status == 401, path
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="embers", charset="UTF-8"'
            assert b"embers_" not in answer.body


@pytest.mark.parametrize("role", ["lawyer", "reviewer", "security-lead", "outside-reader"])
def test_roles_that_record_nothing_send_nothing(office: Office, role: str):
    office.browser(role)
    answer = Phone(office.app, secret_for(office, role)).phone("GET", "/formList")
    assert answer.status == 403
    assert b"<message" in answer.body


def test_an_address_that_only_gives_takes_nothing(phone: Phone):
    answer = phone.phone("POST", "/formList", data=b"x")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert b"<OpenRosaResponse" in answer.body


def test_the_token_of_a_phone_reads_nothing_else(phone: Phone):
    assert phone.get("/incidents").status == 403
    assert phone.get("/me").status == 200


def test_basic_is_for_phones_only(office: Office, phone: Phone):
    pair = base64.b64encode(f"P-07:{phone.secret}".encode()).decode()
    assert Program(office.app).get("/me", authorization=f"Basic {pair}").status == 401


def test_a_form_with_two_photographs_in_two_requests(office: Office, phone: Phone):
    where = phone.phone("HEAD", "/submission?deviceID=abc")
    assert where.status == 204
    assert where.headers["Location"].endswith(f"{ROOT}/submission")
    assert int(where.headers["X-OpenRosa-Accept-Content-Length"]) > 10**6
    xml = submission("embers_site_visit", site_answers(office.mission, site_code="PH-1"))
    first = phone.send(xml, more=True, one_jpg=photo(1))
    assert first.status == 202, first.text
    assert "1 files are still to come" in first.text
    last = phone.send(xml, two_jpg=photo(2))
    assert last.status == 201, last.text
    before = entries(office)
    assert phone.send(xml, one_jpg=photo(1), two_jpg=photo(2)).status == 201
    assert entries(office) == before
    view = ProjectedCase(office.folder.projection())
    visits = [one for one in view.kind("visit").values() if one.text("visit-code").startswith("PH-1")]
    assert len(visits) == 1
    shown = {one["shows"]: one["item"] for one in visits[0].values("visit-item")}
    custody = view.subject(shown["Remnant R1"])
    assert custody.values("item-origin")[0]["source"].endswith("of investigator")
    assert custody.values("custody-event")[0]["detail"].endswith("by OpenRosa submission of F-03.")


@pytest.mark.parametrize("cut", [60, 400, -4])
def test_a_body_that_ends_too_early_records_nothing(office: Office, phone: Phone, cut: int):
    mark, body = multipart(
        submission("embers_site_visit", site_answers(office.mission, site_code="PH-2")), one_jpg=photo(3)
    )
    before, stored = entries(office), set(office.folder.objects().all())
    kind = f"multipart/form-data; boundary={mark}"
    answer = phone.ask(
        "POST",
        f"{ROOT}/submission",
        data=body[:cut],
        content_type=kind,
        authorization=f"Bearer {phone.secret}",
    )
    assert answer.status == 400
    assert entries(office) == before
    if cut != -4:
        assert set(office.folder.objects().all()) == stored


def test_chunked_bodies_are_read(office: Office, phone: Phone):
    mark, body = multipart(submission("embers_mission_day", {"operator": "F-03", "mission": office.mission,
                                                             "day": "2026-05-03", "log": "Chunked."}))  # fmt: skip
    program = Program(office.app, phone.secret)
    original = program.app

    def app(environ, start):
        del environ["CONTENT_LENGTH"]
        return original(environ | {"HTTP_TRANSFER_ENCODING": "chunked"}, start)

    program.app = app
    answer = program.ask(
        "POST", f"{ROOT}/submission", data=body, content_type=f"multipart/form-data; boundary={mark}"
    )
    assert answer.status == 201, answer.text


@pytest.mark.parametrize(
    ("xml", "status"),
    [
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", 400),
        (submission("unknown_form", {}), 404),
        (b"", 400),
    ],
)
def test_what_is_no_submission_is_told_in_words(office: Office, phone: Phone, xml: bytes, status: int):
    before = entries(office)
    answer = phone.send(xml)
    assert answer.status == status
    assert ET.fromstring(answer.body)[0].text
    assert entries(office) == before


def test_without_an_unlocked_key_the_phone_keeps_the_form(office: Office):
    locked = Phone(office.app, secret_for(office, "analyst", scopes=("record",)))
    before = entries(office)
    answer = locked.send(submission("embers_site_visit", site_answers(office.mission)))
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "300"
    assert entries(office) == before


@pytest.mark.parametrize(("point", "seed"), [("stored", 10), ("signed", 20), ("told", 30)])
def test_a_server_killed_at_any_point_records_it_once(
    office: Office, phone: Phone, monkeypatch: pytest.MonkeyPatch, point: str, seed: int
):
    instance = str(uuid.uuid4())
    xml = submission(
        "embers_site_visit", site_answers(office.mission, site_code=f"K-{point}"), instance=instance
    )
    before = entries(office)

    def dying() -> None:
        if point == "stored":
            monkeypatch.setattr(Recorder, "record_all", die)
        elif point == "signed":
            monkeypatch.setattr("embers.actions.case_folder.bring_up_to_date", die_after_first())
        else:
            monkeypatch.setattr("embers.web.openrosa.pages._told", die)
        phone.send(xml, one_jpg=photo(seed), two_jpg=photo(seed + 1))

    def die_after_first() -> Callable[..., object]:
        from embers.actions import case_folder

        real, calls = case_folder.bring_up_to_date, []

        def once(*given: object, **named: object) -> object:
            calls.append(1)
            return real(*given, **named) if len(calls) == 1 else die()

        return once

    killed_while(dying)
    monkeypatch.undo()
    signed = entries(office) - before
    assert (signed == 0) is (point == "stored")
    again = phone.send(xml, one_jpg=photo(seed), two_jpg=photo(seed + 1))
    assert again.status == 201, again.text
    after = entries(office)
    if signed:
        assert after == before + signed
    view = ProjectedCase(office.folder.projection())
    visits = [one for one in view.kind("visit").values() if one.text("visit-code").startswith(f"K-{point}")]
    assert len(visits) == 1
    assert len(visits[0].values("visit-item")) == 2
    warned = [
        text
        for one in visits[0].values("visit-item")
        for text in view.subject(one["item"]).values("item-warning")
    ]
    assert "The same bytes were preserved before." not in warned
    journal = office.folder.journal(read_only=True)
    try:
        assert verify_journal(journal).sound
    finally:
        journal.close()
