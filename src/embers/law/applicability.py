"""Which law applied: by party, adverse party, day and classification, before any finding can be drafted.

The check is deterministic and follows the "applicable-law check" of law/data/README.md. It says what binds, what
does not and which customary rules stand in its place, and it prints how well the weakest row was checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from embers import dates
from embers.errors import LawError
from embers.law.library import (
    Charge,
    Classification,
    Instrument,
    Jurisdiction,
    Law,
    Provision,
    Status,
    Territory,
)
from embers.vocabulary.loader import load_vocabulary

#: Labels of the case that stand for several parties of the legal data.
COMPOSITE: dict[str, tuple[str, ...]] = {"ARM/NKR": ("ARM", "NKR")}
#: "GC common" is the part shared by the four Geneva Conventions.
_PARTS = {"gc": ("gc1", "gc2", "gc3", "gc4")}
#: Years between a row's day and the incident from which a memory-grade day does not matter if the year was read.
_IMMATERIAL_YEARS = 2
#: Acts of a State about a treaty that a lawyer has to look up before a finding.
_STATUS = {"derogation_art15": "a derogation under article 15", "declaration": "a declaration"}


@dataclass(frozen=True, slots=True)
class Bound:
    """Whether one party was bound by an instrument on a day: ``yes``, ``no`` or ``unknown``."""

    party: str
    answer: str
    since: date | None
    verified: str


@dataclass(frozen=True, slots=True)
class InstrumentAnswer:
    """Whether an instrument applied as treaty law between author and adversary."""

    instrument: Instrument
    author: Bound
    adverse: Bound
    applies: str
    reason: str


@dataclass(frozen=True, slots=True)
class HeadAnswer:
    """Whether a head of human-rights jurisdiction comes into question at a place on a day, and why."""

    head: Jurisdiction
    fits: str
    reason: str


@dataclass(frozen=True, slots=True)
class Applicability:
    """The answer for one charge on one day."""

    charge: Charge
    day: date
    classification: Classification
    conflict_fits: bool
    treaties: tuple[InstrumentAnswer, ...]
    provisions: tuple[Provision, ...]
    rules: tuple[Provision, ...]
    notes: tuple[str, ...]
    weakest: str
    court: str = ""
    heads: tuple[HeadAnswer, ...] = ()

    @property
    def has_binding_basis(self) -> bool:
        """Tell whether anything that bound the author on that day carries the charge."""
        return bool(self.rules) or any(answer.applies == "yes" for answer in self.treaties)


def members(party: str) -> tuple[str, ...]:
    """Return the parties of the legal data that a case label stands for.

    ``ARM/NKR`` stands in the sources for both, without saying which: the State is asked first, and the rule
    for acts of the other one is printed.
    """
    return COMPOSITE.get(party, (party,))


def bound(law: Law, party: str, instrument: str, day: date) -> Bound:
    """Tell whether a party was bound on a day. No row at all means that nobody has looked."""
    parts = _PARTS.get(instrument)
    if parts:
        answers = [bound(law, party, part, day) for part in parts]
        weakest = min(answers, key=lambda answer: ("no", "unknown", "yes").index(answer.answer))
        return weakest
    state = members(party)[0]
    found = law.parties.get(state)
    if found is None:
        raise LawError("party", f"There is no party {state!r}.", f"Known: {', '.join(sorted(law.parties))}.")
    if found.kind != "state":
        # Common article 3 and custom bind it in any case; only its being a treaty party is answered here.
        return Bound(state, "no", None, "not a State: cannot be a treaty party")
    rows = [row for row in law.statuses if row.party == state and row.instrument == instrument]
    return _by_rows(state, rows, day)


def _by_rows(state: str, rows: Sequence[Status], day: date) -> Bound:
    for row in rows:
        if row.status == "party" and (row.effective is None or row.effective <= day):
            return Bound(state, "yes" if row.effective else "unknown", row.effective, row.verified)
    for status in ("not_party", "signatory", "party"):
        for row in rows:
            if row.status == status:
                return Bound(state, "no", None, row.verified)
    return Bound(state, "unknown", None, rows[0].verified if rows else "never looked")


def answer(law: Law, instrument: Instrument, *, author: str, adverse: str, day: date) -> InstrumentAnswer:
    """Tell whether one instrument applied between two parties on a day."""
    one, other = bound(law, author, instrument.id, day), bound(law, adverse, instrument.id, day)
    if instrument.reciprocity == "pairwise":
        applies = _both(one, other)
        reason = {
            "yes": f"{instrument.short} bound both parties.",
            "no": f"{instrument.short} applies between two parties only if both are bound; "
            f"{_names([b for b in (one, other) if b.answer == 'no'])} not bound. Not as treaty law.",
            "unknown": f"Whether {instrument.short} bound both parties is not recorded.",
        }[applies]
    else:
        applies = one.answer
        reason = {
            "yes": f"{instrument.short} bound {_name(one.party)}.",
            "no": f"{instrument.short} did not bind {_name(one.party)} on that day.",
            "unknown": f"Whether {instrument.short} bound {_name(one.party)} is not recorded.",
        }[applies]
    return InstrumentAnswer(instrument, one, other, applies, reason)


def _both(one: Bound, other: Bound) -> str:
    answers = {one.answer, other.answer}
    return "no" if "no" in answers else "unknown" if "unknown" in answers else "yes"


def _names(found: Sequence[Bound]) -> str:
    return " and ".join(_name(b.party) for b in found) + (" was" if len(found) == 1 else " were")


def _name(party: str) -> str:
    """Return the neutral name of a party for a sentence."""
    return load_vocabulary().label("side", party)


def overview(law: Law, *, author: str, adverse: str, day: date) -> list[InstrumentAnswer]:
    """Answer for every treaty of the legal data."""
    return [
        answer(law, instrument, author=author, adverse=adverse, day=day)
        for instrument in law.instruments.values()
        if instrument.kind == "treaty" and instrument.reciprocity != "general"
    ]


def classification_on(law: Law, id: str, day: date) -> Classification:
    """Return a classification if it covers the day; refuse it otherwise."""
    found = law.classifications.get(id)
    if found is None:
        raise LawError(
            "classification", f"There is no classification {id!r}.", "Known: cls.iac, cls.occ, cls.niac."
        )
    if not found.start <= day <= found.end:
        raise LawError(
            "classification",
            f"{id} covers {found.start} to {found.end}, not {day}.",
            "Choose a classification in force on that day.",
        )
    return found


def check(
    law: Law,
    charge_id: str,
    *,
    day: date,
    author: str,
    adverse: str,
    classification: str = "cls.iac",
    territory: str = "",
) -> Applicability:
    """Run the applicable-law check for one charge, or for one provision taken alone."""
    charge = _charge_or_provision(law, charge_id)
    chosen = classification_on(law, classification, day)
    provisions = tuple(law.provisions[id] for id in charge.treaty)
    ids = dict.fromkeys(provision.instrument for provision in provisions)
    treaties = tuple(answer(law, law.instruments[id], author=author, adverse=adverse, day=day) for id in ids)
    rules = tuple(law.rules[id] for id in _rule_ids(charge, provisions, treaties))
    return Applicability(
        charge=charge,
        day=day,
        classification=chosen,
        conflict_fits=chosen.type in charge.conflict or "ANY" in charge.conflict,
        treaties=treaties,
        provisions=provisions,
        rules=rules,
        notes=_notes(law, charge, author, adverse, day=day, classification=chosen),
        weakest=_weakest(treaties, rules, day),
        court=_court(law, charge, author, adverse, day),
        heads=jurisdiction_heads(law, author=author, day=day, territory=territory)
        if charge.id.startswith("hr:")
        else (),
    )


def _charge_or_provision(law: Law, id: str) -> Charge:
    found = law.provisions.get(id)
    if found is None:
        return law.charge(id)
    return Charge(
        id=found.id,
        title=found.text,
        citation=found.citation,
        url=found.url,
        conflict=found.conflict,
        custom=found.custom,
        treaty=(found.id,),
        elements=(),
        verified=found.verified,
        notes=(),
    )


def _rule_ids(
    charge: Charge, provisions: Sequence[Provision], treaties: Sequence[InstrumentAnswer]
) -> list[str]:
    """Return the charge's rules, then those that stand in for provisions that are not treaty law that day."""
    bars = {answer.instrument.id for answer in treaties if answer.applies != "yes"}
    instead = [id for provision in provisions if provision.instrument in bars for id in provision.custom]
    return list(dict.fromkeys((*charge.custom, *instead)))


