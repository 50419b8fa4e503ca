"""Interviews as recorded: who may be heard again, what was asked and answered, what may be claimed from it.

The shape follows PEACE (planning, engage and explain, account, closure, evaluation) and the Mendez Principles; the
guard against hearing people again and again follows the guidelines of Eurojust and the ICC for civil society and the
Murad Code. An answer never changes: what the person corrects stands beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from embers.case_view import CaseView, Record
from embers.errors import FieldworkError
from embers.pinpoint import Pinpoint, read_pinpoint

FIRST_ACCOUNT, FULL = "first-account", "full"

#: The only questions of a first account. Open, in this order, none suggests an answer.
FIRST_ACCOUNT_GUIDE = (
    "Please tell me, in your own words, what happened.",
    "When was this, and where were you?",
    "How do you know this: did you see it, hear it, or did somebody tell you?",
    "Who else may know about it?",
    "Is there anything that shows it, such as a photograph, a paper or a place?",
    "How may we, or another body, find you again?",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answer; ``id`` is the assertion, ``seconds`` the stretch of the recording."""

    id: str
    number: int
    phase: str
    question: str
    text: str
    language: str
    topic: str = ""
    seconds: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What the person corrected about an answer; it stands beside it."""

    number: int
    answer: int
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Account:
    """Everything asked, answered and corrected in one interview, in order."""

    interview: str
    code: str
    mode: str
    answers: tuple[Answer, ...]
    corrections: tuple[Correction, ...]
    closed: bool

    @classmethod
    def of(cls, record: Record) -> Account:
        """Read the account from the record of an interview."""
        answers = [
            Answer(
                held.id,
                held.value["number"],
                held.value["phase"],
                held.value["question"],
                held.value["answer"],
                held.value["language"],
                held.value.get("topic", ""),
                held.value.get("seconds", ""),
            )
            for held in record.live("interview-answer")
        ]
        corrections = [
            Correction(value["number"], value["answer"], value["text"], value["language"])
            for value in record.values("interview-correction")
        ]
        return cls(
            record.id,
            record.text("interview-code"),
            str(record.value("interview-mode", FULL)),
            tuple(sorted(answers, key=lambda one: one.number)),
            tuple(sorted(corrections, key=lambda one: one.number)),
            bool(record.live("interview-closed")),
        )

    @property
    def next_answer(self) -> int:
        """The number of the next answer."""
        return max((one.number for one in self.answers), default=0) + 1

    def answer(self, number: int) -> Answer:
        """Return an answer by number; an unknown one is refused."""
        for one in self.answers:
            if one.number == number:
                return one
        raise FieldworkError(
            "answer",
            f"The interview {self.code} has no answer {number}.",
            f"It has {len(self.answers)} answers.",
        )

    def require_open(self) -> None:
        """Refuse more questions after the interview was closed."""
        if self.closed:
            raise FieldworkError(
                "closed",
                f"The interview {self.code} is closed: its transcript is signed.",
                "Record a correction, or a new interview if one is needed.",
            )

    def require_fitting(self, question: str) -> None:
        """Refuse, in a first account, a question that is not in its guide."""
        if self.mode == FIRST_ACCOUNT and question not in FIRST_ACCOUNT_GUIDE:
            raise FieldworkError(
                "first-account",
                "A first account asks only the open questions of its guide.",
                "Leave the rest to the body that will hear the person in full, or open a full interview.",
            )

    def quoted(self, number: int, words: str, *, start: int | None = None) -> tuple[str, Pinpoint]:
        """Return words of an answer as they stand there, with the pinpoint; words that are not there are refused.

        ``start`` is the character they begin at (from 0), needed only where the same words occur twice.
        """
        answer = self.answer(number)
        places = [i for i in range(len(answer.text)) if answer.text.startswith(words, i)] if words else []
        at = start if start in places else places[0] if len(places) == 1 else None
        if at is None:
            raise FieldworkError(
                "not-said",
                f"The words are not in answer {number} of {self.code}, or stand there more than once.",
                "Select them in the answer itself.",
            )
        seconds = read_pinpoint(f"seconds={answer.seconds}").seconds if answer.seconds else None
        return words, Pinpoint(answer=number, seconds=seconds, offset=(at, at + len(words)))

    def transcript(self) -> str:
        """Return the account as text with an anchor for each paragraph: ``[Q1]``, ``[A1]``, ``[C1 to A1]``.

        The same account gives the same bytes, so a signature over its digest names exactly what was read back.
        """
        lines = [f"Interview {self.code}", ""]
        for one in self.answers:
            time = f" ({one.seconds} s)" if one.seconds else ""
            lines += [f"[Q{one.number}] {one.question}", f"[A{one.number}]{time} {one.text}", ""]
        for fix in self.corrections:
            lines += [f"[C{fix.number} to A{fix.answer}] {fix.text}", ""]
        return "\n".join(lines)

    def digest(self) -> str:
        """Return the SHA-256 of the transcript."""
        return hashlib.sha256(self.transcript().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Preparation:
    """What was found out before: whether somebody heard the person, and why once more is needed."""

    heard_before: str
    by: str = ""
    needed: str = ""


def interviews_of(view: CaseView, person: str) -> list[Record]:
    """Return the interviews this case holds with one person."""
    return [one for one in view.kind("interview").values() if person in one.values("interview-of")]


def require_may_begin(preparation: Preparation, earlier: Sequence[Record]) -> None:
    """Refuse to hear somebody again without a reason, and to begin without having asked.

    Each retelling costs the person and gives a court one more version to set against the others.
    """
    before = [one.text("interview-code") for one in earlier]
    if before and preparation.heard_before != "us":
        raise FieldworkError(
            "heard-before",
            f"This person was heard by us already: {', '.join(before)}.",
            "Record that, and say why one more interview is needed.",
        )
    if preparation.heard_before in {"us", "other"} and not preparation.needed.strip():
        raise FieldworkError(
            "no-need",
            "Somebody heard this person before.",
            "Say what is needed that the earlier account cannot give; else use that account.",
        )
    if preparation.heard_before == "other" and not preparation.by.strip():
        raise FieldworkError("by-whom", "Another body heard this person before.", "Say which body.")
