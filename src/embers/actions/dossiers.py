"""Exporting a dossier: exhibits, entries, proofs, policy and verifier in one BagIt package."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from embers.access.policy import policy
from embers.actions.case_folder import CaseFolder
from embers.actions.editions import (
    EditionText,
    consented,
    edition_files,
    edition_text,
    figure_digests,
    told,
)
from embers.actions.handover import HandOver
from embers.actions.reports import DRAFT
from embers.custody.package import (
    DossierSummary,
    ExhibitFile,
    policy_text,
    roster_record,
    with_registrations,
    write_dossier,
)
from embers.custody.time_bracket import read_time_proofs
from embers.custody.timestamp_files import timestamp_files
from embers.custody.verifier_files import check_dossier
from embers.errors import AccessDenied, ActionError, ConsentError, ObjectError
from embers.fieldwork.consented_view import ConsentedView, refuse_against_consent
from embers.journal.journal import Journal
from embers.journal.proof import prove
from embers.journal.roster import Roster
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.reporting.blocks import Document
from embers.reporting.dossier import ExhibitObject, Selection, select
from embers.reporting.notices import notices_of
from embers.surroundings import utc_text
from embers.teamwork.release import APPROVAL, BUILT, DOSSIER, Approval, approval_of
from embers.teamwork.review import REVIEWING

README = """{title}

This folder is a dossier: a report, the exhibits it rests on, and the signed entries that brought them into the case.

{release}

How to check it
  1. With Python 3.11 or newer and the package "cryptography":
         python data/verify/verify.py .
     It says in plain words what is proven, within which limits of time, and what is not proven.
  2. Without it: the folder is a BagIt 1.0 package; any BagIt tool checks its digests. FORMAT.md in data/verify
     describes everything else so that somebody can write a verifier of their own.

How to walk from a sentence to the evidence
  data/report/report.json names for every sentence the assertions it rests on. Each assertion stands in one file of
  data/entries, with the item or source it rests on. Items are the exhibits; exhibit.json beside each says which item
  it is and which entry introduced it.

Also here, derived from the entries and checked by no program
  data/custody            who held each item, as sheets to print and as data
  data/completeness       what the case holds, what of it is left out, and why
  data/case.jsonld        exhibits and custody in the CASE/UCO ontology
  data/loadfile           a table for e-discovery systems; "UNVERIFIED" in a name means what it says
  data/declarations       drafts for a court; nobody has signed them

