"""Same or not: one pair of records at a time, side by side, with reasons; judged and taken back by signed entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from embers.actions.identity import judge, take_judgement_back
from embers.actions.recorder import Recorder
from embers.case_view import Record
from embers.errors import AccessDenied, ActionError, ProjectionError
from embers.people.candidates import NAMES, Candidate, candidates, names_of
from embers.people.identity import NOT_SAME, SAME, UNSURE, Identities, Judged, identities, merged
from embers.projections import models
from embers.web.grounds import Field, explain, fields
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.signing import recorder_of, signer_of
from embers.web.wording import Name, code_label, kind_label, names

_ROLE = "analyst"
#: What of a record helps to tell it from another.
_FACTS = (
    "person-code",
    "pseudonym",
    "person-status",
    "person-sex",
    "age-class",
    "person-role",
    "person-harm",
    "missing-report",
    "family-link",
    "incident-title",
    "occurred",
    "incident-place",
    "alleged-party",
    "incident-position",
    "place-position",
    "place-territory",
    "unit-code",
    "unit-party",
    "organisation-side",
    "root-origin",
)
#: Every record of a kind is read to compare them; beyond this many the command line does it.
MOST_RECORDS = 5_000
#: Judgements listed below the pair, newest first.
_LISTED = 30


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two records: its name, the names it goes by, and what is recorded of it."""

    name: Name
    called: tuple[str, ...]
    facts: list[Field]


@dataclass(frozen=True, slots=True)
class ReasonTold:
    """A reason in words."""

    words: str
    detail: str


