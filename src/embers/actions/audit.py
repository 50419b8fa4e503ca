"""Audits as signed acts: what was read again, what a holder proved, what was repaired and from where."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import case_subject
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView
from embers.custody.audit import Challenge, Outcome, Range, in_turn, last_place
from embers.errors import ActionError
from embers.journal.assertion import JsonValue
from embers.journal.erasure import erased_objects
from embers.objects.checking import verify_many
from embers.objects.local import LocalObjectStore
from embers.objects.store import ObjectProblem, ObjectStore
from embers.projections.view import ProjectedCase

#: Problems named one by one in an entry; the count is always whole.
MOST_NAMED = 200
#: Every object is to be read within so many days.
DUE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Budget:
    """How much an audit may read: bytes and seconds; ``None`` for as much as there is."""

    bytes: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit read and found. ``round_done`` if it came to the end of a round."""

    objects: int
    bytes: int
    seconds: float
    damaged: tuple[ObjectProblem, ...]
    missing: tuple[ObjectProblem, ...]
    strangers: int
    round_done: bool
    entry: str

    @property
    def sound(self) -> bool:
        """Tell whether everything read was as it should be."""
        return not self.damaged and not self.missing


@dataclass(frozen=True, slots=True)
class AuditState:
    """How much of the case was read within :data:`DUE_DAYS` days, as the audits on record claim."""

    objects: int
    read: int
    due: int
    last: str


class _Reading:
    """Feeds objects to the readers until the budget is used up, and remembers where it stopped."""

    def __init__(self, names: Iterator[str], objects: ObjectStore, budget: Budget, now: datetime) -> None:
        self.names, self.objects, self.budget = names, objects, budget
        self.ends = now + timedelta(seconds=budget.seconds) if budget.seconds is not None else None
        self.bytes = 0
        self.last = ""
        self.done = False

    def feed(self, clock: CaseFolder) -> Iterator[str]:
        """Yield the next objects; at least one, so that every audit gets on."""
        for name in self.names:
            if self.last and self._spent(clock.surroundings.clock.now()):
                return
            self.last = name
            if self.objects.has(name):
                self.bytes += self.objects.size(name)
            yield name
        self.done = True

    def _spent(self, now: datetime) -> bool:
        too_much = self.budget.bytes is not None and self.bytes >= self.budget.bytes
        return too_much or (self.ends is not None and now >= self.ends)


def audit(
    folder: CaseFolder, recorder: Recorder, *, budget: Budget | None = None, whole: bool = False
) -> AuditReport:
    """Read objects again from where the last audit stopped, and record the result as one signed entry.

    ``whole`` starts at the beginning and takes no notice of earlier audits. Nothing is changed or repaired.
    """
    view = ProjectedCase(folder.projection())
    case = view.subject(view.case)
    after = "" if whole else last_place(case.values("audit-result"))
    objects = folder.objects()
    erased = erased_objects(recorder.journal.store)
    expected = expected_objects(folder) - erased.keys()
    names = in_turn(expected, objects.all(), after=after)
    began = folder.surroundings.clock.now()
    reading = _Reading(names, objects, budget or Budget(), began)
    count, strangers = 0, 0
    damaged: list[ObjectProblem] = []
    missing: list[ObjectProblem] = []
    for name, problem in verify_many(objects, reading.feed(folder)):
        count += 1
        strangers += name not in expected
        if problem is not None:
            (damaged if objects.has(name) else missing).append(problem)
    seconds = (folder.surroundings.clock.now() - began).total_seconds()
    part = Range(after, "" if reading.done else reading.last)
    entry = _record(recorder, part, (count, reading.bytes, strangers), damaged, missing)
    return AuditReport(
        count, reading.bytes, seconds, tuple(damaged), tuple(missing), strangers, reading.done, entry
    )


def _record(
    recorder: Recorder,
    part: Range,
    counts: tuple[int, int, int],
    damaged: list[ObjectProblem],
    missing: list[ObjectProblem],
) -> str:
    objects, size, strangers = counts
    case = case_subject(recorder.journal)
    value: dict[str, JsonValue] = {
        "objects": objects,
        "bytes": size,
        "damaged": len(damaged),
        "missing": len(missing),
        "strangers": strangers,
        "round_done": not part.up_to,
    }
    value |= {name: text for name, text in (("after", part.after), ("up_to", part.up_to)) if text}
    said = [recorder.new_assertion(case, "audit-result", value)]
    said += [
        recorder.new_assertion(case, "audit-problem", {"sha256": one.sha256, "what": one.what})
        for one in [*damaged, *missing][:MOST_NAMED]
    ]
    return recorder.record(Act("audit.run", tuple(said))).id


