"""Which law applied: by party, adverse party, day and classification, before any finding can be drafted.

The check is deterministic and follows the "applicable-law check" of law/data/README.md. It says what binds, what
does not and which customary rules stand in its place, and it prints how well the weakest row was checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from embers.errors import LawError
from embers.law.library import Charge, Classification, Instrument, Law, Provision

#: Labels of the case that stand for several parties of the legal data.
COMPOSITE: dict[str, tuple[str, ...]] = {"ARM/NKR": ("ARM", "NKR")}
#: "GC common" is the part shared by the four Geneva Conventions.
_PARTS = {"gc": ("gc1", "gc2", "gc3", "gc4")}
#: Years between a row's day and the incident from which a memory-grade day does not matter if the year was read.
_IMMATERIAL_YEARS = 2


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

    @property
    def has_binding_basis(self) -> bool:
        """Tell whether anything that bound the author on that day carries the charge."""
        return bool(self.rules) or any(answer.applies == "yes" for answer in self.treaties)


def members(party: str) -> tuple[str, ...]:
    """Return the parties of the legal data that a case label stands for."""
    return COMPOSITE.get(party, (party,))


def bound(law: Law, party: str, instrument: str, day: date) -> Bound:
    """Tell whether a party was bound on a day. No row at all means that nobody has looked."""
    parts = _PARTS.get(instrument)
    if parts:
        answers = [bound(law, party, part, day) for part in parts]
        weakest = min(answers, key=lambda answer: ("no", "unknown", "yes").index(answer.answer))
        return weakest
    state = members(party)[0]
    rows = [row for row in law.statuses if row.party == state and row.instrument == instrument]
    for row in rows:
        if row.status == "party":
            if row.effective is None:
                return Bound(state, "unknown", None, row.verified)
            if row.effective <= day:
                return Bound(state, "yes", row.effective, row.verified)
    if not rows:
        return Bound(state, "unknown", None, "never looked")
    row = next((r for r in rows if r.status in {"not_party", "signatory", "unknown"}), rows[0])
    return Bound(state, "unknown" if row.status == "unknown" else "no", None, row.verified)


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
            "yes": f"{instrument.short} bound {one.party}.",
            "no": f"{instrument.short} did not bind {one.party} on that day.",
            "unknown": f"Whether {instrument.short} bound {one.party} is not recorded.",
        }[applies]
    return InstrumentAnswer(instrument, one, other, applies, reason)


def _both(one: Bound, other: Bound) -> str:
    answers = {one.answer, other.answer}
    return "no" if "no" in answers else "unknown" if "unknown" in answers else "yes"


def _names(found: Sequence[Bound]) -> str:
    return " and ".join(b.party for b in found) + (" was" if len(found) == 1 else " were")


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
    law: Law, charge_id: str, *, day: date, author: str, adverse: str, classification: str = "cls.iac"
) -> Applicability:
    """Run the applicable-law check for one charge."""
    charge = law.charge(charge_id)
    chosen = classification_on(law, classification, day)
    provisions = tuple(law.provisions[id] for id in charge.treaty if id in law.provisions)
    ids = dict.fromkeys(provision.instrument for provision in provisions)
    treaties = tuple(
        answer(law, law.instruments[id], author=author, adverse=adverse, day=day)
        for id in ids
        if id in law.instruments
    )
    rules = tuple(law.rules[id] for id in charge.custom if id in law.rules)
    fits = chosen.type in charge.conflict or "ANY" in charge.conflict
    return Applicability(
        charge=charge,
        day=day,
        classification=chosen,
        conflict_fits=fits,
        treaties=treaties,
        provisions=provisions,
        rules=rules,
        notes=_notes(law, charge, author, adverse, day=day, fits=fits, classification=chosen),
        weakest=_weakest(treaties, rules, day),
    )


def _notes(
    law: Law,
    charge: Charge,
    author: str,
    adverse: str,
    *,
    day: date,
    fits: bool,
    classification: Classification,
) -> tuple[str, ...]:
    notes = []
    if not fits:
        notes.append(f"{charge.citation} does not cover a conflict of the type {classification.type}.")
    if charge.id.startswith("rome:"):
        rome = law.instruments["rome"]
        if answer(law, rome, author=author, adverse=adverse, day=day).applies != "yes":
            notes.append(
                "The Rome Statute bound neither author nor adversary on that day and gave the Court no "
                "jurisdiction over it: its elements serve as a grid of analysis only."
                if bound(law, adverse, "rome", day).answer != "yes"
                else "The Rome Statute did not bind the author on that day: its elements serve as a grid only."
            )
    for party in members(author):
        found = law.parties.get(party)
        if found and found.kind != "state":
            to = ", ".join(found.attributed_to) or "no State"
            notes.append(
                f"Acts of the {found.name} are attributed to {to} only if argued: {found.attribution_basis}"
            )
    if charge.id.startswith("hr:"):
        notes += [
            f"Jurisdiction: {head.head}: {head.holds} ({head.authority})."
            for head in law.jurisdictions.values()
        ]
    return tuple(notes)


def _weakest(treaties: Sequence[InstrumentAnswer], rules: Sequence[Provision], day: date) -> str:
    """Return the verification grade of the weakest row used, with a note where a remembered day cannot matter."""
    grades = [rule.verified for rule in rules]
    for found in treaties:
        for row in (found.author, found.adverse):
            grade = row.verified
            if "year read" in grade and row.since and day.year - row.since.year >= _IMMATERIAL_YEARS:
                grade += " (the day is immaterial: it lies years before the incident)"
            grades.append(grade)
    return min(grades, key=_grade, default="no row used")


def _grade(text: str) -> tuple[int, str]:
    """Order grades, weakest first: never looked, unverified, memory, inferred, partly read, read."""
    for rank, words in enumerate((("never",), ("unverified",), ("memory",), ("infer",))):
        if any(word in text for word in words) and "read" not in text:
            return rank, text
    if "memory" in text and "immaterial" not in text:
        return 4, text
    return (5 if text not in {"read", "rule text read"} else 6), text
