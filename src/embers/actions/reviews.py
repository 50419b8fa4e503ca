"""Review by a second person: asking for it, answering, comments on single values. One signed entry each.

A person who asked for a review, or signed anything of what is reviewed, does not answer it. The action refuses; and
where an entry was made some other way, the answer does not count (:mod:`embers.teamwork.review`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from embers.access.policy import Policy
from embers.access.roles import WORKING, Permission
from embers.access.standing import LEVELS, level_of
from embers.actions.recorder import Act, Recorder
from embers.actions.signer import require
from embers.case_view import Held, Record
from embers.errors import AccessDenied, ActionError
from embers.journal.assertion import Assertion, JsonValue, Relation
from embers.projections.view import ProjectedCase
from embers.teamwork.review import (
    ANSWERED,
    ASKED,
    COMMENT,
    RESOLVED,
    WAITING,
    Review,
    Thread,
    authors,
    reviewed_values,
    reviews_of,
    threads_of,
    under_review,
    up_to,
)
from embers.vocabulary.value import references

_ANSWERS = ("accepted", "changes", "refused")


def ask_review(
    recorder: Recorder,
    policy: Policy,
    view: ProjectedCase,
    subject: str,
    *,
    values: Sequence[str] = (),
    to: str = "",
) -> Act:
    """Draft the entry that submits a record, or some of its values, for review.

    ``to`` is the person asked, or nobody in particular. Refused where nothing is there to review, where a person is
    asked who would review their own work or may not review, and where the same is waiting already.
    """
    person = require(recorder, policy, *WORKING, what="ask for a review")
    record = view.subject(subject)
    wanted = _values(record, values)
    if any(
        one.state == WAITING and set(one.values) == set(values) for one in _reviews(recorder, view, record)
    ):
        raise ActionError("review-waits", "This waits for review already.", "Nothing was changed.")
    if to:
        _require_second(recorder, view, record, values, person=to, by=person)
        if not policy.of(to).may(Permission.REVIEW):
            raise ActionError(
                "reviewer", "This person may not review.", "See `embers access list` for who may."
            )
    value: dict[str, JsonValue] = {}
    if values:
        value = {"values": list(values), **_near(wanted)}
    if to:
        value["to"] = to
    said = recorder.new_assertion(subject, ASKED, value, marking=_marking(wanted) if values else None)
    return Act("review.ask", (said,), reason="Submitted for review.")


def answer_review(
    recorder: Recorder,
    policy: Policy,
    view: ProjectedCase,
    subject: str,
    *,
    asked: str,
    answer: str,
    reason: str = "",
    read: str = "",
    every: ProjectedCase | None = None,
) -> Act:
    """Draft the entry that answers a review: ``accepted``, ``changes`` or ``refused``.

    Changes need a reason or an open comment, a refusal needs a reason. ``read`` is :func:`read_digest` of what the
    reviewer was shown; where the record reads otherwise by now, nothing is signed. The reason is read by whoever reads
    the record's tasks and reviews: what is protected belongs into a comment on the value itself. ``every`` is the
    holder's view, by which authors are told, where ``view`` is the reviewer's own.
    """
    person = require(recorder, policy, Permission.REVIEW, what="review the work of others")
    if answer not in _ANSWERS:
        raise ActionError("answer", f"There is no answer {answer!r}.", f"Known: {', '.join(_ANSWERS)}.")
    record = view.subject(subject)
    found = {one.id: one for one in _reviews(recorder, view, record)}.get(asked)
    if found is None:
        raise ActionError(
            "review", "No such review was asked for of this record.", "See `embers review list`."
        )
    if found.state != WAITING:
        raise ActionError("review-answered", "This review was answered.", "Ask for a new one.")
    wanted = reviewed_values(record, found.values)
    told = every or view
    _require_second(recorder, told, told.subject(subject), found.values, person=person, by=found.by)
    if read and read != read_digest(record):
        raise ActionError(
            "review-changed", "The record changed while you read it.", "Look at it again, then answer."
        )
    open_comments = [one for one in _threads(recorder, view, record) if not one.resolved]
    if (answer == "refused" or (answer == "changes" and not open_comments)) and not reason.strip():
        raise ActionError("reason", "This answer needs a reason.", "Say why in one sentence.")
    value: dict[str, JsonValue] = {
        "asked": asked,
        "answer": answer,
        "up_to": list(up_to(view.heads())),
        "level": LEVELS[policy.of(person).standing.level],
    }
    marking = None
    if found.values:
        value |= _near(wanted)
        marking = _marking(wanted)
    said = [recorder.new_assertion(subject, ANSWERED, value, marking=marking)]
    if reason.strip():
        words: dict[str, JsonValue] = {"about": subject, "text": reason.strip()}
        if found.values:
            words |= _near(wanted)
        said.append(recorder.new_assertion(subject, COMMENT, words, marking=marking))
    return Act("review.answer", tuple(said), reason=f"Review: {answer}.")


def comment(
    recorder: Recorder,
    policy: Policy,
    view: ProjectedCase,
    subject: str,
    *,
    text: str,
    about: str = "",
    thread: str = "",
) -> Act:
    """Draft a comment on a value of a record (``about``, an assertion), on the record, or in a thread."""
    require(recorder, policy, *WORKING, what="comment")
    if not text.strip():
        raise ActionError("comment", "The comment is empty.", "Say in a sentence what should change.")
    record = view.subject(subject)
    value: dict[str, JsonValue] = {"text": text.strip()}
    if thread:
        about = _thread(recorder, view, record, thread).about
        value["thread"] = thread
    on = () if about in {"", subject} else _values(record, (about,), live=not thread)
    value["about"] = about or subject
    said = recorder.new_assertion(subject, COMMENT, value | _near(on), marking=_marking(on))
    return Act("review.comment", (said,), reason="Comment of a review.")


def resolve(recorder: Recorder, policy: Policy, view: ProjectedCase, subject: str, *, thread: str) -> Act:
    """Draft the entry that a thread of comments is settled."""
    require(recorder, policy, *WORKING, what="resolve comments")
    record = view.subject(subject)
    found = _thread(recorder, view, record, thread)
    if found.resolved:
        raise ActionError("resolved", "This comment is resolved.", "Nothing was changed.")
    return Act("review.resolve", (_about_thread(recorder, record, found),), reason="Comment resolved.")


def unresolve(recorder: Recorder, policy: Policy, view: ProjectedCase, subject: str, *, thread: str) -> Act:
    """Draft the entry that a thread of comments is open again."""
    require(recorder, policy, *WORKING, what="open comments again")
    record = view.subject(subject)
    found = _thread(recorder, view, record, thread)
    held = [one for one in record.live(RESOLVED) if one.value["comment"] == thread]
    if not held:
        raise ActionError("unresolved", "This comment is open.", "Nothing was changed.")
    on = _values(record, (found.about,), live=False) if found.about != subject else ()
    note: dict[str, JsonValue] = {"about": found.about, "thread": thread, "text": "Opened again."}
    said = recorder.new_assertion(
        subject,
        COMMENT,
        note | _near(on),
        marking=_marking(on),
        relations=[Relation("retracts", one.id) for one in held],
    )
    return Act("review.reopen", (said,), reason="Comment opened again.")


def read_digest(record: Record) -> str:
    """Return a digest of what a reader finds about a record, so that an answer is about what was on the page."""
    text = "\n".join(f"{held.id} {held.status} {held.disputed}" for held in reviewed_values(record))
    return hashlib.sha256(text.encode()).hexdigest()


def is_own_work(
    view: ProjectedCase, record: Record, values: Sequence[str], *, person: str, persons: Mapping[str, str]
) -> bool:
    """Tell whether a person signed anything of what is reviewed; ``persons`` gives the person of each key."""
    held = under_review(record, values)
    return person in authors(held, view.entries(one.entry for one in held), persons)


def _about_thread(recorder: Recorder, record: Record, thread: Thread) -> Assertion:
    on = _values(record, (thread.about,), live=False) if thread.about != record.id else ()
    return recorder.new_assertion(
        record.id, RESOLVED, {"comment": thread.id, **_near(on)}, marking=_marking(on)
    )


def _values(record: Record, values: Sequence[str], *, live: bool = True) -> tuple[Held, ...]:
    """Return what is to be reviewed; refuse values the record does not have."""
    found = (
        reviewed_values(record, values) if live else tuple(held for held in record.held if held.id in values)
    )
    if not found or {held.id for held in found} < set(values):
        raise ActionError(
            "review-value",
            "There is nothing like that to review in this record.",
            "Name a record of the case, and values it has now.",
        )
    return found


def _require_second(
    recorder: Recorder, view: ProjectedCase, record: Record, values: Sequence[str], *, person: str, by: str
) -> None:
    persons = recorder.journal.roster().subjects
    if person == by or is_own_work(view, record, values, person=person, persons=persons):
        raise AccessDenied(
            "own-work",
            "Nobody reviews their own work: this person asked for the review or signed a part of the record.",
            "Ask a reviewer who had no hand in it.",
        )


def _near(held: Iterable[Held]) -> dict[str, JsonValue]:
    """Return what values rest on and name: whoever may not read that does not read what is said about them."""
    found: dict[str, None] = {}
    for one in held:
        found |= dict.fromkeys(ground.target for ground in one.grounds)
        found |= dict.fromkeys(references(one.value))
    return {"near": list(found)} if found else {}


def _marking(held: Iterable[Held]) -> str | None:
    level = max((level_of(one.predicate, one.marking) for one in held), default=0)
    return LEVELS[level] if level else None


def _reviews(recorder: Recorder, view: ProjectedCase, record: Record) -> tuple[Review, ...]:
    entries = view.entries(held.entry for held in record.held)
    return reviews_of(record, entries, recorder.journal.roster().subjects)


def _threads(recorder: Recorder, view: ProjectedCase, record: Record) -> tuple[Thread, ...]:
    entries = view.entries(held.entry for held in record.held)
    return threads_of(record, entries, recorder.journal.roster().subjects)


def _thread(recorder: Recorder, view: ProjectedCase, record: Record, thread: str) -> Thread:
    found = next((one for one in _threads(recorder, view, record) if one.id == thread), None)
    if found is None:
        raise ActionError("comment-unknown", "There is no such comment on this record.", "Open it again.")
    return found
