"""Editions of what leaves a case: for the public, or for one named body. Every export reads the case through here.

An export that is not made from :func:`consented` does not know what people consented to; a test looks for any that is
not (``tests/actions/test_consent_matrix.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from embers.actions.case_folder import CaseFolder
from embers.case_view import CaseView, Held, Record
from embers.errors import ActionError, UsageError
from embers.fieldwork.consent import Use
from embers.fieldwork.consented_view import ConsentedView, Told, objections
from embers.ids import derived_subject
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.reporting.blocks import Document, Figure
from embers.reporting.lint import all_blocks
from embers.reporting.numbering import sentences_in
from embers.reporting.serialise import read_document
from embers.surroundings import utc_text

REPORT_FILES = ("report.json", "report.pdf", "report.html")


def consented(database: CaseDatabase, *, day: str, body: str = "", hand_over: bool = False) -> ConsentedView:
    """Return the case as an export may use it.

    Without ``body`` the export is a report to the public; a ``hand_over`` without one is for nobody in particular, so
    no testimony may go along. ``day`` is the day of the export (ISO): consent may begin later than that.
    """
    share = bool(body) or hand_over
    return ConsentedView(ProjectedCase(database), Use("share" if share else "publish", day, body))


def edition(case: str, body: str = "") -> str:
    """Return the subject id of the report of a case for the public, or for a body."""
    return derived_subject("report", case, body) if body else derived_subject("report", case)


def edition_files(body: str = "") -> dict[str, str]:
    """Return by plain name the file names of an edition. No name of a body stands in a file name."""
    mark = f"-for-{body.partition(':')[2][:8]}" if body else ""
    return {name: name.replace(".", f"{mark}.") for name in REPORT_FILES}


def body_named(view: CaseView, name: str) -> str:
    """Return the organisation with a name or id; nothing for no name; an unknown one is refused."""
    if not name:
        return ""
    wanted = name.casefold()
    for id, record in view.kind("organisation").items():
        names = {str(value["text"]).casefold() for value in record.values("organisation-name")}
        if wanted in {*names, id}:
            return id
    raise UsageError(
        "body",
        f"There is no body {name!r} in this case.",
        "Record it with `embers consent body NAME`: consent is given for a body that is named.",
    )


def told(document: Document) -> Iterator[Told]:
    """Yield the sentences of a document that rest on something."""
    for sentence in sentences_in(document):
        if sentence.basis:
            yield Told(sentence.id, sentence.text, sentence.basis)


def figure_digests(document: Document) -> list[str]:
    """Return the digests of every picture of a document."""
    return [block.sha256 for block in all_blocks(document) if isinstance(block, Figure)]


def editions(view: CaseView) -> list[tuple[Record, str]]:
    """Return the reports on record, each with the body it is for (none: the public)."""
    found = []
    for record in view.kind("report").values():
        if record.live("report-text"):
            use = record.value("report-use", {})
            found.append((record, str(use.get("body", ""))))
    return found


@dataclass(frozen=True, slots=True)
class EditionText:
    """The newest text of one edition: its report, the body it is for (none: the public), the assertion, the bytes."""

    report: Record
    body: str
    held: Held
    data: bytes

    @property
    def document(self) -> Document:
        """The text as a document."""
        return read_document(self.data)


def edition_text(folder: CaseFolder, view: CaseView, body: str, *, or_public: bool = False) -> EditionText:
    """Return the text on record of the edition for a body; ``or_public``: or that for the public if there is none."""
    found = {for_body: record for record, for_body in editions(view)}
    for one in (body, "") if or_public else (body,):
        if one in found:
            held = found[one].live("report-text")[-1]
            with folder.objects().open(held.value["sha256"]) as handle:
                return EditionText(found[one], one, held, handle.read())
    raise ActionError("no-report", "This case has no report yet.", "Build one with `embers report build`.")


@dataclass(frozen=True, slots=True)
class StaleSentence:
    """A sentence of a report on record that consent does not let stand; ``edition`` is whom the report is for."""

    edition: str
    sentence: str
    code: str
    reason: str


def stale(folder: CaseFolder, *, only: str = "") -> list[StaleSentence]:
    """Return every sentence of the newest text of each edition that consent does not, or no longer, let stand.

    ``only`` is the subject id of the one report to look at.
    """
    database = folder.projection_to_read()
    whole = ProjectedCase(database)
    if not whole.kind("interview"):
        return []
    day = utc_text(folder.surroundings.clock.now())[:10]
    found = []
    for record, body in editions(whole):
        if only and record.id != only:
            continue
        with folder.objects().open(record.live("report-text")[-1].value["sha256"]) as handle:
            document = read_document(handle.read())
        name = whole.subject(body).text("organisation-name") if body else "the public"
        view = consented(database, day=day, body=body)
        found += [
            StaleSentence(name, one.sentence, one.code, one.reason)
            for one in objections(view, told(document))
        ]
    return found
