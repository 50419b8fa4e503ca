"""Applies signed entries to the generic tables, then recomputes the nouns they touch.

The result is a function of the *set* of entries: a status depends only on which relations exist, a noun row
only on the assertions about it, and ties are broken by a sort key that is inside the signed entry. Order of
arrival changes nothing but ``position``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from embers.access.standing import level_of
from embers.ids import kind_of
from embers.journal.entry import Entry, SignedEntry
from embers.journal.journal import Journal
from embers.journal.standing import DECIDING, Relating, standing_of
from embers.objects.store import ObjectStore
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.nouns import NOUNS, derive
from embers.projections.restriction import (
    entry_masks,
    groups_of_readers,
    mask_by_level,
    object_mask,
    restate_restrictions,
)
from embers.projections.tables import written_columns
from embers.projections.view import batches
from embers.vocabulary.value import references

#: The tables that hold what entries say; the others are computed from them.
GENERIC = (models.Entry, models.Assertion, models.Link, models.StoredObject)
#: A row of values as SQL takes them.
Row = tuple[str | int | None, ...]
_DECIDING = ", ".join(f"'{name}'" for name in DECIDING)
#: Beginnings of subjects and the predicates by which they lead to incidents that tell of them, step by step.
_FURTHER = (
    (("charge:", "proposition:"), "'charge-incident', 'proposition-incident'"),
    (("incident:",), "'merged-into'"),
)
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
#: Assertions applied in one transaction, give or take one entry: entries differ a hundredfold in what they hold,
#: so counting entries would not bound memory. A crash repeats at most this many.
BATCH = 20_000


def sort_key(signed: SignedEntry, ordinal: int) -> str:
    """Return a key that orders assertions alike in every copy: claimed time, log, place in log."""
    entry = signed.entry
    return f"{entry.at.claimed} {entry.log[-12:]} {entry.seq:010d} {ordinal:04d}"


@dataclass(slots=True)
class _Rows:
    entries: list[Row] = field(default_factory=list)
    assertions: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    objects: list[Row] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)  # assertions whose status may change
    subjects: set[str] = field(default_factory=set)


def _collect(rows: _Rows, position: int, signed: SignedEntry, seen_by: Callable[[int], int]) -> None:
    entry = signed.entry
    at = entry.at
    masks: list[tuple[int, str]] = []
    for ordinal, said in enumerate(entry.assertions):
        value = _write(said.value)
        level = level_of(said.predicate, said.marking)
        mask = seen_by(level)
        masks.append((mask, value))
        rows.assertions.append(
            (
                *(said.id, signed.id, sort_key(signed, ordinal), said.subject, kind_of(said.subject)),
                *(said.predicate, value, said.valid, said.confidence, said.marking),
                *("live", False, level, mask),
            )
        )
        links = [("item" if b.item else "source", b.item or b.source or "", b.locator) for b in said.basis]
        links += [("value", target, "") for target in references(said.value)]
        links += [(rel.rel, rel.id, "") for rel in said.relations]
        rows.links += [(said.id, place, *link, mask) for place, link in enumerate(links)]
        rows.subjects.add(said.subject)
        rows.changed.add(said.id)
    some, every = entry_masks([mask for mask, _ in masks])
    rows.entries.append(
        (
            *(signed.id, entry.log, entry.seq, position, entry.by, entry.role, entry.act),
            *(at.claimed, at.tz, at.clock, entry.reason, _sizes(entry), some, every),
        )
    )
    rows.objects += [
        (signed.id, ref.sha256, ref.size, ref.media, object_mask(ref.sha256, masks)) for ref in entry.objects
    ]


def _sizes(entry: Entry) -> str:
    return json.dumps({origin: size for origin, (size, _) in sorted(entry.seen.items())})


def _next_chunk(stream: Iterator[tuple[int, SignedEntry]]) -> list[tuple[int, SignedEntry]]:
    chunk: list[tuple[int, SignedEntry]] = []
    weight = 0
    for position, signed in stream:
        chunk.append((position, signed))
        weight += 1 + len(signed.entry.assertions)
        if weight >= BATCH:
            break
    return chunk


def _counting(journal: Journal, chunk: Sequence[tuple[int, SignedEntry]]) -> list[tuple[int, SignedEntry]]:
    accepts = journal.roster().accepts
    return [pair for pair in chunk if accepts(pair[1].key, pair[1].entry.log, pair[1].entry.seq)]


class Projector:
    """The only writer of a projection database."""

    def __init__(self, database: CaseDatabase, objects: ObjectStore) -> None:
        self._database = database
        self._objects = objects
        self._persons: Mapping[str, str] = {}

    def catch_up(self, journal: Journal) -> int:
        """Apply every entry after the stored position that counts; return how many were read.

        An entry beyond its log's limit, or of an ended key, stays in the journal and is not applied.
        """
        applied = 0
        while True:
            place = self._place()
            for chunk in self._chunks(journal, place):
                with self._database.transaction():
                    if self._place() != place:
                        break  # another process brought these in, or put other tables here: look again
                    rows = self._store(_counting(journal, chunk))
                    self._persons = journal.roster().subjects
                    touched = rows.subjects | self._restate(self._reached(rows.changed))
                    touched |= restate_restrictions(
                        self._database, journal.roster(), (str(row[0]) for row in rows.assertions)
                    )
                    self._derive(touched)
                    self._database.engine.index.tidy(self._database)
                    place = chunk[-1][0]
                    self._note_place(journal, place)
                applied += len(chunk)
            else:
                return applied

    def fill(self, journal: Journal) -> int:
        """Apply every entry that counts to empty tables; return how many were read.

        The same as :meth:`catch_up`, in the order that is cheapest when everything is new: first all rows, then
        the indexes, then once what depends on many entries, then the nouns.
        """
        applied = 0
        engine, nouns = self._database.engine, [model._meta.db_table for model in NOUNS]
        first = engine.drop_indexes(self._database, [model._meta.db_table for model in GENERIC])
        last = engine.drop_indexes(self._database, [*nouns, *engine.index.bulky])
        for chunk in self._chunks(journal, 0):
            applied += len(chunk)
            with self._database.transaction():
                self._store(_counting(journal, chunk))
                self._note_place(journal, chunk[-1][0])
        engine.create_indexes(self._database, first)
        with self._database.transaction():
            self._restate(self._aims())
            # The tables know of no record kept apart yet, so every one found now has its masks computed.
            restate_restrictions(self._database, journal.roster(), ())
        self.derive_all(journal.roster().subjects, fresh=True)
        engine.create_indexes(self._database, last)
        return applied

    def derive_all(self, persons: Mapping[str, str], *, fresh: bool = False) -> None:
        """Recompute every noun row; ``persons`` by signing key. ``fresh``: there are no rows yet."""
        self._persons = persons
        with self._database.connection.cursor() as cursor:
            # In order of arrival: what is said of one subject mostly arrived together, and is read together here.
            arrival = self._database.engine.arrival
            cursor.execute(f"SELECT subject FROM case_assertion GROUP BY subject ORDER BY {arrival}")
            subjects = [row[0] for row in cursor.fetchall()]
        with self._database.transaction():
            self._derive_only(subjects, fresh=fresh)

    def _place(self) -> int:
        return int(self._database.meta("position") or 0)

    def _chunks(self, journal: Journal, after: int) -> Iterator[list[tuple[int, SignedEntry]]]:
        stream = journal.entries(after=after)
        while chunk := _next_chunk(stream):
            # A killed process may have left entries that can be read and were not flushed. A projection that told of
            # them would be ahead of the journal after a power cut.
            journal.store.flush()
            yield chunk

    def _note_place(self, journal: Journal, position: int) -> None:
        self._database.set_meta("position", str(position))
        self._note_heads(journal)

    def _note_heads(self, journal: Journal) -> None:
        for head in journal.heads():
            self._database.set_meta(f"log:{head.origin}", f"{head.size} {head.root}")

    def _store(self, chunk: Sequence[tuple[int, SignedEntry]]) -> _Rows:
        """Store what the entries say, and return it."""
        rows = _Rows()
        seen_by = mask_by_level(self._database)
        for position, signed in chunk:
            _collect(rows, position, signed, seen_by)
        # Rows are made in the order in which the models name their columns.
        for model, said in zip(
            GENERIC, (rows.entries, rows.assertions, rows.links, rows.objects), strict=True
        ):
            self._database.insert(model._meta.db_table, written_columns(model), said, ignore=True)
        return rows

    def _aims(self) -> set[str]:
        """Return the assertions that others supersede, retract or dispute."""
        with self._database.connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT target FROM case_link WHERE how IN ({_DECIDING})")
            return {row[0] for row in cursor.fetchall()}

    def _reached(self, assertions: Iterable[str]) -> set[str]:
        """Return assertions with all they supersede, retract or dispute, and what those do, and so on."""
        reached: set[str] = set()
        new = set(assertions)
        while new:
            reached |= new
            new = {target for _, _, target in self._relations("assertion_id", new)} - reached
        return reached

    def _restate(self, assertions: Iterable[str]) -> set[str]:
        """Recompute the standing of assertions from the relations that point at them; return their subjects."""
        subjects: set[str] = set()
        with self._database.connection.cursor() as cursor:
            for batch in batches(sorted(assertions)):
                found = standing_of(batch, self._naming, self._database.undoable)
                cursor.executemany(
                    "UPDATE case_assertion SET status = %s, disputed = %s "
                    "WHERE id = %s AND (status <> %s OR disputed <> %s)",
                    [(one.status, one.disputed, id, one.status, one.disputed) for id, one in found.items()],
                )
                marks = ",".join(["%s"] * len(batch))
                cursor.execute(f"SELECT DISTINCT subject FROM case_assertion WHERE id IN ({marks})", batch)
                subjects.update(row[0] for row in cursor.fetchall())
        return subjects

    def _naming(self, assertions: Iterable[str]) -> list[Relating]:
        return self._relations("target", assertions)

    def _relations(self, column: str, ids: Iterable[str]) -> list[Relating]:
        """Return the deciding relations whose ``column`` is among ``ids``: bearer, relation, target."""
        found: list[Relating] = []
        for batch in batches(sorted(ids)):
            marks = ",".join(["%s"] * len(batch))
            found += self._database.rows(
                f"SELECT assertion_id, how, target FROM case_link WHERE {column} IN ({marks}) AND how IN ({_DECIDING})",
                batch,
            )
        return found

    def _derive(self, touched: set[str]) -> None:
        """Recompute the touched subjects and everything that refers to them (one step)."""
        around = set(touched)
        with self._database.connection.cursor() as cursor:
            for batch in batches(sorted(touched)):
                marks = ",".join(["%s"] * len(batch))
                cursor.execute(
                    "SELECT DISTINCT a.subject FROM case_link l JOIN case_assertion a ON a.id = l.assertion_id "
                    f"WHERE l.target IN ({marks})",
                    batch,
                )
                around.update(row[0] for row in cursor.fetchall())
                # A source or organisation row counts the claims that name it, so the named are recomputed too.
                cursor.execute(
                    "SELECT DISTINCT l.target FROM case_assertion a JOIN case_link l ON l.assertion_id = a.id "
                    f"WHERE l.how IN ('source', 'item', 'value') AND a.subject IN ({marks})",
                    batch,
                )
                around.update(row[0] for row in cursor.fetchall())
            # An incident's row tells of its charges' elements, whose routes do not name the incident themselves, and
            # of the claims and charges of those merged into it.
            for kinds, predicates in _FURTHER:
                next_ = {one for one in around if one.startswith(kinds)}
                while next_:
                    led: set[str] = set()
                    for batch in batches(sorted(next_)):
                        marks = ",".join(["%s"] * len(batch))
                        cursor.execute(
                            "SELECT DISTINCT l.target FROM case_assertion a JOIN case_link l ON l.assertion_id = a.id "
                            f"WHERE a.subject IN ({marks}) AND a.predicate IN ({predicates}) AND l.how = 'value'",
                            batch,
                        )
                        led.update(row[0] for row in cursor.fetchall())
                    next_ = {one for one in led - around if one.startswith(kinds)}
                    around |= led
        self._derive_only(sorted(around))

    def _derive_only(self, subjects: Iterable[str], *, fresh: bool = False) -> None:
        readers = groups_of_readers(self._database)
        for batch in batches(subjects, 2000):
            derive(self._database, self._objects, batch, readers, persons=self._persons, fresh=fresh)
