"""Erasure: asked for, approved by two persons, ordered, carried out at every copy, confirmed.

The order is signed and durable before the first byte is destroyed, so a crash in between is finished by running
:func:`carry_out` again. Nothing in the journal changes: entries keep the digests, every proof holds, and verification
says who erased what on which ground.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embers.actions.erased_copies import destroy_copies
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView
from embers.custody.hold import EVIDENCE, HOLD, IDENTITY_LINK, RELEASED, holds_on, only_identity
from embers.errors import ActionError
from embers.ids import new_subject
from embers.journal.assertion import Relation
from embers.journal.erasure import APPROVERS, Erasure, read_erasures, request_digest
from embers.journal.journal import Journal
from embers.objects.store import ObjectStore
from embers.objects.wrap_backup import WrapBackup
from embers.objects.wraps import WrapFolder

_KEPT = (
    "Buckets that keep earlier versions of what is removed from them: {count}. Their owner must delete those."
)
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What one copy of the case destroyed for one erasure, if a hold stopped it there, and what it cannot reach."""

    subject: str
    wraps: int
    objects: int
    backups: int
    exports: int = 0
    held: str = ""
    note: str = ""


def ask_erasure(
    recorder: Recorder, view: CaseView, objects: Sequence[str], *, ground: str, scope: str, asked_by: str
) -> tuple[str, Act]:
    """Draft a request: who asked (role or code, never a name), on which ground, which stored bytes."""
    wanted = sorted(set(objects))
    if not wanted or not all(_DIGEST.match(one) for one in wanted):
        raise ActionError("erase-objects", "An erasure names objects by their SHA-256.", "Give at least one.")
    _refuse_wrong_scope(view, wanted, scope)
    subject = new_subject("erasure", recorder.surroundings.randomness)
    value = {"ground": ground, "scope": scope, "asked_by": asked_by, "objects": wanted}
    said = recorder.new_assertion(subject, "erasure-request", value)
    return subject, Act("erasure.ask", (said,), reason=f"{len(wanted)} objects; asked for by {asked_by}.")


def approve_erasure(recorder: Recorder, subject: str) -> Act:
    """Draft the approval of the person of this recorder; it commits to the request as it stands."""
    erasure = find_erasure(recorder.journal, subject)
    request = erasure.request.assertion
    value = {"request": request.id, "sha256": request_digest(request)}
    said = recorder.new_assertion(subject, "erasure-approval", value)
    return Act(
        "erasure.approve", (said,), reason=f"Approved: {erasure.value['ground']}, {erasure.value['scope']}."
    )


def order_erasure(recorder: Recorder, view: CaseView, subject: str) -> Act:
    """Draft the entry that takes effect; refuse it without two approvers, or against a legal hold."""
    erasure = find_erasure(recorder.journal, subject)
    if erasure.in_effect:
        raise ActionError("erased", f"{subject} was ordered by entry {erasure.entry}.", "Carry it out.")
    if len(erasure.approvers) < APPROVERS:
        raise ActionError(
            "approvers",
            f"{subject} has {len(erasure.approvers)} of {APPROVERS} approvals by different persons.",
            "Each approver runs `embers erase approve` with a key of their own.",
        )
    scope = str(erasure.value["scope"])
    _refuse_wrong_scope(view, erasure.objects, scope)
    if blocking := _blocking(view, erasure):
        raise ActionError(
            "held", blocking, "Ask the authority that set the hold, or erase the identity link only."
        )
    value = {
        "request": erasure.request.assertion.id,
        "approvals": [said.assertion.id for said in erasure.approvals],
    }
    # What says that bytes are preserved stops standing with the order that destroys them.
    kept = [one for record in view.kind("item").values() for one in record.live("item-object")]
    relations = [Relation("retracts", one.id) for one in kept if one.value["sha256"] in erasure.objects]
    said = recorder.new_assertion(subject, "erasure-order", value, relations=relations)
    return Act("erase", (said,), reason=f"{erasure.value['ground']}; {len(erasure.objects)} objects.")


