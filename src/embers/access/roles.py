"""What each role may do. Which *records* somebody finds is not decided here but by their standing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from embers.access.standing import LEVELS, OPEN


class Permission(StrEnum):
    """One kind of operation. A page, an address of the API and an action name the one they need."""

    READ = "read"
    BYTES = "bytes"
    LAW = "law"
    REPORT = "report"
    RECORD = "record"
    DECIDE = "decide"
    ANALYSE = "analyse"
    ARGUE = "argue"
    REVIEW = "review"
    EXPORT = "export"
    OVERSEE = "oversee"
    ASSIGN = "assign"
    GIVE_ROLES = "give-roles"


#: Who works on records has one of these; who only looks after devices, or reads from outside, has none.
WORKING = frozenset(
    {Permission.RECORD, Permission.DECIDE, Permission.ANALYSE, Permission.ARGUE, Permission.REVIEW}
)
LEAD, OUTSIDE, CLINICIAN = "case-lead", "outside-reader", "clinician"
_READING = frozenset({Permission.READ, Permission.BYTES, Permission.REPORT})
_TEAM = _READING | {Permission.LAW}

#: By role. The security lead looks after devices, accounts and who read what, and needs neither the preserved bytes
#: nor the legal work for it; somebody from outside reads what is open and the report. A clinician records like an
#: investigator; what only a clinician may state (actions/clinical.py) goes by the role itself, and no lead has it.
ROLES: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        LEAD: frozenset(Permission),
        "investigator": _TEAM | {Permission.RECORD, Permission.DECIDE},
        "analyst": _TEAM | {Permission.RECORD, Permission.DECIDE, Permission.ANALYSE},
        "lawyer": _TEAM | {Permission.ARGUE, Permission.DECIDE},
        "reviewer": _TEAM | {Permission.REVIEW, Permission.EXPORT},
        "security-lead": frozenset({Permission.READ, Permission.REPORT, Permission.OVERSEE}),
        CLINICIAN: _TEAM | {Permission.RECORD},
        OUTSIDE: _READING,
    }
)


def permissions(roles: Iterable[str]) -> frozenset[Permission]:
    """Return what people of these roles may do together; a role this version does not know allows nothing."""
    found: frozenset[Permission] = frozenset()
    for role in roles:
        found |= ROLES.get(role, frozenset())
    return found


def level_for(role: str, level: str) -> int:
    """Return the level a role reads at: somebody from outside reads what is open, an unknown word does too."""
    return OPEN if role == OUTSIDE or level not in LEVELS else LEVELS.index(level)
