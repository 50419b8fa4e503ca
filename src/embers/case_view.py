"""What domain packages and reports may read of a case.

``CaseView`` is a protocol: the projected case database implements it, and tests implement it in memory.
Domain packages see nothing else, so a leak cannot go round the redaction policy and nothing below
``projections`` depends on a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Json = Any  # a JSON value without floats, as checked by the journal


@dataclass(frozen=True, slots=True)
class Ground:
    """One basis of an assertion: an item or a source, and the pinpoint in it."""

    target: str
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """One assertion as the case holds it, with the entry that brought it.

    ``status`` is ``live``, ``superseded`` or ``retracted``; ``disputed`` says that somebody disputes it.
    ``rank`` sorts assertions alike in every copy of the journal.
    """

    id: str
    subject: str
    predicate: str
    value: Json
    grounds: tuple[Ground, ...]
    valid: str | None
    confidence: str | None
    marking: str | None
    relations: tuple[tuple[str, str], ...]
    status: str
    disputed: bool
    entry: str
    reason: str = ""
    rank: str = ""

    @property
    def live(self) -> bool:
        """Tell whether the assertion still stands."""
        return self.status == "live"


@dataclass(frozen=True, slots=True)
class EntryInfo:
    """Who signed an entry, where it stands in which log, and when the device says it was.

    ``seen`` says how many entries of each other log its device held when it was signed.
    """

    id: str
    log: str
    seq: int
    by: str
    role: str
    act: str
    claimed_at: str
    tz: str
    clock: str
    reason: str
    seen: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogHead:
    """The newest signed size and root of one log."""

    origin: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The value of a ``one`` predicate: settled, decided, or contested.

    ``held`` lists the live assertions; where they differ and nobody decided, ``value`` is ``None`` and
    ``contested`` is true.
    """

    value: Json
    held: tuple[Held, ...]
    contested: bool
    decision: Held | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the assertions the value rests on (all of them when contested)."""
        if self.decision is not None:
            chosen = {target for rel, target in self.decision.relations if rel == "decides"}
            return (*(held.id for held in self.held if held.id in chosen), self.decision.id)
        return tuple(held.id for held in self.held)


@dataclass(frozen=True, slots=True)
class Record:
    """Everything held about one subject."""

    id: str
    held: tuple[Held, ...]

    @property
    def kind(self) -> str:
        """The kind in the subject id."""
        return self.id.partition(":")[0]

    def live(self, predicate: str) -> tuple[Held, ...]:
        """Return the live assertions of one predicate, oldest first."""
        return tuple(held for held in self.held if held.predicate == predicate and held.live)

    def one(self, predicate: str) -> Resolved:
        """Resolve a predicate that should have one value; competing values stay contested."""
        held = self.live(predicate)
        values: list[Json] = []
        for entry in held:
            if entry.value not in values:
                values.append(entry.value)
        if len(values) == 1:
            return Resolved(values[0], held, contested=False)
        decision = self.decision(predicate)
        if decision is not None:
            chosen = {target for rel, target in decision.relations if rel == "decides"}
            picked = [entry for entry in held if entry.id in chosen]
            if picked:
                return Resolved(picked[-1].value, held, contested=False, decision=decision)
        return Resolved(None, held, contested=bool(values))

    def value(self, predicate: str, default: Json = None) -> Json:
        """Return the resolved value, or ``default`` when there is none or it is contested."""
        found = self.one(predicate).value
        return default if found is None else found

    def values(self, predicate: str) -> list[Json]:
        """Return the live values of one predicate, oldest first."""
        return [held.value for held in self.live(predicate)]

    def text(self, predicate: str, language: str = "en") -> str:
        """Return plain text of a text or lang-text predicate, preferring ``language``; empty if none."""
        values = self.values(predicate)
        for value in values:
            if isinstance(value, dict) and value.get("lang") == language:
                return str(value["text"])
        for value in values:
            return str(value["text"] if isinstance(value, dict) else value)
        return ""

    def decision(self, predicate: str) -> Held | None:
        """Return the newest live decision over one predicate."""
        made = [held for held in self.live("decision") if held.value.get("predicate") == predicate]
        return made[-1] if made else None


class CaseView(Protocol):
    """Read access to one case. All methods answer from one consistent state."""

    @property
    def case(self) -> str:
        """The case's own subject id."""
        ...

    def heads(self) -> Sequence[LogHead]:
        """Return the state of every log this view was computed from."""
        ...

    def subject(self, id: str) -> Record:
        """Return everything held about one subject; an unknown one gives an empty record."""
        ...

    def kind(self, kind: str) -> Mapping[str, Record]:
        """Return all subjects of a kind by id, in order of first mention, in one query."""
        ...

    def held(self, ids: Iterable[str]) -> Mapping[str, Held]:
        """Return assertions by id, in one query; unknown ids are left out."""
        ...

    def naming(self, target: str) -> Sequence[Held]:
        """Return assertions that rest on, refer to, or relate to ``target`` (subject or assertion id)."""
        ...

    def naming_any(self, targets: Iterable[str]) -> Sequence[Held]:
        """Return what :meth:`naming` returns for each of many targets, each assertion once, in few queries."""
        ...

    def entries(self, ids: Iterable[str]) -> Mapping[str, EntryInfo]:
        """Return entries by id, in one query."""
        ...
