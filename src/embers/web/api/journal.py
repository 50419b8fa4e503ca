"""The journal behind the case: its logs with their signed checkpoints, its entries with proofs, what was verified."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from embers.projections import models
from embers.web.api.records import unknown
from embers.web.api.shapes import AssertionOut, EntryOut
from embers.web.proofs import prove_entries
from embers.web.shell import desk

router = Router(tags=["Journal"])
#: Results of audits and time-stamps told, the newest first.
_NEWEST = 20


class LogOut(Schema):
    """One log at its newest: its size, its root, and the checkpoint its device signed (C2SP tlog-checkpoint)."""

    origin: str
    size: int
    root: str
    checkpoint: str
    shown: int = Field(description="Entries of it that what the API reads was computed from.")


class JournalOut(Schema):
    """The logs of the case."""

    logs: list[LogOut]


class ProofOut(Schema):
    """What was checked of an entry while this was answered. `embers verify` checks everything, from the bytes."""

    sound: bool
    signature: str
    inclusion: str
    path: list[str] = Field(description="Hashes of the inclusion proof, RFC 9162.")
    size: int
    root: str


class EntryProofOut(Schema):
    """One entry, what it says as far as the token reads it, and the proof of its place."""

    entry: EntryOut
    assertions: list[AssertionOut]
    proof: ProofOut


class VerificationOut(Schema):
    """What is known of the soundness of this copy. A full verification is `embers verify`, never this address."""

    current: bool = Field(description="Whether what the API reads holds every entry of the journal.")
    entries: int
    waiting: int = Field(description="Entries of the journal that it does not hold yet.")
    audits: list[AssertionOut]
    problems: list[AssertionOut]
    time_stamps: list[Any]


@router.get("/journal", url_name="api-journal", response=JournalOut, operation_id="getJournal")
def journal(request: HttpRequest) -> JournalOut:
    """Read the newest signed state of every log."""
    at = desk(request)
    shown = {head.origin: head.size for head in at.view.heads()}
    opened = at.folder.journal(read_only=True)
    try:
        logs = [
            LogOut(
                origin=head.origin,
                size=head.size,
                root=head.root,
                checkpoint=opened.checkpoint_note(head.origin),
                shown=shown.get(head.origin, 0),
            )
            for head in opened.heads()
        ]
    finally:
        opened.close()
    return JournalOut(logs=logs)


@router.get("/entries/{id}", url_name="api-entry", response=EntryProofOut, operation_id="getEntry")
def entry(request: HttpRequest, id: str) -> EntryProofOut:
    """Read one entry with its proof: the signature and the place in its log, checked now."""
    at = desk(request)
    known = at.view.entries([id]).get(id)
    if known is None:
        raise unknown(id)
    said = models.Assertion.objects.using(at.alias).filter(entry_id=id).order_by("rank")[:_SAID]
    held = at.view.held(said.values_list("id", flat=True))
    proof = prove_entries(at, [id])[id]
    return EntryProofOut(
        entry=EntryOut.of(known),
        assertions=[AssertionOut.of(one) for one in held.values()],
        proof=ProofOut(
            sound=proof.sound,
            signature=proof.signature,
            inclusion=proof.inclusion,
            path=list(proof.path),
            size=proof.size,
            root=proof.root,
        ),
    )


@router.get(
    "/verification", url_name="api-verification", response=VerificationOut, operation_id="getVerification"
)
def verification(request: HttpRequest) -> VerificationOut:
    """Read whether the tables are current, and what audits found last."""
    at = desk(request)
    opened = at.folder.journal(read_only=True)
    try:
        there = sum(head.size for head in opened.heads())
    finally:
        opened.close()
    here = sum(head.size for head in at.view.heads())
    newest = {
        name: [AssertionOut.of(one) for one in at.case.live(name)[: -_NEWEST - 1 : -1]]
        for name in ("audit-result", "audit-problem", "time-stamp")
    }
    return VerificationOut(
        current=there == here,
        entries=there,
        waiting=there - here,
        audits=newest["audit-result"],
        problems=newest["audit-problem"],
        time_stamps=[one.value for one in newest["time-stamp"]],
    )


#: Assertions told of one entry; an import of tables has thousands.
_SAID = 1000
