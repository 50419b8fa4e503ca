"""Who asks: the person behind a request, what they may do, and as whom the case is read for them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.http import HttpRequest

from embers.access.policy import Access, Policy, policy
from embers.access.roles import Permission
from embers.access.standing import OPEN, Standing
from embers.actions.case_folder import CaseFolder
from embers.projections.view import ProjectedCase
from embers.web.environment import ACCOUNTS_KEY, CASE_KEY, STANDING_KEY

if TYPE_CHECKING:
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


def _find(request: HttpRequest) -> Reader:
    accounts = accounts_in_use(request)
    if accounts is None:
        return Reader(request.META.get(STANDING_KEY), frozenset(Permission))
    account = request.user
    if not account.is_authenticated:
        return NOBODY
    rules = policy_of(folder_of(request))
    access: Access = rules.of(account.person)
    return Reader(
        standing=access.standing,
        permissions=access.permissions,
        name=account.name,
        person=account.person,
        needs_factor=accounts.reachable or rules.needs_second_factor(access),
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
