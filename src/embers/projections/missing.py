"""Counts of what is missing in a case, for one class of readers: exact, and in as many statements whatever its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from embers.projections.database import CaseDatabase


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing: incidents and items by gap, claims without a pinpoint, reviews by state, and what is late.

    ``held`` is how many incidents, claims and items there are: they fall out of the same statements.
    ``waiting`` are reviews asked for up to a day, ``late`` open tasks due up to one, ``readings`` those of protected
    records from one on.
    """

    incidents: Mapping[str, int]
    items: Mapping[str, int]
    unpinned: int
    reviews: Mapping[str, int]
    waiting: int
    late: int
    readings: int
    held: Mapping[str, int]


def missing(database: CaseDatabase, *, asked_by: str, due_by: str, read_from: str) -> Missing:
    """Count what is missing. Days are ISO text in UTC, as entries claim them; both ends are included."""
    incidents: Counter[str] = Counter()
    reviews: Counter[str] = Counter()
    held: Counter[str] = Counter()
    unpinned = 0
    # One walk along an index that holds all of it: the claims of an incident are counted in its row.
    sql = "SELECT gaps, review, count(*), sum(unpinned), sum(claims) FROM case_incident GROUP BY gaps, review"
    for gaps, review, count, bare, claims in database.rows(sql):
        held["incident"] += int(count)
        held["claim"] += int(claims)
        for gap in str(gaps).split(";"):
            incidents[gap] += int(count)
        reviews[str(review)] += int(count)
        unpinned += int(bare)
    items: Counter[str] = Counter()
    for gaps, count in database.rows("SELECT gaps, count(*) FROM case_item GROUP BY gaps"):
        held["item"] += int(count)
        for gap in str(gaps).split(";"):
            items[gap] += int(count)
    sql = (
        "SELECT (SELECT count(*) FROM case_review WHERE state = 'asked' AND asked_at < %s), "
        "(SELECT count(*) FROM case_task WHERE state = 'open' AND due <= %s), "
        "(SELECT count(*) FROM case_reading WHERE at >= %s)"
    )
    ((waiting, late, readings),) = database.rows(sql, [asked_by + "~", due_by, read_from])
    return Missing(incidents, items, unpinned, reviews, int(waiting), int(late), int(readings), held)


def own_work(database: CaseDatabase, person: str) -> tuple[int, int]:
    """Return how many open tasks a person has, and how many reviews they were asked for wait."""
    sql = (
        "SELECT (SELECT count(*) FROM case_task WHERE person = %s AND state = 'open'), "
        "(SELECT count(*) FROM case_review WHERE reviewer = %s AND state = 'asked')"
    )
    ((tasks, reviews),) = database.rows(sql, [person, person])
    return int(tasks), int(reviews)
