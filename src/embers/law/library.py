"""The legal sources as data: instruments, who was bound by them, charges with their elements, rules, standards.

Sentences here are our own paraphrases. Whatever is shown to people carries the citation and the link to the
official text, which is never copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from embers.errors import LawError
from embers.law.references import check_references, read_table, read_tables

#: Official texts. Crimes and their elements are cited to these; rules carry links of their own.
STATUTE_URL = "https://www.icc-cpi.int/Publications/Rome-Statute.pdf"
CUSTOM_URL = "https://ihl-databases.icrc.org/en/customary-ihl"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A treaty or restatement. ``reciprocity`` says whether both adversaries must be bound (``pairwise``)."""

    id: str
    short: str
    title: str
    area: str
    kind: str
    url: str
    reciprocity: str
    verified: str


@dataclass(frozen=True, slots=True)
class Status:
    """One legal act of one party towards one instrument, with how well the row was checked."""

    party: str
    instrument: str
    status: str
    effective: date | None
    verified: str
    note: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a charge. ``key`` is its official number, or that number with ``.m`` for the mental row
    that Rome Statute article 30 adds where the Elements are silent."""

    key: str
    role: str
    topic: str
    text: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A crime or a rule that can be tested, with every element a case must show."""

    id: str
    title: str
    citation: str
    url: str
    conflict: tuple[str, ...]
    custom: tuple[str, ...]
    treaty: tuple[str, ...]
    elements: tuple[Element, ...]
    verified: str
    notes: tuple[str, ...]

    def element(self, key: str) -> Element:
        """Return an element by key; an unknown one is refused."""
        for element in self.elements:
            if element.key == key:
                return element
        raise LawError("element", f"{self.id} has no element {key!r}.", "See docs/reference/law.md.")


@dataclass(frozen=True, slots=True)
class Provision:
    """An article or customary rule: citation, our paraphrase, link."""

    id: str
    instrument: str
    citation: str
    text: str
    url: str
    verified: str
    custom: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """A party to a conflict; acts of a non-State one may be attributed to a State."""

    id: str
    name: str
    kind: str
    attributed_to: tuple[str, ...]
    attribution_basis: str


@dataclass(frozen=True, slots=True)
class Classification:
    """One classification of the conflict over a period. Several may stand side by side."""

    id: str
    type: str
    parties: tuple[str, ...]
    start: date
    end: date
    default: bool
    authority: str
    note: str


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A head of jurisdiction under a human-rights treaty, and whether it is settled."""

    id: str
    head: str
    instrument: str
    holds: str
    authority: str


@dataclass(frozen=True, slots=True)
class Control:
    """Who controlled a territory in a period, and on what authority; ``contested`` is a possible answer."""

    party: str
    start: date
    end: date | None
    basis: str


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory, its sovereign, and who controlled it when."""

    id: str
    name: str
    sovereign: str
    control: tuple[Control, ...]
    note: str

    def controlled_by(self, day: date) -> str:
        """Return the party in control on a day, ``contested``, or nothing if no row covers the day."""
        held = [c for c in self.control if c.start <= day and (c.end is None or day <= c.end)]
        # On the day of a change both rows cover it; the later one speaks of what began that day.
        return max(held, key=lambda c: c.start).party if held else ""


@dataclass(frozen=True, slots=True)
class Means:
    """One means of proof and the evidence schemes it is tested by."""

    id: str
    name: str
    kind: str
    schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """An evidence scheme: gate questions decide whether a piece counts, weigh questions are only shown."""

    id: str
    name: str
    gate: tuple[str, ...]
    weigh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A counting profile: how much independent material a label needs. A house convention, not law."""

    id: str
    standard: str
    min_components: int
    min_primary: int
    min_kinds: int
    rivals: str
    single_source_topics: frozenset[str]
    kinds_exempt_topics: frozenset[str]
    may_be_met: bool
    note: str


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard of proof and who uses it."""

    id: str
    rank: str
    name: str
    meaning: str
    source: str


