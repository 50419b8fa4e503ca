"""Incidents as the map shows them: single records while they are few, counts by square when they are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from embers.places import MICRO, Box
from embers.projections.database import Bound, CaseDatabase
from embers.projections.grid import FINEST, runs

#: So many records in sight are sent one by one; more are counted by square.
SINGLES = 300
#: Squares across one tile of the screen, as a power of two: four by four.
_FINER = 2
#: Bars of the timeline at most.
BARS = 120
WORLD = Box(-90 * MICRO, -180 * MICRO, 90 * MICRO, 180 * MICRO)


@dataclass(frozen=True, slots=True)
class Sight:
    """What part of the case the map is asked to show: a box, alleged party, and days on which incidents begin."""

    box: Box = WORLD
    party: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Square:
    """Incidents counted in one square, and the middle of their positions (microdegrees).

    ``party`` is the one alleged party of all of them, or nothing when there are several or none.
    """

    count: int
    lat: int
    lon: int
    party: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is to be drawn: records or squares; and how many incidents are in sight."""

    total: int
    singles: tuple[SimpleNamespace, ...]
    squares: tuple[Square, ...]


def drawn(database: CaseDatabase, sight: Sight, zoom: int) -> Drawn:
    """Return what a map at a zoom shows, in two statements: the squares, and records where they are few."""
    squares = _squares(database, sight, zoom)
    total = sum(square.count for square in squares)
    if total <= SINGLES:
        return Drawn(total, _records(database, sight), ())
    return Drawn(total, (), squares)


def _squares(database: CaseDatabase, sight: Sight, zoom: int) -> tuple[Square, ...]:
    """Count by stored squares, which is one walk along their index, and put them together for coarser zooms.

    Within stored squares, where a map shows few, positions are counted by a grid of degrees.
    """
    from_, where, values = _in_sight(sight)
    finer = max(0, zoom + _FINER - FINEST)
    shift = 2 * max(0, FINEST - zoom - _FINER)
    step = max(1, 360 * MICRO >> FINEST + finer)
    within = f", lat / {step:d}, lon / {step:d}" if finer else ""
    sql = (
        "SELECT cell, count(*), sum(lat), sum(lon), min(alleged), max(alleged) "
        f"FROM {from_} WHERE {where} GROUP BY cell{within}"
    )
    found: dict[object, list[tuple[Any, ...]]] = {}
    for number, row in enumerate(database.rows(sql, values)):
        found.setdefault((row[0], number) if finer else row[0] >> shift, []).append(row)
    return tuple(_square(rows) for rows in found.values())


def _square(rows: Sequence[tuple[Any, ...]]) -> Square:
    count = sum(row[1] for row in rows)
    parties = {party for row in rows for party in row[4:6]}
    return Square(
        count,
        sum(int(row[2]) for row in rows) // count,
        sum(int(row[3]) for row in rows) // count,
        parties.pop() if len(parties) == 1 else "",
    )


def _records(database: CaseDatabase, sight: Sight) -> tuple[SimpleNamespace, ...]:
    from_, where, values = _in_sight(sight)
    columns = (
        "code",
        "title",
        "when",
        "alleged",
        "place_names",
        "lat",
        "lon",
        "precision_m",
        "position_method",
    )
    names = ", ".join(f'i."{name}"' for name in columns)
    sql = (
        f"SELECT {names} FROM (SELECT id FROM {from_} WHERE {where} LIMIT {SINGLES:d}) f "
        f"{database.engine.join} case_incident i ON i.id = f.id ORDER BY i.earliest, i.code"
    )
    return tuple(
        SimpleNamespace(**dict(zip(columns, row, strict=True))) for row in database.rows(sql, values)
    )


def extent(database: CaseDatabase, sight: Sight) -> tuple[int, int, int, int] | None:
    """Return south, north, west and east of the positions in sight, or nothing if there are none."""
    from_, where, values = _in_sight(sight)
    sql = f"SELECT min(lat), max(lat), min(lon), max(lon) FROM {from_} WHERE {where}"
    (row,) = database.rows(sql, values)
    return None if row[0] is None else (int(row[0]), int(row[1]), int(row[2]), int(row[3]))


@dataclass(frozen=True, slots=True)
class Bar:
    """Incidents that begin in a span: a day, a month or a year."""

    span: str
    count: int


def timeline(database: CaseDatabase, sight: Sight) -> tuple[Bar, ...]:
    """Return incidents in sight by day, or by month or year if there are more than :data:`BARS` days; one statement.

    Incidents without a position are on no map and in no bar.
    """
    from_, where, values = _in_sight(sight)
    sql = (
        f"SELECT substr(earliest, 1, 10), count(*) FROM {from_} WHERE {where} AND earliest <> '' "
        "GROUP BY 1 ORDER BY 1"
    )
    days = [(str(day), int(count)) for day, count in database.rows(sql, values)]
    for length in (10, 7, 4):
        spans: dict[str, int] = {}
        for day, count in days:
            spans[day[:length]] = spans.get(day[:length], 0) + count
        if len(spans) <= BARS:
            break
    return tuple(Bar(span, count) for span, count in spans.items())


def _in_sight(sight: Sight) -> tuple[str, str, Sequence[Bound]]:
    """Return a source of rows, a condition and its values. Squares that cover the box are walked one run at a time."""
    values: list[Bound] = []
    everywhere = sight.box == WORLD
    from_, where = "case_incident", ["cell IS NOT NULL"]
    if not everywhere:
        covering = runs(sight.box)
        marks = ", ".join(["(%s, %s)"] * len(covering))
        from_ = f"(SELECT column1 AS low, column2 AS high FROM (VALUES {marks}) v) r CROSS JOIN case_incident"
        values += [number for run in covering for number in run]
        parts = sight.box.parts()
        where = ["cell BETWEEN r.low AND r.high"]
        where.append(f"({' OR '.join(['lat BETWEEN %s AND %s AND lon BETWEEN %s AND %s'] * len(parts))})")
        values += [edge for part in parts for edge in (part.south, part.north, part.west, part.east)]
    if sight.party:
        where.append("alleged = %s")
        values.append(sight.party)
    if sight.first:
        where.append("earliest >= %s")
        values.append(sight.first)
    if sight.last:
        where.append("earliest < %s")
        values.append(sight.last + "~")
    return from_, " AND ".join(where), values
