"""Places are found by spellings that are in no index: the written set of queries, at the promised share."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from search_quality import QUERIES, filled, measure, read


def test_places_are_among_the_first_ten_by_other_spellings(tmp_path: Path) -> None:
    queries = read(QUERIES)
    assert len(queries) >= 150
    database = filled(tmp_path / "case.sqlite3", queries)
    recall, missed = measure(database, queries)
    database.close()
    assert recall["known"] == 1, missed
    assert recall["all"] >= 0.97, missed
    assert recall["last"] >= 0.95, missed
