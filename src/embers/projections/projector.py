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
from embers.projections.view import batches
from embers.vocabulary.value import references

#: The tables that hold what entries say; the others are computed from them.
GENERIC = (models.Entry, models.Assertion, models.Link, models.StoredObject)
#: A row of values as SQL takes them.
Row = tuple[str | int | None, ...]
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_STATUS = {"supersedes": "superseded", "retracts": "retracted"}
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
                *(said.predicate, value, said.valid, said.confidence, said.marking, level, mask),
            )
        )
        links = [("item" if b.item else "source", b.item or b.source or "", b.locator) for b in said.basis]
        links += [("value", target, "") for target in references(said.value)]
        links += [(rel.rel, rel.id, "") for rel in said.relations]
        rows.links += [(said.id, place, *link, mask) for place, link in enumerate(links)]
        rows.subjects.add(said.subject)
        rows.changed.add(said.id)
        rows.changed.update(rel.id for rel in said.relations)
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
        for chunk in self._chunks(journal):
            applied += len(chunk)
            with self._database.transaction():
                rows = self._store(_counting(journal, chunk))
                self._persons = journal.roster().subjects
                touched = rows.subjects | self._restate(rows.changed)
                touched |= restate_restrictions(
                    self._database, journal.roster(), (str(row[0]) for row in rows.assertions)
                )
                self._derive(touched)
                self._note_place(journal, chunk[-1][0])
        return applied

    def fill(self, journal: Journal) -> int:
        """Apply every entry that counts to empty tables; return how many were read.

        The same as :meth:`catch_up`, in the order that is cheapest when everything is new: first all rows, then
        the indexes, then once what depends on many entries, then the nouns.
        """
        applied = 0
        generic, nouns = self._database.drop_indexes(GENERIC), self._database.drop_indexes(NOUNS)
        for chunk in self._chunks(journal):
            applied += len(chunk)
            with self._database.transaction():
                self._store(_counting(journal, chunk))
                self._note_place(journal, chunk[-1][0])
        self._database.create_indexes(generic)
        with self._database.transaction():
            self._restate(self._aims())
            # The tables know of no record kept apart yet, so every one found now has its masks computed.
            restate_restrictions(self._database, journal.roster(), ())
        self.derive_all(journal.roster().subjects, fresh=True)
        self._database.create_indexes(nouns)
        return applied

    def derive_all(self, persons: Mapping[str, str], *, fresh: bool = False) -> None:
        """Recompute every noun row; ``persons`` by signing key. ``fresh``: there are no rows yet."""
        self._persons = persons
        with self._database.connection.cursor() as cursor:
            # In order of arrival: what is said of one subject mostly arrived together, and is read together here.
            cursor.execute("SELECT subject FROM case_assertion GROUP BY subject ORDER BY min(rowid)")
            subjects = [row[0] for row in cursor.fetchall()]
        with self._database.transaction():
            self._derive_only(subjects, fresh=fresh)

    def _chunks(self, journal: Journal) -> Iterator[list[tuple[int, SignedEntry]]]:
        stream = journal.entries(after=int(self._database.meta("position") or 0))
        while chunk := _next_chunk(stream):
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
        with self._database.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO case_entry (id, log, seq, position, by, role, act, claimed_at, tz, clock, reason, "
                "seen, seen_by, reason_seen_by) VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s) "
                "ON CONFLICT DO NOTHING",
                rows.entries,
            )
            cursor.executemany(
                "INSERT INTO case_assertion (id, entry_id, rank, subject, kind, predicate, value, valid, "
                "confidence, marking, level, seen_by, status, disputed) "
                "VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,'live',0) ON CONFLICT DO NOTHING",
                rows.assertions,
            )
            cursor.executemany(
                "INSERT INTO case_link (assertion_id, ordinal, how, target, locator, seen_by) "
                "VALUES (%s,%s,%s,%s,%s,%s) ON CONFLICT DO NOTHING",
                rows.links,
            )
            cursor.executemany(
                "INSERT INTO case_storedobject (entry_id, sha256, size, media, seen_by) VALUES (%s,%s,%s,%s,%s) "
                "ON CONFLICT DO NOTHING",
                rows.objects,
            )
        return rows

    def _aims(self) -> list[str]:
        """Return the assertions that others supersede, retract or dispute."""
        with self._database.connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT target FROM case_link WHERE how IN ('supersedes', 'retracts', 'disputes')"
            )
            return [row[0] for row in cursor.fetchall()]

    def _restate(self, assertions: Iterable[str]) -> set[str]:
        """Recompute the status of assertions from the relations that point at them; return their subjects."""
        subjects: set[str] = set()
        with self._database.connection.cursor() as cursor:
            for batch in batches(sorted(assertions)):
                marks = ",".join(["%s"] * len(batch))
                cursor.execute(
                    f"SELECT target, how FROM case_link WHERE target IN ({marks}) "
                    "AND how IN ('supersedes', 'retracts', 'disputes')",
                    batch,
                )
                changes: dict[str, set[str]] = {}
                for target, how in cursor.fetchall():
                    changes.setdefault(target, set()).add(how)
                cursor.executemany(
                    "UPDATE case_assertion SET status = %s, disputed = %s WHERE id = %s",
                    [(_status(hows), "disputes" in hows, id) for id, hows in changes.items()],
                )
                cursor.execute(f"SELECT DISTINCT subject FROM case_assertion WHERE id IN ({marks})", batch)
                subjects.update(row[0] for row in cursor.fetchall())
        return subjects

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
            # An incident's row tells of its charges' elements, whose routes do not name the incident themselves.
            legal = [one for one in around if one.startswith(("charge:", "proposition:"))]
            for batch in batches(sorted(legal)):
                marks = ",".join(["%s"] * len(batch))
                cursor.execute(
                    "SELECT DISTINCT l.target FROM case_assertion a JOIN case_link l ON l.assertion_id = a.id "
                    f"WHERE a.subject IN ({marks}) AND a.predicate IN ('charge-incident', 'proposition-incident') "
                    "AND l.how = 'value'",
                    batch,
                )
                around.update(row[0] for row in cursor.fetchall())
        self._derive_only(sorted(around))

    def _derive_only(self, subjects: Iterable[str], *, fresh: bool = False) -> None:
        readers = groups_of_readers(self._database)
        for batch in batches(subjects, 2000):
            derive(self._database, self._objects, batch, readers, persons=self._persons, fresh=fresh)


def _status(hows: set[str]) -> str:
    # A retraction outweighs a supersession: the assertion's own author or a reviewer took it back.
    if "retracts" in hows:
        return "retracted"
    return _STATUS["supersedes"] if "supersedes" in hows else "live"
