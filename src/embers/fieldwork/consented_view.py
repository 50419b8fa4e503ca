"""A case as one export may use it: what people interviewed did not consent to is not there.

Every export reads the case through this view and never through the whole one, so no chapter, table, figure or
hand-over format has a rule of its own that could be forgotten. What is not covered is left out; what is covered only
without identification keeps what was said and loses who said it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from embers.case_view import CaseView, EntryInfo, Held, LogHead, Record
from embers.errors import ConsentError
from embers.fieldwork.consent import MEDICAL, Consent, Level, Permit, Use, consents, strictest
from embers.fieldwork.testimony import EXAMINATION, Testimony, testimony
from embers.ids import derived_subject
from embers.vocabulary.value import references

#: Status of what stands in the place of an exhibit that may not go along, so that exhibit numbers never move.
WITHHELD = "withheld"
#: Of an interview that may go only without identification, nothing of the interview itself is left.
_IDENTIFYING = frozenset({"interview", "person", EXAMINATION})


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why one interview is not, or not wholly, in an export. ``code`` is that of the interview."""

    interview: str
    code: str
    level: Level
    reason: str


class ConsentedView:
    """A :class:`~embers.case_view.CaseView` for one use, over the whole case."""

    def __init__(self, whole: CaseView, use: Use) -> None:
        self._whole, self.use = whole, use
        self._consents: Mapping[str, Consent] = consents(whole)
        self._permits = {id: consent.permit(use) for id, consent in self._consents.items()}
        self._rests: Testimony = testimony(whole)

    @property
    def case(self) -> str:
        """The case's own subject id."""
        return self._whole.case

    def heads(self) -> Sequence[LogHead]:
        """Return the state of every log this view was computed from."""
        return self._whole.heads()

    def subject(self, id: str) -> Record:
        """Return what this use may know of one subject."""
        return self.of_record(self._whole.subject(id))

    def kind(self, kind: str) -> Mapping[str, Record]:
        """Return the subjects of a kind of which this use may know anything."""
        records = ((id, self.of_record(record)) for id, record in self._whole.kind(kind).items())
        return {id: record for id, record in records if record.held}

    def held(self, ids: Iterable[str]) -> Mapping[str, Held]:
        """Return the assertions this use may know, by id."""
        found = self._whole.held(ids)
        return {held.id: held for held in self.allowed(found.values())}

    def naming(self, target: str) -> Sequence[Held]:
        """Return the assertions this use may know that name ``target``."""
        return tuple(self.allowed(self._whole.naming(target)))

    def naming_any(self, targets: Iterable[str]) -> Sequence[Held]:
        """Return the assertions this use may know that name any of the targets."""
        return tuple(self.allowed(self._whole.naming_any(targets)))

    def entries(self, ids: Iterable[str]) -> Mapping[str, EntryInfo]:
        """Return entries by id; they say who signed and when, nothing of what was said."""
        return self._whole.entries(ids)

    def permit_of(self, assertion: str) -> Permit | None:
        """Return how far an assertion may go, or nothing if it rests on no interview."""
        interviews = self._rests.assertions.get(assertion)
        return strictest(self._permits[id] for id in sorted(interviews)) if interviews else None

    def withheld_objects(self) -> frozenset[str]:
        """Return the digests of all preserved bytes that may not be in this export."""
        found = set()
        for item in self._rests.items:
            if not self._item_allowed(item):
                found |= {str(held.value["sha256"]) for held in _objects(self._whole.subject(item))}
        return frozenset(found)

    def item_withheld(self, item: str) -> bool:
        """Tell whether an item may not be in this export."""
        return item in self._rests.items and not self._item_allowed(item)

    def withheld(self) -> tuple[Withheld, ...]:
        """Return the interviews that are not, or not wholly, in this export, with the reason, in order of codes."""
        found = [
            Withheld(id, self._consents[id].code, permit.level, permit.reason)
            for id, permit in self._permits.items()
            if permit.level < Level.CODED
        ]
        return tuple(sorted(found, key=lambda one: (one.code, one.interview)))

    def barred(self, assertions: Iterable[str]) -> tuple[Withheld, ...]:
        """Return the interviews that assertions rest on and whose material may not be in this export at all.

        What was seen on somebody's body may be barred where what they said is not.
        """
        known = list(assertions)
        resting = [(one, id) for one in known for id in self._rests.assertions.get(one, ())]
        found = {id for _, id in resting if self._permits[id].level is Level.EXCLUDED}
        bodies = {
            id for one, id in resting if one in self._rests.clinical and not self._permits[id].medical
        } - found
        return tuple(
            sorted(
                (
                    *(one for one in self.withheld() if one.interview in found),
                    *map(self._body_withheld, bodies),
                ),
                key=lambda one: (one.code, one.interview),
            )
        )

    def _body_withheld(self, interview: str) -> Withheld:
        consent = self._consents[interview]
        reason = consent.answer(MEDICAL, day=self.use.day).reason
        return Withheld(interview, consent.code, self._permits[interview].level, reason)

    def identifying(self, assertions: Iterable[str]) -> tuple[Withheld, ...]:
        """Return the interviews that may go only without identification and that the assertions rest on."""
        found = {id for assertion in assertions for id in self._rests.assertions.get(assertion, ())}
        return tuple(
            one for one in self.withheld() if one.interview in found and one.level is Level.ANONYMISED
        )

    def codes(self, withheld: Withheld) -> tuple[str, ...]:
        """Return the codes by which an interview and the person heard in it go, for a search in built texts."""
        record = self._whole.subject(withheld.interview)
        persons = (self._whole.subject(str(id)) for id in record.values("interview-of"))
        found = (record.text("interview-code"), *(person.text("person-code") for person in persons))
        return tuple(code for code in found if code)

    def entry_allowed(self, assertions: Iterable[str]) -> bool:
        """Tell whether an entry with these assertions may go along as it was signed, with every word of it."""
        held = list(self._whole.held(assertions).values())
        permits = (self.permit_of(one.id) for one in held)
        whole = all(one is None or (one.level is Level.CODED and one.quotation) for one in permits)
        return whole and len(list(self.allowed(held))) == len(held)

    # --- what is left -------------------------------------------------------------------------------------

    def of_record(self, record: Record) -> Record:
        """Return what this use may know of a record, as some class of readers sees it."""
        if record.kind == "person" and record.id in self._rests.persons:
            heard = [self._permits[id].level for id in self._rests.persons[record.id]]
            if max(heard) < Level.CODED:
                return Record(record.id, ())
        if self.item_withheld(record.id):
            return Record(record.id, tuple(_placeholder(held) for held in _objects(record)))
        return Record(record.id, tuple(self.allowed(record.held)))

    def allowed(self, held: Iterable[Held]) -> Iterator[Held]:
        """Yield what this use may know of some assertions, as some class of readers sees them."""
        for one in held:
            if self.item_withheld(one.subject):
                continue
            permit = self.permit_of(one.id)
            examined = self._clinical(one)
            if permit is None:
                # What was found on a body and agreed to by nobody leaves the team with nobody.
                if not self._names_hidden_person(one) and (not examined or self.use.kind == "analysis"):
                    yield one
            elif examined and not permit.medical:
                continue
            elif permit.level is Level.CODED:
                yield one if permit.quotation else _unquoted(one)
            elif permit.level is Level.ANONYMISED and self._names_nobody(one.subject):
                left = _anonymous(one if permit.quotation else _unquoted(one))
                if not any(self._hidden(id) for id in references(left.value)):
                    yield left

    def _clinical(self, held: Held) -> bool:
        """Tell whether an assertion is about an examination or rests on one, also on one that nobody agreed to."""
        named = (held.subject, *(ground.target for ground in held.grounds))
        return held.id in self._rests.clinical or any(id.startswith(f"{EXAMINATION}:") for id in named)

    def _names_nobody(self, subject: str) -> bool:
        return subject.partition(":")[0] not in _IDENTIFYING and subject not in self._rests.items

    def _names_hidden_person(self, held: Held) -> bool:
        """Tell whether an assertion is about somebody heard only without identification, or not at all."""
        return self._hidden(held.subject)

    def _hidden(self, person: str) -> bool:
        interviews = self._rests.persons.get(person, ())
        return bool(interviews) and max(self._permits[id].level for id in interviews) < Level.CODED

    def _item_allowed(self, item: str) -> bool:
        permit = strictest(self._permits[id] for id in sorted(self._rests.items[item]))
        return (
            permit.level is Level.CODED
            and (permit.recordings or item not in self._rests.recordings)
            and (permit.medical or item not in self._rests.clinical)
        )


