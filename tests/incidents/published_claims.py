"""The claims of the demo set as Claim records, read from its tables."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

from embers.dates import parse
from embers.incidents.claim import Claim

DEMO = Path(__file__).resolve().parents[2] / "demo" / "karabakh2020"
COUNTED_UNITS = {"persons", "missiles", "videos", "interviews", "incidents", "strikes"}


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    with (DEMO / name).open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


def claim_from_row(row: dict[str, str], origins: tuple[str, ...]) -> Claim:
    counted = row["unit"] in COUNTED_UNITS
    return Claim(
        id=row["claim_id"],
        incident=row["incident_id"],
        field=row["field"],
        operator=row["operator"] if counted or row["operator"] != "between" else "eq",
        number=int(row["value"]) if counted and row["value"] else None,
        to=None,
        unit=row["unit"],
        text="" if counted else row["value"],
        claimant=row["claimant"],
        claimant_name=row["claimant"],
        side=row["claimant_side"],
        origins=origins,
        as_of=None if row["as_of"] == "n.d." else parse(row["as_of"]),
        scope=row["scope"],
        reading=row["reading"],
        earlier_in_series=row["superseded"] == "yes",
        inferred=row["inferred_by_us"] == "yes",
        source=row["source_id"],
        words=row["statement"],
        ref=row["claim_id"],
    )


@cache
def published_claims() -> dict[str, tuple[Claim, ...]]:
    origins = {row["claimant"]: tuple(row["origin_key"].split(";")) for row in rows("claimants.csv")}
    found: dict[str, list[Claim]] = defaultdict(list)
    for row in rows("claims.csv"):
        found[row["incident_id"]].append(claim_from_row(row, origins[row["claimant"]]))
    return {incident: tuple(claims) for incident, claims in found.items()}
