"""Pairs of records that may be one, with the reasons for and against. A person judges; nothing is merged by itself.

Names are compared word by word across scripts: by letters, by sound, and one letter apart. Persons without a name in
the case are compared by the harm they suffered; incidents by day and place; places and units by name. The number of
reasons orders the list and is no measure of likelihood.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import combinations

from embers.case_view import Record
from embers.dates import parse
from embers.language import fold, skeleton
from embers.people.identity import PairOf, pair_of
from embers.places import Point, distance_m

#: Records that share one feature beyond this number are not compared through it: the feature tells nothing apart.
MOST_ALIKE = 60
#: Positions this close are a reason; each position's own precision is added.
NEAR_M = 500
#: A span of more days than this says too little to bring two incidents together by day.
LONGEST_DAYS = 31
#: Kinds of record that are compared, and the predicate that holds their names.
NAMES: Mapping[str, str] = {
    "person": "person-name",
    "place": "place-name",
    "unit": "unit-name",
    "organisation": "organisation-name",
    "incident": "",
}
_SHORTEST_NEAR = 5
_AGAINST = frozenset({"sex-differs", "age-differs", "party-differs"})


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of the list ``pair-reason`` and the words it rests on."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two records that may be one, with the reasons for and against."""

    pair: PairOf
    reasons: tuple[Reason, ...]
    against: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs to judge, those with most reasons first; ``too_common``: features not followed, and how many share one."""

    pairs: tuple[Candidate, ...]
    too_common: tuple[tuple[str, int], ...]


def candidates(records: Mapping[str, Record], *, kind: str, judged: Iterable[PairOf] = ()) -> Candidates:
    """Return pairs of records of one kind that share a feature and were not judged yet."""
    alike: dict[str, list[str]] = defaultdict(list)
    for id in sorted(records):
        for key in _keys(records[id], kind):
            alike[key].append(id)
    done = set(judged)
    pairs: set[PairOf] = set()
    common = []
    for key, ids in alike.items():
        if len(ids) > MOST_ALIKE:
            common.append((key, len(ids)))
        else:
            pairs.update(pair_of(one, other) for one, other in combinations(ids, 2))
    found = []
    for pair in pairs - done:
        first, second = records[pair.first], records[pair.second]
        said = list(_compare(first, second, kind))
        reasons = tuple(reason for reason in said if reason.code not in _AGAINST)
        if any(reason.code not in {"same-source"} for reason in reasons):
            found.append(Candidate(pair, reasons, tuple(r for r in said if r.code in _AGAINST)))
    found.sort(key=lambda one: (len(one.against) - len(one.reasons), one.pair))
    return Candidates(tuple(found), tuple(sorted(common)))


def names_of(record: Record) -> tuple[str, ...]:
    """Return the names a record goes by, each once."""
    predicate = NAMES.get(record.kind, "")
    values = record.values(predicate) if predicate else []
    found = [str(value.get("name") or value.get("text") or "") for value in values]
    return tuple(dict.fromkeys(name for name in found if name))


def _keys(record: Record, kind: str) -> set[str]:
    found: set[str] = set()
    for name in names_of(record):
        for word in skeleton(name).split():
            found.add(f"name {word}")
            if len(word) >= _SHORTEST_NEAR:
                found |= {f"name {word[:at]}{word[at + 1 :]}" for at in range(len(word))}
    if kind == "person":
        found |= {f"harm {harm} {incident}" for harm, incident in _harms(record)}
    if kind == "incident" and (place := record.value("incident-place")):
        found |= {f"day {place} {day}" for day in _days(record)}
    return found


def _compare(first: Record, second: Record, kind: str) -> Iterator[Reason]:
    if name := _same_name(first, second):
        yield name
    if kind == "person":
        shared = sorted(_harms(first) & _harms(second))
        if shared:
            yield Reason("same-harm", "; ".join(sorted({harm for harm, _ in shared})))
        yield from _differing(first, second, "person-sex", "sex-differs")
        yield from _ages(first, second)
    if kind == "incident":
        if set(_days(first)) & set(_days(second)):
            yield Reason("same-day", _overlap(first, second))
        if (place := first.value("incident-place")) and place == second.value("incident-place"):
            yield Reason("same-place")
        yield from _differing(first, second, "alleged-party", "party-differs")
    if kind == "unit":
        yield from _differing(first, second, "unit-party", "party-differs")
        if numbers := _numbers(first) & _numbers(second):
            yield Reason("same-code", ", ".join(sorted(numbers)))
    predicate = {"incident": "incident-position", "place": "place-position"}.get(kind, "")
    if predicate and _near(first, second, predicate):
        yield Reason("near-place")
    if _sources(first) & _sources(second):
        yield Reason("same-source")


def _same_name(first: Record, second: Record) -> Reason | None:
    """Return the strongest way in which a name of one is a name of the other."""
    order = ("name-same", "name-sounds", "name-near")
    best: tuple[int, str] | None = None
    for one in names_of(first):
        for other in names_of(second):
            how = _likeness(one, other)
            if how and (best is None or order.index(how) < best[0]):
                best = (order.index(how), f"{one} / {other}")
    return Reason(order[best[0]], best[1]) if best else None


@lru_cache(maxsize=65536)
def _likeness(one: str, other: str) -> str:
    if sorted(fold(one).split()) == sorted(fold(other).split()):
        return "name-same"
    words, others = sorted(skeleton(one).split()), sorted(skeleton(other).split())
    shorter, longer = sorted((words, others), key=len)
    if not shorter or (len(shorter) < len(longer) and len(shorter) < 2):
        return ""
    left = list(longer)
    near = 0
    for word in shorter:
        match = word if word in left else next((w for w in left if _one_letter(word, w)), None)
        if match is None:
            return ""
        near += match != word
        left.remove(match)
    return "name-sounds" if near == 0 else "name-near" if near == 1 else ""


def _one_letter(one: str, other: str) -> bool:
    """Tell whether two words are one insertion, deletion or exchange of a letter apart."""
    if min(len(one), len(other)) < _SHORTEST_NEAR - 1 or abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    at = next((n for n, letter in enumerate(shorter) if letter != longer[n]), len(shorter))
    if len(shorter) == len(longer):
        return shorter[at + 1 :] == longer[at + 1 :]
    return shorter[at:] == longer[at + 1 :]


def _harms(record: Record) -> set[tuple[str, str]]:
    return {(v["harm"], v["incident"]) for v in record.values("person-harm") if v.get("incident")}


def _ages(first: Record, second: Record) -> Iterator[Reason]:
    ages = [
        {v["age"] for v in record.values("person-harm") if v.get("age", "not-known") != "not-known"}
        for record in (first, second)
    ]
    if all(ages) and not ages[0] & ages[1]:
        yield Reason("age-differs", " / ".join(", ".join(sorted(age)) for age in ages))


def _differing(first: Record, second: Record, predicate: str, code: str) -> Iterator[Reason]:
    one, other = set(map(str, first.values(predicate))), set(map(str, second.values(predicate)))
    unknown = {"not-known", "unknown"}
    if one - unknown and other - unknown and not one & other:
        yield Reason(code)


def _days(record: Record) -> list[str]:
    when = record.value("occurred")
    time = parse(when) if when else None
    if time is None or time.earliest is None or time.latest is None:
        return []
    span = (time.latest - time.earliest).days
    if span > LONGEST_DAYS:
        return []
    return [(time.earliest + timedelta(days=n)).isoformat() for n in range(span + 1)]


def _overlap(first: Record, second: Record) -> str:
    return ", ".join(dict.fromkeys(str(record.value("occurred", "")) for record in (first, second)))


def _near(first: Record, second: Record, predicate: str) -> bool:
    values = [record.value(predicate) for record in (first, second)]
    if not all(values):
        return False
    one, other = (Point.from_json(value) for value in values)
    return distance_m(one, other) <= NEAR_M + one.precision_m + other.precision_m


def _numbers(record: Record) -> set[str]:
    words = " ".join(names_of(record)).replace("-", " ").split()
    return {"".join(c for c in word if c.isdigit()) for word in words if any(c.isdigit() for c in word)}


def _sources(record: Record) -> set[tuple[str, str]]:
    """Return the passages a record rests on; a whole source says nothing, a pinpoint in it does."""
    return {(g.target, g.locator) for held in record.held if held.live for g in held.grounds if g.locator}
