"""Building a report: its text becomes an object, one signed entry says from which state of the logs it was built."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from embers.access.policy import policy
from embers.actions.case_folder import CaseFolder
from embers.actions.clinical import stated_by_clinicians
from embers.actions.editions import consented, edition, edition_files, figure_digests, told
from embers.actions.recorder import Act, Recorder
from embers.case_view import LogHead, Record
from embers.errors import AccessDenied, ReportError
from embers.fieldwork.consent import SHARE, Level
from embers.fieldwork.consented_view import ConsentedView, refuse_against_consent
from embers.journal.assertion import JsonValue, Relation
from embers.journal.entry import ObjectRef, read_entry
from embers.journal.journal import Journal, subtree_reader
from embers.journal.merkle import compact
from embers.projections.view import ProjectedCase
from embers.reporting.blocks import Document, Figure, Notice
from embers.reporting.html_render import render_html
from embers.reporting.lint import all_blocks
from embers.reporting.numbering import sentences_in
from embers.reporting.report import BuiltReport, LeftOut, build_report
from embers.reporting.serialise import document_bytes
from embers.reporting.typst_render import render_pdf
from embers.teamwork.release import APPROVAL, BUILT, REPORT, Approval, approval_of

ACT = BUILT
#: Acts that do not change what a report says. At the end of a log they are left out of what it was built from.
_BESIDE = frozenset({BUILT, APPROVAL, "record.read"})
DRAFT = "No second person has approved this for release. It must not leave the house."


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A report as files, the subject that stands for it, whether this run recorded it, and who approved it.

    Without an approval every page of the PDF, and the HTML, say that it is a draft.
    """

    subject: str
    pdf: Path
    html: Path
    text: Path
    sentences: int
    recorded: bool
    approval: Approval | None = None


def heads_before_reports(journal: Journal) -> tuple[list[LogHead], str]:
    """Return the logs as they stood before the reports at their end, and the day of the newest entry there.

    A report speaks about the case, not about itself, so building it twice gives the same text.
    """
    heads, day = [], ""
    for log in journal.logs():
        size = journal.checkpoint(log.origin).size
        while size > 1:
            last = read_entry(journal.store.log_entries(log.origin, size - 1, size)[0].raw)
            if last.entry.act not in _BESIDE:
                break
            size -= 1
        last = read_entry(journal.store.log_entries(log.origin, size - 1, size)[0].raw)
        day = max(day, last.entry.at.claimed[:10])
        root = compact(size, subtree_reader(journal.store, log.origin)).root()
        heads.append(LogHead(log.origin, size, root.hex()))
    return heads, day


def build_and_record(
    folder: CaseFolder, recorder: Recorder, *, body: str = "", unapproved: str = "draft"
) -> WrittenReport:
    """Build the report of a case, record it unless the same files are on record, and write them to ``exports/``.

    With ``body``, the subject id of an organisation, it is the edition for that body, else the one for the public:
    what people consented to differs, so the editions are reports of their own. A text no second person approved is
    marked as a draft on every page, or with ``unapproved="refuse"`` recorded, so that somebody can approve it, and not
    written.

    The signed entry introduces the text, the PDF, the HTML and the maps, so that a dossier can show that the
    pages people read are the ones that were signed for.
    """
    heads, day = heads_before_reports(recorder.journal)
    database = folder.projection()
    view = consented(database, day=day, body=body)
    whole = ProjectedCase(database)
    roster = recorder.journal.roster()
    rules = policy(whole, roster)
    statements = [held for one in whole.kind("examination").values() for held in one.held if held.live]
    clinical = stated_by_clinicians(whole, rules, roster, statements)
    built = build_report(view, day=day, heads=heads, left_out=_left_out(view), clinical=clinical)
    refuse_against_consent(view, told(built.document), figure_digests(built.document))
    names = edition_files(body)
    subject = edition(view.case, body)
    report = whole.subject(subject)
    digest = hashlib.sha256(document_bytes(built.document)).hexdigest()
    approval = approval_of(
        whole, rules, roster.subjects, report, what=REPORT, sha256=digest, text_sha256=digest
    )
    files = _files(folder, built, draft=approval is None)
    on_record = all(recorder.objects.has(hashlib.sha256(data).hexdigest()) for data, _ in files.values())
    refs = [_keep(recorder, data, media) for data, media in files.values()]
    refs += [_keep(recorder, data, "image/svg+xml") for data in built.pictures.values()]
    count = sum(1 for sentence in sentences_in(built.document) if sentence.id)
    if not (on_record and refs[0].sha256 in [h.value["sha256"] for h in report.live("report-text")][-1:]):
        on_record = False
        text: JsonValue = {"sha256": refs[0].sha256, "size": refs[0].size, "sentences": count}
        recorder.record(_act(recorder, report, built, text, heads=heads, refs=refs, body=body))
        folder.projection()
    if approval is None and unapproved == "refuse":
        raise AccessDenied(
            "unapproved",
            "This text is recorded and not written: no second person has approved it.",
            "Have somebody else run `embers release approve report`, then build again.",
        )
    paths = _write(folder, {names[name]: data for name, (data, _) in files.items()})
    return WrittenReport(
        subject,
        pdf=paths[names["report.pdf"]],
        html=paths[names["report.html"]],
        text=paths[names["report.json"]],
        sentences=count,
        recorded=not on_record,
        approval=approval,
    )


