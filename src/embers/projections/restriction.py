"""Computes which classes of readers may read each assertion, link, entry and object.

An assertion is restricted by its marking, by the sensitivity of its predicate, and by the compartments of every
record it is about or names. Its links share its mask. An entry can be read by whoever may read one of its
assertions, its reason only by whoever may read all of them; an object by whoever may read an assertion that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_, or_

from embers.access.audience import EVERYBODY, Audience, audience
from embers.access.need_to_know import kept_in, memberships
from embers.access.standing import CONFIDENTIAL, OPEN, Restriction
from embers.case_view import Record
from embers.custody.compartment import compartments
from embers.journal.roster import Roster
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase, batches

_Kept = dict[str, frozenset[str]]


def entry_masks(masks: Sequence[int]) -> tuple[int, int]:
    """Return who may read some assertion of an entry, and who may read all of them."""
    return (reduce(or_, masks), reduce(and_, masks)) if masks else (EVERYBODY, EVERYBODY)


def object_mask(sha256: str, said: Sequence[tuple[int, str]]) -> int:
    """Return who may read an object: whoever may read a value that names it, or all if none does."""
    naming = [mask for mask, value in said if sha256 in value]
    return entry_masks(naming)[0] if naming else entry_masks([mask for mask, _ in said])[1]


def mask_by_level(database: CaseDatabase) -> Callable[[int], int]:
    """Return the masks of what is restricted by its level alone, for the classes the tables know."""
    known = database.audience()
    masks = [known.mask(Restriction(level)) for level in range(OPEN, CONFIDENTIAL + 1)]
    return masks.__getitem__


def groups_of_readers(database: CaseDatabase) -> list[tuple[int, int]]:
    """Return one bit of each group of classes that no restriction of this case tells apart, and the group's bits."""
    with database.connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT seen_by FROM case_assertion WHERE NOT (seen_by = -1)")
        masks = [int(row[0]) for row in cursor.fetchall()]
    return [(one.bit, bits) for one, bits in database.audience().groups(masks)]


def restricted_among(database: CaseDatabase, subjects: Sequence[str]) -> set[str]:
    """Return the subjects whose rows may depend on the reader.

    Something about them, about a record they name or a legal record of theirs, or naming them is not for everybody;
    and incidents that others were merged into, and reports: they tell of claims, charges and assertions anywhere.
    """
    legal = (
        "JOIN case_assertion a ON a.id = l.assertion_id "
        "AND a.predicate IN ('charge-incident', 'proposition-incident')"
    )
    hidden = "JOIN case_assertion t ON t.subject = a.subject AND NOT (t.seen_by = -1)"
    every = (
        "SELECT subject FROM case_assertion WHERE subject IN ({0}) AND NOT (seen_by = -1)",
        "SELECT a.subject FROM case_assertion a JOIN case_link l ON l.assertion_id = a.id "
        "JOIN case_assertion t ON t.subject = l.target AND NOT (t.seen_by = -1) WHERE a.subject IN ({0})",
        f"SELECT target FROM case_link {database.engine.by('link_restricted')} "
        "WHERE target IN ({0}) AND NOT (seen_by = -1)",
    )
    of_incidents = (
        "SELECT l.target FROM case_link l JOIN case_assertion m ON m.id = l.assertion_id "
        "AND m.predicate = 'merged-into' WHERE l.how = 'value' AND l.target IN ({0})",
        f"SELECT l.target FROM case_link l {legal} {hidden} WHERE l.target IN ({{0}}) AND l.how = 'value'",
        f"SELECT l.target FROM case_link l {legal} JOIN case_link r ON r.target = a.subject AND r.how = 'value' "
        "JOIN case_assertion b ON b.id = r.assertion_id AND b.predicate = 'link-charge' "
        f"{hidden.replace('a.subject', 'b.subject')} WHERE l.target IN ({{0}}) AND l.how = 'value'",
    )
    # An item or an organisation may be named a million times, and nothing is merged into it or charged by it.
    incidents = [subject for subject in subjects if subject.startswith("incident:")]
    found = {subject for subject in subjects if subject.startswith("report:")}
    for queries, asked in ((every, subjects), (of_incidents, incidents)):
        marks = ",".join(["%s"] * len(asked))
        for query in queries if asked else ():
            found.update(row[0] for row in database.rows(query.format(marks), asked))
    return found


def restate_restrictions(database: CaseDatabase, roster: Roster, said: Iterable[str]) -> set[str]:
    """Bring every mask up to date after new assertions; return the subjects whose rows may now read differently."""
    new = set(said)
    view = ProjectedCase(database)
    circles = compartments(view, roster)
    every = audience(memberships(circles).values())
    before, kept = _stored_kept(database), kept_in(view, _records_kept(database, view), circles, roster)
    stale = _about_or_naming(database, kept) & new
    if kept != before:
        moved = {id for id in before.keys() | kept.keys() if before.get(id) != kept.get(id)}
        stale |= _about_or_naming(database, moved)
        _store_kept(database, kept)
    if every != database.audience():
        database.set_audience(every)
        stale |= _ids(database, "SELECT id FROM case_assertion WHERE NOT (seen_by = -1)", ())
    changed, subjects = _restate(database, stale, every, kept)
    return subjects | _reports_resting_on(database, changed | new)


