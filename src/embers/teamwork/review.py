"""Reviews by a second person: what was asked, what was answered, and whether the record changed since.

An answer says what it covers by how far each log had been read, not by listing values: a list would tell those who may
not read some of them how many there are. Everything here is a function of the entries, so every copy of the case and
every class of readers finds its own right answer; nothing is stored as "approved".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from embers.access.standing import level_of, rank
from embers.case_view import EntryInfo, Held, LogHead, Record

ASKED, ANSWERED = "review-asked", "review-answered"
COMMENT, RESOLVED = "review-comment", "comment-resolved"
WAITING, ACCEPTED, CHANGES, REFUSED = "asked", "accepted", "changes", "refused"
#: What becomes of "accepted": the record changed, or the reviewer may not read all that its present reader may.
CHANGED, PART = "changed", "part"
#: What people say to each other about a record when it is reviewed.
REVIEWING = frozenset({ASKED, ANSWERED, COMMENT, RESOLVED})
#: What is said about a record without being part of what it says: a reviewer does not review it.
BESIDE = REVIEWING | frozenset(
    {
        *("record-read", "kept-in", "custody-event", "sealed-access", "release-approved"),
    }
)


@dataclass(frozen=True, slots=True)
class Review:
    """One request for a review and where it stands.

    ``values`` are the assertions asked about; none means the whole record. ``by`` asked, ``to`` was asked (or nobody
    in particular), ``answered_by`` answered. Times are claimed times. ``own_work`` says that an answer was signed that
    does not count, because its signer asked for the review or signed what is reviewed.
    """

    id: str
    record: str
    values: tuple[str, ...]
    state: str
    by: str
    to: str
    asked_at: str
    answered_by: str = ""
    answered_at: str = ""
    own_work: bool = False

    @property
    def whole(self) -> bool:
        """Tell whether the whole record was to be reviewed."""
        return not self.values


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: the assertion or record it is about, and the thread it stands in (its own id if it began one)."""

    held: Held
    about: str
    text: str
    thread: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its answers, oldest first, and whether somebody resolved it."""

    comments: tuple[Comment, ...]
    resolved: bool

    @property
    def id(self) -> str:
        """The id of the first comment."""
        return self.comments[0].held.id

    @property
    def about(self) -> str:
        """The assertion or record it is about."""
        return self.comments[0].about


def concerns_reviews(record: Record) -> bool:
    """Tell whether anything about reviews is said of a record: most have nothing to compute."""
    return any(held.predicate in {ASKED, COMMENT} for held in record.held)


def reviewed_values(record: Record, values: Iterable[str] = ()) -> tuple[Held, ...]:
    """Return the live assertions a review of a record, or of these of its values, is about."""
    wanted = frozenset(values)
    return tuple(
        held
        for held in record.held
        if held.live and held.predicate not in BESIDE and (not wanted or held.id in wanted)
    )


def under_review(record: Record, values: Iterable[str] = ()) -> tuple[Held, ...]:
    """Return everything a review is about, whatever became of it: whoever signed any of it had a hand in it."""
    wanted = frozenset(values)
    return tuple(
        held for held in record.held if (held.id in wanted if wanted else held.predicate not in BESIDE)
    )


def up_to(heads: Iterable[LogHead]) -> list[str]:
    """Write how far logs were read, as an answer holds it."""
    return sorted(f"{head.origin} {head.size}" for head in heads)


def authors(held: Iterable[Held], entries: Mapping[str, EntryInfo], persons: Mapping[str, str]) -> set[str]:
    """Return who signed assertions: persons, or keys of which nobody knows the person."""
    return {_signer(entries[one.entry], persons) for one in held}


def reviews_of(
    record: Record, entries: Mapping[str, EntryInfo], persons: Mapping[str, str]
) -> tuple[Review, ...]:
    """Return the reviews asked for of a record, oldest first; ``persons`` gives the person of each signing key."""
    answers: dict[str, list[Held]] = {}
    for held in record.live(ANSWERED):
        answers.setdefault(str(held.value["asked"]), []).append(held)
    return tuple(
        _review(record, asked, answers.get(asked.id, []), entries, persons) for asked in record.live(ASKED)
    )


def record_state(reviews: Iterable[Review]) -> str:
    """Return the state of a record: waiting if anything waits, else that of its newest review as a whole."""
    found = list(reviews)
    if any(one.state == WAITING for one in found):
        return WAITING
    whole = [one for one in found if one.whole]
    return whole[-1].state if whole else ""


def threads_of(
    record: Record, entries: Mapping[str, EntryInfo], persons: Mapping[str, str]
) -> tuple[Thread, ...]:
    """Return the threads of comments on a record and its values, in order of their first comments."""
    threads: dict[str, list[Comment]] = {}
    for held in record.live(COMMENT):
        value, entry = held.value, entries[held.entry]
        thread = str(value.get("thread", held.id))
        comment = Comment(
            held,
            about=str(value["about"]),
            text=str(value["text"]),
            thread=thread,
            by=_signer(entry, persons),
            at=entry.claimed_at,
        )
        threads.setdefault(thread, []).append(comment)
    resolved = {str(held.value["comment"]) for held in record.live(RESOLVED)}
    return tuple(
        Thread(tuple(said), thread in resolved)
        for thread, said in threads.items()
        if said[0].held.id == thread  # an answer without its beginning is for somebody who may read that
    )


def _review(
    record: Record,
    asked: Held,
    answers: Iterable[Held],
    entries: Mapping[str, EntryInfo],
    persons: Mapping[str, str],
) -> Review:
    by = _signer(entries[asked.entry], persons)
    values = tuple(map(str, asked.value.get("values", ())))
    found = Review(
        id=asked.id,
        record=record.id,
        values=values,
        state=WAITING,
        by=by,
        to=str(asked.value.get("to", "")),
        asked_at=entries[asked.entry].claimed_at,
    )
    for answer in answers:
        entry = entries[answer.entry]
        signer, sizes = _signer(entry, persons), _sizes(answer, entry)
        covered = [held for held in under_review(record, values) if _knew(sizes, entries[held.entry])]
        if signer == by or signer in authors(covered, entries, persons):
            found = replace(found, own_work=True)
            continue
        state = str(answer.value["answer"])
        if state == ACCEPTED:
            level = rank(str(answer.value["level"]))
            beyond = any(level_of(held.predicate, held.marking) > level for held in covered)
            changed = _changed(record, values, sizes, entries)
            state = CHANGED if changed else PART if beyond else ACCEPTED
        found = replace(found, state=state, answered_by=signer, answered_at=entry.claimed_at)
    return found


def _changed(
    record: Record, values: tuple[str, ...], sizes: Mapping[str, int], entries: Mapping[str, EntryInfo]
) -> bool:
    """Tell whether the answer's device had not read all there is about the record, or about these values, now."""
    later = [
        held for held in record.held if held.predicate not in BESIDE and not _knew(sizes, entries[held.entry])
    ]
    if not values:
        return bool(later)
    aimed = {target for held in later for _, target in held.relations}
    predicates = {held.predicate for held in record.held if held.id in values}
    return bool(aimed & set(values)) or any(held.predicate in predicates for held in later)


def _knew(sizes: Mapping[str, int], entry: EntryInfo) -> bool:
    return entry.seq < sizes.get(entry.log, 0)


def _sizes(answer: Held, entry: EntryInfo) -> dict[str, int]:
    """Return how far logs had been read, and never further than the answer's own entry knew of."""
    known = {**entry.seen, entry.log: entry.seq}
    pairs = (str(text).rpartition(" ") for text in answer.value["up_to"])
    return {origin: min(int(size), known.get(origin, 0)) for origin, _, size in pairs if size.isdecimal()}


def _signer(entry: EntryInfo, persons: Mapping[str, str]) -> str:
    return persons.get(entry.by, entry.by)
