"""Casualty tables: ranges by party, place, month and category of people, beside the people known to the case.

Smallest figures are added to smallest and largest to largest; a middle is never made. An incident without a figure is
counted as such and adds nothing: the sum then says of how many incidents it knows nothing. Zero stands only where a
source said that nobody was harmed. People known to the case are counted one by one, each once for all the records
judged to be them, and the dead are not counted among the injured again. The two ways of counting stand side by side
and are never added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from embers.case_view import CaseView, Record
from embers.dates import parse
from embers.errors import LawError
from embers.incidents.claim import Category, Claim
from embers.incidents.displayed import Displayed, displayed
from embers.incidents.reading import claimants_of, claims_of
from embers.incidents.staleness import bounds
from embers.people.identity import Identities, identities, together

#: Harms a table can show: the predicate of the figures is named alike.
HARMS = ("killed", "injured", "missing")
#: What a table can be broken down by.
BREAKDOWNS = ("party", "place", "month", "incident")
NOT_KNOWN = "not known"
_COUNTED = "persons"


@dataclass(frozen=True, slots=True)
class Span:
    """Smallest and largest number of people; ``open_end`` if a source said "at least" of the largest."""

    low: int
    high: int
    open_end: bool = False
    about: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of one harm in a group of incidents.

    ``span`` is nothing where no incident has a figure. ``some`` incidents have people harmed and no figure,
    ``unknown`` ones nothing at all. ``persons`` are those known to the case. ``contested`` is how many incidents have
    figures that cannot all be right. ``ids`` are the assertions behind the figures.
    """

    span: Span | None
    with_figure: int
    some: int
    unknown: int
    contested: int
    persons: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Reported figure and people known of one incident, and how they stand to each other.

    ``state`` is ``no-figure``, ``nobody-known``, ``within``, ``more-known`` (than the largest figure) or
    ``fewer-known`` (than the smallest).
    """

    incident: str
    code: str
    harm: str
    category: Category
    tally: Tally
    state: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what it is broken down by, for whom, how many incidents, and the harms."""

    key: tuple[str, ...]
    category: Category
    incidents: int
    tallies: Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class CasualtyTable:
    """Lines in order of their keys; ``whole`` is one line over all incidents; ``each`` the incidents one by one."""

    by: tuple[str, ...]
    lines: tuple[Line, ...]
    whole: Line
    each: tuple[Reconciled, ...]


@dataclass(frozen=True, slots=True)
class _Happened:
    """One incident, with those merged into it or judged the same, as it is counted."""

    id: str
    record: Record
    records: tuple[Record, ...]
    shown: tuple[Displayed, ...]


@dataclass(frozen=True, slots=True)
class _Person:
    id: str
    harms: Mapping[str, frozenset[str]]  # incident -> harms
    category: Mapping[str, Category]  # incident -> category


def casualty_table(
    view: CaseView, *, by: Sequence[str] = ("party",), category: Sequence[str] = ()
) -> CasualtyTable:
    """Return the casualties of a case broken down by ``by`` and, if wanted, by categories of people.

    ``category`` are dimensions of SDG 16.1.2: ``status``, ``age``, ``sex``, ``cause``. A figure enters a category
    only where a source gave it for that category.
    """
    for name in by:
        if name not in BREAKDOWNS:
            raise LawError(
                "breakdown", f"There is no breakdown by {name!r}.", f"Known: {', '.join(BREAKDOWNS)}."
            )
    happened = _happened(view)
    persons = _persons(view, {record.id: one.id for one in happened for record in one.records})
    places = view.kind("place")
    groups: dict[tuple[str, ...], list[_Happened]] = defaultdict(list)
    for one in happened:
        groups[tuple(_key(one.record, name, places) for name in by)].append(one)
    categories = _categories(happened, persons, category) if category else [()]
    lines = tuple(_line(key, groups[key], persons, chosen) for key in sorted(groups) for chosen in categories)
    whole = _line((), happened, persons, ())
    each = tuple(
        _reconciled(one, persons, harm, chosen) for one in happened for harm in HARMS for chosen in categories
    )
    return CasualtyTable(tuple(by), lines, whole, each)


def span_words(span: Span | None) -> str:
    """Return a span in words: "13 to 21", "at least 30", "none", "not known". Zero is worded only where it was said."""
    if span is None:
        return NOT_KNOWN
    words = str(span.low) if span.low == span.high else f"{span.low} to {span.high}"
    if span.open_end:
        words = f"at least {span.low}" if span.low == span.high else f"{words} or more"
    elif span.high == 0:
        words = "none"
    return f"about {words}" if span.about else words


def _happened(view: CaseView) -> list[_Happened]:
    records = dict(view.kind("incident"))
    judged = identities(records.values())
    groups: dict[str, list[Record]] = defaultdict(list)
    for id, alike in together(judged, records).items():
        for record in alike:
            groups[_end(record, records, judged, id)].append(record)
    claimants = {claimant for record in records.values() for claimant in claimants_of(record)}
    organisations = {id: record for id, record in view.kind("organisation").items() if id in claimants}
    organisations |= {id: view.subject(id) for id in claimants - organisations.keys()}
    found = []
    for id, members in groups.items():
        claims = [claim for record in members for claim in claims_of(record, organisations)]
        counted = [claim for claim in claims if claim.field in HARMS and claim.unit == _COUNTED]
        first = next((record for record in members if record.id == id), members[0])
        if first.live("incident-code"):
            shown = displayed(counted, (), policy=lambda _: "range")
            found.append(_Happened(first.id, first, tuple(members), shown))
    return sorted(found, key=lambda one: (one.record.text("incident-code"), one.id))