def expected_objects(folder: CaseFolder) -> set[str]:
    """Return every object that entries of the case introduce."""
    with folder.projection().connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT sha256 FROM case_storedobject")
        return {row[0] for row in cursor.fetchall()}


def audit_state(folder: CaseFolder) -> AuditState:
    """Say how much of what the case holds was read again lately, and when the last audit was."""
    view = ProjectedCase(folder.projection())
    held = view.subject(view.case).live("audit-result")
    entries = view.entries({one.entry for one in held})
    limit = folder.surroundings.clock.now() - timedelta(days=DUE_DAYS)
    recent = [
        Range(one.value.get("after", ""), one.value.get("up_to", ""))
        for one in held
        if datetime.fromisoformat(entries[one.entry].claimed_at.replace("Z", "+00:00")) >= limit
    ]
    expected = expected_objects(folder)
    read = sum(any(part.holds(name) for part in recent) for name in expected)
    last = max((entries[one.entry].claimed_at for one in held), default="")
    return AuditState(len(expected), read, len(expected) - read, last)


def make_challenge(folder: CaseFolder, *, sample: int | None = None) -> Challenge:
    """Make a challenge for whoever holds a copy: all objects held soundly here, or a random ``sample`` of them."""
    objects = folder.objects()
    names = sorted(name for name in expected_objects(folder) if objects.has(name))
    if not names:
        raise ActionError("audit-nothing", "This case holds no objects.", "There is nothing to be proven.")
    if sample is not None and sample < len(names):
        names = sorted(_drawn(names, sample, folder))
    return Challenge(folder.surroundings.randomness.bytes(32).hex(), tuple(names))


def _drawn(names: list[str], count: int, folder: CaseFolder) -> list[str]:
    """Draw without replacement; a holder cannot know which, so keeping some is not enough."""
    left = list(names)
    drawn = []
    for _ in range(max(count, 1)):
        # 16 bytes: the favour that a remainder gives to the first names is not measurable.
        place = int.from_bytes(folder.surroundings.randomness.bytes(16), "big") % len(left)
        drawn.append(left.pop(place))
    return drawn


def record_remote(recorder: Recorder, holder: str, challenge: Challenge, outcome: Outcome) -> str:
    """Record how a copy held elsewhere did; return the entry."""
    case = case_subject(recorder.journal)
    value = {
        "holder": holder,
        "nonce": challenge.nonce,
        "asked": outcome.asked,
        "right": outcome.right,
        "wrong": len(outcome.wrong),
        "without": len(outcome.without),
        "unchecked": len(outcome.unchecked),
    }
    return recorder.record(Act("audit.remote", (recorder.new_assertion(case, "audit-remote", value),))).id


def repair(
    recorder: Recorder, objects: ObjectStore, copy: ObjectStore, *, names: Collection[str], source: str
) -> list[str]:
    """Replace damaged or missing objects from a copy and record it; return what the copy could not mend.

    Only bytes whose SHA-256 is the object's name are taken; how many copies agree counts for nothing. The damaged
    bytes are kept in the quarantine. ``source`` names the copy. What was erased is never brought back.
    """
    if not isinstance(objects, LocalObjectStore):
        raise ActionError(
            "repair-store",
            "Objects in a bucket are not repaired from here.",
            "Use the bucket's versions.",
        )
    said = []
    left = []
    case = case_subject(recorder.journal)
    for sha256 in sorted(set(names) - erased_objects(recorder.journal.store).keys()):
        if copy.verify(sha256) is not None:
            left.append(sha256)
            continue
        with closing(copy.open(sha256)) as stream:
            kept = objects.replace_damaged(sha256, stream)
        value = {"sha256": sha256, "from": source} | ({"kept": kept.name} if kept else {})
        said.append(recorder.new_assertion(case, "object-repaired", value))
    for start in range(0, len(said), MOST_NAMED):
        recorder.record(Act("audit.repair", tuple(said[start : start + MOST_NAMED])))
    return left


def damaged_objects(folder: CaseFolder) -> list[str]:
    """Return what is damaged or missing now among the objects the last audits found wrong."""
    view: CaseView = ProjectedCase(folder.projection())
    named = {value["sha256"] for value in view.subject(view.case).values("audit-problem")}
    objects = folder.objects()
    return sorted(name for name in named if objects.verify(name) is not None)
