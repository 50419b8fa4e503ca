"""The page of a mission: plan beside what became of it, refusals, equipment, packs, days, questions left open."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.case_view import Held, Record
from embers.errors import FieldworkError
from embers.fieldwork.mission import itinerary, open_questions, require_debriefable
from embers.fieldwork.mission_pack import given_out
from embers.projections import models
from embers.surroundings import utc_text
from embers.vocabulary.loader import load_vocabulary
from embers.web.at_work import at_work
from embers.web.grounds import Field, explain, fields
from embers.web.pages.recording import crumbs_of
from embers.web.shell import Desk, desk, known_codes, page, unknown
from embers.web.wording import Name, code_label, label, names

#: What the page shows by itself.
_OWN = frozenset(
    {
        "mission-code",
        "mission-title",
        "mission-stop",
        "mission-question",
        "mission-open-question",
        "mission-pack",
        "mission-pack-back",
        "mission-gap",
        "mission-team",
        "mission-equipment",
        "mission-log",
    }
)
_SECOND_MS = 1000
#: What is added most while a mission is under way, in this order.
_ADDED = (
    "mission-stop",
    "mission-refusal",
    "mission-equipment",
    "mission-log",
    "mission-gap",
    "mission-open-question",
)


@dataclass(frozen=True, slots=True)
class StopShown:
    """One place on the route in words."""

    day: str
    place: Name
    planned: bool
    outcome: str
    words: str
    more: str


@dataclass(frozen=True, slots=True)
class PackShown:
    """One pack in words; ``overdue``: its last day is past and nobody said what became of it."""

    device: str
    issued: str
    expires: str
    words: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class ClockShown:
    """One device with how its clock stood against a known one, in seconds."""

    id: str
    device: str
    what: str
    day: str
    clock: str


def mission(request: HttpRequest, code: str) -> HttpResponse:
    """Show one mission as far as the reader may read of it."""
    at = desk(request)
    row = models.Subject.objects.using(at.alias).filter(kind="mission", code=code).first()
    if row is None:
        where = reverse("record-list", args=["mission"])
        raise unknown(gettext("The mission"), code, known_codes(at, "mission", code), where=where)
    name, record = Name(row.id, row.code, row.label), at.view.subject(row.id)
    day = utc_text(at.folder.surroundings.clock.now())[:10]
    stops = _stops(at, record)
    return page(
        request,
        "mission.html",
        title=name.text,
        crumbs=crumbs_of("mission", name),
        name=name,
        stops=stops,
        not_settled=sum(one.outcome == "planned" for one in stops),
        gaps=record.values("mission-gap"),
        open_questions=open_questions(record),
        answered=[one for one in record.values("mission-open-question") if one.get("answer")],
        packs=_packs(record, day),
        team=[
            (one.value["code"], code_label("mission-role", one.value["role"]))
            for one in record.live("mission-team")
        ],
        clocks=[_clock(one) for one in record.live("mission-equipment")],
        log=sorted(record.live("mission-log"), key=lambda one: (str(one.value["day"]), one.rank)),
        facts=_facts(at, record),
        added=[(field, label(field)) for field in _ADDED],
        no_debrief=_no_debrief(record, day),
        debriefed=bool(record.live("mission-debrief")),
        **at_work(request, at, record),
    )


def _stops(at: Desk, record: Record) -> list[StopShown]:
    visits = itinerary(record)
    known = names(at.alias, [one.place for one in visits])
    return [
        StopShown(
            one.day,
            known[one.place],
            one.planned,
            one.outcome,
            code_label("visit-outcome", one.outcome),
            " ".join(filter(None, (one.what, one.reason))),
        )
        for one in visits
    ]


def _clock(held: Held) -> ClockShown:
    value = held.value
    clock = ""
    if "clock_ahead_ms" in value:
        ahead = value["clock_ahead_ms"]
        clock = (
            gettext("%(seconds)s s ahead of %(known)s")
            if ahead >= 0
            else gettext("%(seconds)s s behind %(known)s")
        ) % {"seconds": f"{abs(ahead) / _SECOND_MS:g}", "known": value.get("compared_with", "?")}
        clock += f" (± {value['error_ms'] / _SECOND_MS:g} s)" if "error_ms" in value else ""
    return ClockShown(held.id, str(value["device"]), str(value["what"]), str(value["day"]), clock)


def _packs(record: Record, day: str) -> list[PackShown]:
    return [
        PackShown(
            one.device,
            one.issued,
            one.expires,
            code_label("pack-state", one.back.value["state"]) if one.back else gettext("on the device"),
            one.overdue(day),
        )
        for one in given_out(record)
    ]


def _facts(at: Desk, record: Record) -> list[Field]:
    rest = [one for one in record.held if one.live and one.predicate not in _OWN]
    present = {one.predicate for one in rest}
    order = [id for id in load_vocabulary().predicates if id in present]
    return fields(record, explain(at, rest, reveal=True), order)


def _no_debrief(record: Record, day: str) -> str:
    """Return why the mission cannot be closed yet, or nothing."""
    try:
        require_debriefable(record, day)
    except FieldworkError as error:
        return f"{error.message} {error.hint}"
    return ""
