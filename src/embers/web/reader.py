"""Who asks: the person behind a request, what they may do, and as whom the case is read for them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from django.http import HttpRequest

from embers.access.policy import Access, Policy, policy
from embers.access.roles import Permission
from embers.access.standing import OPEN, Standing
from embers.actions.case_folder import CaseFolder
from embers.projections.view import ProjectedCase
from embers.web.environment import ACCOUNTS_KEY, API_ROOT, CASE_KEY, STANDING_KEY

if TYPE_CHECKING:
    from embers.web.accounts.models import Token
    from embers.web.accounts.registry import Accounts

_POLICIES: dict[Path, tuple[tuple[tuple[str, str], ...], Policy]] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever asks. ``standing`` is empty for the holder of the folder, who reads everything.

    ``name`` and ``person`` are empty for the holder and for somebody who has not logged in.
    """

    standing: Standing | None
    permissions: frozenset[Permission]
    known: bool = True
    name: str = ""
    person: str = ""
    needs_factor: bool = False

    def may(self, permission: Permission) -> bool:
        """Tell whether whoever asks may do this."""
        return permission in self.permissions


NOBODY = Reader(Standing(OPEN), frozenset(), known=False)


def folder_of(request: HttpRequest) -> CaseFolder:
    """Return the case a request is about."""
    folder: CaseFolder = request.META[CASE_KEY]
    return folder


def accounts_in_use(request: HttpRequest) -> Accounts | None:
    """Return the accounts people must log in with, or nothing where the holder of the folder reads without one."""
    accounts: Accounts | None = request.META.get(ACCOUNTS_KEY)
    return accounts if accounts is not None and accounts.in_use() else None


def reader_of(request: HttpRequest) -> Reader:
    """Return who asks; the same for the whole request."""
    found: Reader | None = getattr(request, "embers_reader", None)
    if found is None:
        found = _find(request)
        request.embers_reader = found  # type: ignore[attr-defined]
    return found


def is_api(request: HttpRequest) -> bool:
    """Tell whether a request is one to the API: asked with a token, never with the cookie of a log-in."""
    return request.path_info.startswith(API_ROOT)


def token_of(request: HttpRequest) -> Token | None:
    """Return the token a request to the API was found to have."""
    return getattr(request, "embers_token", None)


def token_sitting(token: Token) -> str:
    """Return what an unlocked key and recorded readings of a token hang on."""
    return f"token {token.digest}"


def sitting_of(request: HttpRequest) -> str:
    """Return what a person's unlocked key and their recorded readings hang on: the session, or the token."""
    token = token_of(request)
    if token is not None:
        return token_sitting(token)
    return "" if is_api(request) else request.session.session_key or ""


def _find(request: HttpRequest) -> Reader:
    accounts = accounts_in_use(request)
    if accounts is None:
        return Reader(request.META.get(STANDING_KEY), frozenset(Permission))
    token = token_of(request)
    account = token.account if token is not None else request.user
    if not account.is_authenticated or (is_api(request) and token is None):
        return NOBODY
    rules = policy_of(folder_of(request))
    own: Access = rules.of(account.person)
    access = own if token is None else narrowed(own, token)
    return Reader(
        standing=access.standing,
        permissions=access.permissions,
        name=account.name,
        person=account.person,
        needs_factor=accounts.reachable or rules.needs_second_factor(own),
    )


def has_factor(request: HttpRequest) -> bool:
    """Tell whether whoever asks has a second factor."""
    from allauth.mfa.utils import is_mfa_enabled  # noqa: PLC0415 - its models need accounts to be set up

    return bool(is_mfa_enabled(request.user, ["totp", "webauthn"]))


def narrowed(access: Access, token: Token) -> Access:
    """Return what a person may do and read through a token: what they may, and the token names."""
    level = min(access.standing.level, token.level)
    scopes = frozenset(token.scopes.split())
    return replace(
        access,
        permissions=frozenset(one for one in access.permissions if one.value in scopes),
        standing=Standing(level, access.standing.compartments),
    )


def policy_of(folder: CaseFolder) -> Policy:
    """Return the roles of a case, computed again whenever its tables hold new entries."""
    database = folder.database()
    if not database.engine.exists(database):
        database.require_current()
    heads = tuple(sorted(database.metas("log:").items()))
    with _LOCK:
        kept = _POLICIES.get(folder.path)
    if kept is not None and kept[0] == heads:
        return kept[1]
    journal = folder.journal(read_only=True)
    try:
        found = policy(ProjectedCase(database), journal.roster())
    finally:
        journal.close()
    with _LOCK:
        _POLICIES[folder.path] = (heads, found)
    return found
