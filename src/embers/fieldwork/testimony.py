"""Which assertions and items of a case rest on which interviews, to the end of every chain.

An assertion rests on an interview if it is about it, names it as basis or in its value, rests on an item of it (or on
anything derived from such an item), or is derived from, translated from, redacted from or decides for something that
does. An examination rests on the interview it was agreed to in, with all that is said of it. Disputing or superseding
a testimony is not resting on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from embers.case_view import CaseView, Held, Record
from embers.vocabulary.value import references

_RESTS = frozenset({"derived-from", "translation-of", "redaction-of", "decides"})
#: Values that name an interview without taking anything from it.
_ONLY_NAME_IT = frozenset({"erasure-request", "sealed-access", "kept-in"})
SHOWN, RECORDING, BODY_PHOTOGRAPH = "shown", "recording", "body-photograph"
#: Records of which everything rests on the interview they name, whatever else it rests on: somebody's body is theirs.
EXAMINATION, _AGREED_IN = "examination", "examination-interview"
#: A value that names one of these takes something from it.
_REACHED = ("interview:", f"{EXAMINATION}:")
Sets = dict[str, set[str]]


@dataclass(slots=True)
class Testimony:
    """By assertion, by item and by person heard the interviews they belong to; which items are recordings.

    ``clinical`` are the examinations, the assertions about them or resting on them, and photographs of bodies.
    """

    assertions: Sets = field(default_factory=dict)
    items: Sets = field(default_factory=dict)
    recordings: set[str] = field(default_factory=set)
    clinical: set[str] = field(default_factory=set)
    persons: Sets = field(default_factory=dict)


def testimony(view: CaseView) -> Testimony:
    """Walk from every interview to everything that rests on it, wave by wave, each in a few queries."""
    interviews = view.kind("interview")
    if not interviews:
        return Testimony()
    walk = _Walk(view, Testimony(), view.kind("item"), {})
    for id, record in interviews.items():
        walk.interview(id, record)
    while walk.next_wave:
        walk.step()
    return walk.found


@dataclass(slots=True)
class _Walk:
    view: CaseView
    found: Testimony
    known_items: Mapping[str, Record]
    next_wave: Sets
    linked: dict[str, str] = field(default_factory=dict)

    def interview(self, id: str, record: Record) -> None:
        """Begin with everything said of an interview, its person and its items."""
        self.next_wave.setdefault(id, set()).add(id)
        for held in record.held:
            self._assertion(held, {id})
            if held.predicate == "interview-of":
                self.found.persons.setdefault(str(held.value), set()).add(id)
            if held.predicate == "interview-item" and held.value["role"] != SHOWN:
                item = str(held.value["item"])
                self.linked[item] = str(held.value["role"])
                if held.value["role"] == BODY_PHOTOGRAPH:
                    self.found.clinical.add(item)
                self._item(item, {id}, recording=held.value["role"] == RECORDING)

    def step(self) -> None:
        """Take the next wave: whatever names something of the last one."""
        wave, self.next_wave = self.next_wave, {}
        for held in self.view.naming_any(wave):
            rests = _together(wave, _rests_on(held))
            if held.predicate == "derived-from" and held.subject.startswith("item:"):
                parent = str(held.value["item"])
                recording = parent in self.found.recordings
                if parent in self.found.clinical:
                    self.found.clinical.add(held.subject)
                self._item(held.subject, wave.get(parent, set()), recording=recording)
            if rests:
                self._assertion(held, rests)
                self._clinical(held, rests)
            if held.predicate == _AGREED_IN and rests:
                self._examination(held.subject, rests)

    def _assertion(self, held: Held, interviews: set[str]) -> None:
        _add(self.found.assertions, held.id, interviews, self.next_wave)

    def _examination(self, id: str, interviews: set[str]) -> None:
        if id not in self.found.clinical:
            self.next_wave.setdefault(id, set()).update(interviews)
        self.found.clinical.add(id)
        for held in self.view.subject(id).held:
            self._assertion(held, interviews)
            self.found.clinical.add(held.id)

    def _clinical(self, held: Held, interviews: set[str]) -> None:
        """Take what rests on an examination for one of them; what rests on it in turn is looked at once more."""
        if held.id not in self.found.clinical and not self.found.clinical.isdisjoint(_rests_on(held)):
            self.found.clinical.add(held.id)
            self.next_wave.setdefault(held.id, set()).update(interviews)

    def _item(self, item: str, interviews: set[str], *, recording: bool) -> None:
        """Take an item with all that is said of it.

        A copy of a recording is one too; what is linked to an interview in another role, such as a transcript, is not.
        """
        if recording and self.linked.get(item, RECORDING) == RECORDING:
            self.found.recordings.add(item)
        _add(self.found.items, item, interviews, self.next_wave)
        for held in self.known_items[item].held if item in self.known_items else ():
            self._assertion(held, interviews)


def _rests_on(held: Held) -> Iterable[str]:
    yield from (ground.target for ground in held.grounds)
    yield from (target for rel, target in held.relations if rel in _RESTS)
    if held.predicate not in _ONLY_NAME_IT:
        yield from (id for id in references(held.value) if id.startswith(_REACHED))


def _together(wave: Mapping[str, set[str]], targets: Iterable[str]) -> set[str]:
    found: set[str] = set()
    return found.union(*(wave[target] for target in targets if target in wave))


def _add(sets: Sets, id: str, interviews: set[str], wave: Sets) -> None:
    known = sets.setdefault(id, set())
    if fresh := interviews - known:
        known |= fresh
        wave.setdefault(id, set()).update(fresh)