def _left_out(view: ConsentedView) -> LeftOut:
    levels = [one.level for one in view.withheld()]
    return LeftOut(levels.count(Level.EXCLUDED), levels.count(Level.ANONYMISED))


def _files(folder: CaseFolder, built: BuiltReport, *, draft: bool) -> dict[str, tuple[bytes, str]]:
    """Return the three forms of a report as name to (bytes, media type), the text first.

    The text is the same for a draft: it is what is approved.
    """
    pictures = _pictures(folder, built)
    shown: Document = built.document
    if draft:
        shown = replace(shown, notices=(Notice("draft", DRAFT), *shown.notices))
    return {
        "report.json": (document_bytes(built.document), "application/json"),
        "report.pdf": (render_pdf(shown, pictures), "application/pdf"),
        "report.html": (render_html(shown, pictures).encode(), "text/html"),
    }


def _keep(recorder: Recorder, data: bytes, media: str) -> ObjectRef:
    stored = recorder.objects.put(io.BytesIO(data))
    return ObjectRef(stored.sha256, stored.size, media)


def _pictures(folder: CaseFolder, built: BuiltReport) -> dict[str, bytes]:
    """Return every picture of a report: maps drawn for it, and preserved images from the object store."""
    pictures = dict(built.pictures)
    for block in all_blocks(built.document):
        if isinstance(block, Figure) and block.sha256 not in pictures:
            with folder.objects().open(block.sha256) as handle:
                pictures[block.sha256] = handle.read()
    return pictures


def _act(
    recorder: Recorder,
    report: Record,
    built: BuiltReport,
    text: JsonValue,
    *,
    heads: list[LogHead],
    refs: list[ObjectRef],
    body: str,
) -> Act:
    subject, old = report.id, report.live("report-text")
    said = [
        recorder.new_assertion(
            subject,
            "report-text",
            text,
            relations=[Relation("supersedes", held.id) for held in old],
        ),
        *(
            recorder.new_assertion(
                subject,
                "report-rests-on",
                {"origin": head.origin, "size": head.size, "root": head.root},
                relations=[
                    Relation("supersedes", held.id)
                    for held in report.live("report-rests-on")
                    if held.value["origin"] == head.origin
                ],
            )
            for head in heads
        ),
    ]
    if not old:
        title = {"text": built.document.title, "lang": "en"}
        said.append(recorder.new_assertion(subject, "report-title", title))
        if body:
            said.append(recorder.new_assertion(subject, "report-use", {"use": SHARE, "body": body}))
    return Act(
        ACT,
        tuple(said),
        tuple(refs),
        reason="Report built from the state of the logs it names.",
    )


def _write(folder: CaseFolder, files: Mapping[str, bytes]) -> dict[str, Path]:
    disk = folder.surroundings.disk
    disk.make_folder(folder.exports_path)
    paths = {}
    for name, data in files.items():
        target = folder.exports_path / name
        fresh = target.with_name(f"{name}.{folder.surroundings.randomness.bytes(4).hex()}.new")
        try:
            with disk.create(fresh) as handle:
                handle.write(data)
                disk.sync(handle)
            disk.replace(fresh, target)
        except OSError as error:
            disk.remove(fresh)
            raise ReportError(
                "write",
                f"{target} could not be written: {error.strerror}.",
                "Free some space, then build again.",
            ) from error
        paths[name] = target
    return paths