def _objects(record: Record) -> list[Held]:
    return [held for held in record.held if held.predicate == "item-object"]


def _placeholder(held: Held) -> Held:
    """Keep that there is an exhibit, and nothing else of it."""
    status = held.status if held.status == "superseded" else WITHHELD
    value: Any = {"sha256": "", "name": "", "size": 0, "media": "", "role": "original"}
    return replace(held, value=value, grounds=(), status=status, reason="", relations=())


def _unquoted(held: Held) -> Held:
    if isinstance(held.value, dict) and "words" in held.value:
        return replace(held, value={k: v for k, v in held.value.items() if k != "words"})
    return held


def _anonymous(held: Held) -> Held:
    """Leave what was said, and take away who said it and on which day: id, reference, pinpoint, date, reason.

    One person stays one origin, so that two people heard are never counted as one, nor one as two.
    """
    value = held.value
    if isinstance(value, dict) and str(value.get("claimant", "")).startswith("person:"):
        value = {name: part for name, part in value.items() if name not in {"ref", "as_of"}}
        value["claimant"] = derived_subject("person", "without identification", value["claimant"])
    grounds = tuple(
        ground for ground in held.grounds if not ground.target.startswith(("interview:", "item:"))
    )
    return replace(held, value=value, grounds=grounds, reason="")


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of a built report: its id, its words, the assertions it rests on."""

    id: str
    text: str
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Objection:
    """A sentence that consent does not, or no longer, let stand as it is; ``code`` is that of the interview."""

    sentence: str
    code: str
    reason: str


def objections(view: ConsentedView, sentences: Iterable[Told]) -> Iterator[Objection]:
    """Yield every sentence that rests on what may not be used, or names whom it may not name."""
    for told in sentences:
        barred = view.barred(told.basis)
        if not barred:
            barred = tuple(
                one for one in view.identifying(told.basis) if any(c in told.text for c in view.codes(one))
            )
        if barred:
            yield Objection(told.id, barred[0].code, barred[0].reason)


def refuse_against_consent(view: ConsentedView, sentences: Iterable[Told], objects: Iterable[str]) -> None:
    """Refuse an export that holds what consent does not cover, naming the first sentence and the reason.

    ``objects`` are the digests of the bytes that go along. The views of an export are consented already; this is the
    gate for whatever was built earlier, or by somebody else.
    """
    if found := list(objections(view, sentences)):
        count, first = len(found), found[0]
        raise ConsentError(
            "against-scope",
            f"{count} {'sentence rests' if count == 1 else 'sentences rest'} on interviews whose consent does not "
            f"cover {view.use.text}; the first is {first.sentence}, on {first.code}: {first.reason}",
            "Build the report for this use: what consent does not cover is then left out, or loses who said it.",
        )
    if held := sorted(view.withheld_objects() & set(objects)):
        raise ConsentError(
            "object-against-scope",
            f"The object {held[0]} belongs to an interview whose consent does not cover {view.use.text}.",
            "Leave it out, or build the export again.",
        )
