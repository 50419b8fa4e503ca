"""Release: who approved that exactly these contents may leave the house, and whether that counts.

An approval is bound to a SHA-256 and to the assertion that records the report's text, which names the logs it was built
from. It counts if its signer may release now, and is not the person who built the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embers.access.policy import Policy
from embers.access.roles import Permission
from embers.case_view import CaseView, EntryInfo, Held, Record

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
    view: CaseView, policy: Policy, persons: Mapping[str, str], report: Record, *, what: str, sha256: str
) -> Approval | None:
    """Return the newest approval of these contents that counts, or nothing.

    ``persons`` gives the person of each signing key. ``view`` must be the holder's or show the report's record.
    """
    texts = {held.id: held for held in report.held if held.predicate == TEXT}
    given = [held for held in report.live(APPROVED) if _names(held, what, sha256)]
    entries = view.entries([one.entry for one in (*given, *texts.values())])
    for held in reversed(given):
        text = texts.get(str(held.value["text"]))
        if text is not None and _counts(policy, persons, entries, held, text):
            entry = entries[held.entry]
            return Approval(
                id=held.id,
                entry=held.entry,
                by=persons.get(entry.by, ""),
                at=entry.claimed_at,
                what=what,
                sha256=sha256,
                to=str(held.value.get("to", "")),
            )
    return None


def _names(held: Held, what: str, sha256: str) -> bool:
    return (held.value["what"], held.value["sha256"]) == (what, sha256)


def _counts(
    policy: Policy, persons: Mapping[str, str], entries: Mapping[str, EntryInfo], held: Held, text: Held
) -> bool:
    approver, builder = (persons.get(entries[one.entry].by, "") for one in (held, text))
    return bool(approver) and approver != builder and policy.of(approver).may(Permission.EXPORT)
