"""Writing from a page: as the person who asks, with their own unlocked key, one entry at a time.

A form carries the id its assertion will have, derived from a token the form was made with: sent twice, it writes once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest
from django.utils.translation import gettext

from embers.access.roles import ROLES, Permission
from embers.actions.recorder import Act, Recorder
from embers.errors import AccessDenied
from embers.ids import derived_id
from embers.projections import models
from embers.web.drafts.shelf import is_token, new_token
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.shell import Desk, desk
from embers.web.signing import recorder_of, signer_of

#: Entries of one process are written one after the other, as SQLite would have it anyway, each with its tables.
_WRITING = threading.Lock()


def why_not(request: HttpRequest, permission: Permission) -> str:
    """Return why whoever asks cannot write now, as a sentence; nothing if they can."""
    reader = reader_of(request)
    if not reader.person:
        return gettext(
            "Nobody is logged in here, so nothing can be signed. Make an account and log in to record."
        )
    if not reader.may(permission):
        return gettext("Your role does not write this.")
    if signer_of(request) is None:
        return gettext("Your signing key is locked. Unlock it, and nothing you typed is lost.")
    return ""


def token_of(given: str) -> str:
    """Return the token a form came with, or a new one."""
    return given if is_token(given) else new_token()


def id_for(request: HttpRequest, token: str) -> str:
    """Return the id of the assertion that a form writes. Only the person themselves comes to this id."""
    return derived_id("form", reader_of(request).person, token)


def written_already(at: Desk, id: str) -> bool:
    """Tell whether an assertion with this id is in the case."""
    return models.Assertion.objects.using(at.alias).filter(id=id).exists()


def write(request: HttpRequest, permission: Permission, id: str, draft: Callable[[Recorder], Act]) -> None:
    """Sign and append what ``draft`` returns, unless ``id`` was written before. Refuses whoever may not or cannot."""
    with _recorder(request, permission) as recorder:
        if not written_already(desk(request), id):
            recorder.record(draft(recorder))


@contextmanager
def _recorder(request: HttpRequest, permission: Permission) -> Iterator[Recorder]:
    if why := why_not(request, permission):
        raise AccessDenied("cannot-sign", why, "")
    with _WRITING:
        recorder = recorder_of(request, role=_role(request, permission))
        if recorder is None:  # it was locked while the form was read
            raise AccessDenied("cannot-sign", why_not(request, permission), "")
        try:
            yield recorder
        finally:
            recorder.journal.close()


def _role(request: HttpRequest, permission: Permission) -> str:
    """Return the role in which somebody does this: one that may, in the order of the list of roles."""
    held = policy_of(folder_of(request)).of(reader_of(request).person).roles
    return next((role for role, may in ROLES.items() if role in held and permission in may), "")