def _end(record: Record, records: Mapping[str, Record], judged: Identities, start: str) -> str:
    """Return the incident a record is counted under: where it was merged into, or what stands for its group."""
    seen = {record.id}
    while (into := record.value("merged-into")) and into in records and into not in seen:
        seen.add(str(into))
        record = records[str(into)]
        start = judged.stands_for(record.id)
    return start


def _persons(view: CaseView, counted_as: Mapping[str, str]) -> list[_Person]:
    records = view.kind("person")
    found = []
    for id, members in together(identities(records.values()), records).items():
        harms: dict[str, set[str]] = defaultdict(set)
        category: dict[str, dict[str, str]] = defaultdict(dict)
        for record in members:
            sex = record.value("person-sex")
            for value in record.values("person-harm"):
                incident = counted_as.get(str(value.get("incident", "")), "")
                harms[incident].add(str(value["harm"]))
                parts = {name: value[name] for name in ("age", "cause", "status") if value.get(name)}
                category[incident] |= parts | ({"sex": sex} if sex else {})
        if harms:
            found.append(
                _Person(
                    id,
                    {incident: frozenset(said) for incident, said in harms.items()},
                    {incident: tuple(sorted(parts.items())) for incident, parts in category.items()},
                )
            )
    return found


def _line(
    key: tuple[str, ...], happened: Sequence[_Happened], persons: Iterable[_Person], category: Category
) -> Line:
    known = list(persons)
    return Line(
        key,
        category,
        len(happened),
        {harm: _added([_tally(one, known, harm, category) for one in happened]) for harm in HARMS},
    )


def _tally(one: _Happened, persons: Iterable[_Person], harm: str, category: Category) -> Tally:
    shown = next((s for s in one.shown if (s.field, s.category) == (harm, category)), None)
    span = _span(shown)
    some = span is None and shown is not None and any(o.claim.operator == "some" for o in shown.left_out)
    return Tally(
        span=span,
        with_figure=int(span is not None),
        some=int(some),
        unknown=int(span is None and not some),
        contested=int(shown is not None and shown.basis == "contested"),
        persons=tuple(person.id for person in persons if _suffered(person, one.id, harm, category)),
        ids=shown.why if shown is not None else (),
    )


def _suffered(person: _Person, incident: str, harm: str, category: Category) -> bool:
    said = person.harms.get(incident, frozenset())
    if harm not in said or (harm != "killed" and "killed" in said):
        return False
    own = dict(person.category.get(incident, ()))
    return all(own.get(name, "not-known") == value for name, value in category)


def _span(shown: Displayed | None) -> Span | None:
    if shown is None or shown.span is None or not shown.span.considered:
        return None
    claims: Sequence[Claim] = shown.span.considered
    lows, highs = zip(*(bounds(claim) for claim in claims), strict=True)
    finite = [high for high in highs if high != inf] + list(lows)
    return Span(
        int(min(lows)),
        int(max(finite)),
        open_end=inf in highs,
        about=any(claim.operator == "approx" for claim in claims),
    )


def _added(tallies: Sequence[Tally]) -> Tally:
    spans = [tally.span for tally in tallies if tally.span is not None]
    span = None
    if spans:
        span = Span(
            sum(one.low for one in spans),
            sum(one.high for one in spans),
            open_end=any(one.open_end for one in spans),
            about=any(one.about for one in spans),
        )
    return Tally(
        span,
        sum(tally.with_figure for tally in tallies),
        sum(tally.some for tally in tallies),
        sum(tally.unknown for tally in tallies),
        sum(tally.contested for tally in tallies),
        tuple(sorted({person for tally in tallies for person in tally.persons})),
        tuple(dict.fromkeys(id for tally in tallies for id in tally.ids)),
    )


def _reconciled(one: _Happened, persons: Iterable[_Person], harm: str, category: Category) -> Reconciled:
    tally = _tally(one, persons, harm, category)
    known = len(tally.persons)
    span = tally.span
    if span is None:
        state = "no-figure"
    elif known == 0:
        state = "nobody-known" if span.high or span.open_end else "within"
    elif known > span.high and not span.open_end:
        state = "more-known"
    else:
        state = "fewer-known" if known < span.low else "within"
    return Reconciled(one.id, one.record.text("incident-code"), harm, category, tally, state)


def _categories(
    happened: Iterable[_Happened], persons: Iterable[_Person], names: Sequence[str]
) -> list[Category]:
    """Return every category of the dimensions asked for that a figure was given for or a person belongs to."""
    wanted = set(names)
    found = {
        shown.category for one in happened for shown in one.shown if {n for n, _ in shown.category} == wanted
    }
    for person in persons:
        for incident in person.harms:
            own = dict(person.category.get(incident, ()))
            found.add(tuple((name, own.get(name, "not-known")) for name in sorted(wanted)))
    return [(), *sorted(found)]


def _key(record: Record, name: str, places: Mapping[str, Record]) -> str:
    if name == "incident":
        return record.text("incident-code")
    if name == "party":
        return "; ".join(sorted(map(str, record.values("alleged-party")))) or "unknown"
    if name == "place":
        place = str(record.value("incident-place", ""))
        return place if place in places else NOT_KNOWN
    when = record.value("occurred")
    time = parse(when) if when else None
    if time is None or time.earliest is None or time.latest is None:
        return NOT_KNOWN
    first, last = time.earliest.isoformat()[:7], time.latest.isoformat()[:7]
    return first if first == last else f"{first}/{last}"
