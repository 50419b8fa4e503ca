"""What an export may take: what stands in the case, for one class of readers, and what tables may speak of.

Everything is read through the views of that class, so nothing it may not read can come near a file, and through what
people interviewed consented to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from embers.actions.tables.reach import kind_within_reach, within_reach
from embers.case_view import Held, Record
from embers.errors import VocabularyError
from embers.fieldwork.consented_view import ConsentedView
from embers.ids import kind_of
from embers.places import degrees_text
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase, batches
from embers.vocabulary.loader import Vocabulary
from embers.vocabulary.terms import Predicate

_STEP = 1000
#: Kinds whose code alone can tell who was heard.
_TELLING = frozenset({"person", "interview", "item"})


@dataclass(frozen=True, slots=True)
class Named:
    """A subject with its code and label as this class of readers sees them."""

    id: str
    code: str
    label: str
    record: Record


class Extract:
    """One case as one class of readers may take it away."""

    def __init__(self, database: CaseDatabase, consent: ConsentedView, vocabulary: Vocabulary) -> None:
        self._database, self._consent = database, consent
        self._view = ProjectedCase(database)
        self.vocabulary = vocabulary
        self._names: dict[str, str] = {}

    def kinds(self) -> list[str]:
        """Return the kinds there is something of, in the order of the vocabulary."""
        there = {row[0] for row in self._database.rows("SELECT DISTINCT kind FROM case_subject")}
        return [kind for kind in self.vocabulary.kinds if kind in there and kind_within_reach(kind)]

    def named(self, kind: str) -> Iterator[Named]:
        """Yield subjects of a kind with what stands of them, in order of first mention."""
        rows = self._database.rows(
            "SELECT id, code, label FROM case_subject WHERE kind = %s ORDER BY first, id", [kind]
        )
        told = {str(id): (str(code or ""), str(label)) for id, code, label in rows}
        for batch in batches(told, _STEP):
            for id, record in self._view.subjects(batch).items():
                left = self._consent.of_record(record)
                held = tuple(one for one in left.held if one.live and self._may(one))
                if held:
                    yield Named(id, *told[id], Record(id, held))

    def predicates(self, kind: str) -> list[Predicate]:
        """Return the predicates that stand of a kind, in the order of the vocabulary."""
        sql = "SELECT DISTINCT predicate FROM case_assertion WHERE kind = %s AND status = 'live'"
        there = {row[0] for row in self._database.rows(sql, [kind])}
        known = self.vocabulary.predicates
        return [known[id] for id in known if id in there and within_reach(kind, known[id])]

    def standing(self) -> Iterator[Held]:
        """Yield every assertion that stands, oldest first, with relations to others that stand."""
        sql = "SELECT id FROM case_assertion WHERE status = 'live' ORDER BY rank"
        ids = [str(row[0]) for row in self._database.rows(sql)]
        there = set(ids)
        for batch in batches(ids, _STEP):
            found = {one.id: one for one in self._consent.allowed(self._view.held(batch).values())}
            for id in batch:
                if id in found and self._may(found[id]):
                    kept = tuple(pair for pair in found[id].relations if pair[1] in there)
                    yield replace(found[id], relations=kept)

    def name(self, id: str) -> str:
        """Return the code or label of a subject; its id if it may not be told here."""
        if id not in self._names:
            told = kind_of(id) not in _TELLING or bool(self._consent.subject(id).held)
            sql = "SELECT code, label FROM case_subject WHERE id = %s LIMIT 1"
            rows = self._database.rows(sql, [id]) if told else []
            self._names[id] = str(rows[0][0] or rows[0][1]) if rows else id
        return self._names[id]

    def words(self, predicate: Predicate, value: Any) -> str:  # noqa: ANN401 - JSON
        """Return a value as a cell a person reads."""
        if predicate.claim:
            claimant = self.name(str(value.get("claimant", "")))
            return f"{self._plain(value['is'])} ({claimant})"
        return self._plain(value)

    def _plain(self, value: Any) -> str:  # noqa: ANN401, PLR0911 - JSON has many forms
        if isinstance(value, dict):
            if value.keys() == {"text", "lang"}:
                return str(value["text"])
            if {"lat", "lon"} <= value.keys():
                return f"{degrees_text(value['lat'])}, {degrees_text(value['lon'])}"
            if {"op", "unit"} <= value.keys():
                return figure(value)
            return "; ".join(f"{name}: {self._plain(part)}" for name, part in value.items())
        if isinstance(value, list):
            return ", ".join(self._plain(part) for part in value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        text = str(value)
        kind, colon, _ = text.partition(":")
        return self.name(text) if colon and kind in self.vocabulary.kinds else text

    def _may(self, held: Held) -> bool:
        try:
            return within_reach(held.subject.partition(":")[0], self.vocabulary.predicate(held.predicate))
        except VocabularyError:  # a newer Embers wrote it; what is not understood is not given away
            return False


def figure(value: dict[str, Any]) -> str:
    """Return a figure in the form an import reads: 5, 5+, 5-7, at most 5, about 5, some."""
    forms = {"eq": "{n}", "gte": "{n}+", "lte": "at most {n}", "approx": "about {n}", "between": "{n}-{to}"}
    return forms.get(value["op"], "some").format(**value)
