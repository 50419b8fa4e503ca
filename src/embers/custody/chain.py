"""The chain of custody of one item, read from its signed events: who held it when, and every place where that is open.

Nothing here is stored. A chain is what the events say; where they do not join, the gap is named in words a court can
read. Times are what devices claimed; the order of a hand-over and its taking-over is proven by one naming the other.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embers.case_view import CaseView, Held, Record
from embers.journal.keys import person_key_id

HANDED, TAKEN, BACK = "handed over", "taken over", "taken back"
#: Words for a seal that has no number any more.
BROKEN = ("broken", "missing")


@dataclass(frozen=True, slots=True)
class Step:
    """One event as it was signed: the assertion, its entry, who signed it (a code), the time claimed.

    ``log`` and ``seq`` say where in which device's log the entry stands: that order is proven, the claimed time is not.
    """

    assertion: str
    entry: str
    signer: str
    claimed_at: str
    value: Mapping[str, Any]
    answers: tuple[str, ...] = ()
    log: str = ""
    seq: int = 0

    @property
    def step(self) -> str:
        """What was done."""
        return str(self.value["step"])

    @property
    def phase(self) -> str:
        """Which half of a transfer it is, if it is one."""
        return str(self.value.get("phase", ""))


@dataclass(frozen=True, slots=True)
class Chain:
    """Who holds an item now, the seal on it, a hand-over not yet confirmed, and what does not join or match."""

    steps: tuple[Step, ...]
    holder: str
    seal: str
    bag: str
    offer: Step | None
    gaps: tuple[str, ...]
    discrepancies: tuple[str, ...]

    @property
    def unbroken(self) -> bool:
        """Tell whether every step joins the one before it."""
        return not self.gaps

    @property
    def gone(self) -> bool:
        """Tell whether it was given back: then nobody here holds it."""
        return bool(self.steps) and self.steps[-1].step == "return"

    def in_words(self) -> str:
        """Return one sentence for people."""
        if not self.steps:
            return "No custody event is recorded."
        held = f"{self.holder} holds it." if self.holder else "Nobody is recorded as holding it."
        if self.unbroken:
            events = (
                "one event"
                if len(self.steps) == 1
                else f"each of {len(self.steps)} events joins the one before it"
            )
            return f"The chain is unbroken: {events}. {held}"
        return f"The chain has {len(self.gaps)} gap(s), named below. {held}"


@dataclass(slots=True)
class _Reading:
    holder: str = ""
    seal: str = ""
    bag: str = ""
    offer: Step | None = None
    gone: str = ""
    gaps: list[str] = field(default_factory=list)
    discrepancies: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)


def read_chain(steps: Iterable[Step]) -> Chain:
    """Read a chain from its steps in order of claimed time; an answer never stands before what it answers."""
    ordered = _ordered(list(steps))
    reading = _Reading()
    if ordered and ordered[0].step not in ("receive", "derive"):
        reading.gaps.append("There is no record of how it was received: the chain begins in the middle.")
    reading.discrepancies += _backward(ordered)
    for one in ordered:
        _read(reading, one)
    if reading.offer is not None:
        to = reading.offer.value.get("to", "somebody")
        reading.gaps.append(
            f"Handed over to {to} at {reading.offer.claimed_at} (claimed); {to} has not confirmed it."
        )
    return Chain(
        tuple(ordered),
        reading.holder,
        reading.seal,
        reading.bag,
        reading.offer,
        tuple(reading.gaps),
        tuple(reading.discrepancies),
    )


def _ordered(steps: list[Step]) -> list[Step]:
    """Put every answer behind what it answers; clocks of two devices may disagree."""
    waiting = list(steps)
    done: list[Step] = []
    known = {one.assertion for one in steps}
    placed: set[str] = set()
    while waiting:
        free = next((one for one in waiting if not (set(one.answers) & known) - placed), waiting[0])
        waiting.remove(free)
        done.append(free)
        placed.add(free.assertion)
    return done


def _read(reading: _Reading, one: Step) -> None:
    when = f"at {one.claimed_at} (claimed)"
    if reading.gone and one.step not in ("receive", "check"):
        reading.gaps.append(
            f"It was {one.step} {when} by {one.signer}, after it had been returned to {reading.gone}."
        )
    if deviation := one.value.get("deviation"):
        reading.discrepancies.append(f"{one.signer}, {when}: {deviation}")
    match one.step:
        case "receive" | "derive":
            if reading.holder and one.signer != reading.holder:
                reading.gaps.append(f"{one.signer} received it {when} although {reading.holder} held it.")
            reading.holder, reading.gone = one.signer, ""
            _seals(reading, one)
        case "transfer":
            _transfer(reading, one, when)
        case "seal":
            _needs_holder(reading, one, when)
            _seals(reading, one)
        case "open":
            _needs_holder(reading, one, when)
            reading.seal = ""
        case "return":
            _needs_holder(reading, one, when)
            reading.gone, reading.holder, reading.offer = str(one.value.get("to", "its owner")), "", None
        case _:
            pass  # access, check and migration move nothing


def _seals(reading: _Reading, one: Step) -> None:
    reading.seal = str(one.value.get("seal", reading.seal))
    reading.bag = str(one.value.get("bag", reading.bag))


def _needs_holder(reading: _Reading, one: Step, when: str) -> None:
    if reading.holder and one.signer != reading.holder:
        reading.gaps.append(f'{one.signer} did "{one.step}" {when} although {reading.holder} held it.')


def _transfer(reading: _Reading, one: Step, when: str) -> None:
    if one.phase == HANDED:
        _needs_holder(reading, one, when)
        if reading.offer is not None:
            reading.gaps.append(f"It was handed over again {when} before an earlier hand-over was confirmed.")
        reading.offer = one
    elif one.phase in (TAKEN, BACK):
        _take_over(reading, one, when)
    else:
        reading.gaps.append(f"A transfer {when} does not say which half it is: only one person signed it.")
        reading.holder = str(one.value.get("to", ""))


def _take_over(reading: _Reading, one: Step, when: str) -> None:
    offer = reading.offer
    if offer is None or offer.assertion not in one.answers:
        twice = "a second time" if set(one.answers) & reading.answered else "without a hand-over it confirms"
        reading.gaps.append(f"{one.signer} took it over {when} {twice}.")
    elif one.phase == TAKEN and offer.value.get("to") != one.signer:
        reading.gaps.append(
            f"{one.signer} took it over {when}, but it was handed to {offer.value.get('to')}."
        )
    reading.answered |= set(one.answers)
    reading.holder, reading.offer = one.signer, None
    _seals(reading, one)


def _backward(steps: Sequence[Step]) -> Iterable[str]:
    """Say of events of one device where the claimed times run against the order in which they were signed."""
    newest: dict[str, Step] = {}
    for one in sorted(steps, key=lambda step: (step.log, step.seq)):
        last = newest.get(one.log)
        if last is not None and one.log and one.claimed_at < last.claimed_at:
            yield (
                f'{one.signer} signed "{one.step}" at {one.claimed_at} (claimed) after "{last.step}" at '
                f"{last.claimed_at} (claimed) on the same device: one of the two times is wrong."
            )
        else:
            newest[one.log] = one


def seal_deviation(recorded: str, found: str) -> str:
    """Say in words what is wrong with a seal that was found; nothing if it is the recorded one."""
    if found == recorded:
        return ""
    shown = f"the seal was {found}" if found in BROKEN else f"seal {found!r} was found"
    return f"{shown}; recorded was {f'seal {recorded!r}' if recorded else 'no seal'}."


def staff_codes(view: CaseView) -> dict[str, str]:
    """Return the code of a person by every key that is registered for them."""
    found = {}
    for id, record in view.kind("person").items():
        code = record.text("staff-code") or id
        for key in record.values("signing-key"):
            found[_key_id(key["key"])] = code
    return found


def _key_id(public: str) -> str:
    return person_key_id(base64.b64decode(public))


def chain_of(view: CaseView, item: str, *, codes: Mapping[str, str] | None = None) -> Chain:
    """Read the chain of custody of an item of a case."""
    return chain_of_record(view, view.subject(item), codes=codes)


def chain_of_record(view: CaseView, record: Record, *, codes: Mapping[str, str] | None = None) -> Chain:
    """Read the chain of custody of an item whose record is at hand."""
    return read_chain(_steps(view, record.live("custody-event"), codes or staff_codes(view)))


def _steps(view: CaseView, events: Sequence[Held], codes: Mapping[str, str]) -> Iterable[Step]:
    entries = view.entries({held.entry for held in events})
    for held in sorted(events, key=lambda one: one.rank):
        entry = entries[held.entry]
        answers = tuple(target for rel, target in held.relations if rel == "corroborates")
        signer = codes.get(entry.by, entry.by)
        yield Step(
            held.id, held.entry, signer, entry.claimed_at, held.value, answers, log=entry.log, seq=entry.seq
        )
