"""Examinations: opened with the person's agreement, recorded finding by finding; what only a clinician may state.

Anybody on the team who records may write down what is seen. How far it agrees with the account, and what a person died
of, is stated by somebody whom a case lead made a clinician of the case and whose qualification somebody else recorded.
The statement is theirs, under their staff code; it is no finding of the team and no verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from embers.access.policy import Policy
from embers.access.roles import CLINICIAN, Permission
from embers.actions.recorder import Act, Recorder, filled
from embers.actions.signer import require, signer
from embers.case_view import CaseView, Held, Record
from embers.errors import AccessDenied, ConsentError, FieldworkError
from embers.fieldwork.consent import ANALYSIS, Consent
from embers.fieldwork.examination import (
    BODY,
    BODY_FINDING,
    DEATH_STATED,
    OF_THE_DEAD,
    OVERALL,
    PSYCHOLOGICAL_FINDING,
    QUALIFICATION,
    STATED,
    STATEMENTS,
    Examination,
    require_own_numbers,
)
from embers.ids import kind_of, new_subject
from embers.journal.assertion import Assertion, Basis, JsonValue, Relation
from embers.journal.roster import Roster

#: What an examination may record in one entry, by whoever records.
RECORDED = frozenset(
    {
        "examination-agreed",
        "examination-setting",
        "examination-complaint",
        "examination-detention",
        "examination-incident",
        BODY_FINDING,
        PSYCHOLOGICAL_FINDING,
        *OF_THE_DEAD,
        "family-told",
        "step-not-taken",
    }
)


@dataclass(frozen=True, slots=True)
class Qualification:
    """Why somebody may state as a clinician. ``independence`` says whom they depend on, also where on nobody."""

    profession: str
    qualification: str
    independence: str
    training: str = ""


@dataclass(frozen=True, slots=True)
class Consistency:
    """How far a finding (or ``overall``) agrees with what the person tells, and why.

    ``account`` says in short which part of the account is meant; ``other_causes`` what else was considered.
    """

    finding: str
    degree: str
    account: str
    reasons: str
    other_causes: str = ""


@dataclass(frozen=True, slots=True)
class DeathStated:
    """What somebody died of and how it came about, in a clinician's opinion."""

    cause: str
    manner: str
    reasons: str


def open_examination(
    recorder: Recorder,
    view: CaseView,
    *,
    code: str,
    kind: str,
    person: str,
    interview: str = "",
    id: str | None = None,
) -> tuple[str, Act]:
    """Open an examination of a person under a code. The living agreed in an interview whose consent is recorded.

    For a dead person the interview is that of whoever speaks for the family. Without one, the examination is worked
    with and leaves the team with nobody. ``id`` is that of the first assertion.
    """
    if any(one.text("examination-code") == code for one in view.kind("examination").values()):
        raise FieldworkError(
            "examination-code", f"There is an examination {code} already.", "Give a new code."
        )
    if kind_of(person) != "person":
        raise FieldworkError("examined", "Nobody is named who was examined.", "Name a person by their code.")
    if interview:
        _require_agreed(view, interview, person, kind=kind)
    elif kind != BODY:
        raise ConsentError(
            "examination",
            "No interview is named in which the person agreed to be examined.",
            "Open one, record what was explained and agreed, then examine.",
        )
    examination = new_subject("examination", recorder.surroundings.randomness)
    values: list[tuple[str, JsonValue]] = [
        ("examination-code", code),
        ("examination-kind", kind),
        ("examination-of", person),
        *((("examination-interview", interview),) if interview else ()),
    ]
    said = [
        recorder.new_assertion(examination, predicate, value, id=id if number == 0 else None)
        for number, (predicate, value) in enumerate(values)
    ]
    return examination, Act("examination.open", tuple(said), reason="Examination opened.")


def _require_agreed(view: CaseView, interview: str, person: str, *, kind: str) -> None:
    record = view.subject(interview)
    code = record.text("interview-code") or "This"
    if kind != BODY and person not in record.values("interview-of"):
        raise FieldworkError(
            "examined", f"{code} is not an interview with the person examined.", "Name one that is."
        )
    answer = Consent.of(record).answer(ANALYSIS, day="9999-12-31")
    if not answer.given:
        raise ConsentError(
            "examination",
            f"{code}: {answer.reason} Nobody is examined against that.",
            "Record first what was explained and agreed.",
        )


def record_of_examination(
    recorder: Recorder,
    record: Record,
    values: Sequence[tuple[str, JsonValue]],
    *,
    basis: Sequence[Basis] = (),
    id: str | None = None,
) -> Act:
    """Record what was agreed to, seen and done at an examination, as (predicate, value), in one entry.

    Refused: what only a clinician states, a number used twice, and what is of the dead about the living.
    """
    require_own_numbers(record, values)
    kind = record.value("examination-kind")
    for predicate, _ in values:
        if predicate not in RECORDED:
            raise FieldworkError(
                "not-recorded",
                f"{predicate!r} is not recorded so.",
                f"Known: {', '.join(sorted(RECORDED))}. Degrees of consistency are stated by a clinician.",
            )
        if predicate in OF_THE_DEAD and kind != BODY:
            raise FieldworkError(
                "living", "This is an examination of a living person.", "Open one of the kind body."
            )
    said = [
        recorder.new_assertion(record.id, predicate, value, basis=basis, id=id if number == 0 else None)
        for number, (predicate, value) in enumerate(values)
    ]
    return Act("examination.record", tuple(said), reason="Seen and done at the examination.")