{notices}
"""


#: Acts that are in a dossier without being part of what is approved: they come after it, or say nothing of the case.
_BESIDE = frozenset({BUILT, APPROVAL})
#: What colleagues said to each other about a record, and who read it, stays in the house.
_OWN_WORK = frozenset({*REVIEWING, "record-read"})


@dataclass(frozen=True, slots=True)
class Contents:
    """What a dossier is to hold: the text of a report, exhibits, and entries; ``view`` is what consent lets go along.

    ``sha256`` is over the body it is for, the digest of the text, the numbers and digests of the exhibits and the ids
    of the entries, but for those by which the report was built and its release approved.
    """

    view: ConsentedView
    text: EditionText
    selection: Selection
    entries: tuple[str, ...]
    sha256: str


def dossier_contents(
    folder: CaseFolder, journal: Journal, database: CaseDatabase, *, body: str = ""
) -> Contents:
    """Return what the dossier of the newest report holds now, for a body; a case without a report is refused.

    Refused as well is a report that rests on what consent does not let go to the body. ``database`` is the holder's.
    """
    view = consented(database, day=utc_text(folder.surroundings.clock.now())[:10], body=body, hand_over=True)
    text = edition_text(folder, view, body, or_public=True)
    document = text.document
    refuse_against_consent(view, told(document), figure_digests(document))
    selection = select(view, _bases(json.loads(text.data)), [text.report.id], without=_OWN_WORK)
    entries = [id for id in with_registrations(journal, selection.entries) if _may_go(view, journal, id)]
    _require_grounds(view, document, entries)
    # Registrations of keys are left out: whoever approves adds their own.
    acts = view.entries(selection.entries & set(entries))
    stated = {
        "for": body,
        "report": text.held.value["sha256"],
        "exhibits": sorted([shown.number, shown.held.value["sha256"]] for shown in selection.exhibits),
        "entries": sorted(id for id in acts if acts[id].act not in _BESIDE),
    }
    digest = hashlib.sha256(json.dumps(stated, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return Contents(view, text, selection, tuple(entries), digest)


def export_dossier(
    folder: CaseFolder,
    target: Path,
    *,
    receivers: Sequence[str] = ("generic",),
    replace: bool = False,
    body: str = "",
    unapproved: str = "draft",
) -> DossierSummary:
    """Write the dossier of the newest report; it stands at ``target`` complete or not at all.

    ``receivers`` name the load files that are put in, see :func:`embers.custody.load_file.field_maps`. ``body`` is the
    organisation the dossier is for: testimony goes only to a body the person heard consented to, and then word for
    word, because a signed entry cannot be cut. A report that rests on more is refused with the reason. Contents no
    second person approved are marked as a draft, or with ``unapproved="refuse"`` not written.
    """
    journal = folder.journal(read_only=True)
    database = folder.projection_to_read()
    whole = ProjectedCase(database)
    contents = dossier_contents(folder, journal, database, body=body)
    view, text, selection, wanted = contents.view, contents.text, contents.selection, contents.entries
    roster = journal.roster()
    approval = approval_of(
        whole,
        policy(whole, roster),
        roster.subjects,
        whole.subject(text.report.id),
        what=DOSSIER,
        sha256=contents.sha256,
        text_sha256=text.held.value["sha256"],
    )
    if approval is None and unapproved == "refuse":
        raise AccessDenied(
            "unapproved",
            "No second person has approved these contents; the dossier is not written.",
            "Have somebody else run `embers release approve dossier`.",
        )
    objects = folder.objects()
    case = view.subject(view.case)
    report_files = _report_files(folder, journal, text)
    timestamps = timestamp_files(
        read_time_proofs(journal, objects), [journal.get(id) for id in wanted], objects
    )
    hand_over = HandOver(
        folder,
        view,
        whole,
        journal,
        selection.exhibits,
        wanted,
        receivers=receivers,
        others={**report_files, **timestamps},
        draft=DRAFT if approval is None else "",
    )
    notices = "\n".join(notice.text for notice in notices_of(case))
    summary = write_dossier(
        target,
        folder.surroundings,
        exhibits=(_exhibit(folder, shown) for shown in selection.exhibits),
        entries=((id, journal.get(id).raw) for id in wanted),
        proofs=_proofs(journal, wanted),
        checkpoints=[journal.checkpoint_note(log.origin) for log in journal.logs()],
        policy=policy_text(journal),
        roster=roster_record(_roster(journal)),
        report_files=report_files,
        readme=README.format(
            title=case.text("case-title"), notices=notices, release=_release(whole, approval)
        ),
        info={
            "External-Description": f"{'' if approval else 'DRAFT: '}{case.text('case-title')}",
            "Source-Organization": "Embers",
        },
        timestamps=timestamps,
        beside=hand_over.files(),
        replace=replace,
    )
    journal.close()
    _verify(summary.path)
    return summary


def _may_go(view: ConsentedView, journal: Journal, id: str) -> bool:
    return view.entry_allowed(said.id for said in journal.get(id).entry.assertions)


def _require_grounds(view: ConsentedView, document: Document, wanted: Collection[str]) -> None:
    """Refuse a dossier in which a sentence has lost an entry: it was signed together with what may not go along."""
    entries = set(wanted)
    for sentence in told(document):
        for held in view.held(sentence.basis).values():
            if held.entry not in entries:
                raise ConsentError(
                    "mixed-entry",
                    f"The sentence {sentence.id} rests on the entry {held.entry}, which was signed over something that "
                    "consent does not cover as well.",
                    "An entry cannot be cut. Record what may go along in an entry of its own, then build again.",
                )


def _verify(path: Path) -> None:
    """Refuse to hand out a dossier in which the verifier that travels with it finds a problem."""
    if problems := check_dossier(path):
        first = problems[0]
        raise ActionError(
            "unsound-dossier",
            f"The verifier finds {len(problems)} problems in {path}; the first is in {first.where}: {first.what}.",
            first.hint,
        )


def _bases(part: object) -> Iterator[str]:
    """Yield every assertion id that a sentence of the stored report rests on."""
    if isinstance(part, dict):
        if "runs" in part:
            yield from part.get("basis", ())
        else:
            for value in part.values():
                yield from _bases(value)
    elif isinstance(part, list):
        for entry in part:
            yield from _bases(entry)


def _release(view: ProjectedCase, approval: Approval | None) -> str:
    """Say in the README whether a second person approved what is here, and where they signed it."""
    if approval is None:
        return f"DRAFT. {DRAFT}"
    code = view.subject(approval.by).text("staff-code") or approval.by
    whom = f" for {approval.to}" if approval.to else ""
    return (
        f"Approved for release{whom} by {code}, who did not build the report, at the claimed time {approval.at}.\n"
        f"They signed that in data/entries/{approval.entry}.json, over the digest {approval.sha256}."
    )


def _report_files(folder: CaseFolder, journal: Journal, text: EditionText) -> dict[str, bytes]:
    """Return the three forms of the report; the files must be those the recording entry introduces."""
    sha256, names = text.held.value["sha256"], edition_files(text.body)
    recorded = {ref.sha256 for ref in journal.get(text.held.entry).entry.objects}
    files = {"report.json": text.data}
    for name in ("report.pdf", "report.html", "report.json"):
        path = folder.exports_path / names[name]
        try:
            with folder.surroundings.disk.read(path) as handle:
                data = handle.read()
        except FileNotFoundError:
            raise ActionError(
                "no-report", f"{path} is missing.", "Build it again with `embers report build`."
            ) from None
        if hashlib.sha256(data).hexdigest() not in recorded:
            raise ActionError(
                "stale-report",
                f"{path} does not belong to the recorded text {sha256}.",
                "Build it again with `embers report build`.",
            )
        files[name] = data
    return files


def _exhibit(folder: CaseFolder, shown: ExhibitObject) -> ExhibitFile:
    value = shown.held.value
    events = [held.value for held in shown.item.live("custody-event")]
    try:
        folder.objects().size(value["sha256"])
    except ObjectError as error:
        raise ActionError("exhibit", f"{shown.number}: {error.message}", error.hint) from error
    return ExhibitFile(
        number=shown.number,
        name=value["name"],
        sha256=value["sha256"],
        size=value["size"],
        media=value["media"],
        open=partial(folder.objects().open, value["sha256"]),
        sidecar={
            "item": shown.item.id,
            "entry": shown.held.entry,
            "title": shown.item.text("item-title"),
            "role": value["role"],
            "custody": events,
            "origin": shown.item.values("item-origin"),
        },
    )


def _proofs(journal: Journal, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    by_log: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for id in wanted:
        entry = journal.get(id).entry
        by_log[entry.log].append((entry.seq, id))
    for origin, places in by_log.items():
        proofs = prove(journal, origin, [seq for seq, _ in places])
        for (_, id), proof in zip(places, proofs, strict=True):
            yield id, proof.text()


def _roster(journal: Journal) -> Roster:
    roster = Roster()
    for _, signed in journal.entries():
        roster.admit(signed)
    return roster
