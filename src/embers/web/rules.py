"""Who may use which address. Every route has a rule; an address without one is answered to nobody.

A new page adds its route to ``urls.py`` and its rule here: without it the server does not start and the suite fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType

from django.urls import URLPattern, URLResolver

from embers.access.roles import WORKING, Permission
from embers.errors import AccessDenied
from embers.web import named

READING = frozenset({"GET", "HEAD"})
WRITING = READING | {"POST"}


class Door(Enum):
    """Addresses that need no permission in the case."""

    #: For people who have not logged in: the log-in itself. Tells nothing of the case.
    ENTRANCE = auto()
    #: For whoever has logged in, whatever their role: their own password, factors and key.
    OWN = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """What an address needs, which methods it answers, and which records it shows, so that reading is recorded.

    ``about`` names the subjects of a request; an address without it shows many records at once.
    """

    needs: Permission | Door
    methods: frozenset[str] = READING
    about: Callable[..., list[str]] | None = field(default=None, compare=False)
    recorded: bool = True
    #: What writing at an address needs, any one of several suffices; nothing where the address has one need.
    writes: Permission | frozenset[Permission] | None = None
    #: Bytes a body may have; 0 for what any form needs.
    body: int = 0

    def needed_for(self, method: str) -> frozenset[Permission] | Door:
        """Return the permissions of which a request with this method needs one, or the door it passes."""
        needs = self.writes if self.writes and method not in READING else self.needs
        return frozenset({needs}) if isinstance(needs, Permission) else needs


_ENTRANCE = Rule(Door.ENTRANCE, WRITING)
_OWN = Rule(Door.OWN, WRITING)
_GET, _POST = frozenset({"GET"}), frozenset({"POST"})
#: One object that is sent to the API: more than the film of a drone, less than a disk.
_UPLOADED = 16 * 1024**3
#: One request of a phone. It is told to send less at once; a long film is one file all the same.
SUBMITTED = 2 * 1024**3


def _read(about: Callable[..., list[str]] | None = None, *, recorded: bool = True) -> Rule:
    return Rule(Permission.READ, _GET, about, recorded)


def _write(permission: Permission) -> Rule:
    return Rule(permission, _POST, recorded=False)


def _read_and_write(
    writes: Permission | frozenset[Permission], about: Callable[..., list[str]] | None = None
) -> Rule:
    return Rule(Permission.READ, _GET | _POST, about, writes=writes)


#: Whoever works on records says that a task is done, asks for reviews and comments. Reading alone signs nothing.
_WORK = Rule(Permission.READ, _POST, recorded=False, writes=WORKING)


#: Addresses of the API. Reading is recorded as on pages; what only writes shows nothing.
_API = {
    "api-document": Rule(Door.ENTRANCE, _GET, recorded=False),
    "api-me": Rule(Door.OWN, _GET),
    "api-key": Rule(Door.OWN, frozenset({"POST", "DELETE"})),
    "api-vocabulary": _read(recorded=False),
    "api-case": _read(),
    "api-incidents": _read(),
    "api-incident": _read(named.incident),
    "api-claims": _read(),
    "api-claim": _read(named.claim),
    "api-sources": _read(),
    "api-source": _read(named.source),
    "api-items": _read_and_write(Permission.RECORD),
    "api-item": _read(named.item),
    "api-item-custody": _write(Permission.RECORD),
    "api-object": Rule(
        Permission.BYTES,
        frozenset({"GET", "HEAD", "PUT"}),
        named.preserved_object,
        writes=Permission.RECORD,
        body=_UPLOADED,
    ),
    "api-records-of-kind": _read(),
    "api-records": _write(Permission.RECORD),
    "api-record": _read(named.subject),
    "api-record-assertions": _write(Permission.RECORD),
    "api-record-decisions": _write(Permission.DECIDE),
    "api-assertion": _read(named.claim),
    "api-assertion-correct": _write(Permission.RECORD),
    "api-assertion-retract": _write(Permission.RECORD),
    "api-assertion-dispute": _write(Permission.RECORD),
    "api-tasks": _read_and_write(Permission.ASSIGN),
    "api-task": _read(named.task),
    "api-task-done": _WORK,
    "api-task-reopen": _WORK,
    "api-reviews": _read(),
    "api-record-reviews": _read_and_write(WORKING, named.subject),
    "api-review-answer": _write(Permission.REVIEW),
    "api-record-comments": _WORK,
    "api-comment-resolve": _WORK,
    "api-comment-reopen": _WORK,
    "api-incident-acts": _read_and_write(Permission.RECORD, named.incident),
    "api-act-involvements": _write(Permission.RECORD),
    "api-map": _read(),
    "api-search": _read(),
    "api-trace": _read(named.traced),
    "api-journal": _read(recorded=False),
    "api-entry": _read(named.entry),
    "api-verification": _read(recorded=False),
}
#: Addresses for phones. One scope suffices, so that the token of a lost phone reads nothing but codes of its lists.
_PHONES = {
    "openrosa-forms": Rule(Permission.RECORD, recorded=False),
    "openrosa-form": Rule(Permission.RECORD, recorded=False),
    "openrosa-manifest": Rule(Permission.RECORD),
    "openrosa-table": Rule(Permission.RECORD),
    "openrosa-submission": Rule(
        Permission.RECORD, frozenset({"HEAD", "POST"}), recorded=False, body=SUBMITTED
    ),
}

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "home": Rule(Permission.READ),
        "incidents": Rule(Permission.READ),
        "incident": Rule(Permission.READ, about=named.incident),
        "map": Rule(Permission.READ),
        "map-geojson": Rule(Permission.READ),
        "map-days": Rule(Permission.READ),
        "map-groups": Rule(Permission.READ),
        # What a team lays under its map is no record of the case.
        "map-layers": Rule(Permission.READ, recorded=False),
        "map-layer-tile": Rule(Permission.READ, recorded=False),
        "claims": Rule(Permission.READ),
        "claim-new": Rule(Permission.RECORD, WRITING),
        "claim": Rule(Permission.READ, about=named.claim),
        "counts": Rule(Permission.READ),
        "counts-csv": Rule(Permission.READ),
        "command": Rule(Permission.READ),
        "identity": Rule(Permission.DECIDE, WRITING),
        "claim-correct": Rule(Permission.RECORD, WRITING, about=named.claim),
        "claim-dispute": Rule(Permission.DECIDE, WRITING, about=named.claim),
        "claim-retract": Rule(Permission.DECIDE, WRITING, about=named.claim),
        "claim-undo": Rule(Permission.DECIDE, WRITING, about=named.claim),
        "missing": Rule(Permission.READ),
        "records": Rule(Permission.READ),
        "drafts": _OWN,
        "choose": Rule(Permission.READ),
        "record-list": Rule(Permission.READ),
        "record-new": Rule(Permission.RECORD, WRITING, recorded=False),
        "record": Rule(Permission.READ, about=named.record),
        "record-add": Rule(Permission.RECORD, WRITING, about=named.record),
        "record-history": Rule(Permission.READ, about=named.record),
        "record-values": Rule(Permission.DECIDE, WRITING, about=named.record),
        "examination": Rule(Permission.READ, about=named.examination),
        "mission": Rule(Permission.READ, about=named.mission),
        "examination-new": Rule(Permission.RECORD, WRITING, recorded=False),
        "examination-state": Rule(Permission.RECORD, WRITING, about=named.examination),
        "sources": Rule(Permission.READ),
        "source": Rule(Permission.READ, about=named.source),
        "items": Rule(Permission.READ),
        "item": Rule(Permission.READ, about=named.item),
        "item-view": Rule(Permission.BYTES, about=named.item),
        "copy-plan": Rule(Permission.BYTES, about=named.preserved_object),
        "copy-tile": Rule(Permission.BYTES, about=named.preserved_object),
        "copy-overlay": Rule(Permission.BYTES, about=named.preserved_object),
        "object": Rule(Permission.BYTES, about=named.preserved_object),
        "interview": Rule(Permission.READ, WRITING, about=named.interview),
        "interview-typed": Rule(Permission.RECORD, WRITING, recorded=False),
        "law": Rule(Permission.LAW),
        "report-style": Rule(Permission.REPORT, recorded=False),
        "report": Rule(Permission.REPORT),
        "trace": Rule(Permission.READ, recorded=False),
        "trace-of": Rule(Permission.READ, about=named.traced),
        "graph": Rule(Permission.READ),
        "graph-of": Rule(Permission.READ, about=named.around),
        "search": Rule(Permission.READ),
        "find": Rule(Permission.READ),
        "tasks": Rule(Permission.READ),
        "task-new": Rule(Permission.ASSIGN, WRITING),
        "task": Rule(Permission.READ, WRITING, about=named.task),
        "reviews": Rule(Permission.READ),
        "review": Rule(Permission.READ, WRITING, about=named.subject),
        "release": Rule(Permission.EXPORT, WRITING),
        "saved": Rule(Permission.READ, WRITING, recorded=False),
        "saved-look": Rule(Permission.READ, recorded=False),
        "readings": Rule(Permission.OVERSEE),
        "sync": Rule(Permission.READ),
        "style": Rule(Permission.READ, recorded=False),
        "welcome": _ENTRANCE,
        "account_login": _ENTRANCE,
        "mfa_authenticate": _ENTRANCE,
        "account": Rule(Door.OWN),
        "account-key": _OWN,
        "account_logout": _OWN,
        "account_reauthenticate": _OWN,
        "account_change_password": _OWN,
        "mfa_index": Rule(Door.OWN),
        "mfa_reauthenticate": _OWN,
        "mfa_activate_totp": _OWN,
        "mfa_deactivate_totp": _OWN,
        "mfa_view_recovery_codes": Rule(Door.OWN),
        "mfa_generate_recovery_codes": _OWN,
        "mfa_download_recovery_codes": Rule(Door.OWN),
        "mfa_list_webauthn": Rule(Door.OWN),
        "mfa_add_webauthn": _OWN,
        "mfa_remove_webauthn": _OWN,
        "mfa_edit_webauthn": _OWN,
        "mfa_reauthenticate_webauthn": _OWN,
        "account-tokens": _OWN,
        "account-token-sign": Rule(Door.OWN, _POST),
        "account-token-revoke": Rule(Door.OWN, _POST),
        **_API,
        **_PHONES,
    }
)


def routes(patterns: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and path of every route below these patterns."""
    for one in patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, path)
        else:
            yield one.name or "", path


def require_rules(patterns: Iterable[URLPattern | URLResolver], rules: Mapping[str, Rule] = RULES) -> None:
    """Refuse to serve addresses without a rule."""
    without = [f"/{path}" for name, path in routes(patterns) if name not in rules]
    if without:
        raise AccessDenied(
            "no-rule",
            f"Nobody said who may use {', '.join(without)}.",
            "Name the route and add its rule to embers/web/rules.py.",
        )