def _restate(
    database: CaseDatabase, stale: Iterable[str], every: Audience, kept: _Kept
) -> tuple[set[str], set[str]]:
    """Compute the masks of assertions anew; return those that changed and their subjects."""
    changed: dict[str, int] = {}
    subjects: set[str] = set()
    entries: set[str] = set()
    with database.connection.cursor() as cursor:
        for batch in batches(sorted(stale)):
            marks = ",".join(["%s"] * len(batch))
            needed: dict[str, set[str]] = {id: set() for id in batch}
            cursor.execute(
                "SELECT assertion_id, target FROM case_link "
                f"WHERE assertion_id IN ({marks}) AND how IN ('item', 'source', 'value')",
                batch,
            )
            for id, target in cursor.fetchall():
                needed[id] |= kept.get(target, frozenset())
            cursor.execute(
                f"SELECT id, subject, level, seen_by, entry_id FROM case_assertion WHERE id IN ({marks})",
                batch,
            )
            for id, subject, level, seen_by, entry in cursor.fetchall():
                needed[id] |= kept.get(subject, frozenset())
                mask = every.mask(Restriction(level, frozenset(needed[id])))
                if mask != seen_by:
                    changed[id] = mask
                    subjects.add(subject)
                    entries.add(entry)
        rows = [(mask, id) for id, mask in changed.items()]
        cursor.executemany("UPDATE case_assertion SET seen_by = %s WHERE id = %s", rows)
        cursor.executemany("UPDATE case_link SET seen_by = %s WHERE assertion_id = %s", rows)
    _restate_entries(database, entries)
    return set(changed), subjects


def _restate_entries(database: CaseDatabase, entries: Iterable[str]) -> None:
    with database.connection.cursor() as cursor:
        for entry in sorted(entries):
            cursor.execute("SELECT seen_by, value FROM case_assertion WHERE entry_id = %s", [entry])
            said = [(int(mask), str(value)) for mask, value in cursor.fetchall()]
            cursor.execute(
                "UPDATE case_entry SET seen_by = %s, reason_seen_by = %s WHERE id = %s",
                [*entry_masks([mask for mask, _ in said]), entry],
            )
            cursor.execute("SELECT id, sha256 FROM case_storedobject WHERE entry_id = %s", [entry])
            cursor.executemany(
                "UPDATE case_storedobject SET seen_by = %s WHERE id = %s",
                [(object_mask(sha256, said), id) for id, sha256 in cursor.fetchall()],
            )


def _records_kept(database: CaseDatabase, view: ProjectedCase) -> Iterable[Record]:
    query = "SELECT DISTINCT subject FROM case_assertion WHERE predicate = 'kept-in'"
    return view.subjects(sorted(_ids(database, query, ()))).values()


def _stored_kept(database: CaseDatabase) -> _Kept:
    found: dict[str, set[str]] = {}
    for subject, compartment in models.Kept.objects.using(database.alias).values_list(
        "subject", "compartment"
    ):
        found.setdefault(subject, set()).add(compartment)
    return {subject: frozenset(ids) for subject, ids in found.items()}


def _store_kept(database: CaseDatabase, kept: _Kept) -> None:
    rows = [(f"{subject} {id}", subject, id, 1) for subject, ids in kept.items() for id in ids]
    database.run("DELETE FROM case_kept")
    database.insert("case_kept", ("id", "subject", "compartment", "seen_by"), rows)


def _about_or_naming(database: CaseDatabase, subjects: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for batch in batches(subjects):
        marks = ",".join(["%s"] * len(batch))
        found |= _ids(database, f"SELECT id FROM case_assertion WHERE subject IN ({marks})", batch)
        found |= _ids(
            database,
            f"SELECT assertion_id FROM case_link WHERE target IN ({marks}) AND how IN ('item', 'source', 'value')",
            batch,
        )
    return found


def _reports_resting_on(database: CaseDatabase, assertions: Iterable[str]) -> set[str]:
    """Return the reports with a sentence on one of these assertions that is not for everybody, or no longer."""
    found: set[str] = set()
    if models.SentenceBasis.objects.using(database.alias).exists():
        for batch in batches(assertions):
            marks = ",".join(["%s"] * len(batch))
            found |= _ids(
                database,
                f"SELECT DISTINCT report FROM case_sentencebasis WHERE assertion_id IN ({marks})",
                batch,
            )
    return found


def _ids(database: CaseDatabase, query: str, values: Sequence[str]) -> set[str]:
    with database.connection.cursor() as cursor:
        cursor.execute(query, list(values))
        return {str(row[0]) for row in cursor.fetchall()}