@dataclass(frozen=True, slots=True)
class PairTold:
    """The pair on the page; ``reasons_text`` is what stands in the field of reasons at first."""

    first: Side
    second: Side
    reasons: tuple[ReasonTold, ...]
    against: tuple[ReasonTold, ...]
    reasons_text: str

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both, in the order of their ids."""
        return self.first, self.second


@dataclass(frozen=True, slots=True)
class GroupTold:
    """Records shown as one: each of them, the names they go by together, and what is recorded of any."""

    members: tuple[Name, ...]
    called: tuple[str, ...]
    facts: list[Field]


@dataclass(frozen=True, slots=True)
class JudgedTold:
    """One standing judgement, with the two records and the reasons given."""

    id: str
    first: Name
    second: Name
    words: str
    reasons: str
    contested: bool


def identity(request: HttpRequest) -> HttpResponse:
    """Show the next pair of a kind, take a judgement, or take one back."""
    at = desk(request)
    kind = request.GET.get("kind", "person")
    if kind not in NAMES:
        raise ProjectionError(
            "query",
            gettext("Records of this kind are not compared."),
            ", ".join(kind_label(one) for one in NAMES),
        )
    place = _place(request)
    if models.Subject.objects.using(at.alias).filter(kind=kind).count() > MOST_RECORDS:
        raise ProjectionError(
            "query",
            gettext("The case holds too many records of this kind to compare them on a page."),
            gettext("Run `embers identity pairs` on the computer that holds the case."),
        )
    if request.method == "POST":
        return _judged(request, at, kind, place)
    records = at.view.kind(kind)
    known = identities(records.values())
    found = candidates(records, kind=kind, judged=known.judged)
    place = min(place, max(len(found.pairs) - 1, 0))
    pair = found.pairs[place] if found.pairs else None
    return page(
        request,
        "identity.html",
        title=gettext("Same or not"),
        crumbs=[Crumb(gettext("Same or not"))],
        kind=kind,
        kinds=[(one, kind_label(one)) for one in NAMES],
        pair=_pair(at, pair) if pair else None,
        total=len(found.pairs),
        number=place + 1,
        before=_href(kind, place - 1) if place > 0 else "",
        after=_href(kind, place + 1) if place + 1 < len(found.pairs) else "",
        too_common=len(found.too_common),
        judgements=_judgements(at, known),
        groups=_groups(at, records, known),
        apart=len(known.apart),
        may_sign=signer_of(request) is not None,
        last=request.GET.get("last", ""),
        choices=[(SAME, "1"), (NOT_SAME, "2"), (UNSURE, "3")],
    )


def _judged(request: HttpRequest, at: Desk, kind: str, place: int) -> HttpResponse:
    recorder = recorder_of(request, role=_ROLE)
    if recorder is None:
        raise AccessDenied(
            "key",
            gettext("A judgement is signed, and your key is not unlocked here."),
            gettext("Log in and unlock your key on the page of your account."),
        )
    try:
        last = _record(request, recorder, at)
    finally:
        recorder.journal.close()
    return HttpResponseRedirect(_href(kind, place, last))


def _record(request: HttpRequest, recorder: Recorder, at: Desk) -> str:
    """Record what was chosen; return the judgement that can be taken back next, if one was made."""
    if taken := request.POST.get("take-back"):
        held = at.view.held([taken]).get(taken)
        if held is None:
            raise ActionError("judgement", gettext("There is no such judgement."), "")
        recorder.record(
            take_judgement_back(recorder, held, reason=gettext("Taken back on the page of pairs."))
        )
        return ""
    first, second = request.POST.get("first", ""), request.POST.get("second", "")
    judgement = request.POST.get("judgement", "")
    if judgement not in {SAME, NOT_SAME, UNSURE}:
        raise ActionError(
            "judgement", gettext("No judgement was chosen."), gettext("Choose one of the three.")
        )
    act = judge(recorder, at.view, first, second, judgement, reasons=request.POST.get("reasons", ""))
    return recorder.record(act).entry.assertions[0].id


def _pair(at: Desk, pair: Candidate) -> PairTold:
    both = at.view.subjects([pair.pair.first, pair.pair.second])
    called = names(at.alias, both)
    sides = [
        Side(called[id], names_of(record), fields(record, explain(at, record.held), _FACTS))
        for id, record in both.items()
    ]
    reasons = tuple(ReasonTold(code_label("pair-reason", one.code), one.detail) for one in pair.reasons)
    against = tuple(ReasonTold(code_label("pair-reason", one.code), one.detail) for one in pair.against)
    # Reasons in words only: a detail may be a name, and what is signed here is read by more people than names are.
    text = "; ".join(one.words for one in (*reasons, *against))
    return PairTold(sides[0], sides[1], reasons, against, text)


def _groups(at: Desk, records: Mapping[str, Record], known: Identities) -> list[GroupTold]:
    """Return the groups that are shown as one, with everything recorded of their members side by side."""
    found = known.groups[:_LISTED]
    called = names(at.alias, {id for group in found for id in group})
    told = []
    for group in found:
        one = merged([records[id] for id in group])
        facts = fields(one, explain(at, one.held), _FACTS)
        told.append(GroupTold(tuple(called[id] for id in group), names_of(one), facts))
    return told


def _judgements(at: Desk, known: Identities) -> list[JudgedTold]:
    ordered = sorted(known.judged.values(), key=lambda one: one.held[-1].rank, reverse=True)[:_LISTED]
    called = names(at.alias, {id for one in ordered for id in (one.pair.first, one.pair.second)})
    return [told for one in ordered for told in _told(one, called)]


def _told(one: Judged, called: dict[str, Name]) -> list[JudgedTold]:
    return [
        JudgedTold(
            held.id,
            called[one.pair.first],
            called[one.pair.second],
            code_label("judgement", str(held.value["judgement"])),
            str(held.value["reasons"]),
            one.verdict == "",
        )
        for held in one.held
    ]


def _place(request: HttpRequest) -> int:
    text = request.GET.get("at", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _href(kind: str, place: int, last: str = "") -> str:
    asked = {"kind": kind, "at": place} | ({"last": last} if last else {})
    return f"{reverse('identity')}?{urlencode(asked)}"
