"""Approving that a report or dossier leaves the house: by a second person, bound to exactly what leaves."""

from __future__ import annotations

from dataclasses import dataclass

from embers.access.policy import Policy, policy
from embers.access.roles import Permission
from embers.actions.case_folder import CaseFolder
from embers.actions.dossiers import Contents, dossier_contents
from embers.actions.recorder import Act, Recorder
from embers.actions.signer import require
from embers.errors import AccessDenied, ActionError
from embers.journal.assertion import JsonValue
from embers.journal.roster import Roster
from embers.projections.view import ProjectedCase
from embers.teamwork.release import APPROVAL, APPROVED, DOSSIER, REPORT, Approval, approval_of, builder_of

WHAT = (REPORT, DOSSIER)


@dataclass(frozen=True, slots=True)
class Releasable:
    """One thing that may leave: its digest, who built the report, and the approval that counts, if there is one."""

    what: str
    sha256: str
    contents: Contents
    builder: str
    approval: Approval | None


def releasable(
    folder: CaseFolder, roster: Roster, rules: Policy, view: ProjectedCase, what: str
) -> Releasable:
    """Return what the newest report, or its dossier, is now. ``view`` must be the holder's."""
    if what not in WHAT:
        raise ActionError("release", f"{what!r} is nothing that is released.", f"Known: {', '.join(WHAT)}.")
    contents = dossier_contents(folder, view)
    text = str(contents.text.value["sha256"])
    digest = contents.sha256 if what == DOSSIER else text
    found = approval_of(
        view, rules, roster.subjects, contents.report, what=what, sha256=digest, text_sha256=text
    )
    return Releasable(what, digest, contents, builder_of(view, roster.subjects, contents.report, text), found)


def approve_release(
    recorder: Recorder, folder: CaseFolder, view: ProjectedCase, what: str, *, to: str = "", sha256: str = ""
) -> Act:
    """Draft the approval that the newest report, or its dossier, may leave the house.

    ``to`` says for whom or what. ``sha256`` is what the approver was shown; where it is no longer that, nothing is
    signed. Refused to whoever built the report, to whoever may not release, and where it was approved already.
    """
    roster = recorder.journal.roster()
    rules = policy(view, roster)
    person = require(recorder, rules, Permission.EXPORT, what="release reports and dossiers")
    found = releasable(folder, roster, rules, view, what)
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
    value: dict[str, JsonValue] = {"what": what, "text": found.contents.text.id, "sha256": found.sha256}
    if to.strip():
        value["to"] = to.strip()
    said = recorder.new_assertion(found.contents.report.id, APPROVED, value)
    return Act(APPROVAL, (said,), reason=f"The {what} may leave the house.")
