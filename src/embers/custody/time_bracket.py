"""Between which moments an entry was signed, as outside bodies vouch for it. The only place that works this out.

*Not after*: the first trusted token over a signed state of its log that holds the entry. *Not before*: the newest
trusted token that the entry builds on. If the entry cites a state of the log that recorded the token, that is proof;
if it only stands behind it in the same log, it is the order in which its own device says it wrote, and is shown so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from embers.custody.timestamp import Statement, Verdict, imprint_of, read_statement, verify_reply
from embers.errors import EmbersError, JournalError, ObjectError
from embers.journal.assertion import JsonValue
from embers.journal.entry import Entry, SignedEntry, read_entry
from embers.journal.journal import Journal, subtree_reader
from embers.journal.merkle import compact
from embers.journal.note import Checkpoint, read_checkpoint, read_verifier_key
from embers.objects.store import ObjectStore
from embers.surroundings import utc_text

PREDICATE = "time-stamp"
#: A statement or reply larger than this was not written by Embers.
MAX_BYTES = 16 * 1024 * 1024
CITED, ORDERED = "cited by the entry", "order of the entry's own log"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One recorded reply, verified again. ``states`` maps origins to the stamped state of that log and its note."""

    entry: str
    log: str
    seq: int
    value: Mapping[str, JsonValue]
    verdict: Verdict
    statement: Statement | None = None
    states: Mapping[str, tuple[Checkpoint, str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def trusted(self) -> bool:
        """Tell whether the token may limit a time."""
        return self.verdict.trusted and self.verdict.time is not None and not self.problems


@dataclass(frozen=True, slots=True)
class Bracket:
    """The limits of one entry's time, as text; empty where no outside body set one. ``*_by`` names the authority."""

    entry: str
    not_before: str = ""
    not_before_by: str = ""
    not_before_how: str = ""
    not_after: str = ""
    not_after_by: str = ""

    def words(self) -> str:
        """Return the bracket as a person reads it."""
        before = (
            f"not before {self.not_before} ({self.not_before_by}; {self.not_before_how})"
            if self.not_before
            else "not before: no outside proof"
        )
        after = (
            f"not after {self.not_after} ({self.not_after_by})"
            if self.not_after
            else "not after: no outside proof yet"
        )
        return f"{before}; {after}"


@dataclass(slots=True)
class TimeProofs:
    """Every recorded time-stamp of a journal, verified, and the brackets that follow from them."""

    journal: Journal
    stamps: list[Stamp]
    _roots: dict[tuple[str, int], str] = field(default_factory=dict)

    def after(self, entry: Entry) -> Stamp | None:
        """Return the first trusted token over a state that holds the entry."""
        found = [
            stamp
            for stamp in self.stamps
            if stamp.trusted and entry.log in stamp.states and stamp.states[entry.log][0].size > entry.seq
        ]
        return min(found, key=_time, default=None)

    def before(self, entry: Entry) -> tuple[Stamp, str] | None:
        """Return the newest trusted token the entry builds on, and how."""
        found = [
            (stamp, how) for stamp in self.stamps if stamp.trusted and (how := self._known(stamp, entry))
        ]
        return max(found, key=lambda one: (_time(one[0]), one[1] == CITED), default=None)

    def bracket(self, signed: SignedEntry) -> Bracket:
        """Return the limits of an entry's time."""
        after, before = self.after(signed.entry), self.before(signed.entry)
        return Bracket(
            signed.id,
            not_before=utc_text(_time(before[0])) if before else "",
            not_before_by=str(before[0].value["authority"]) if before else "",
            not_before_how=before[1] if before else "",
            not_after=utc_text(_time(after)) if after else "",
            not_after_by=str(after.value["authority"]) if after else "",
        )

    def _known(self, stamp: Stamp, entry: Entry) -> str:
        size, root = entry.seen.get(stamp.log, (0, ""))
        if size > stamp.seq and root == self._root(stamp.log, size):
            return CITED
        return ORDERED if stamp.log == entry.log and stamp.seq < entry.seq else ""

    def _root(self, origin: str, size: int) -> str:
        key = (origin, size)
        if key not in self._roots:
            self._roots[key] = _root_at(self.journal, origin, size)
        return self._roots[key]


def read_time_proofs(journal: Journal, objects: ObjectStore) -> TimeProofs:
    """Find and verify every time-stamp of a journal. Nothing is asked of anybody: all of it is kept in the case."""
    mark = f'"{PREDICATE}"'.encode()
    found = []
    for stored in journal.store.entries():
        if mark not in stored.raw:
            continue
        try:
            signed = read_entry(stored.raw)
        except JournalError:  # `embers verify` names it
            continue
        for said in signed.entry.assertions:
            if said.predicate == PREDICATE and isinstance(said.value, dict):
                found.append(_stamp(journal, objects, signed, said.value))
    return TimeProofs(journal, found)


def _stamp(
    journal: Journal, objects: ObjectStore, signed: SignedEntry, value: Mapping[str, JsonValue]
) -> Stamp:
    place = signed.id, signed.entry.log, signed.entry.seq, value
    try:
        statement, reply, roots = (_bytes(objects, value[part]) for part in ("statement", "reply", "roots"))
        said = read_statement(statement)
    except (EmbersError, KeyError) as error:
        what = error.message if isinstance(error, EmbersError) else f"it lacks {error}"
        return Stamp(*place, Verdict("", None, what))
    verdict = verify_reply(reply, imprint_of(statement), roots)
    states: dict[str, tuple[Checkpoint, str]] = {}
    problems = []
    for note in said.checkpoints:
        try:
            point = _state(journal, note)
            states[point.origin] = (point, note)
        except JournalError as error:
            problems.append(error.message)
    return Stamp(*place, verdict, said, states, tuple(problems))


def _bytes(objects: ObjectStore, sha256: JsonValue) -> bytes:
    with objects.open(str(sha256)) as handle:
        data = handle.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES or imprint_of(data).hex() != sha256:
        raise ObjectError("altered", f"The stored object {sha256} was altered.", "Run `embers verify`.")
    return data


def _state(journal: Journal, note: str) -> Checkpoint:
    """Return a stamped state; refuse one that is not a state of the log as it stands here."""
    origin = note.partition("\n")[0]
    vkey = next((log.vkey for log in journal.logs() if log.origin == origin), None)
    if vkey is None:
        raise JournalError("no-log", f"A stamped state names the log {origin}, which is not here.", "Sync.")
    point = read_checkpoint(note, origin, read_verifier_key(vkey)[1])
    if _root_at(journal, origin, point.size) != point.root.hex():
        raise JournalError(
            "stamped-state",
            f"The first {point.size} entries of the log {origin} are not those an authority stamped.",
            "The history was rewritten after the time-stamp. Compare with another copy; keep this one as it is.",
        )
    return point


def _root_at(journal: Journal, origin: str, size: int) -> str:
    """Return the root of a log at a size, or nothing if the log is shorter."""
    if size > journal.store.size(origin):
        return ""
    return compact(size, subtree_reader(journal.store, origin)).root().hex()


def _time(stamp: Stamp) -> datetime:
    if stamp.verdict.time is None:
        raise JournalError("time", "A time-stamp without a time was asked for it.", "Report this as a bug.")
    return stamp.verdict.time