def qualify(recorder: Recorder, policy: Policy, person: str, given: Qualification) -> Act:
    """Record why somebody may state as a clinician. Somebody else records it: a case lead who saw the papers."""
    lead = require(
        recorder, policy, Permission.GIVE_ROLES, what="record somebody's qualification as a clinician"
    )
    if lead == person:
        raise AccessDenied(
            "self", "Nobody vouches for their own qualification.", "Ask another case lead to record it."
        )
    said = recorder.new_assertion(person, QUALIFICATION, filled(**asdict(given)))
    return Act("clinician.qualify", (said,), reason="Qualification seen and recorded.")


def state_consistency(
    recorder: Recorder,
    policy: Policy,
    view: CaseView,
    record: Record,
    stated: Consistency,
    *,
    basis: Sequence[Basis] = (),
    id: str | None = None,
) -> Act:
    """State how far a finding agrees with the account, as the clinician who signs.

    It takes the place of what the same clinician stated on the same finding before; another clinician's stays beside
    it. Refused for anybody else, whatever else they may do in the case.
    """
    clinician, qualification = _require_clinician(recorder, policy, view)
    examination = Examination.of(record)
    examination.require_finding(stated.finding)
    value = filled(**asdict(stated), clinician=clinician, qualification=qualification)
    before = [one for one in record.live(STATED) if one.value["finding"] == stated.finding]
    about = "all findings" if stated.finding == OVERALL else stated.finding
    return _statement(
        recorder, record, STATED, value, before=_own(before, clinician), basis=basis, id=id,
        reason=f"Clinician's statement on {about}.",
    )  # fmt: skip


def state_death(
    recorder: Recorder,
    policy: Policy,
    view: CaseView,
    record: Record,
    stated: DeathStated,
    *,
    basis: Sequence[Basis] = (),
    id: str | None = None,
) -> Act:
    """State cause and manner of a death, as the clinician who signs. Refused for anybody else and for the living."""
    clinician, qualification = _require_clinician(recorder, policy, view)
    if record.value("examination-kind") != BODY:
        raise FieldworkError(
            "living", "This is an examination of a living person.", "Open one of the kind body."
        )
    value = filled(**asdict(stated), clinician=clinician, qualification=qualification)
    return _statement(
        recorder, record, DEATH_STATED, value, before=_own(record.live(DEATH_STATED), clinician), basis=basis, id=id,
        reason="Clinician's statement on a death.",
    )  # fmt: skip


def _statement(
    recorder: Recorder,
    record: Record,
    predicate: str,
    value: JsonValue,
    *,
    before: Iterable[Held],
    basis: Sequence[Basis],
    id: str | None,
    reason: str,
) -> Act:
    said: Assertion = recorder.new_assertion(
        record.id,
        predicate,
        value,
        basis=basis,
        relations=[Relation("supersedes", one.id) for one in before],
        id=id,
    )
    return Act("clinician.state", (said,), reason=reason)


def _own(held: Iterable[Held], clinician: str) -> list[Held]:
    return [one for one in held if one.value["clinician"] == clinician]


def why_no_clinician(policy: Policy, view: CaseView, person: str) -> str:
    """Return why somebody may not state as a clinician, as a sentence; nothing if they may."""
    if CLINICIAN not in policy.of(person).roles:
        return "Only a clinician of the case states a degree of consistency or a cause of death, and you are none."
    if not view.subject(person).live(QUALIFICATION):
        return "Nobody has recorded your qualification as a clinician yet."
    return ""


def _require_clinician(recorder: Recorder, policy: Policy, view: CaseView) -> tuple[str, str]:
    person = signer(recorder)
    if why := why_no_clinician(policy, view, person):
        raise AccessDenied(
            "clinician",
            why,
            "A case lead gives the role clinician and records the qualification: docs/how-to/detention-and-injury.md.",
        )
    held = view.subject(person).live(QUALIFICATION)[-1].value
    return person, f"{held['profession']}, {held['qualification']}"


def stated_by_clinicians(
    view: CaseView, policy: Policy, roster: Roster, held: Iterable[Held]
) -> frozenset[str]:
    """Return which statements count: signed by the clinician they name, who was made one by somebody who might.

    An entry from another device is checked for its signature, not for what its signer may state. That is done here,
    before anything is shown or printed as a clinician's. A clinician who left since stated what they stated.
    """
    statements = [one for one in held if one.predicate in STATEMENTS]
    entries = view.entries({one.entry for one in statements})
    found = set()
    for one in statements:
        entry = entries.get(one.entry)
        counts = entry is not None and roster.accepts(entry.by, entry.log, entry.seq)
        by = roster.subjects.get(entry.by, "") if entry and counts else ""
        if by and by == one.value["clinician"] and (by, CLINICIAN) in policy.held_once:
            found.add(one.id)
    return frozenset(found)