def carry_out(
    recorder: Recorder,
    view: CaseView,
    wraps: WrapFolder,
    objects: ObjectStore,
    *,
    folder: Path,
    backups: Sequence[Path] = (),
    versioned: Sequence[str] = (),
) -> list[Destroyed]:
    """Destroy what every erasure in effect names, in this copy and in ``backups``, and confirm it by an entry.

    ``folder`` is the case folder: copies in its earlier dossiers and among arriving pieces are destroyed too, and what
    a crash left half-stored. Whatever is being stored at this moment fails and has to be stored again. ``versioned``
    are buckets of exchange that keep earlier versions: those cannot be reached from here, and the confirmation says so.

    Wraps go first: from then on the ciphertext is noise. Repeating it is harmless and finishes what a crash cut short;
    bytes that came back with an old back-up are destroyed again. A hold that this copy knows of stops it here.
    """
    done = []
    # A killed process may have left an order or a confirmation that can be read and was never flushed. Nothing is
    # destroyed for an order that a power cut could take back, and nothing passes as confirmed by such an entry.
    recorder.journal.store.flush()
    for erasure in read_erasures(recorder.journal.store):
        if not erasure.in_effect:
            continue
        if blocking := _blocking(view, erasure):
            done.append(Destroyed(erasure.subject, 0, 0, 0, held=blocking))
            continue
        copies = [WrapBackup(path, recorder.surroundings) for path in backups]
        found = _destroy(recorder, erasure, wraps, objects, folder=folder, backups=copies)
        place = recorder.journal.own_origin()
        if place not in erasure.done or found.wraps + found.objects + found.backups + found.exports:
            kept = len(versioned) + objects.keeps_versions
            found = replace(found, note=_KEPT.format(count=kept) if kept else "")
            recorder.record(_confirmation(recorder, place, found))
            done.append(found)
    return done


def find_erasure(journal: Journal, subject: str) -> Erasure:
    """Return an erasure by its subject id; refuse an unknown one."""
    for erasure in read_erasures(journal.store):
        if erasure.subject == subject:
            return erasure
    raise ActionError("no-erasure", f"There is no erasure {subject}.", "See `embers erase list`.")


def set_hold(recorder: Recorder, subject: str, *, authority: str, reason: str) -> Act:
    """Draft a legal hold on an item, interview, person or the whole case."""
    said = recorder.new_assertion(subject, HOLD, {"authority": authority, "reason": reason})
    return Act("hold.set", (said,), reason=reason)


def release_hold(recorder: Recorder, view: CaseView, subject: str, *, authority: str, reason: str) -> Act:
    """Draft the release of every hold on a subject."""
    held = view.subject(subject).live(HOLD)
    if not held:
        raise ActionError("no-hold", f"There is no legal hold on {subject}.", "Nothing was changed.")
    said = recorder.new_assertion(
        subject,
        RELEASED,
        {"authority": authority, "reason": reason},
        relations=[Relation("retracts", one.id) for one in held],
    )
    return Act("hold.release", (said,), reason=reason)


def _destroy(
    recorder: Recorder,
    erasure: Erasure,
    wraps: WrapFolder,
    objects: ObjectStore,
    *,
    folder: Path,
    backups: Iterable[WrapBackup],
) -> Destroyed:
    # What was cut off while it was stored has no name yet, and may be the beginning of what is to be erased.
    wraps.sweep()
    objects.sweep()
    names = [name for sha256 in erasure.objects for name in wraps.of_object(sha256)]
    gone = wraps.destroy(names)
    from_backups = sum(backup.forget(erasure.objects) for backup in backups)
    from_exports = destroy_copies(folder, erasure.objects, recorder.surroundings)
    stored = sum(objects.destroy(sha256) for sha256 in erasure.objects)
    return Destroyed(erasure.subject, gone, stored, from_backups, from_exports)


def _confirmation(recorder: Recorder, place: str, found: Destroyed) -> Act:
    value = {"place": place, "wraps": found.wraps, "objects": found.objects, "backups": found.backups}
    if found.exports:
        value["exports"] = found.exports
    if found.note:
        value["note"] = found.note
    said = recorder.new_assertion(found.subject, "erasure-done", value)
    return Act("erase.confirm", (said,), reason="Destroyed in this copy of the case.")


def _refuse_wrong_scope(view: CaseView, objects: Sequence[str], scope: str) -> None:
    if scope == IDENTITY_LINK and not only_identity(view, objects):
        raise ActionError(
            "erase-scope",
            "Something named here is not an identity sheet, so it is more than the identity link.",
            "Ask for the scope 'evidence', or name identity sheets only.",
        )


def _blocking(view: CaseView, erasure: Erasure) -> str:
    """Return why a hold blocks an erasure, or nothing. The journal decides what is an identity, not the request."""
    if erasure.value["scope"] != EVIDENCE and only_identity(view, erasure.objects):
        return ""
    holds = holds_on(view, erasure.objects)
    if not holds:
        return ""
    value = holds[0].value
    return (
        f"A legal hold of {value['authority']} on {holds[0].subject} keeps this evidence: {value['reason']}."
    )