@dataclass(frozen=True, slots=True)
class Allegation:
    """An allegation and the charges to test for it, whoever is accused."""

    id: str
    claim: str
    charges: tuple[str, ...]
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Law:
    """All legal data by id."""

    instruments: Mapping[str, Instrument]
    statuses: tuple[Status, ...]
    charges: Mapping[str, Charge]
    provisions: Mapping[str, Provision]
    rules: Mapping[str, Provision]
    parties: Mapping[str, Party]
    classifications: Mapping[str, Classification]
    jurisdictions: Mapping[str, Jurisdiction]
    profiles: Mapping[str, Profile]
    standards: Mapping[str, Standard]
    allegations: Mapping[str, Allegation]
    topics: Mapping[str, str]
    schemes: Mapping[str, str]
    territories: Mapping[str, Territory]
    means: Mapping[str, Means]
    means_of_topic: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, Scheme]

    def charge(self, id: str) -> Charge:
        """Return a charge; an unknown one is refused."""
        return _get(self.charges, id, "charge")

    def profile(self, id: str) -> Profile:
        """Return a counting profile; an unknown one is refused."""
        return _get(self.profiles, id, "profile")


T = TypeVar("T")


def _get(table: Mapping[str, T], id: str, what: str) -> T:
    try:
        return table[id]
    except KeyError:
        raise LawError(
            what, f"There is no {what} {id!r}.", f"Known: {', '.join(sorted(table)[:12])} ..."
        ) from None


def _table(name: str, key: str) -> list[dict[str, Any]]:
    return read_table(name)[key]


def _elements(row: Mapping[str, Any], templates: Mapping[str, str]) -> Iterable[Element]:
    for data in row["element"]:
        text = data.get("text") or templates[data["template"]]
        yield Element(str(data["n"]), data["role"], data["topic"], text)
        if data.get("mental") == "art30":
            # The Elements are silent here, so intent and knowledge must be shown (General Introduction, para 2).
            yield Element(
                f"{data['n']}.m",
                "mental",
                "intent_conduct",
                f"Intent and knowledge as to element {data['n']} (Rome Statute art 30).",
            )


def _charges(provisions: Mapping[str, Provision], rules: Mapping[str, Provision]) -> Iterable[Charge]:
    templates = {row["id"]: row["text"] for row in _table("context", "template")}
    for name in ("crimes_war_iac", "crimes_war_niac", "crimes_humanity"):
        for row in _table(name, "crime"):
            yield _charge(row, f"{row['cite']}; {row['elements_cite']}", STATUTE_URL, templates)
    for row in _table("violations", "violation"):
        # Our own decomposition of rules: cited to what it decomposes, treaty articles before custom.
        articles = [provisions[id] for id in row.get("treaty", ())]
        customary = [rules[id] for id in row.get("custom", ())]
        sources = (*articles, *customary) if "custom" not in row["basis"] else (*customary, *articles)
        numbers = ", ".join(rule.citation.removeprefix("ICRC study, rule ") for rule in customary)
        cited = [f"customary rule{'s' * (len(customary) > 1)} {numbers} (ICRC study)"] if customary else []
        named = [article.citation for article in articles]
        parts = [*cited, *named] if "custom" in row["basis"] else [*named, *cited]
        yield _charge(row, "; ".join(parts), sources[0].url, templates)


def _charge(row: Mapping[str, Any], citation: str, url: str, templates: Mapping[str, str]) -> Charge:
    return Charge(
        id=row["id"],
        title=row["title"],
        citation=citation,
        url=url,
        conflict=tuple(row["conflict"]),
        custom=tuple(row.get("custom", ())),
        treaty=tuple(row.get("treaty", ())),
        elements=tuple(_elements(row, templates)),
        verified=row["verified"],
        notes=tuple(row.get("notes", ())),
    )


