"""What a journal already holds, so that an import adds only what is new."""

from __future__ import annotations

from embers.journal.journal import Journal


def known_ids(journal: Journal) -> set[str]:
    """Return the ids of every assertion, and of every subject that anything beyond its opening says something of."""
    known: set[str] = set()
    for _, signed in journal.entries():
        known.update(said.id for said in signed.entry.assertions)
        if signed.entry.act != "case.open":
            known.update(said.subject for said in signed.entry.assertions)
    return known
