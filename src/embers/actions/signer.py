"""Whoever signs with a recorder, and what the case lets them do: asked by every act that needs a permission."""

from __future__ import annotations

from embers.access.policy import Policy
from embers.access.roles import Permission
from embers.actions.recorder import Recorder
from embers.errors import AccessDenied


def signer(recorder: Recorder) -> str:
    """Return the person who signs, or nothing if their key belongs to nobody of the case."""
    return recorder.journal.roster().subjects.get(recorder.person.id, "")


def require(recorder: Recorder, policy: Policy, *any_of: Permission, what: str) -> str:
    """Return the person who signs; refuse them if they have none of these permissions. ``what`` ends "may not ..."."""
    person = signer(recorder)
    access = policy.of(person)
    if not any(access.may(one) for one in any_of):
        raise AccessDenied(
            "role",
            f"You may not {what}.",
            "Ask a case lead for a role that may; `embers access list` names who may what.",
        )
    return person
