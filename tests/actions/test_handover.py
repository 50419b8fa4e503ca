"""What leaves the building beside exhibits and proofs, checked with other people's programs."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import bagit
import pypdf
import pytest

from embers.actions.acquire import acquire
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import CaseProfile, case_subject, describe_case, open_case
from embers.actions.custody_events import Custodian, Thing
from embers.actions.dossiers import export_dossier
from embers.actions.items import ItemOrigin
from embers.actions.reports import build_and_record
from embers.custody.load_file import field_maps
from embers.custody.verifier_files import check_dossier
from embers.projections.view import ProjectedCase
from embers.reporting.notices import EXERCISE
from embers.surroundings import Surroundings

ORIGIN = ItemOrigin("=HYPERLINK exercise photograph", "exercise, site 2", "card reader, write blocked")
PROFILE = CaseProfile("Exercise of hand-over", "Invented.", "2020", "both names", "prof.rgb", exercise=True)


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    base = tmp_path_factory.mktemp("handover")
    folder = CaseFolder(base / "case", base / "keys", Surroundings())
    recorder = open_case(folder, staff="staff-01", role="custodian")
    recorder.record(describe_case(recorder, case_subject(recorder.journal), PROFILE))
    card = base / "card"
    card.mkdir()
    for name in ('Gəncə, 17 "oct".jpg', "Գյանջա.txt", "line\nbreak.bin"):
        (card / name).write_bytes(os.urandom(800))
    (card / "SHA256SUMS").write_text("0" * 64 + "  Գյանջա.txt\n")
    acquire(recorder, card, ORIGIN)
    who = Custodian(recorder, ProjectedCase(folder.projection()))
    photo = base / "bag.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0 a bag" * 20)
    thing = Thing("bent metal", bag="B-1", seal="S-1", received_from="W-03", place="Exerton")
    item, act = who.receive_thing(thing, ItemOrigin("Fragment", "site 2", "found"), photo=photo)
    recorder.record(act)
    who = Custodian(recorder, ProjectedCase(folder.projection()))
    recorder.record(who.hand_over(item, "staff-02", detail="By hand."))
    folder.objects().put(io.BytesIO(b"stored, never signed for"))
    build_and_record(folder, recorder)
    folder.projection()
    target = base / "dossier"
    export_dossier(folder, target, receivers=tuple(field_maps()))
    return target


def test_the_verifier_and_bagit_python_find_nothing_wrong(dossier):
    assert check_dossier(dossier) == []
    bagit.Bag(str(dossier)).validate()


def test_a_changed_custody_sheet_is_found(dossier, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(dossier, copy)
    path = copy / "data" / "custody" / "chains.json"
    path.write_bytes(path.read_bytes().replace(b"staff-02", b"staff-03"))
    assert check_dossier(copy)


def test_case_validate_accepts_the_export(dossier):
    program = Path(sys.executable).with_name("case_validate")
    export = dossier / "data" / "case.jsonld"
    done = subprocess.run(
        [str(program), str(export)], capture_output=True, text=True, timeout=200, check=False
    )
    assert "Conforms: True" in done.stdout, done.stdout
    assert done.returncode == 0
    graph = json.loads(export.read_text())["@graph"]
    files = [node for node in graph if node["@type"] == "uco-observable:File"]
    assert len(files) == 4


def test_the_plain_load_file_is_read_back_whole(dossier):
    with (dossier / "data" / "loadfile" / "generic.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 4
    for row in rows:
        data = (dossier / row["Path"]).read_bytes()
        assert len(data) == int(row["Bytes"])
        assert (dossier / row["Proof"]).is_file()
        assert row["Source"] == ORIGIN.source
        assert row["Title"] == "'" + ORIGIN.title  # a spreadsheet would run it
    assert {row["Original name"] for row in rows} == {
        'Gəncə, 17 "oct".jpg', "Գյանջա.txt", "line\\u000abreak.bin", "SHA256SUMS",
    }  # fmt: skip


def test_unverified_maps_say_so_in_their_names(dossier):
    names = {path.name for path in (dossier / "data" / "loadfile").iterdir()}
    assert names == {"generic.csv", "concordance-UNVERIFIED.dat", "icc-e-court-UNVERIFIED.csv"}
    data = (dossier / "data" / "loadfile" / "concordance-UNVERIFIED.dat").read_bytes()
    lines = data.decode("utf-8-sig").split("\r\n")
    widths = {len(line.split("\u0014")) for line in lines if line}
    assert len(widths) == 1
    assert len(lines) == 6


def test_everything_left_out_has_a_reason(dossier):
    report = json.loads((dossier / "data" / "completeness" / "completeness.json").read_bytes())
    out = report["left_out"]
    assert report["objects"]["held"] == report["objects"]["included"] + sum(
        ":" not in one["what"] for one in out
    )
    assert {one["reason"] for one in out} >= {"sheet", "photograph", "physical"}
    assert not [one for one in out if one["reason"] == "unlinked"]
    assert report["items"] == {"held": 2, "included": 1}
    text = (dossier / "data" / "completeness" / "completeness.txt").read_text()
    assert "Items    1 of 2 are exhibits." in text


def test_the_sheets_name_the_gap_and_who_holds_what(dossier):
    reader = pypdf.PdfReader(dossier / "data" / "custody" / "custody-sheets.pdf")
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "staff-02 has not confirmed it" in text
    assert "S-1" in text
    assert "Exerton" in text
    chains = json.loads((dossier / "data" / "custody" / "chains.json").read_bytes())
    assert [chain["unbroken"] for chain in chains] == [True, False]
    for chain in chains:
        for event in chain["events"]:
            assert (dossier / "data" / "entries" / f"{event['entry']}.json").is_file()


def test_declarations_are_drafts_that_nobody_signed(dossier):
    for path in sorted((dossier / "data" / "declarations").iterdir()):
        text = path.read_text(encoding="utf-8")
        assert path.name.endswith("-DRAFT.txt")
        # The case of this test is an exercise, and every file says so first.
        assert text.removeprefix(f"{EXERCISE}\n\n").startswith("DRAFT - NOT SIGNED")
        assert "[PLACE, DATE, SIGNATURE" in text
        assert "{" not in text
    second = (dossier / "data" / "declarations" / "902-14-DRAFT.txt").read_text()
    assert "The 4 files in data/exhibits whose exhibit.json" in second
    assert "equal for 4 of 4 files" in second
    assert second.count("digests stated in SHA256SUMS: differs") == 1
    assert "Fragment: Handed over to staff-02" in second