def jurisdiction_heads(law: Law, *, author: str, day: date, territory: str = "") -> tuple[HeadAnswer, ...]:
    """Say which heads of human-rights jurisdiction come into question; a lawyer chooses among them."""
    land = law.territories.get(territory)
    if territory and land is None:
        raise LawError(
            "territory",
            f"There is no territory {territory!r}.",
            f"Known: {', '.join(sorted(law.territories))}.",
        )
    return tuple(_head(head, land, members(author)[0], day) for head in law.jurisdictions.values())


def _head(head: Jurisdiction, land: Territory | None, author: str, day: date) -> HeadAnswer:
    if head.id == "jur.custody":
        return HeadAnswer(head, "unknown", "Only if the victim was in the hands of the author's agents.")
    if land is None:
        return HeadAnswer(head, "unknown", "The territory is not given.")
    holder = land.controlled_by(day)
    said = f"{land.id}: sovereign {land.sovereign}, control on {day}: {holder or 'not recorded'}."
    if holder in {"contested", ""} and head.id != "jur.active_hostilities":
        return HeadAnswer(head, "unknown", f"{said} To be decided for the place and the day.")
    own, holds = land.sovereign == author, holder == author
    fits = {
        "jur.own_territory": own and holds,
        "jur.effective_control": not own and holds,
        "jur.active_hostilities": not holds,
    }.get(head.id, False)
    return HeadAnswer(head, "yes" if fits else "no", said)


