"""The case as domain packages read it, answered from the generic projection tables."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from embers.case_view import EntryInfo, Ground, Held, LogHead, Record
from embers.errors import ProjectionError
from embers.projections.database import CaseDatabase

_COLUMNS = (
    "a.id, a.subject, a.predicate, a.value, a.valid, a.confidence, a.marking, a.status, a.disputed, "
    "a.entry_id, e.reason, a.rank"
)
_FROM = "FROM case_assertion a JOIN case_entry e ON e.id = a.entry_id"
#: Values bound in one statement; SQLite allows 32,766.
_BATCH = 5000


def batches(values: Iterable[str], size: int = _BATCH) -> Iterator[list[str]]:
    """Cut an iterable into lists of at most ``size``."""
    batch: list[str] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


class ProjectedCase:
    """A :class:`embers.case_view.CaseView` over one projection database.

    The projector, before whom no views stand, computes what a class of readers will find by naming its bit.
    """

    def __init__(self, database: CaseDatabase, *, bit: int | None = None) -> None:
        self._database = database
        self._bit = bit

    @property
    def case(self) -> str:
        """The case's own subject id."""
        rows = self._rows("SELECT id FROM case_subject WHERE kind = 'case' ORDER BY first LIMIT 1", [])
        if not rows:
            raise ProjectionError(
                "empty", f"{self._database.name} holds no case.", "Run `embers rebuild` in the case folder."
            )
        return str(rows[0][0])

    def heads(self) -> Sequence[LogHead]:
        """Return the log sizes and roots these tables were computed from."""
        found = []
        for origin, text in self._database.metas("log:").items():
            size, _, root = text.partition(" ")
            found.append(LogHead(origin, int(size), root))
        return found

    def subject(self, id: str) -> Record:
        """Return everything held about one subject."""
        return self.subjects([id])[id]

    def subjects(self, ids: Iterable[str]) -> dict[str, Record]:
        """Return several subjects in a few queries; unknown ones give empty records."""
        wanted = list(dict.fromkeys(ids))
        held: dict[str, list[Held]] = {id: [] for id in wanted}
        for batch in batches(wanted):
            marks = ",".join(["%s"] * len(batch))
            for entry in self._held(f"WHERE a.subject IN ({marks}) ORDER BY a.subject, a.rank", batch):
                held[entry.subject].append(entry)
        return {id: Record(id, tuple(found)) for id, found in held.items()}

    def kind(self, kind: str) -> Mapping[str, Record]:
        """Return all subjects of a kind, in order of first mention."""
        found: dict[str, list[Held]] = defaultdict(list)
        for entry in self._held("WHERE a.kind = %s ORDER BY a.rank", [kind]):
            found[entry.subject].append(entry)
        return {id: Record(id, tuple(held)) for id, held in found.items()}

    def held(self, ids: Iterable[str]) -> Mapping[str, Held]:
        """Return assertions by id."""
        found: dict[str, Held] = {}
        for batch in batches(dict.fromkeys(ids)):
            marks = ",".join(["%s"] * len(batch))
            found |= {held.id: held for held in self._held(f"WHERE a.id IN ({marks})", batch)}
        return found

    def naming(self, target: str, predicate: str = "") -> Sequence[Held]:
        """Return assertions that rest on, refer to, or relate to ``target``.

        With ``predicate`` only those of it whose value refers to ``target``, however much else rests on it.
        """
        links = "SELECT assertion_id FROM case_link WHERE target = %s"
        if predicate:
            where = f"WHERE a.id IN ({links} AND how = 'value') AND a.predicate = %s ORDER BY a.rank"
            return self._held(where, [target, predicate])
        return self._held(f"WHERE a.id IN ({links}) ORDER BY a.rank", [target])

    def naming_any(self, targets: Iterable[str]) -> Sequence[Held]:
        """Return assertions that rest on, refer to, or relate to any of the targets, each once."""
        found: dict[str, Held] = {}
        for batch in batches(targets):
            marks = ",".join(["%s"] * len(batch))
            links = f"SELECT assertion_id FROM case_link WHERE target IN ({marks})"
            found |= {held.id: held for held in self._held(f"WHERE a.id IN ({links}) ORDER BY a.rank", batch)}
        return tuple(found.values())

    def entries(self, ids: Iterable[str]) -> Mapping[str, EntryInfo]:
        """Return entries by id."""
        found: dict[str, EntryInfo] = {}
        for batch in batches(dict.fromkeys(ids)):
            marks = ",".join(["%s"] * len(batch))
            sql = (
                "SELECT id, log, seq, by, role, act, claimed_at, tz, clock, reason, seen FROM case_entry "
                f"WHERE id IN ({marks})"
            )
            for *told, seen in self._rows(sql, batch):
                entry = EntryInfo(*told)
                found[entry.id] = replace(entry, seen=json.loads(seen))
        return found

    def claims_naming(self, sources: Iterable[str]) -> Mapping[str, int]:
        """Return by source how many live claims were read in it."""
        seen = "" if self._bit is None else f"AND a.seen_by & {self._bit:d} <> 0 "
        counts: dict[str, int] = {}
        for batch in batches(sources):
            marks = ",".join(["%s"] * len(batch))
            sql = (
                "SELECT l.target, count(*) FROM case_link l JOIN case_assertion a ON a.id = l.assertion_id "
                f"WHERE l.how = 'source' AND l.target IN ({marks}) AND a.status = 'live' {seen}"
                "AND a.value LIKE '%%\"claimant\":%%' GROUP BY l.target"
            )
            counts |= dict(self._rows(sql, batch))
        return counts

    def absorbed(self, incidents: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return by incident the incidents that were merged into it, directly or through others."""
        wanted = list(dict.fromkeys(incidents))
        direct: dict[str, list[str]] = {}
        next_ = wanted
        while next_:
            direct |= {one: [] for one in next_}
            for target, subject in self._merged(next_):
                direct[target].append(subject)
            next_ = list(dict.fromkeys(s for one in next_ for s in direct[one] if s not in direct))
        found = {}
        for start in wanted:
            inside = dict.fromkeys(direct[start])
            left = list(inside)
            while left:
                further = [one for one in direct[left.pop()] if one not in inside and one != start]
                inside |= dict.fromkeys(further)
                left += further
            inside.pop(start, None)
            if inside:
                found[start] = tuple(sorted(inside))
        return found

    def _merged(self, targets: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield which incidents were merged into some, as pairs of the latter and the former."""
        seen = "" if self._bit is None else f"AND a.seen_by & {self._bit:d} <> 0 "
        for batch in batches(targets):
            marks = ",".join(["%s"] * len(batch))
            sql = (
                "SELECT DISTINCT l.target, a.subject FROM case_link l JOIN case_assertion a ON a.id = l.assertion_id "
                f"WHERE l.how = 'value' AND l.target IN ({marks}) AND a.predicate = 'merged-into' "
                f"AND a.status = 'live' {seen}ORDER BY l.target, a.subject"
            )
            yield from self._rows(sql, batch)

    def legal_records(self, incidents: Iterable[str]) -> tuple[list[Record], list[Record], list[Record]]:
        """Return the charges, propositions and element links of some incidents."""
        wanted = list(incidents)
        charges = self._pointing("charge-incident", wanted)
        if not charges:
            return [], [], []
        links = self._pointing("link-charge", [record.id for record in charges])
        return charges, self._pointing("proposition-incident", wanted), links

    def _pointing(self, predicate: str, targets: Sequence[str]) -> list[Record]:
        """Return the subjects that name one of these in a predicate, in order of first mention."""
        found: dict[str, None] = {}
        for batch in batches(targets):
            marks = ",".join(["%s"] * len(batch))
            sql = (
                "SELECT DISTINCT a.subject FROM case_link l JOIN case_assertion a ON a.id = l.assertion_id "
                f"WHERE l.target IN ({marks}) AND l.how = 'value' AND a.predicate = %s"
            )
            found |= dict.fromkeys(str(row[0]) for row in self._rows(sql, [*batch, predicate]))
        records = [record for record in self.subjects(found).values() if record.held]
        return sorted(records, key=lambda record: record.held[0].rank)

    def withheld(self, ids: Iterable[str]) -> set[str]:
        """Return which of these assertions are in the case and not for the class of readers this is computed for."""
        found: set[str] = set()
        if self._bit is not None:
            for batch in batches(ids):
                marks = ",".join(["%s"] * len(batch))
                sql = f"SELECT id FROM case_assertion WHERE id IN ({marks}) AND seen_by & {self._bit:d} = 0"
                found.update(row[0] for row in self._rows(sql, batch))
        return found

    def _rows(self, sql: str, values: Sequence[str]) -> list[tuple]:  # type: ignore[type-arg]
        with self._database.connection.cursor() as cursor:
            cursor.execute(sql, list(values))
            rows: list[tuple] = cursor.fetchall()  # type: ignore[type-arg]
            return rows

    def _held(self, where: str, values: Sequence[str]) -> list[Held]:
        seen = "" if self._bit is None else f" AND a.seen_by & {self._bit:d} <> 0"
        rows = self._rows(f"SELECT {_COLUMNS} {_FROM}{seen} {where}", values)
        grounds: dict[str, list[Ground]] = defaultdict(list)
        relations: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for batch in batches(row[0] for row in rows):
            marks = ",".join(["%s"] * len(batch))
            sql = (
                "SELECT assertion_id, how, target, locator FROM case_link "
                f"WHERE how <> 'value' AND assertion_id IN ({marks}) ORDER BY assertion_id, ordinal"
            )
            for assertion, how, target, locator in self._rows(sql, batch):
                if how in {"item", "source"}:
                    grounds[assertion].append(Ground(target, locator))
                else:
                    relations[assertion].append((how, target))
        return [
            Held(
                id=row[0],
                subject=row[1],
                predicate=row[2],
                value=json.loads(row[3]),
                grounds=tuple(grounds.get(row[0], ())),
                valid=row[4],
                confidence=row[5],
                marking=row[6],
                relations=tuple(relations.get(row[0], ())),
                status=row[7],
                disputed=bool(row[8]),
                entry=row[9],
                reason=row[10],
                rank=row[11],
            )
            for row in rows
        ]
