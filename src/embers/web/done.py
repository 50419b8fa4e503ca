"""What was just written, shown once on the page it changed, with the way to undo it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext

from embers.web.drafts.shelf import is_token, new_token
from embers.web.grounds import Said, explain
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.safety import safety_of
from embers.web.shell import Desk
from embers.web.signers import signers_of


@dataclass(frozen=True, slots=True)
class Done:
    """One act in words, the assertion that carries it, a token to undo it with, and whether its entry is safe."""

    words: str
    said: Said
    undo: str
    safety: str


def done_of(request: HttpRequest, at: Desk) -> Done | None:
    """Return what the address says was just written, if whoever asks wrote it."""
    id, person = request.GET.get("done", ""), reader_of(request).person
    if not person or not is_token(id):
        return None
    held = at.view.held([id]).get(id)
    if held is None:
        return None
    said = explain(at, [held], reveal=True)[id]
    by = signers_of(at, [said.entry] if said.entry else []).get(said.entry.by if said.entry else "")
    if by is None or by.id != person:
        return None
    undo = new_token() if held.live and person in policy_of(folder_of(request)).with_key else ""
    return Done(_words(said), said, undo, safety_of(at, [held.entry]).get(held.entry, "open"))


def _words(said: Said) -> str:
    how = {relation for relation, _ in said.held.relations}
    if "retracts" in how:
        return gettext("Taken back. What stood before stands again.")
    if "disputes" in how:
        return gettext("Disputed. The value stays, with your reason beside it.")
    if said.held.predicate == "decision":
        return gettext("Decided. The other values stay beside it.")
    if "supersedes" in how:
        return gettext("Corrected: %(what)s: %(value)s") % {
            "what": said.label,
            "value": said.shown.text[:200],
        }
    return gettext("Recorded: %(what)s: %(value)s") % {"what": said.label, "value": said.shown.text[:200]}
