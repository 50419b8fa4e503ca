"""A real small case for page tests: the published tables, one picture, one hostile title, one report.

Everything goes through the ordinary recorder: keys, log, signatures, objects, projection.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import CaseProfile, describe_case
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.published.facts import FactsImport
from embers.actions.published.tables import read_tables
from embers.actions.recorder import Act, Recorder
from embers.ids import new_id, new_subject
from embers.journal.entry import ClaimedTime, EntryDraft, ObjectRef
from embers.journal.journal import Journal, key_assertion, log_assertion
from embers.projections.rebuild import rebuild
from embers.reporting.blocks import Document, Paragraph, Section
from embers.reporting.serialise import document_bytes
from embers.reporting.writer import Writer
from embers.surroundings import Surroundings

TABLES = Path(__file__).parents[2] / "demo" / "karabakh2020"
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
NOTICE = "Made for tests of the pages only."


@dataclass(frozen=True, slots=True)
class Showcase:
    """The case and the ids tests ask for."""

    folder: CaseFolder
    ganja: str
    ganja_claim: str
    sentence: str
    hostile_item: str
    picture: str
    picture_object: str
    table_item: str


def build(path: Path, *, exercise: bool = False) -> Showcase:
    """Build the case below ``path`` and its projection."""
    here = Surroundings()
    folder = CaseFolder(path / "case", path / "keys", here)
    folder.path.mkdir(parents=True)
    keyring, objects = folder.keyring(), folder.objects()
    person, device = keyring.create_person("staff-01"), keyring.create_device()
    case = new_id(here.randomness)
    journal = Journal.create(folder.journal_path, here, keyring=keyring, objects=objects)
    recorder = Recorder(journal, objects, person, "editor", here)
    whom, what = new_subject("person", here.randomness), new_subject("device", here.randomness)
    opening = (
        key_assertion(new_id(here.randomness), whom, person),
        log_assertion(new_id(here.randomness), what, device),
    )
    at = ClaimedTime("2026-01-02T03:04:05Z")
    journal.start_log(EntryDraft("case.open", "editor", at, opening), person, case=case, device=device)
    profile = CaseProfile(
        title="Pages under test",
        scope="Published facts.",
        period="2020-09-27/2020-11-10",
        naming="Both names.",
        profile="prof.rgb",
        notices=[NOTICE],
        limits=["Not a census."],
        exercise=exercise,
    )
    acts = [describe_case(recorder, f"case:{case}", profile)]
    items = {}
    for name in ("sources", "incidents", "claims", "totals", "place_names", "incident_places", "claimants"):
        new = acquire_file(recorder, TABLES / f"{name}.csv", ItemOrigin(f"Table {name}", "demo", "copy"))
        items[f"{name}.csv"] = new.id
        acts.append(new.act)
    facts = FactsImport(recorder, "test", read_tables(TABLES, here), items)
    acts += facts.acts()
    picture = path / "plot.png"
    Image.new("RGB", (64, 48), (90, 90, 90)).save(picture)
    hostile = acquire_file(recorder, picture, ItemOrigin(HOSTILE, HOSTILE, "copy"))
    recorder.record_all([*acts, hostile.act])
    claim = facts.claim_id("C161")
    shown = _report(recorder, here, claim, hostile)
    rebuild(journal, objects, folder.projection_path)
    journal.close()
    return Showcase(
        folder=folder,
        ganja=facts.subject("incident", "K20-33"),
        ganja_claim=claim,
        sentence=shown,
        hostile_item=hostile.id,
        picture=hostile.id,
        picture_object=hostile.acquired.sha256,
        table_item=items["claims.csv"],
    )


def _report(recorder: Recorder, here: Surroundings, claim: str, picture: object) -> str:
    writer = Writer("ganja")
    first = writer.write("A figure was stated by a named claimant.", [claim])
    hostile = writer.write(f"A sentence with {HOSTILE} in it.")
    section = Section("ganja", "Ganja, 17 October 2020", (Paragraph((first, hostile)),))
    data = document_bytes(Document("Report under test", "", "2026-01-03", (section,)))
    stored = recorder.objects.put(io.BytesIO(data))
    report = new_subject("report", here.randomness)
    title = recorder.new_assertion(report, "report-title", {"text": "Report under test", "lang": "en"})
    text = recorder.new_assertion(
        report, "report-text", {"sha256": stored.sha256, "size": stored.size, "sentences": 2}
    )
    ref = ObjectRef(stored.sha256, stored.size, "application/json")
    recorder.record(Act("report.build", (title, text), (ref,), reason="test"))
    return first.id
