"""What belongs together on the map: incidents somebody related as a series, and where missions went.

Both follow from relations of the vocabulary: whatever predicate puts incidents together makes a layer, and a mission's
stops are the records that name the mission and a site or place. Nothing is grouped by nearness or guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shapely.geometry import MultiPoint, mapping

from embers.case_view import Json, Record
from embers.dates import parse
from embers.errors import DateError
from embers.places import MICRO
from embers.projections.database import Bound, CaseDatabase
from embers.projections.map_cells import Sight
from embers.projections.view import ProjectedCase
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.relations import between, gathering, of_type, refers

#: Relations read, groups and missions shown, and stops of one mission at most.
_LINKS, GROUPS, _STOPS = 2000, 200, 500
#: Where interviews were held leads to witnesses: no map shows it.
_NOT_SHOWN = frozenset({"interview"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A position in microdegrees and how well it is known, in metres."""

    lat: int
    lon: int
    precision_m: int


@dataclass(frozen=True, slots=True)
class Part:
    """One incident of a group, or one stop of a mission. ``when`` is EDTF; ``note`` says why a place was not visited.

    ``called`` is the site or place a stop is called by; nothing for an incident.
    """

    subject: str
    when: str
    spot: Spot | None
    predicate: str = ""
    note: str = ""
    called: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What is drawn as one: its subject or nothing, its parts in order of time, and the assertions that say so."""

    subject: str
    parts: tuple[Part, ...]
    said: tuple[str, ...]
    disputed: bool = False

    def shape(self) -> Mapping[str, Json] | None:
        """Return the hull of the parts as GeoJSON: a point, a line or a polygon; nothing without a position."""
        spots = {(part.spot.lon / MICRO, part.spot.lat / MICRO) for part in self.parts if part.spot}
        return dict(mapping(MultiPoint(sorted(spots)).convex_hull)) if spots else None


@dataclass(frozen=True, slots=True)
class Layer:
    """Groups made by one predicate; ``more`` when not all are here."""

    predicate: str
    groups: tuple[Group, ...]
    more: bool


def series(database: CaseDatabase, sight: Sight) -> tuple[Layer, ...]:
    """Return the groups of incidents that begin in the span and are alleged against the party in sight."""
    predicates = sorted(gathering("incident"))
    listed = ", ".join(f"'{name}'" for name in predicates)
    sql = (
        "SELECT a.id, a.subject, a.kind, a.predicate, l.target, a.disputed FROM case_assertion a "
        "JOIN case_link l ON l.assertion_id = a.id AND l.how = 'value' "
        f"WHERE a.predicate IN ({listed}) AND a.status = 'live' "
        f"ORDER BY a.predicate, a.rank, l.ordinal LIMIT {_LINKS + 1:d}"
    )
    rows = database.rows(sql)
    more = len(rows) > _LINKS
    joined: dict[str, _Joined] = defaultdict(_Joined)
    for id, subject, kind, predicate, target, disputed in rows[:_LINKS]:
        joined[predicate].add(subject, target, id, bool(disputed))
        if kind != "incident":
            joined[predicate].heads.add(subject)
    wanted = {subject for one in joined.values() for subject in one.parent}
    parts = _incidents(database, sight, wanted)
    return tuple(
        Layer(predicate, tuple(_seen(joined[predicate].groups(), parts))[:GROUPS], more)
        for predicate in sorted(joined)
    )


class _Joined:
    """Records joined pair by pair into groups."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}
        self.heads: set[str] = set()
        self._said: list[tuple[str, str, bool]] = []

    def add(self, one: str, other: str, said: str, disputed: bool) -> None:
        first, second = self._root(one), self._root(other)
        self.parent[max(first, second)] = min(first, second)
        self._said.append((one, said, disputed))

    def _root(self, one: str) -> str:
        self.parent.setdefault(one, one)
        while self.parent[one] != one:
            self.parent[one] = self.parent[self.parent[one]]
            one = self.parent[one]
        return one

    def groups(self) -> Iterator[tuple[str, list[str], list[str], bool]]:
        """Yield head, members, assertions and whether any is disputed, of each group."""
        members: dict[str, list[str]] = defaultdict(list)
        said: dict[str, list[str]] = defaultdict(list)
        disputed: set[str] = set()
        for one in self.parent:
            members[self._root(one)].append(one)
        for one, id, is_disputed in self._said:
            said[self._root(one)].append(id)
            disputed |= {self._root(one)} if is_disputed else set()
        for root, found in members.items():
            heads = sorted(set(found) & self.heads)
            yield heads[0] if len(heads) == 1 else "", found, said[root], root in disputed


def _seen(
    groups: Iterable[tuple[str, list[str], list[str], bool]], parts: Mapping[str, Part]
) -> Iterator[Group]:
    places, found = {id: place for place, id in enumerate(parts)}, []
    for head, members, said, disputed in groups:
        seen = sorted((one for one in members if one in parts), key=places.__getitem__)
        if len(seen) > 1:
            found.append(Group(head, tuple(parts[one] for one in seen), tuple(said), disputed))
    yield from sorted(found, key=lambda group: places[group.parts[0].subject])


