"""People under codes: protection, names of those who may be named, roles, harm, family, missing persons.

A name never stands in the journal unless the person has a public role or agreed to be named, and that was recorded
first. Every other name is sealed to a compartment.
"""

from __future__ import annotations

from collections.abc import Sequence

from embers.actions.grounding import AS_SAID, resting_on, with_reason
from embers.actions.recorder import Act, Recorder
from embers.actions.sealing import SealedThing, coded_person, seal_sheet
from embers.case_view import CaseView
from embers.custody.compartment import Compartment
from embers.errors import ActionError
from embers.ids import kind_of
from embers.journal.assertion import Basis, JsonValue, Relation
from embers.language import script_of
from embers.objects.wraps import WrapFolder

_NAMED = frozenset({"public-role", "agreed"})


def register_person(
    recorder: Recorder, view: CaseView, code: str, *, level: str, reasons: str, pseudonym: str = ""
) -> tuple[str, Act]:
    """Draft a person under a code with the level of protection; a known code is refused."""
    person, said = coded_person(recorder, view, code)
    if not said:
        raise ActionError("person-known", f"The code {code} is in use.", "Codes are never used twice.")
    said.append(
        recorder.new_assertion(person, "protection-level", {"level": level, "reasons": with_reason(reasons)})
    )
    if pseudonym:
        said.append(recorder.new_assertion(person, "pseudonym", {"text": pseudonym, "lang": "en"}))
    return person, Act("person.register", tuple(said), reason=reasons)


def protect(recorder: Recorder, view: CaseView, person: str, level: str, *, reasons: str) -> Act:
    """Draft another level of protection. Names that stand in the journal cannot be taken out of it again."""
    record = view.subject(person)
    if level not in _NAMED and record.live("person-name"):
        raise ActionError(
            "named-already",
            "Names of this person stand in the journal already.",
            "They can be retracted, not removed. Register the person anew under another code and seal the identity.",
        )
    said = recorder.new_assertion(
        person,
        "protection-level",
        {"level": level, "reasons": with_reason(reasons)},
        relations=[Relation("supersedes", held.id) for held in record.live("protection-level")],
    )
    return Act("person.protect", (said,), reason=reasons)


def name_person(
    recorder: Recorder,
    view: CaseView,
    person: str,
    names: Sequence[tuple[str, str]],
    *,
    kind: str = "full",
    basis: Sequence[Basis],
) -> Act:
    """Draft names of a person who may be named: pairs of a name and its language (BCP 47), one for each script."""
    level = view.subject(person).value("protection-level", {})
    if level.get("level") not in _NAMED:
        raise ActionError(
            "name-protected",
            "This person's identity is sealed: no name of theirs is written into the journal.",
            "Seal the name with `embers seal sheet`, or record first a public role or that they agreed to be named.",
        )
    grounds = resting_on(basis)
    said = [
        recorder.new_assertion(
            person,
            "person-name",
            {"name": name, "lang": lang, "script": script_of(name), "kind": kind},
            basis=grounds,
        )
        for name, lang in names
    ]
    return Act("person.name", tuple(said), reason="Named as in the sources; the protection level allows it.")


def seal_names(
    recorder: Recorder, wraps: WrapFolder, person: str, names: str, *, to: Sequence[Compartment]
) -> SealedThing:
    """Seal a person's names to compartments and draft the entry that points to them."""
    return seal_sheet(recorder, wraps, names.encode(), subject=person, to=to, predicate="person-names-sealed")


def say_of_person(
    recorder: Recorder, person: str, predicate: str, value: JsonValue, *, basis: Sequence[Basis]
) -> Act:
    """Draft a role, a harm suffered, a missing report, the sex or the status of a person, as a source says it."""
    if predicate not in _SAID:
        raise ActionError(
            "person-said", f"{predicate!r} is not said here.", f"Known: {', '.join(sorted(_SAID))}."
        )
    said = recorder.new_assertion(person, predicate, value, basis=resting_on(basis))
    return Act("person.record", (said,), reason=AS_SAID)


def link_family(recorder: Recorder, person: str, other: str, relation: str, *, basis: Sequence[Basis]) -> Act:
    """Draft that ``other`` is the parent, child, spouse, sibling or other relative of ``person``."""
    if kind_of(other) != "person" or other == person:
        raise ActionError("family", "A family link is between two persons.", "Name another person.")
    said = recorder.new_assertion(
        person, "family-link", {"person": other, "relation": relation}, basis=resting_on(basis)
    )
    return Act("person.family", (said,), reason=AS_SAID)


_SAID = frozenset(
    {"person-role", "person-harm", "missing-report", "person-sex", "person-status", "age-class", "note"}
)
