"""Doing something on a page: the act is drafted as whoever asks, signed with their unlocked key, and recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest
from django.utils.translation import gettext

from embers.access.policy import Policy
from embers.actions.recorder import Act, Recorder
from embers.errors import AccessDenied
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.signing import recorder_of, signer_of

#: Drafts an act for a recorder, by the roles of the case as they count now.
Drafting = Callable[[Recorder, Policy], Act]


def sign(request: HttpRequest, draft: Drafting, *, role: str) -> Act:
    """Draft and record an act; refuse whoever has not unlocked their key."""
    recorder = recorder_of(request, role=role)
    if recorder is None:
        raise AccessDenied(
            "locked-key",
            gettext("Your key is locked, so nothing was signed."),
            gettext("Unlock it on the page of your account, then do this again."),
        )
    try:
        act = draft(recorder, policy_of(folder_of(request)))
        recorder.record(act)
    finally:
        recorder.journal.close()
    return act


def key_at_hand(request: HttpRequest) -> bool:
    """Tell whether whoever asks can sign: forms are shown with their buttons only then."""
    return signer_of(request) is not None


def persons_of(request: HttpRequest) -> Mapping[str, str]:
    """Return the person of each signing key of the case."""
    journal = folder_of(request).journal(read_only=True)
    try:
        return dict(journal.roster().subjects)
    finally:
        journal.close()


def person_of(request: HttpRequest) -> str:
    """Return the person who asks; nothing for the holder of the folder."""
    return reader_of(request).person
