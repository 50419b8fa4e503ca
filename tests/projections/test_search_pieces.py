"""The index of words grows in pieces, and every search asks each: an edit leaves few, and a rebuild one."""

from __future__ import annotations

from circle_case import Circle

from embers.projections.database import CaseDatabase
from embers.projections.search import page, read_query

EDITS = 24
#: Pieces after edits, and after a rebuild. A server's index is one, and nothing waits to be put into it.
FEW = {"sqlite": (4, 1), "postgresql": (0, 0)}


def pieces(database: CaseDatabase) -> int:
    """Return in how many pieces the index of words is; on a server, the pages that wait to be put into it."""
    if database.connection.vendor == "sqlite":
        return int(database.rows("SELECT count(DISTINCT segid) FROM search_text_idx")[0][0])
    return int(database.rows("SELECT gin_clean_pending_list('search_subject_words')")[0][0])


def test_after_any_edit_a_search_asks_few_pieces(circle: Circle) -> None:
    seen = []
    for number in range(EDITS):
        circle.say(circle.place, "place-name", {"name": f"Ford{number}", "lang": "en", "used_by": "unknown"})
        circle.folder.projection().close()
        database = circle.folder.tables()
        seen.append(pieces(database))
        assert page(database, read_query(f"Ford{number}")).found
        database.close()
    after_edits, rebuilt = FEW[database.connection.vendor]
    assert max(seen) <= after_edits
    circle.folder.rebuild()
    assert pieces(circle.folder.tables()) == rebuilt
