"""Mission packs: what a device carries into the field. This is the list of what goes along; nothing else does.

A pack holds the plan of one mission, the codes it may use, forms and question guides, and the places it goes to. It
never holds an identity, an interview, an answer, a claim, an item, or anything that rests on an interview. It is
signed, sealed to one device, and says until which day it may be opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from embers.case_view import CaseView, Held, Record
from embers.errors import FieldworkError
from embers.vocabulary.loader import Vocabulary
from embers.vocabulary.terms import Predicate

FORMAT = "mission-pack/1"
#: A pack that is good for longer than this is a copy of the case, not a pack.
LONGEST_DAYS = 60
#: Of a mission, and in this order. Its log, its refusals and its debrief stay at home.
MISSION_FIELDS = (
    "mission-code",
    "mission-title",
    "mission-period",
    "mission-side",
    "mission-aim",
    "mission-question",
    "mission-team",
    "mission-stop",
    "mission-risk",
    "mission-referral",
    "mission-contact",
    "mission-equipment",
)
#: Of the incidents and sites at the places of the mission: what they are called, never what anybody told of them.
INCIDENT_FIELDS = ("incident-code", "incident-title", "occurred", "allegation")
SITE_FIELDS = ("site-code", "site-position")
PLACE_FIELDS = ("place-name", "place-position")
#: Kinds of record a mission makes: their forms go along, and codes are kept free for them.
MADE = ("interview", "person", "site", "visit", "detention", "examination", "mission")
#: By kind the predicate that bears the code and the letters a series begins with where there is none yet.
CODES = {
    "interview": ("interview-code", "IV-"),
    "person": ("person-code", "W-"),
    "site": ("site-code", "S-"),
    "visit": ("visit-code", "V-"),
    "detention": ("detention-code", "D-"),
    "examination": ("examination-code", "E-"),
}
_NUMBERED = re.compile(r"(.*?)(\d+)\Z", re.DOTALL)
_TOO_NARROW = frozenset({"confidential"})


@dataclass(frozen=True, slots=True)
class Pack:
    """The content of a pack as signed. ``to`` is the public key of the one device it is for."""

    mission: str
    code: str
    device: str
    to: str
    issued: str
    expires: str
    content: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the content as it is signed."""
        return {
            "embers": FORMAT,
            "mission": self.mission,
            "code": self.code,
            "device": self.device,
            "to": self.to,
            "issued": self.issued,
            "expires": self.expires,
            "content": self.content,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Pack:
        """Read a pack; anything else is refused."""
        names = ("mission", "code", "device", "to", "issued", "expires", "content")
        if (
            not isinstance(value, Mapping)
            or value.get("embers") != FORMAT
            or set(value) != {"embers", *names}
        ):
            raise FieldworkError(
                "pack", "This file is no mission pack.", "Ask for it again, or use the newest Embers."
            )
        return cls(*(value[name] for name in names))

    def require_in_time(self, now: datetime) -> None:
        """Refuse a pack after its last day, and before it was made: then this device's clock is wrong.

        Nothing here can know the true time. A device whose clock is set back to within the pack's days opens it.
        """
        today = now.date().isoformat()
        if today > self.expires:
            raise FieldworkError(
                "pack-expired",
                f"The pack for {self.code} was good until {self.expires}; this device says it is {today}.",
                "Ask the office for a new one. If the clock of this device is wrong, set it.",
            )
        if today < self.issued:
            raise FieldworkError(
                "pack-clock",
                f"The pack for {self.code} was made on {self.issued}, and this device says it is {today}.",
                "Its clock is wrong: set it, then open the pack.",
            )


def require_days(issued: date, expires: date) -> None:
    """Refuse a last day that is past, or too far away."""
    if expires < issued:
        raise FieldworkError("pack-days", f"{expires} is past.", "Name a day to come.")
    if expires - issued > timedelta(days=LONGEST_DAYS):
        raise FieldworkError(
            "pack-days",
            f"{expires} is more than {LONGEST_DAYS} days away.",
            "A pack is for one mission. Make another one when this has ended.",
        )


def content_of(
    view: CaseView,
    mission: Record,
    vocabulary: Vocabulary,
    *,
    guides: Mapping[str, Sequence[Mapping[str, str]]],
    codes: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Return what goes along: the plan, places, incidents and sites by name, forms with their code lists, guides."""
    places = places_of(mission)
    return {
        "plan": _chosen(mission, MISSION_FIELDS),
        "places": {id: _chosen(view.subject(id), PLACE_FIELDS) for id in places},
        "incidents": {one.id: _chosen(one, INCIDENT_FIELDS) for one in incidents_at(view, places)},
        "sites": {one.id: _chosen(one, SITE_FIELDS) for one in _at(view, "site", "site-place", places)},
        "forms": {kind: [_form(one) for one in _asked(vocabulary, kind)] for kind in MADE},
        "code_lists": _lists(vocabulary),
        "guides": {name: list(lines) for name, lines in guides.items()},
        "codes": {kind: list(found) for kind, found in codes.items()},
    }


def places_of(mission: Record) -> tuple[str, ...]:
    """Return the places a mission goes to, in order."""
    stops = [str(stop["place"]) for stop in mission.values("mission-stop")]
    return tuple(dict.fromkeys([*stops, *map(str, mission.values("mission-area"))]))


def incidents_at(view: CaseView, places: Iterable[str]) -> list[Record]:
    """Return the incidents at some places whose place may be told."""
    return _at(view, "incident", "incident-place", places)


def _at(view: CaseView, kind: str, predicate: str, places: Iterable[str]) -> list[Record]:
    wanted = set(places)
    return [
        one
        for one in view.kind(kind).values()
        if not one.live("kept-in")
        and any(_goes(held) and held.value in wanted for held in one.live(predicate))
    ]


def _goes(held: Held) -> bool:
    """Tell whether a value may go along: not for named members only, and told by nobody in an interview."""
    return held.marking not in _TOO_NARROW and not any(
        ground.target.startswith(("interview:", "examination:")) for ground in held.grounds
    )


def _chosen(record: Record, predicates: Sequence[str]) -> dict[str, list[Any]]:
    if record.live("kept-in"):
        return {}
    found = {
        predicate: [held.value for held in record.live(predicate) if _goes(held)] for predicate in predicates
    }
    return {predicate: values for predicate, values in found.items() if values}


def _asked(vocabulary: Vocabulary, kind: str) -> list[Predicate]:
    return [
        one
        for one in vocabulary.predicates.values()
        if kind in one.of and one.type != "sealed" and not one.claim
    ]


def _form(predicate: Predicate) -> dict[str, Any]:
    fields = [
        {"name": one.name, "type": one.type, "needed": not one.optional, "codes": one.codes}
        for one in predicate.fields
    ]
    return {
        "id": predicate.id,
        "label": predicate.label,
        "about": predicate.definition,
        "type": predicate.type,
        "codes": predicate.codes,
        "fields": fields,
    }


def _lists(vocabulary: Vocabulary) -> dict[str, dict[str, str]]:
    used = {
        codes
        for kind in MADE
        for one in _asked(vocabulary, kind)
        for codes in (one.codes, *(field.codes for field in one.fields))
        if codes
    }
    return {
        name: {id: term.label for id, term in vocabulary.codes[name].terms.items()} for name in sorted(used)
    }


def free_codes(view: CaseView, reserved: Iterable[str], *, count: int) -> dict[str, list[str]]:
    """Return ``count`` codes for each kind of record that nobody bears and no other pack holds."""
    held = set(reserved)
    found = {}
    for kind, (predicate, letters) in CODES.items():
        taken = {one.text(predicate) for one in view.kind(kind).values()} | held
        numbered = [match for code in taken if (match := _NUMBERED.match(code)) and match[1] == letters]
        last = max((int(match[2]) for match in numbered), default=0)
        width = max((len(match[2]) for match in numbered), default=3)
        found[kind] = [f"{letters}{number:0{width}d}" for number in range(last + 1, last + 1 + count)]
    return found


@dataclass(frozen=True, slots=True)
class GivenOut:
    """A pack the case knows: the digest, its device, its days, and what became of it (nothing: it is out)."""

    pack: str
    device: str
    issued: str
    expires: str
    back: Held | None

    def overdue(self, day: str) -> bool:
        """Tell whether its last day is past and nobody said what became of it."""
        return self.back is None and day > self.expires


def given_out(mission: Record) -> list[GivenOut]:
    """Return the packs of a mission in the order they were given out."""
    back = {str(held.value["pack"]): held for held in mission.live("mission-pack-back")}
    return [
        GivenOut(
            str(value["pack"]),
            str(value["device"]),
            str(value["issued"]),
            str(value["expires"]),
            back.get(str(value["pack"])),
        )
        for value in mission.values("mission-pack")
    ]
