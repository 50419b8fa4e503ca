"""Approving that a report or dossier leaves the house: by a second person, bound to exactly what leaves."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from embers.access.policy import policy
from embers.access.roles import Permission
from embers.actions.case_folder import CaseFolder
from embers.actions.dossiers import dossier_contents
from embers.actions.editions import (
    EditionText,
    consented,
    edition_text,
    editions,
    figure_digests,
    told,
)
from embers.actions.recorder import Act, Recorder
from embers.actions.signer import require
from embers.errors import AccessDenied, ActionError, ConsentError
from embers.fieldwork.consented_view import refuse_against_consent
from embers.journal.assertion import JsonValue
from embers.journal.journal import Journal
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.surroundings import utc_text
from embers.teamwork.release import APPROVAL, APPROVED, DOSSIER, REPORT, Approval, approval_of, builder_of

WHAT = (REPORT, DOSSIER)


@dataclass(frozen=True, slots=True)
class Releasable:
    """One thing that may leave: for which body, its digest, the text it holds, and the approval that counts, if any.

    ``items`` are the exhibits that go along, ``builder`` is who first recorded the text.
    """

    what: str
    body: str
    sha256: str
    text: EditionText
    items: frozenset[str]
    builder: str
    approval: Approval | None


def releasable(
    folder: CaseFolder, journal: Journal, database: CaseDatabase, what: str, *, body: str = ""
) -> Releasable:
    """Return what the newest report for a body (none: the public), or the dossier for it, is now.

    ``database`` must be the holder's. Refused is what consent does not let leave.
    """
    if what not in WHAT:
        raise ActionError("release", f"{what!r} is nothing that is released.", f"Known: {', '.join(WHAT)}.")
    whole, roster = ProjectedCase(database), journal.roster()
    items: frozenset[str] = frozenset()
    if what == DOSSIER:
        contents = dossier_contents(folder, journal, database, body=body)
        text, digest = contents.text, contents.sha256
        items = frozenset(shown.item.id for shown in contents.selection.exhibits)
    else:
        view = consented(database, day=utc_text(folder.surroundings.clock.now())[:10], body=body)
        text = edition_text(folder, view, body)
        refuse_against_consent(view, told(text.document), figure_digests(text.document))
        digest = str(text.held.value["sha256"])
    report, recorded = whole.subject(text.report.id), str(text.held.value["sha256"])
    approval = approval_of(
        whole,
        policy(whole, roster),
        roster.subjects,
        report,
        what=what,
        sha256=digest,
        text_sha256=recorded,
    )
    builder = builder_of(whole, roster.subjects, report, recorded)
    return Releasable(what, body, digest, text, items, builder, approval)


def releasables(folder: CaseFolder, journal: Journal, database: CaseDatabase) -> list[Releasable]:
    """Return everything that may leave, of every edition; a case without a report is refused.

    What consent does not let leave is left out: whoever builds or exports it is told why.
    """
    found = []
    for body in [body for _, body in editions(ProjectedCase(database))] or [""]:
        for what in WHAT:
            with suppress(ConsentError):
                found.append(releasable(folder, journal, database, what, body=body))
    return found


def approve_release(
    recorder: Recorder,
    folder: CaseFolder,
    database: CaseDatabase,
    what: str,
    *,
    body: str = "",
    to: str = "",
    sha256: str = "",
) -> Act:
    """Draft the approval that the newest report for a body, or the dossier for it, may leave the house.

    ``to`` says for whom or what. ``sha256`` is what the approver was shown; where it is no longer that, nothing is
    signed. Refused to whoever built the report, to whoever may not release, and where it was approved already.
    """
    rules = policy(ProjectedCase(database), recorder.journal.roster())
    person = require(recorder, rules, Permission.EXPORT, what="release reports and dossiers")
    found = releasable(folder, recorder.journal, database, what, body=body)
    if sha256 and sha256 != found.sha256:
        raise ActionError(
            "release-changed", f"The {what} changed while you read it.", "Look at it again, then approve."
        )
    if person == found.builder:
        raise AccessDenied(
            "own-work", "Nobody approves what they built themselves.", "Ask another person who may release."
        )
    if found.approval:
        raise ActionError("released", f"This {what} is approved already.", "Nothing was changed.")
    value: dict[str, JsonValue] = {"what": what, "text": found.text.held.id, "sha256": found.sha256}
    if to.strip():
        value["to"] = to.strip()
    said = recorder.new_assertion(found.text.report.id, APPROVED, value)
    return Act(APPROVAL, (said,), reason=f"The {what} may leave the house.")
