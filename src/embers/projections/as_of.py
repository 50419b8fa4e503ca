"""The case as it was known at an entry or at the end of a day: the present tables, read without what came later.

How each assertion stood is computed by the same rule as for the tables (:mod:`embers.journal.standing`), and the rows
of nouns by the same projectors, so nothing here knows how a value is resolved. A day compares claimed times; an entry
is exact: it signed how much of every other log its device held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace

from django.db.models import Model

from embers.case_view import EntryInfo, Held
from embers.errors import ProjectionError
from embers.journal.standing import DECIDING, Relating, standing_of
from embers.objects.store import ObjectStore
from embers.projections.database import CaseDatabase
from embers.projections.nouns import rows_of
from embers.projections.view import ProjectedCase, batches

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_ENTRY = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Moment:
    """Until when: the end of ``day`` in UTC, or what the device held that signed ``entry``."""

    day: str = ""
    entry: EntryInfo | None = None

    def where(self) -> tuple[str, list[str | int]]:
        """Return the condition on a row ``e`` of the entries, and what is bound in it."""
        if self.entry is None:
            return "e.claimed_at <= %s", [f"{self.day}T23:59:59Z"]
        sizes = {**self.entry.seen, self.entry.log: self.entry.seq + 1}
        conditions = " OR ".join(["(e.log = %s AND e.seq < %s)"] * len(sizes))
        return f"({conditions})", [part for pair in sorted(sizes.items()) for part in pair]


def read_moment(view: ProjectedCase, text: str) -> Moment:
    """Read a day (2026-11-28) or the id of an entry; anything else is refused."""
    if _DAY.match(text):
        return Moment(day=text)
    entry = view.entries([text]).get(text) if _ENTRY.match(text) else None
    if entry is None:
        raise ProjectionError(
            "moment", f"{text[:80]!r} is no day and no entry of this case.", "Write a day such as 2026-11-28."
        )
    return Moment(entry=entry)


class CaseAsOf(ProjectedCase):
    """A :class:`embers.case_view.CaseView` of what the case held at a moment, as far as its reader may read it."""

    def __init__(self, database: CaseDatabase, moment: Moment) -> None:
        super().__init__(database)
        self._moment = moment

    def rows(
        self, subject: str, objects: ObjectStore, *, persons: Mapping[str, str]
    ) -> Mapping[type[Model], Sequence[SimpleNamespace]]:
        """Return the noun rows of a subject as they were, by table; ``persons`` by signing key, as known now."""
        return rows_of(self, objects, subject, persons=persons)

    def left_out(self, subject: str) -> int:
        """Return how many assertions about a subject came later."""
        where, values = self._moment.where()
        sql = (
            "SELECT count(*) FROM case_assertion a JOIN case_entry e ON e.id = a.entry_id "
            f"WHERE a.subject = %s AND NOT ({where})"
        )
        return int(self._database.rows(sql, [subject, *values])[0][0])

    def _held(self, where: str, values: Sequence[str]) -> list[Held]:
        held = super()._held(where, values)
        then = self._among(one.entry for one in held)
        known = [one for one in held if one.entry in then]
        stood = standing_of([one.id for one in known], self._naming, self._database.undoable)
        told = self._told_of(one.id for one in known)
        restated = []
        for one in known:
            at = stood[one.id]
            # What put it where it stands now may not be for this reader; then it is shown as it stands now.
            unseen = one.status != "live" and one.id not in told
            restated.append(one if unseen else replace(one, status=at.status, disputed=at.disputed))
        return restated

    def _among(self, entries: Iterable[str]) -> set[str]:
        """Return those of some entries that were known then."""
        condition, bound = self._moment.where()
        found: set[str] = set()
        for batch in batches(dict.fromkeys(entries)):
            marks = ",".join(["%s"] * len(batch))
            sql = f"SELECT e.id FROM case_entry e WHERE e.id IN ({marks}) AND {condition}"
            found |= {row[0] for row in self._database.rows(sql, [*batch, *bound])}
        return found

    def _naming(self, assertions: Iterable[str]) -> Iterable[Relating]:
        condition, bound = self._moment.where()
        return self._relating(assertions, f"AND {condition}", bound)

    def _told_of(self, assertions: Iterable[str]) -> set[str]:
        """Return the assertions of whose change the reader may read, whenever it came."""
        return {target for _, how, target in self._relating(assertions, "", []) if how != "disputes"}

    def _relating(
        self, assertions: Iterable[str], condition: str, bound: Sequence[str | int]
    ) -> list[Relating]:
        changing = ",".join(["%s"] * len(DECIDING))
        found: list[Relating] = []
        for batch in batches(assertions):
            marks = ",".join(["%s"] * len(batch))
            sql = (
                "SELECT l.assertion_id, l.how, l.target FROM case_link l "
                "JOIN case_assertion a ON a.id = l.assertion_id JOIN case_entry e ON e.id = a.entry_id "
                f"WHERE l.target IN ({marks}) AND l.how IN ({changing}) {condition}"
            )
            found += [
                (row[0], row[1], row[2]) for row in self._database.rows(sql, [*batch, *DECIDING, *bound])
            ]
        return found
