"""The records around one record, along every relation the vocabulary knows, with a bound on each step.

Two statements look around all records of one step; each record gives at most :data:`EACH` relations a way, so the
work does not grow with the case. The reader's views leave out what is not for them, records and relations alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from embers.projections.database import Bound, CaseDatabase
from embers.projections.view import ProjectedCase
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.relations import joining

#: Records drawn at most, relations of one record a way, and what is looked through for them.
NODES, EACH, _LOOKED = 60, 25, 2000
#: Steps from the chosen record at most.
DEEPEST = 2
#: Kinds that only join others: they are drawn, and walked through without counting as a step.
BETWEEN = frozenset({"act", "involvement", "visit", "element-link"})
#: How many of them in a row are walked through.
_THROUGH = 3
#: Kinds that say what facts would mean; they outnumber people and incidents, so they are drawn when asked for.
LAW = frozenset({"charge", "proposition", "element-link", "finding"})
#: Kinds of the house's own keeping, which say nothing of what happened.
_HOUSE = frozenset({"case", "device", "compartment", "erasure", "task", "report", "exhibit"})


@dataclass(frozen=True, slots=True)
class Edge:
    """One live assertion that names another record. Contested: competing values stand and nobody decided."""

    said: str
    subject: str
    target: str
    predicate: str
    disputed: bool
    contested: bool = False


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Records by steps from the first, and what joins them; ``more`` when a bound left something out."""

    start: str
    steps: dict[str, int]
    edges: tuple[Edge, ...]
    more: bool


def neighbourhood(
    database: CaseDatabase, start: str, depth: int = DEEPEST, *, without: frozenset[str] = frozenset()
) -> Neighbourhood:
    """Return what surrounds a record up to ``depth`` steps (1 or 2), the same at every call.

    Records of the kinds in ``without`` are left out, and what only they lead to.
    """
    steps, edges, more = {start: 0}, dict[tuple[str, str], Edge](), False
    ring = [start]
    for step in range(1, min(depth, DEEPEST) + 1):
        looking, ring = ring, []
        for _ in range(_THROUGH):
            found, cut = _around(database, looking, _HOUSE | without)
            more |= cut
            looking = []
            for edge in found:
                edges[edge.said, edge.target] = edge
                for other in (edge.subject, edge.target):
                    if other in steps:
                        continue
                    if len(steps) >= NODES:
                        more = True
                        continue
                    steps[other] = step
                    (looking if _kind(other) in BETWEEN else ring).append(other)
            if not looking:
                break
    seen = [edge for edge in edges.values() if edge.subject in steps and edge.target in steps]
    return Neighbourhood(start, steps, tuple(_judged(database, seen)), more)


def _around(database: CaseDatabase, ids: Sequence[str], left_out: frozenset[str]) -> tuple[list[Edge], bool]:
    """Return the relations from and to some records, and whether there are more than are taken."""
    if not ids:
        return [], False
    named = ", ".join(f"'{name}'" for name in sorted(joining()))
    columns = "a.id, a.subject, l.target, a.predicate, a.disputed"
    from_it = (
        f"SELECT {columns} FROM case_assertion a JOIN case_link l ON l.assertion_id = a.id AND l.how = 'value' "
        f"WHERE a.subject = %s AND a.status = 'live' AND a.predicate IN ({named}) "
        f"ORDER BY a.rank, l.ordinal LIMIT {EACH + 1:d}"
    )
    to_it = (
        f"SELECT {columns} FROM (SELECT assertion_id, target FROM case_link WHERE target = %s AND how = 'value' "
        f"ORDER BY id LIMIT {_LOOKED:d}) l JOIN case_assertion a ON a.id = l.assertion_id "
        f"WHERE a.status = 'live' AND a.predicate IN ({named}) ORDER BY a.rank LIMIT {EACH + 1:d}"
    )
    edges, more = [], False
    for one in (from_it, to_it):
        sql = " UNION ALL ".join([f"SELECT * FROM ({one}) x"] * len(ids))
        count: dict[str, int] = {}
        for said, subject, target, predicate, disputed in database.rows(sql, list[Bound](ids)):
            near = subject if one is from_it else target
            count[near] = count.get(near, 0) + 1
            if {_kind(subject), _kind(target)} & left_out or subject == target:
                continue
            if count[near] > EACH:
                more = True
            else:
                edges.append(Edge(said, subject, target, predicate, bool(disputed)))
    return edges, more


def _judged(database: CaseDatabase, edges: Sequence[Edge]) -> Iterable[Edge]:
    """Say of each relation that should have one value whether several stand undecided."""
    known = load_vocabulary().predicates
    single = sorted({edge.predicate for edge in edges if known[edge.predicate].cardinality == "one"})
    subjects = sorted({edge.subject for edge in edges if edge.predicate in single})
    several: list[tuple[str, str]] = []
    if subjects:
        marks, named = (", ".join(["%s"] * len(values)) for values in (subjects, single))
        sql = (
            f"SELECT subject, predicate FROM case_assertion WHERE subject IN ({marks}) AND predicate IN ({named}) "
            "AND status = 'live' GROUP BY subject, predicate HAVING count(DISTINCT value) > 1"
        )
        several = [(str(subject), str(name)) for subject, name in database.rows(sql, [*subjects, *single])]
    records = ProjectedCase(database).subjects(sorted({subject for subject, _ in several}))
    contested = {(subject, name) for subject, name in several if records[subject].one(name).contested}
    for edge in edges:
        yield Edge(
            edge.said,
            edge.subject,
            edge.target,
            edge.predicate,
            edge.disputed,
            (edge.subject, edge.predicate) in contested,
        )


def _kind(subject: str) -> str:
    return subject.partition(":")[0]