def _provisions(instruments: Mapping[str, Instrument]) -> Iterable[Provision]:
    for row in _table("provisions", "provision"):
        yield Provision(
            row["id"],
            row["instrument"],
            row["cite"],
            row["text"],
            instruments[row["instrument"]].url,
            row["verified"],
            tuple(row.get("custom", ())),
            tuple(row["conflict"]),
        )


def _territories() -> Iterable[Territory]:
    for row in _table("parties", "territory"):
        control = tuple(
            Control(
                part["party"],
                date.fromisoformat(part["frm"]),
                date.fromisoformat(part["to"]) if "to" in part else None,
                part.get("basis", ""),
            )
            for part in row["control"]
        )
        yield Territory(row["id"], row["name"], row["sovereign"], control, row.get("note", ""))


def _by_id(rows: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        if row.id in found:
            raise LawError(
                "data", f"The id {row.id!r} is used twice in the legal data.", "Ids are never reused."
            )
        found[row.id] = row
    return found


def _plain(kind: type[T], rows: Iterable[Mapping[str, Any]], **renamed: str) -> Iterable[T]:
    """Make records from rows; ``renamed`` maps a field to its column, lists become tuples."""
    for row in rows:
        values = {}
        for name in kind.__dataclass_fields__:  # type: ignore[attr-defined]  # only dataclasses come here
            value = row.get(renamed.get(name, name), ())
            values[name] = tuple(value) if isinstance(value, list) else value
        yield kind(**values)


@lru_cache(maxsize=1)
def load_law() -> Law:
    """Load all legal data (once per process)."""
    check_references(read_tables())
    instruments = _by_id(_plain(Instrument, _table("instruments", "instrument")))
    statuses = tuple(
        Status(
            row["party"],
            row["instrument"],
            row["status"],
            row.get("effective"),
            row["verified"],
            row.get("note", ""),
            row.get("source", ""),
        )
        for row in _table("ratifications", "status")
    )
    rules = _by_id(
        Provision(
            row["id"], "cihl", f"ICRC study, rule {row['n']}", row["title"], row["url"], row["verified"]
        )
        for row in _table("custom", "rule")
    )
    provisions = _by_id(_provisions(instruments))
    profiles = [
        Profile(
            id=row["id"],
            standard=row["standard"],
            min_components=row["min_components"],
            min_primary=row["min_primary"],
            min_kinds=row["min_kinds"],
            rivals=row["alternatives"],
            single_source_topics=frozenset(row["single_source_topics"]),
            kinds_exempt_topics=frozenset(row["kinds_exempt_topics"]),
            may_be_met=row["ready_flag"],
            note=row.get("note", ""),
        )
        for row in _table("standards", "profile")
    ]
    classes = _plain(Classification, _table("parties", "classification"), start="frm", end="to")
    parties = [
        Party(
            row["id"],
            row["name"],
            row["kind"],
            tuple(row.get("acts_attributed_to", ())),
            row.get("attribution_basis", ""),
        )
        for row in _table("parties", "party")
    ]
    return Law(
        instruments=instruments,
        statuses=statuses,
        charges=_by_id(_charges(provisions, rules)),
        provisions=provisions,
        rules=rules,
        parties=_by_id(parties),
        classifications=_by_id(classes),
        jurisdictions=_by_id(_plain(Jurisdiction, _table("parties", "jurisdiction"))),
        profiles=_by_id(profiles),
        standards=_by_id(
            _plain(Standard, ({**row, "rank": str(row["rank"])} for row in _table("standards", "standard")))
        ),
        allegations=_by_id(_plain(Allegation, _table("seed_map", "allegation"))),
        topics={row["id"]: row.get("ask", "") for row in _table("proof", "topic")},
        schemes={row["id"]: row["name"] for row in _table("proof", "scheme")},
        territories=_by_id(_territories()),
        means=_by_id(_plain(Means, _table("proof", "means"))),
        means_of_topic={row["id"]: tuple(row["means"]) for row in _table("proof", "topic")},
        questions=_by_id(_plain(Scheme, _table("proof", "scheme"))),
    )
