"""Recording interviews: opened, asked and answered, corrected, read back, signed, closed; claims made from answers.

Each answer is an entry of its own, so nothing that was acknowledged is lost when the power fails, and an entry never
holds the words of two people: what one of them takes back can be left out without the other's.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from embers.actions.recorder import Act, Recorder, filled
from embers.actions.sealing import coded_person
from embers.case_view import CaseView, Record
from embers.errors import FieldworkError
from embers.fieldwork.interview import (
    FULL,
    Account,
    Preparation,
    interviews_of,
    require_may_begin,
)
from embers.ids import new_subject
from embers.journal.assertion import Basis, JsonValue, Relation
from embers.journal.entry import ObjectRef
from embers.vocabulary.terms import Predicate


@dataclass(frozen=True, slots=True)
class Setting:
    """Who took part and how. Everybody under a code; ``setting`` is the kind of room, never an address."""

    interviewer: str
    language: str
    interpreter: str = ""
    interpreted_from: str = ""
    present: Sequence[str] = ()
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and its answer as typed; ``seconds`` is a stretch of the recording such as ``12.5-40``."""

    question: str
    answer: str
    language: str
    phase: str = "account"
    topic: str = ""
    seconds: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words selected in an answer. ``start`` is where they begin, needed only where they stand there twice."""

    number: int
    words: str
    start: int | None = None


def open_interview(
    recorder: Recorder,
    view: CaseView,
    *,
    code: str,
    person_code: str,
    held: str,
    preparation: Preparation,
    setting: Setting,
    mode: str = FULL,
    mission: str = "",
) -> tuple[str, Act]:
    """Open an interview with a person under a code, once it is clear that hearing them is needed."""
    if any(one.text("interview-code") == code for one in view.kind("interview").values()):
        raise FieldworkError("interview-code", f"There is an interview {code} already.", "Give a new code.")
    person, said = coded_person(recorder, view, person_code)
    require_may_begin(preparation, interviews_of(view, person))
    interview = new_subject("interview", recorder.surroundings.randomness)
    values: list[tuple[str, JsonValue]] = [
        ("interview-code", code),
        ("interview-of", person),
        ("interview-held", held),
        ("interview-mode", mode),
        ("interview-preparation", filled(**asdict(preparation))),
        ("interview-setting", filled(**asdict(setting))),
        *((("interview-mission", mission),) if mission else ()),
    ]
    said += [recorder.new_assertion(interview, predicate, value) for predicate, value in values]
    return interview, Act(
        "interview.open", tuple(said), reason="Interview opened after the preparation was recorded."
    )


def record_answer(recorder: Recorder, record: Record, asked: Asked) -> tuple[int, Act]:
    """Record a question and its answer; return the number of the answer."""
    account = Account.of(record)
    account.require_open()
    account.require_fitting(asked.question)
    value = filled(number=account.next_answer, **asdict(asked))
    said = recorder.new_assertion(record.id, "interview-answer", value)
    return account.next_answer, Act("interview.answer", (said,), reason="Question and answer as given.")


def correct_answer(recorder: Recorder, record: Record, answer: int, text: str, *, language: str) -> Act:
    """Record what the person corrected. The answer stays; whoever reads one reads both."""
    account = Account.of(record)
    found = account.answer(answer)
    number = max((one.number for one in account.corrections), default=0) + 1
    value = {"number": number, "answer": found.number, "text": text, "language": language}
    said = recorder.new_assertion(
        record.id, "interview-correction", value, relations=[Relation("disputes", found.id)]
    )
    return Act("interview.correct", (said,), reason="Correction by the person interviewed.")


def note_of_interpreter(recorder: Recorder, record: Record, text: str, *, answer: int | None = None) -> Act:
    """Record a note of the interpreter, such as a word with two meanings."""
    value: dict[str, JsonValue] = {"text": text}
    if answer is not None:
        value["answer"] = Account.of(record).answer(answer).number
    said = recorder.new_assertion(record.id, "interpreter-note", value)
    return Act("interview.interpreter-note", (said,))


def show_exhibit(recorder: Recorder, record: Record, item: str, *, answer: int, how: str) -> Act:
    """Record that an item was shown, at which answer and how. What is shown is not the person's own material."""
    Account.of(record).answer(answer)
    said = (
        recorder.new_assertion(record.id, "interview-shown", {"item": item, "answer": answer, "how": how}),
        recorder.new_assertion(record.id, "interview-item", {"item": item, "role": "shown"}),
    )
    return Act("interview.show", said)


def link_item(recorder: Recorder, view: CaseView, record: Record, item: str, *, role: str) -> Act:
    """Say that an item is the interview's recording, transcript, translation or sketch, or was given by the person.

    From then on consent covers the item as it covers the interview. One taken in together with others in one entry is
    refused: it could not be left out of a hand-over without them.
    """
    entries = {held.entry for held in view.subject(item).held if held.predicate == "item-object"}
    if not entries:
        raise FieldworkError("no-item", f"{item} is no item with preserved bytes.", "Take it in first.")
    said = recorder.new_assertion(record.id, "interview-item", {"item": item, "role": role})
    for other, found in view.kind("item").items():
        if (
            other != item
            and role != "shown"
            and any(held.predicate == "item-object" and held.entry in entries for held in found.held)
        ):
            raise FieldworkError(
                "taken-together",
                f"{item} was taken in together with other items, in one entry.",
                "Take it in again by itself with `embers add`, and link that one.",
            )
    return Act("interview.item", (said,), reason=f"Linked to the interview as {role}.")


