"""Rows of noun tables and documents of the search, gathered with who may read them before they are written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

from django.db.models import Model

from embers.access.audience import EVERYBODY
from embers.projections.search_index import Document

#: The values of a row without its mask.
Row = tuple[str | int | None, ...]


@dataclass(slots=True)
class Output:
    """Rows and documents, and who may read them. What several groups of readers find alike stands here once."""

    whole: int
    bits: int = EVERYBODY
    rows: dict[type[Model], dict[Row, int]] = field(default_factory=lambda: defaultdict(dict))
    documents: dict[Document, int] = field(default_factory=dict)

    def add(self, model: type[Model], **fields: str | int | None) -> None:
        """Take in a row of a table; it must give every column."""
        values = tuple([fields[name] for name in columns(model)])
        rows = self.rows[model]
        rows[values] = self._widened(rows.get(values, 0))

    def document(self, document: Document) -> None:
        """Take in a document of the search."""
        self.documents[document] = self._widened(self.documents.get(document, 0))

    def _widened(self, mask: int) -> int:
        both = mask | self.bits
        return EVERYBODY if both & self.whole == self.whole else both


@cache
def columns(model: type[Model]) -> tuple[str, ...]:
    """Return the columns of a noun table, without the mask, in the order its rows are written in."""
    stored = (field for field in model._meta.local_fields if field.column)  # a composite key has no column
    return tuple(field.attname for field in stored if field.attname != "seen_by")
