"""Release: who approved that exactly these contents may leave the house, and whether that counts.

An approval is bound to a SHA-256 of contents that name the logs the report was built from. It counts if its signer may
release now, and is not the person who first recorded the report's text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embers.access.policy import Policy
from embers.access.roles import Permission
from embers.case_view import CaseView, Held, Record

APPROVED, TEXT = "release-approved", "report-text"
REPORT, DOSSIER = "report", "dossier"
#: Acts about a report that do not change what it says: a report speaks about the case, not about itself.
BUILT, APPROVAL = "report.build", "release.approve"


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval that counts. ``to`` says for whom or what it was given, in the approver's words."""

    id: str
    entry: str
    by: str
    at: str
    what: str
    sha256: str
    to: str


def approval_of(
    view: CaseView,
    policy: Policy,
    persons: Mapping[str, str],
    report: Record,
    *,
    what: str,
    sha256: str,
    text_sha256: str,
) -> Approval | None:
    """Return the newest approval of these contents that counts, or nothing.

    ``text_sha256`` is the digest of the report's text they hold, whose first recorder does not approve it.
    ``persons`` gives the person of each signing key. ``view`` must be the holder's or show the report's record.
    """
    builder = builder_of(view, persons, report, text_sha256)
    given = [held for held in report.live(APPROVED) if _names(held, what, sha256)]
    entries = view.entries(one.entry for one in given)
    for held in reversed(given):
        entry = entries[held.entry]
        approver = persons.get(entry.by, "")
        if approver and builder not in {"", approver} and policy.of(approver).may(Permission.EXPORT):
            return Approval(
                id=held.id,
                entry=held.entry,
                by=approver,
                at=entry.claimed_at,
                what=what,
                sha256=sha256,
                to=str(held.value.get("to", "")),
            )
    return None


def builder_of(view: CaseView, persons: Mapping[str, str], report: Record, text_sha256: str) -> str:
    """Return who first recorded a text of the report; building the same text again makes nobody its author."""
    texts = [held for held in report.held if held.predicate == TEXT and held.value["sha256"] == text_sha256]
    if not texts:
        return ""
    first = min(texts, key=lambda held: held.rank)
    return persons.get(view.entries([first.entry])[first.entry].by, "")


def _names(held: Held, what: str, sha256: str) -> bool:
    return (held.value["what"], held.value["sha256"]) == (what, sha256)