def read_back(recorder: Recorder, record: Record, *, language: str, by: str) -> Act:
    """Record that the account was read back so far, in the person's language."""
    account = Account.of(record)
    value = {
        "language": language,
        "by": by,
        "answers": account.next_answer - 1,
        "corrections": len(account.corrections),
    }
    said = recorder.new_assertion(record.id, "interview-read-back", value)
    return Act("interview.read-back", (said,), reason="Account read back to the person interviewed.")


def close_interview(
    recorder: Recorder, record: Record, signatures: Sequence[tuple[str, str]]
) -> tuple[str, Act]:
    """Close an interview: keep the transcript as an item, with signatures of both over its digest.

    ``signatures`` are pairs of party and means. Person and interviewer both sign, or the interview is not closed;
    read-back must cover every answer and correction. Returns the item.
    """
    account = Account.of(record)
    account.require_open()
    _require_complete(record, account, [party for party, _ in signatures])
    text = account.transcript().encode()
    stored = recorder.objects.put(io.BytesIO(text))
    item = new_subject("item", recorder.surroundings.randomness)
    name = f"transcript-{account.code}.txt"
    counts = {"answers": account.next_answer - 1, "corrections": len(account.corrections)}
    values: list[tuple[str, str, JsonValue]] = [
        (item, "item-title", {"text": f"Transcript of interview {account.code}", "lang": "en"}),
        (
            item,
            "item-origin",
            {"source": f"interview {account.code}", "method": "written by Embers from the answers"},
        ),
        (
            item,
            "item-object",
            {
                "sha256": stored.sha256,
                "size": stored.size,
                "media": "text/plain",
                "name": name,
                "role": "original",
            },
        ),
        (record.id, "interview-item", {"item": item, "role": "transcript"}),
        (record.id, "interview-closed", {"transcript": stored.sha256, **counts}),
        *(
            (record.id, "interview-signature", {"party": party, "means": means, "transcript": stored.sha256})
            for party, means in signatures
        ),
    ]
    said = [recorder.new_assertion(subject, predicate, value) for subject, predicate, value in values]
    ref = ObjectRef(stored.sha256, stored.size, "text/plain")
    return item, Act("interview.close", tuple(said), (ref,), reason="Read back, signed by both, closed.")


def _require_complete(record: Record, account: Account, signed: Sequence[str]) -> None:
    if not record.live("consent-talk"):
        raise FieldworkError(
            "no-consent",
            f"No consent is recorded for {account.code}.",
            "Record what was explained and agreed.",
        )
    if not account.answers:
        raise FieldworkError("no-answers", f"{account.code} has no answers.", "Record at least one.")
    if missing := {"interviewee", "interviewer"} - set(signed):
        raise FieldworkError(
            "signatures",
            f"{account.code} lacks the signature of: {', '.join(sorted(missing))}.",
            "Both sign.",
        )
    reached = (account.next_answer - 1, len(account.corrections))
    if not any(
        (one["answers"], one["corrections"]) == reached for one in record.values("interview-read-back")
    ):
        raise FieldworkError(
            "read-back",
            f"{account.code} was not read back to the end.",
            "Read it back with every answer and correction, then close.",
        )


def claim_from_answer(
    recorder: Recorder, record: Record, quoted: Quoted, *, incident: str, predicate: str, value: JsonValue
) -> Act:
    """Record a claim made in an answer, with the words and the pinpoint in it. The words must stand in the answer."""
    account = Account.of(record)
    words, pinpoint = account.quoted(quoted.number, quoted.words, start=quoted.start)
    found = _claimed(recorder, predicate)
    person = str(record.value("interview-of"))
    claim: dict[str, JsonValue] = {
        "is": value,
        "claimant": person,
        "side": "witness",
        "scope": "incident",
        "reading": "direct",
        "words": words,
        "ref": f"{account.code}/{quoted.number}",
    }
    if held := record.value("interview-held"):
        claim["as_of"] = held
    said = recorder.new_assertion(
        incident,
        found.id,
        claim,
        basis=[Basis(item=record.id, locator=pinpoint.text)],
        marking="internal",
    )
    return Act("claim.from-answer", (said,), reason=f"Claimed in answer {quoted.number} of {account.code}.")


def open_incident(
    recorder: Recorder,
    record: Record,
    quoted: Quoted,
    *,
    code: str,
    title: str,
    occurred: str,
    place: str = "",
) -> tuple[str, Act]:
    """Open an incident from words of an answer, when none of the case's fits. It rests on the answer."""
    account = Account.of(record)
    _, pinpoint = account.quoted(quoted.number, quoted.words, start=quoted.start)
    incident = new_subject("incident", recorder.surroundings.randomness)
    basis = [Basis(item=record.id, locator=pinpoint.text)]
    values: list[tuple[str, JsonValue]] = [
        ("incident-code", code),
        ("incident-title", {"text": title, "lang": "en"}),
        ("occurred", occurred),
        *((("incident-place", place),) if place else ()),
    ]
    said = [
        recorder.new_assertion(incident, predicate, value, basis=basis, marking="internal")
        for predicate, value in values
    ]
    return incident, Act(
        "incident.open", tuple(said), reason=f"Told in answer {quoted.number} of {account.code}."
    )


def refer(recorder: Recorder, person: str, service: str, *, accepted: bool) -> Act:
    """Record that somebody was offered a service. What for is in the sealed care note, never here."""
    said = recorder.new_assertion(person, "interview-referral", {"service": service, "accepted": accepted})
    return Act("interview.refer", (said,), reason="Referral offered.")


def _claimed(recorder: Recorder, predicate: str) -> Predicate:
    found = recorder.vocabulary.predicate(predicate)
    if not found.claim:
        raise FieldworkError(
            "no-claim",
            f"{predicate!r} is nothing anybody claims.",
            "Claims are marked as such in docs/reference/vocabulary.md.",
        )
    return found