def _court(law: Law, charge: Charge, author: str, adverse: str, day: date) -> str:
    """Say, for a crime of the Rome Statute, whether the Court had jurisdiction and what its elements are for."""
    if not charge.id.startswith("rome:"):
        return ""
    if bound(law, author, "rome", day).answer == "yes":
        return "The Rome Statute bound the author on that day."
    if bound(law, adverse, "rome", day).answer == "yes":
        return "The Rome Statute did not bind the author on that day: its elements serve as a grid only."
    accepted = [
        f" {_name(row.party)} accepts jurisdiction from {dates.describe(dates.parse(row.effective.isoformat()))} on."
        for row in law.statuses
        if row.status == "declaration_12_3" and row.party in {*members(author), *members(adverse)}
        if row.effective and row.effective > day
    ]
    return (
        "The Rome Statute bound neither author nor adversary on that day and gave the Court no "
        "jurisdiction over it: its elements serve as a grid of analysis only." + "".join(accepted)
    )


def _notes(
    law: Law, charge: Charge, author: str, adverse: str, *, day: date, classification: Classification
) -> tuple[str, ...]:
    notes = []
    if classification.type not in charge.conflict and "ANY" not in charge.conflict:
        notes.append(f"{charge.citation} does not cover a conflict of the type {classification.type}.")
    court = _court(law, charge, author, adverse, day)
    notes += [court] if court else []
    for party in members(author):
        found = law.parties.get(party)
        if found and found.kind != "state":
            to = ", ".join(_name(state) for state in found.attributed_to) or "no State"
            notes.append(
                f"Acts of the {found.name} are attributed to {to} only if argued: {found.attribution_basis} "
                "Common article 3 and custom bind its forces in any case."
            )
    if charge.id.startswith("hr:"):
        notes += [
            f"Jurisdiction: {head.head}: {head.holds} ({head.authority})."
            for head in law.jurisdictions.values()
        ]
        notes += [
            f"To be checked: {_STATUS[row.status]} by {_name(row.party)}. {row.note}"
            for row in law.statuses
            if row.status in _STATUS
            and row.party in members(author)
            and row.instrument in {law.provisions[id].instrument for id in charge.treaty}
        ]
    return tuple(notes)


def graded(row: Bound, day: date) -> str:
    """Return how well a row was checked; a remembered day is immaterial if its year was read and is long past."""
    if "year read" in row.verified and row.since and day.year - row.since.year >= _IMMATERIAL_YEARS:
        return f"{row.verified} (the day is immaterial: it lies years before the incident)"
    return row.verified


def _weakest(treaties: Sequence[InstrumentAnswer], rules: Sequence[Provision], day: date) -> str:
    """Return the verification grade of the weakest row used, with a note where a remembered day cannot matter."""
    grades = [rule.verified for rule in rules]
    grades += [graded(row, day) for found in treaties for row in (found.author, found.adverse)]
    return min(grades, key=_grade, default="no row used")


def _grade(text: str) -> tuple[int, str]:
    """Order grades, weakest first: never looked, unverified, memory, inferred, partly read, read."""
    for rank, words in enumerate((("never",), ("unverified",), ("memory",), ("infer",))):
        if any(word in text for word in words) and "read" not in text:
            return rank, text
    if "memory" in text and "immaterial" not in text:
        return 4, text
    return (5 if text not in {"read", "rule text read"} else 6), text
