"""The forms: what pyxform and ODK Validate accept, in which languages, and what JavaRosa asks and refuses."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import canonicalize

import pytest
from openpyxl import load_workbook
from pyxform.xls2xform import convert
from tests.forms.outside import needs_java, run, validated

from embers.actions.forms.receiving import SAYS
from embers.fieldwork.forms.catalogue import FORMS, sentences
from embers.fieldwork.forms.xlsform import workbook
from embers.fieldwork.interview import FIRST_ACCOUNT_GUIDE
from embers.web.languages import NAMES
from embers.web.openrosa.offered import offered_form, sheets

MISSION = "mission:11111111-1111-4111-8111-111111111111"
SITE = "site:22222222-2222-4222-8222-222222222222"
SAFE = ["hazard=none-seen", "operator=F-03", f"mission={MISSION}", "day=2026-05-03"]
NEW_SITE = [*SAFE, "known_site=no", "site_code=KS-1", "position=-37.5 44.1 800 4.5", "object_type=school"]


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "missions.csv").write_text(f"name,label\n{MISSION},M-01\n")
    (folder / "sites.csv").write_text(f"name,label\n{SITE},KS-0\n")
    for id in FORMS:
        (folder / f"{id}.xml").write_bytes(offered_form(id).xform)
    return folder


@pytest.mark.parametrize("id", FORMS)
def test_the_workbook_is_the_form(id: str):
    data = workbook(sheets(id))
    again = convert(xlsform=BytesIO(data), validate=False, pretty_print=False).xform
    assert canonicalize(again) == canonicalize(offered_form(id).xform.decode())
    columns = [cell.value for cell in next(load_workbook(BytesIO(data))["survey"].iter_rows(max_row=1))]
    for tag, name in NAMES:
        assert f"label::{name} ({tag})" in columns


@pytest.mark.parametrize("id", FORMS)
def test_every_language_has_every_sentence(id: str):
    text = offered_form(id).xform.decode()
    blocks = re.findall(r'<translation [^>]*lang="([^"]+)"[^>]*>(.*?)</translation>', text, re.S)
    assert [name for name, _ in blocks] == [f"{name} ({tag})" for tag, name in NAMES]
    counts = {len(re.findall(r"<text id=", block)) for _, block in blocks}
    assert len(counts) == 1
    assert "<value>-</value>" not in text


@needs_java
@pytest.mark.oracle
def test_odk_validate_accepts_every_form(lists: Path):
    assert validated(*(lists / f"{id}.xml" for id in FORMS)).count("Xform is valid") == len(FORMS)


def test_no_form_asks_a_name_or_how_to_find_somebody():
    asked = [text for text in sentences() if text.endswith(("?", ":"))]
    assert FIRST_ACCOUNT_GUIDE[-1] not in sentences()
    assert not [text for text in asked if re.search(r"\b(name|address|telephone|phone number)\b", text, re.I)]
    names = {name for form in FORMS.values() for name in form.questions}
    assert not [name for name in names if "name" in name or "contact" in name or "phone" in name]
    assert not {one.type for form in FORMS.values() for one in form.questions.values()} & {
        "deviceid",
        "phonenumber",
    }


def test_what_is_in_every_form_is_read():
    assert set(SAYS) == set(FORMS)


BEGUN = ["operator=F-03", f"mission={MISSION}", "day=2026-05-03", "language=hy", "explained=read-aloud"]
CRATER = ["any_damage=no", "any_crater=yes", "crater_code=C1", "has_bearing=yes"]
#: By name: the form, and what somebody answers. All are walked through in one run of the engine.
WALKS = {
    "danger": ("embers_site_visit", ["hazard=present"]),
    "suspected": ("embers_site_visit", ["hazard=suspected"]),
    "cleared": ("embers_site_visit", ["hazard=cleared"]),
    "known site": ("embers_site_visit", [*SAFE, "known_site=yes", f"site={SITE}"]),
    "side spray": (
        "embers_site_visit",
        [*NEW_SITE, *CRATER, "bearing_method=side-spray", "any_remnant=no", "any_photo=no", "objective=none-found"],
    ),
    "furrow": (
        "embers_site_visit",
        [*NEW_SITE, *CRATER, "bearing_method=fuze-furrow", "any_remnant=yes", "any_photo=yes", "objective=seen"],
    ),
    "wrong": (
        "embers_site_visit",
        ["hazard=none-seen", "operator=Anna", "team=F-04 Ben", "mission=mission:other", "day=2999-01-01",
         "known_site=no", "site_code=a b", "position=-37.5 44.1 800 900", "any_crater=yes", "crater_code=C 1",
         "crater_length=0", "has_bearing=yes", "bearing=360", "bearing_error=0", "any_photo=yes",
         "photo_heading=-1"],
    ),
    "right": (
        "embers_site_visit",
        [*NEW_SITE, "team=F-04 INT-2", "any_crater=yes", "crater_code=C1", "crater_length=1400", "has_bearing=yes",
         "bearing=359.9", "bearing_error=5", "any_photo=yes", "photo_heading=0"],
    ),
    "refusal": ("embers_first_account", [*BEGUN, "agreed=no"]),
    "heard": ("embers_first_account",
              [*BEGUN, "person_code=W-017", "heard_before=other", "agreed=yes", "uses=analysis"]),
    "recorded": ("embers_first_account",
                 [*BEGUN, "person_code=W-017", "heard_before=no", "agreed=yes", "uses=analysis recording"]),
    "named": ("embers_first_account", ["person_code=Narek", "language=Armenian", "agreed=yes", "uses=share"]),
    "nothing refused": ("embers_mission_day", [*BEGUN[:3], "refused=no"]),
    "refused": ("embers_mission_day", [*BEGUN[:3], "refused=yes"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def walks(client: list[str], lists: Path) -> dict[str, list[tuple[str, str]]]:
    """Return, by the name of a walk, what JavaRosa asked and how it took the answer."""
    text = "".join("\n".join([form, *answers]) + "\n\n" for form, answers in WALKS.values())
    parts = [part for part in run(client, "ask", lists, script=text).split("\n\n") if part.strip()]
    told = [[tuple(line.split(" ", 1)) for line in part.splitlines()] for part in parts]
    return dict(zip(WALKS, told, strict=True))


def named(walk: list[tuple[str, str]], *outcomes: str) -> list[str]:
    return [name for outcome, name in walk if not outcomes or outcome in outcomes]


@needs_java
@pytest.mark.oracle
def test_skip_logic_of_the_site_form(walks: dict[str, list[tuple[str, str]]]):
    for danger in ("danger", "suspected"):
        walk = named(walks[danger])
        assert walk[:5] == [
            "warning",
            "hazard",
            "hazard_what",
            "reported_to",
            "keep_away",
        ]  # before anything else
        assert not {"object_type", "any_crater", "any_photo", "photo_image", "objective"} & set(walk)
    assert "cleared_by" in named(walks["cleared"], "required")
    assert "keep_away" not in named(walks["cleared"])
    assert "any_crater" in named(walks["cleared"])
    assert {"site_code", "position"}.isdisjoint(named(walks["known site"]))
    assert "site" in named(walks["known site"], "asked")
    assert "bearing_second" in named(walks["side spray"], "required")
    assert {"damage_part", "remnant_code", "photo_image", "objective_what"}.isdisjoint(
        named(walks["side spray"])
    )
    assert "bearing_second" not in named(walks["furrow"])
    assert {"remnant_code", "photo_image", "objective_what"} <= set(named(walks["furrow"], "required"))


@needs_java
@pytest.mark.oracle
def test_constraints_of_the_site_form(walks: dict[str, list[tuple[str, str]]]):
    assert named(walks["wrong"], "refused") == [
        "operator", "team", "day", "site_code", "position", "crater_code", "crater_length", "bearing",
        "bearing_error", "photo_heading",
    ]  # fmt: skip
    assert named(walks["wrong"], "no-choice") == ["mission"]
    assert named(walks["right"], "refused", "no-choice") == []


@needs_java
@pytest.mark.oracle
def test_skip_logic_and_constraints_of_the_account(walks: dict[str, list[tuple[str, str]]]):
    refusal, heard, recorded = named(walks["refusal"]), walks["heard"], walks["recorded"]
    assert "refusal_reason" in refusal
    assert "person_code" not in refusal
    assert not [name for name in refusal if name.startswith("answer_") or name in {"uses", "recording"}]
    assert {"heard_by", "heard_needed"} <= set(named(heard, "required"))
    assert "recording" not in named(heard)
    assert "heard_by" not in named(recorded)
    assert "recording" in named(recorded)
    assert named(recorded, "required") == ["interview_code", "answer_1"]
    assert {"person_code", "language"} <= set(named(walks["named"], "refused"))
    assert "uses" in named(walks["named"], "no-choice")


@needs_java
@pytest.mark.oracle
def test_skip_logic_of_the_day(walks: dict[str, list[tuple[str, str]]]):
    assert "refused_by" not in named(walks["nothing refused"])
    assert {"refusal_kind", "refused_by"} <= set(named(walks["refused"], "required"))
