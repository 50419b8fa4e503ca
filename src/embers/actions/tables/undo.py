"""Takes back one import of a table: everything that rests on its rows, by entries that retract it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError
from embers.journal.assertion import Assertion, Relation
from embers.projections.database import CaseDatabase
from embers.projections.table_rows import imports, recorded

#: Retractions in one entry.
_BATCH = 400


def undo_import(recorder: Recorder, database: CaseDatabase, name: str, *, reason: str) -> int:
    """Take back the newest import of a table, or that of an item; return how many assertions were taken back.

    The preserved file stays an item, and nothing is deleted: what was imported is shown as taken back.
    """
    if not reason.strip():
        raise ActionError("undo-reason", "An import is taken back for a reason.", "Say it with --reason.")
    found = [item for item, said in imports(database) if name in {item, said["table"]}]
    if not found:
        known = sorted({str(said["table"]) for _, said in imports(database)})
        raise ActionError(
            "undo-unknown", f"There is no import {name!r}.", f"Imported tables: {', '.join(known) or 'none'}."
        )
    for item in dict.fromkeys(reversed(found)):
        ids = [one.id for one in recorded(database, [item]) if one.live]
        if ids:
            recorder.record_all(
                [Act("table.undo", (said,), reason=reason) for said in _taken(recorder, item, ids)]
            )
            return len(ids)
    raise ActionError("undo-nothing", f"Nothing of {name!r} stands any more.", "It was taken back before.")


def _taken(recorder: Recorder, item: str, ids: list[str]) -> Iterator[Assertion]:
    left = iter(ids)
    while batch := list(islice(left, _BATCH)):
        relations = [Relation("retracts", id) for id in batch]
        yield recorder.new_assertion(
            item, "note", "The import of this table was taken back.", relations=relations
        )
