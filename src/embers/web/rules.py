"""Who may use which address. Every route has a rule; an address without one is answered to nobody.

A new page adds its route to ``urls.py`` and its rule here: without it the server does not start and the suite fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType

from django.urls import URLPattern, URLResolver

from embers.access.roles import Permission
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


_ENTRANCE = Rule(Door.ENTRANCE, WRITING)
_OWN = Rule(Door.OWN, WRITING)

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "home": Rule(Permission.READ),
        "incidents": Rule(Permission.READ),
        "incident": Rule(Permission.READ, about=named.incident),
        "map": Rule(Permission.READ),
        "map-geojson": Rule(Permission.READ),
        "map-days": Rule(Permission.READ),
        "claims": Rule(Permission.READ),
        "claim": Rule(Permission.READ, about=named.claim),
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
        "search": Rule(Permission.READ),
        "find": Rule(Permission.READ),
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