def _incidents(database: CaseDatabase, sight: Sight, ids: set[str]) -> dict[str, Part]:
    """Return those of the incidents that are in sight, in order of time."""
    marks = ", ".join(["%s"] * len(ids))
    where, values = [f"id IN ({marks or 'NULL'})"], list[Bound](sorted(ids))
    for column, test, value in (
        ("alleged", "=", sight.party),
        ("earliest", ">=", sight.first),
        ("earliest", "<", sight.last and f"{sight.last}~"),
    ):
        if value:
            where.append(f"{column} {test} %s")
            values.append(value)
    sql = (
        "SELECT id, earliest, lat, lon, precision_m FROM case_incident "
        f"WHERE {' AND '.join(where)} ORDER BY earliest, code"
    )
    return {
        id: Part(id, earliest, None if lat is None else Spot(lat, lon, precision or 0))
        for id, earliest, lat, lon, precision in database.rows(sql, values)
    }


def missions(database: CaseDatabase, view: ProjectedCase, sight: Sight) -> Layer:
    """Return each mission with its dated stops in order, then what it names besides, such as what was not visited."""
    found = list(view.kind("mission").values())
    naming = _naming(database, [one.id for one in found])
    visits = view.subjects({visit for _, visit, _ in naming})
    stops: dict[str, list[tuple[str, Json, str, str, str]]] = defaultdict(list)
    said: dict[str, list[str]] = defaultdict(list)
    for mission, visit, id in naming:
        stops[mission] += [
            (visit, target, _day(visits[visit]), "", "") for target in _whereabouts(visits[visit])
        ]
        said[mission].append(id)
    for one in found:
        stops[one.id] += list(_own(one))
    spots = _spots(view, {str(row[1]) for rows in stops.values() for row in rows})
    groups = []
    for one in found[:GROUPS]:
        parts = [
            Part(visit or str(target), day, spots.get(str(target)), predicate, note, str(target))
            for visit, target, day, predicate, note in stops[one.id][:_STOPS]
            if _within(day, sight)
        ]
        parts.sort(key=lambda part: (bool(part.predicate), not part.when, part.when, part.subject))
        if parts:
            groups.append(Group(one.id, tuple(parts), tuple(said[one.id])))
    return Layer("mission", tuple(groups), len(found) > GROUPS)


def _naming(database: CaseDatabase, ids: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return mission, record that names it, and the assertion; of kinds whose whereabouts may be shown."""
    vocabulary = load_vocabulary()
    kinds = {kind for kind in vocabulary.kinds if kind not in _NOT_SHOWN and _places_of(kind)}
    predicates = sorted(name for kind in kinds for name in between(kind, "mission"))
    if not ids or not predicates:
        return []
    marks, named = ", ".join(["%s"] * len(ids)), ", ".join(f"'{name}'" for name in predicates)
    sql = (
        "SELECT l.target, a.subject, a.id FROM case_link l JOIN case_assertion a ON a.id = l.assertion_id "
        f"WHERE l.target IN ({marks}) AND l.how = 'value' AND a.status = 'live' AND a.predicate IN ({named}) "
        f"ORDER BY a.rank LIMIT {_LINKS:d}"
    )
    return [(str(mission), str(visit), str(id)) for mission, visit, id in database.rows(sql, ids)]


def _places_of(kind: str) -> frozenset[str]:
    return between(kind, "site") | between(kind, "place")


def _whereabouts(record: Record) -> Iterator[Json]:
    for predicate in sorted(_places_of(record.kind)):
        for value in record.values(predicate):
            yield from value if isinstance(value, list) else [value]


def _day(record: Record) -> str:
    for predicate in of_type(record.kind, "date"):
        if value := record.value(predicate):
            return str(value)
    return ""


def _own(mission: Record) -> Iterator[tuple[str, Json, str, str, str]]:
    """Yield what a mission itself names: places of a plan with their day, an area, what was not visited and why."""
    for predicate in load_vocabulary().predicates.values():
        if "mission" not in predicate.of or not refers(predicate):
            continue
        fields = {field.name: field.type for field in predicate.fields}
        for value in mission.values(predicate.id):
            if isinstance(value, dict):
                places = [value[name] for name, type_ in fields.items() if type_ == "ref" and value.get(name)]
                days = [
                    str(value[name]) for name, type_ in fields.items() if type_ == "date" and value.get(name)
                ]
                words = [
                    str(value[name]) for name, type_ in fields.items() if type_ == "text" and value.get(name)
                ]
                for place in places:
                    yield "", place, days[0] if days else "", predicate.id, "; ".join(words)
            elif predicate.kinds & {"site", "place"}:
                for place in value if isinstance(value, list) else [value]:
                    yield "", place, "", predicate.id, ""


def _spots(view: ProjectedCase, ids: set[str]) -> dict[str, Spot]:
    """Return the positions of sites and places; a site without one lies at its place."""
    records = view.subjects(sorted(ids))
    nearby = {id: next((str(one) for one in _whereabouts(record)), "") for id, record in records.items()}
    around = view.subjects(sorted(set(nearby.values()) - {""}))
    found = {}
    for id, record in records.items():
        spot = _spot(record) or (_spot(around[nearby[id]]) if nearby[id] else None)
        if spot:
            found[id] = spot
    return found


def _spot(record: Record) -> Spot | None:
    for predicate in of_type(record.kind, "point"):
        value = record.value(predicate)
        if isinstance(value, dict):
            return Spot(int(value["lat"]), int(value["lon"]), int(value.get("precision_m", 0)))
    return None


def _within(day: str, sight: Sight) -> bool:
    """Tell whether a stop may lie in the span in sight; one without a day is shown where no span was chosen."""
    if not sight.first and not sight.last:
        return True
    try:
        when = parse(day)
    except DateError:
        return False
    first, last = (end.isoformat() if end else "" for end in (when.earliest, when.latest))
    return (not last or last >= sight.first) and (not first or not sight.last or first < f"{sight.last}~")
