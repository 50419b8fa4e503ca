"""Acts of an incident and who took part in them, by the API."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from embers.access.roles import Permission
from embers.actions import acts
from embers.actions.recorder import Act, Recorder
from embers.ids import kind_of
from embers.vocabulary.value import references
from embers.web.api.once import Recorded, recorded_once
from embers.web.api.records import coded, readable, record_of, unknown
from embers.web.api.shapes import RecordOut
from embers.web.api.writing import BasisIn, basis_of, require_known
from embers.web.shell import desk

router = Router(tags=["Acts"])
_BASIS = Field(min_length=1, max_length=50)


class ActIn(Schema):
    """What was done. No times and no places means that none is known."""

    kind: str = Field(min_length=1, max_length=60)
    summary: str = Field("", max_length=2000)
    times: list[dict[str, Any]] = Field([], max_length=20, description="Values of act-time.")
    places: list[dict[str, Any]] = Field([], max_length=20, description="Values of act-place.")
    basis: list[BasisIn] = _BASIS


class InvolvementIn(Schema):
    """Who took part and how, as is said; nobody with the level ``none``."""

    degree: str = Field(min_length=1, max_length=40)
    level: Literal["party", "force", "unit", "person", "none"]
    who: str = Field("", max_length=80)
    modes: list[str] = Field([], max_length=20, description="Modes of liability to examine.")
    attribution: dict[str, Any] | None = None
    basis: list[BasisIn] = _BASIS


class ActOut(Schema):
    """One act of an incident, and the involvements in it."""

    act: RecordOut
    involvements: list[RecordOut]


@router.get(
    "/incidents/{code}/acts", url_name="api-incident-acts", response=list[ActOut], operation_id="listActs"
)
def act_list(request: HttpRequest, code: str) -> list[ActOut]:
    """Read the acts of an incident, each with who is said to have taken part."""
    at = desk(request)
    named = at.view.naming(coded(at, "incident", code), "act-incident")
    found = at.view.subjects(dict.fromkeys(held.subject for held in named if held.live))
    taking = [held for held in at.view.naming_any(found) if held.predicate == "involvement-act" and held.live]
    parts = at.view.subjects(dict.fromkeys(held.subject for held in taking))
    return [
        ActOut(
            act=record_of(at, record),
            involvements=[
                record_of(at, parts[part])
                for part in dict.fromkeys(held.subject for held in taking if held.value == id)
            ],
        )
        for id, record in found.items()
    ]


@router.post(
    "/incidents/{code}/acts",
    url_name="api-incident-acts",
    response={201: Recorded},
    operation_id="addAct",
)
def add_act(request: HttpRequest, response: HttpResponse, code: str, body: ActIn) -> Status[Recorded]:
    """Record an act of an incident with its times and places, each in its role."""
    at = desk(request)
    incident = coded(at, "incident", code)

    def draft(recorder: Recorder) -> Act:
        require_known(at, references(body.places))
        basis = basis_of(at, body.basis)
        _, act = acts.record_act(
            recorder,
            incident,
            body.kind,
            summary=body.summary,
            times=body.times,
            places=body.places,
            basis=basis,
        )
        return act

    return recorded_once(request, response, Permission.RECORD, draft)


@router.post(
    "/acts/{id}/involvements",
    url_name="api-act-involvements",
    response={201: Recorded},
    operation_id="addInvolvement",
)
def add_involvement(
    request: HttpRequest, response: HttpResponse, id: str, body: InvolvementIn
) -> Status[Recorded]:
    """Record that somebody is said to have taken part in an act, or that nobody is named."""
    subject = id if ":" in id else f"act:{id}"
    readable(request, subject)
    if kind_of(subject) != "act":
        raise unknown(id)
    at = desk(request)

    def draft(recorder: Recorder) -> Act:
        require_known(at, references([body.who, body.attribution]))
        _, act = acts.involve(
            recorder,
            subject,
            body.degree,
            level=body.level,
            who=body.who,
            modes=body.modes,
            attribution=body.attribution,
            basis=basis_of(at, body.basis),
        )
        return act

    return recorded_once(request, response, Permission.RECORD, draft)
