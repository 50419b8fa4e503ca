"""A small invented case of records that name each other: a series of strikes, a mission, units."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from circle_case import AROUND
from protected_case import protected_case

from embers.access.standing import INTERNAL, Standing
from embers.actions.recorder import Act
from embers.ids import new_subject
from embers.journal.assertion import Basis, Relation
from embers.projections.database import CaseDatabase

#: Code, title, day, latitude and longitude of the incidents; the first three are one series.
STRIKES = (
    ("EX-1", "Shelling of the mill at Testford", "2031-05-03", 46.20, 6.10),
    ("EX-2", "Shelling of the bridge at Testford", "2031-05-03", 46.24, 6.22),
    ("EX-3", "Shelling of the school at Upper Testford", "2031-05-04", 46.32, 6.13),
    ("EX-4", "Fire at the depot of Farside", "2031-06-11", 46.05, 6.40),
)
HIDDEN_UNIT = "Exercise Brigade Lusaber"


def point(lat: float, lon: float, precision: int = 800) -> dict[str, object]:
    return {
        "lat": round(lat * 1e6),
        "lon": round(lon * 1e6),
        "precision_m": precision,
        "method": "settlement centroid",
    }


class Joined:
    """The case and the ids of what is in it."""

    def __init__(self, path: Path) -> None:
        self.people = protected_case(path)
        self.folder = self.people.folder
        new = self.new
        self.say(next(iter(self.people.view.kind("case"))), "case-exercise", True)
        self.source, self.party = new("source"), new("party")
        self.say(self.source, "source-code", "S1")
        self.say(self.source, "source-title", english("Town bulletin of Testford"))
        self.say(self.party, "party-code", "RED")
        self.say(self.party, "party-name", english("Red side (exercise)"))
        self.incidents = {code: new("incident") for code, *_ in STRIKES}
        for code, title, day, lat, lon in STRIKES:
            incident = self.incidents[code]
            self.say(incident, "incident-code", code)
            self.say(incident, "incident-title", english(title))
            self.say(incident, "occurred", day)
            self.say(incident, "incident-position", point(lat, lon))
        self.related = [
            self.say(self.incidents["EX-1"], "related-incident", self.incidents["EX-2"]),
            self.say(self.incidents["EX-2"], "related-incident", self.incidents["EX-3"]),
        ]
        self.units()
        self.mission_with_visits()

    def new(self, kind: str) -> str:
        return new_subject(kind, AROUND.randomness)

    def units(self) -> None:
        new = self.new
        self.unit, self.superior, self.rival = new("unit"), new("unit"), new("unit")
        self.say(self.unit, "unit-name", english(HIDDEN_UNIT))
        self.say(self.superior, "unit-name", english("Exercise Corps North"))
        self.say(self.rival, "unit-name", english("Exercise Corps South"))
        self.say(self.unit, "unit-superior", self.superior)
        self.say(self.unit, "unit-superior", self.rival)
        self.parties = [new("party"), new("party")]
        for number, party in enumerate(self.parties, 1):
            self.say(party, "party-code", f"EXERCISE-{number}")
            self.contested = self.say(self.unit, "unit-party", party)
        self.act, self.involvement = new("act"), new("involvement")
        self.say(self.act, "act-incident", self.incidents["EX-1"])
        self.say(self.act, "act-kind", "shelling")
        self.say(self.involvement, "involvement-act", self.act)
        self.who = self.say(self.involvement, "involvement-who", self.unit)
        self.say(self.involvement, "involvement-role", "alleged perpetrator")

    def mission_with_visits(self) -> None:
        new = self.new
        self.mission, self.place = new("mission"), new("place")
        self.say(self.mission, "mission-title", english("Exercise mission A"))
        self.say(self.place, "place-name", {"name": "Closed Farm", "lang": "en", "used_by": "unknown"})
        self.say(self.place, "place-position", point(46.40, 6.30, 3000))
        self.say(self.mission, "mission-gap", {"place": self.place, "reason": "the road was mined"})
        self.sites, self.visits = [], []
        for number, (day, lat, lon) in enumerate(
            (("2031-07-02", 46.24, 6.22), ("2031-07-01", 46.20, 6.10)), 1
        ):
            site, visit = new("site"), new("visit")
            self.say(site, "site-code", f"SITE-{number}")
            self.say(site, "site-position", point(lat, lon, 20))
            self.say(visit, "visit-site", site)
            self.say(visit, "visit-mission", self.mission)
            self.say(visit, "visit-day", day)
            self.sites.append(site)
            self.visits.append(visit)

    def say(self, subject: str, predicate: str, value: object, relations: Sequence[Relation] = ()) -> str:
        source = getattr(self, "source", None)
        basis = (Basis(item=None, source=source, locator="answer=3"),) if source else ()
        recorder = self.people.first
        said = recorder.new_assertion(subject, predicate, value, basis=basis, relations=tuple(relations))
        recorder.record(Act("note.add", (said,), reason="exercise"))
        return said.id

    def as_read_by(self, standing: Standing | None) -> CaseDatabase:
        return self.folder.projection().as_read_by(standing)

    @property
    def ordinary(self) -> Standing:
        return Standing(INTERNAL, frozenset())


def english(text: str) -> dict[str, str]:
    return {"text": text, "lang": "en"}
