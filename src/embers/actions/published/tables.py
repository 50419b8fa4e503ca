"""Reads the CSV tables strictly: a wrong header, an unknown reference or a bad number is named by file and row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from embers.errors import ActionError
from embers.surroundings import Surroundings

Row = Mapping[str, str]

#: Columns each table must have, in this order. Extra columns are refused: they would be lost silently.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "sources.csv": ("id publisher title date url type side relays read_extent supports",),
    "incidents.csv": (
        "id title date_start date_end date_precision time_local time_note timezone place_az place_hy territory "
        "control_at_time lat lon precision_m coord_basis coord_source alleged_party denial conduct allegation_ids "
        "weapon_reported weapon_class killed killed_min killed_max injured injured_min injured_max victim_status "
        "protected_object nearest_military_objective military_objective_source corroboration related description "
        "source_ids",
    ),
    "claims.csv": (
        "claim_id incident_id source_id claimant claimant_side field operator value unit as_of scope reading "
        "inferred_by_us superseded used_as_best statement",
    ),
    "totals.csv": (
        "total_id measure scope claimant claimant_side operator value unit period_start period_end source_id",
    ),
    "place_names.csv": ("place_key name lang script used_by source_id",),
    "incident_places.csv": ("incident_id place_key",),
    "claimants.csv": ("claimant side origin_key organ kind note",),
}
KEYS = {"sources.csv": "id", "incidents.csv": "id", "claims.csv": "claim_id", "totals.csv": "total_id"}
#: Limit of one table; a published table of facts is small, a larger file is a mistake or an attack.
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PublishedTables:
    """The four tables, plus those that name places and claimants and say where an incident was."""

    sources: tuple[Row, ...]
    incidents: tuple[Row, ...]
    claims: tuple[Row, ...]
    totals: tuple[Row, ...]
    place_names: tuple[Row, ...]
    incident_places: Mapping[str, str]
    claimants: Mapping[str, Row]


def _rows(folder: Path, name: str, surroundings: Surroundings) -> Iterator[Row]:
    path = folder / name
    try:
        with surroundings.disk.read(path) as handle:
            data = handle.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ActionError(
            "table", f"{path} is missing.", "The folder must hold all tables of the set."
        ) from None
    if len(data) > MAX_BYTES:
        raise ActionError("table", f"{path} is larger than {MAX_BYTES} bytes.", "Split the table.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ActionError(
            "table", f"{path} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8."
        ) from error
    reader = csv.DictReader(io.StringIO(text), strict=True)
    expected = HEADERS.get(name)
    if expected is not None and tuple(reader.fieldnames or ()) != tuple(expected[0].split()):
        raise ActionError(
            "table",
            f"{path} has other columns than expected: {', '.join(reader.fieldnames or ())}.",
            f"Expected: {expected[0].replace(' ', ', ')}.",
        )
    try:
        for number, row in enumerate(reader, start=2):
            if None in row or None in row.values():
                raise ActionError(
                    "table", f"{path}, line {number}: wrong number of cells.", "Mend that line."
                )
            yield {key: value.strip() for key, value in row.items()}
    except csv.Error as error:
        raise ActionError("table", f"{path}, line {reader.line_num}: {error}.", "Mend that line.") from error


def _keyed(folder: Path, name: str, surroundings: Surroundings) -> tuple[Row, ...]:
    rows = tuple(_rows(folder, name, surroundings))
    seen: set[str] = set()
    for row in rows:
        key = row[KEYS[name]]
        if not key or key in seen:
            raise ActionError(
                "table",
                f"{folder / name}: the key {key!r} is empty or used twice.",
                "Keys name one row each.",
            )
        seen.add(key)
    return rows


def read_tables(folder: Path, surroundings: Surroundings) -> PublishedTables:
    """Read all tables of a folder and check that every reference between them resolves."""
    tables = PublishedTables(
        sources=_keyed(folder, "sources.csv", surroundings),
        incidents=_keyed(folder, "incidents.csv", surroundings),
        claims=_keyed(folder, "claims.csv", surroundings),
        totals=_keyed(folder, "totals.csv", surroundings),
        place_names=tuple(_rows(folder, "place_names.csv", surroundings)),
        incident_places={
            row["incident_id"]: row["place_key"] for row in _rows(folder, "incident_places.csv", surroundings)
        },
        claimants={row["claimant"]: row for row in _rows(folder, "claimants.csv", surroundings)},
    )
    sources = {row["id"] for row in tables.sources}
    incidents = {row["id"] for row in tables.incidents}
    wrong = [
        f"claim {r['claim_id']}: no source {r['source_id']}"
        for r in tables.claims
        if r["source_id"] not in sources
    ]
    wrong += [
        f"claim {r['claim_id']}: no incident {r['incident_id']}"
        for r in tables.claims
        if r["incident_id"] not in incidents
    ]
    wrong += [
        f"claim {r['claim_id']}: claimant {r['claimant']!r} is not in claimants.csv"
        for r in tables.claims
        if r["claimant"] not in tables.claimants
    ]
    wrong += [
        f"incident {r['id']}: no source {code}"
        for r in tables.incidents
        for code in r["source_ids"].split(";")
        if code and code not in sources
    ]
    wrong += [
        f"total {r['total_id']}: no source {r['source_id']}"
        for r in tables.totals
        if r["source_id"] not in sources
    ]
    if wrong:
        raise ActionError(
            "references",
            f"{folder}: {len(wrong)} references lead nowhere, first: {wrong[0]}.",
            "Mend the tables.",
        )
    return tables
