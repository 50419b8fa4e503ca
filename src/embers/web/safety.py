"""Where what was signed stands: safe with two keepers, with one, or on this computer as far as it knows."""

from __future__ import annotations

from collections.abc import Collection

from embers.actions.sync import confirmed
from embers.projections import models
from embers.web.shell import Desk


def safety_of(at: Desk, entries: Collection[str]) -> dict[str, str]:
    """Return for each entry ``done``, ``part`` or ``open``: read from what this computer remembers, nobody is asked."""
    rows = models.Entry.objects.using(at.alias).filter(id__in=set(entries)).values_list("id", "log", "seq")
    journal = at.folder.journal(read_only=True)
    try:
        known = confirmed(at.folder, journal)
    finally:
        journal.close()
    return {id: known.state(log, seq) for id, log, seq in rows}
