"""A case with a mission, and forms filled in for it, for tests of phones. Everything is invented (demo/exercise)."""

from __future__ import annotations

import uuid
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.forms.receiving import Part, Receipt, Receiver, Sender
from embers.actions.forms.submission_xml import read_xml
from embers.actions.missions import Plan, plan_mission
from embers.actions.recorder import Recorder
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

SENDER = Sender("OpenRosa submission", "phone account P-07")
#: The smallest JPEG there is, twice, with another last byte.
JPEG = bytes.fromhex("ffd8ffe000104a46494600010101004800480000") + b"\x00" * 80 + bytes.fromhex("ffd9")


def photo(number: int) -> bytes:
    return JPEG + bytes([number])


class PhoneCase:
    def __init__(self, path: Path) -> None:
        self.folder = CaseFolder(path / "case", path / "keyring", Surroundings())
        self.recorder: Recorder = open_case(self.folder, staff="staff-01", role="case-lead")
        plan = Plan("M-01", "First mission", "2026-05-02/2026-05-04", "VEL", "To see it.", ["What fell?"], [])
        self.mission, act = plan_mission(self.recorder, plan)
        self.recorder.record(act)
        self.folder.projection().close()

    @property
    def view(self) -> ProjectedCase:
        return ProjectedCase(self.folder.projection())

    @property
    def entries(self) -> int:
        return sum(head.size for head in self.recorder.journal.heads())

    def receive(self, xml: bytes, **files: bytes) -> Receipt:
        """Take in a submission as the server does; files by name, with underscores for dots."""
        put = self.recorder.objects.put
        raw = Part("submission.xml", put(BytesIO(xml)).sha256)
        parts = [Part(name.replace("_", "."), put(BytesIO(data)).sha256) for name, data in files.items()]
        return Receiver(self.recorder, self.folder.projection()).receive(read_xml(xml), raw, parts, SENDER)


def element(name: str, value: object) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(element(*one) for one in value.items())}</{name}>"
    if isinstance(value, list):
        return "".join(element(name, one) for one in value)
    return f"<{name}>{escape(str(value))}</{name}>"


def submission(
    form: str, answers: dict[str, object], *, instance: str = "", replaces: str = "", version: str = "1"
) -> bytes:
    """Return the XML ODK Collect writes: groups and repeats as elements, the id in meta of another name space."""
    meta = f"<orx:instanceID>uuid:{instance or uuid.uuid4()}</orx:instanceID>"
    if replaces:
        meta = f"<orx:deprecatedID>uuid:{replaces}</orx:deprecatedID>{meta}"
    inner = "".join(element(*one) for one in answers.items())
    return (
        f'<?xml version=\'1.0\' ?><data id="{form}" version="{version}" '
        'xmlns:orx="http://openrosa.org/xforms" xmlns:h="http://www.w3.org/1999/xhtml">'
        f"<start>2026-05-03T10:00:00.000+04:00</start>{inner}<orx:meta>{meta}</orx:meta></data>"
    ).encode()


def site_answers(mission: str, **more: object) -> dict[str, object]:
    return {
        "hazard": "none-seen",
        "operator": "F-03",
        "team": "F-04",
        "mission": mission,
        "day": "2026-05-03",
        "known_site": "no",
        "site_code": "KS-1",
        "position": "-37.5121234 44.1230001 812.4 4.2",
        "seen": {"object_type": "school", "object_marking": "blue sign"},
        "damage": [{"damage_part": "roof", "damage_grade": "severe"}],
        "crater": [
            {
                "crater_code": "C1",
                "crater_instrument": "tape",
                "crater_shape": "side-spray",
                "crater_ground": "soil",
                "crater_length": 1400,
                "crater_error": 50,
                "has_bearing": "yes",
                "bearing_method": "side-spray",
                "bearing": "12.5",
                "bearing_second": "48",
                "bearing_north": "magnetic",
                "bearing_sense": "origin",
                "bearing_error": "5",
            }
        ],
        "remnant": [
            {
                "remnant_code": "R1",
                "remnant_part": "tail",
                "remnant_diameter": 122,
                "remnant_error": 2,
                "remnant_kept": "in place",
                "remnant_touched": "no",
            }
        ],
        "photo": [
            {
                "photo_image": "one.jpg",
                "photo_role": "photo",
                "photo_shows": "Crater C1 from the south",
                "photo_heading": "355.5",
                "photo_scale": "ruler of 30 cm",
            },
            {
                "photo_image": "two.jpg",
                "photo_role": "photo",
                "photo_shows": "Remnant R1",
                "photo_scale": "none",
            },
        ],
        "around": {"objective": "none-found", "observation": "The roof had burnt."},
        **more,
    }


def account_answers(mission: str, **more: object) -> dict[str, object]:
    return {
        "operator": "F-03",
        "mission": mission,
        "day": "2026-05-03",
        "person_code": "W-017",
        "heard_before": "no",
        "language": "hy",
        "explained": "read-aloud",
        "agreed": "yes",
        "uses": "analysis recording",
        "interview_code": "IV-1",
        "account": {
            "recording": "voice.m4a",
            "answer_1": "I heard two blasts.",
            "answer_2": "In the morning.",
        },
        **more,
    }
