"""Every displayed value of the published case against a table written by hand from its claims."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from embers.actions.case_folder import CaseFolder
from embers.case_view import Record
from embers.incidents.displayed import Displayed, displayed
from embers.incidents.reading import claimants_of, claims_of, decisions_of
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.vocabulary.loader import load_vocabulary

WHY_OUT = {
    "covers part of the incident": "part",
    "covers more than the incident": "wider",
    "no figure given": "no figure",
    "earlier figure of the same running count": "earlier",
    "replaced by a later figure of the same origin": "later figure",
    "worked out by the compilers": "worked out",
}


def expected() -> dict[tuple[str, str, str], dict[str, str]]:
    path = Path(__file__).with_name("karabakh2020_expected.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        return {(row["incident"], row["field"], row["unit"]): row for row in csv.DictReader(handle)}


def policy(field: str) -> str:
    return load_vocabulary().predicate(field).cardinality


@pytest.fixture(scope="module")
def shown(
    demo_database: CaseDatabase, demo_case: CaseFolder
) -> dict[tuple[str, str, str], tuple[Displayed, Displayed]]:
    """Every displayed value as decided, and as it would be if nobody had decided anything."""
    view = ProjectedCase(demo_database)
    found = {}
    records: dict[str, Record] = dict(view.kind("incident"))
    for record in records.values():
        claims = claims_of(record, view.subjects(claimants_of(record)))
        open_ = displayed(claims, (), policy=policy)
        for one, without in zip(displayed(claims, decisions_of(record), policy=policy), open_, strict=True):
            found[(record.text("incident-code"), one.field, one.unit)] = (one, without)
    return found


def names(one: Displayed) -> str:
    if one.span is not None:
        groups = {group.origins for value in one.values for group in value.groups}
        # Origins of one joint figure are one even where another value names only some of them.
        whole = [group for group in groups if not any(set(group) < set(other) for other in groups)]
        return " + ".join(sorted("&".join(group) for group in whole))
    return " | ".join(" + ".join("&".join(g.origins) for g in value.groups) for value in one.values)


def test_the_table_has_a_row_for_every_field_and_no_other(
    shown: dict[tuple[str, str, str], tuple[Displayed, Displayed]],
) -> None:
    assert set(expected()) == set(shown)
    codes = {incident for incident, _, _ in shown}
    assert codes == {f"K20-{number:02d}" for number in range(1, 42)}


@pytest.mark.parametrize("key", expected(), ids="/".join)
def test_displayed_value(
    key: tuple[str, str, str], shown: dict[tuple[str, str, str], tuple[Displayed, Displayed]]
) -> None:
    row = expected()[key]
    one, without = shown[key]
    text = one.text if one.span is not None else " | ".join(value.text for value in one.values)
    out = "; ".join(
        sorted(
            f"{left.claim.ref} {', '.join(map(WHY_OUT.__getitem__, left.reasons))}" for left in one.left_out
        )
    )
    low, high = (one.span.minimum, one.span.maximum) if one.span else (None, None)
    found = {
        "incident": key[0],
        "field": key[1],
        "unit": key[2],
        "basis": one.basis,
        "shown": text,
        "undecided": without.text if one.span is not None else "",
        "lowest": "" if low is None else str(low),
        "highest": "" if high is None else str(high),
        "origins": names(one),
        "left_out": out,
    }
    assert found == row
    assert without.basis != "decided"


def test_no_claim_is_lost_and_every_value_says_why(
    shown: dict[tuple[str, str, str], tuple[Displayed, Displayed]],
) -> None:
    refs: set[str] = set()
    for one, without in shown.values():
        assert one.why
        assert without.why
        told = {claim.ref for value in one.values for group in value.groups for claim in group.claims}
        left = {out.claim.ref for out in one.left_out}
        assert told.isdisjoint(left)
        refs |= told | left
    assert refs == {f"C{number:03d}" for number in range(1, 223)}


def test_the_toll_of_ganja_is_a_dated_series_of_each_origin(
    shown: dict[tuple[str, str, str], tuple[Displayed, Displayed]],
) -> None:
    one, _ = shown[("K20-33", "killed", "persons")]
    series = {s.origin: [(f.claim.ref, str(f.claim.as_of)) for f in s.figures] for s in one.series}
    assert series["aze_gov"] == [("C161", "2020-10-17"), ("C163", "2020-10-17"), ("C165", "2020-10-17")]
    assert list(series) == ["amnesty", "aze_gov", "hrw", "iphr_truth_hounds", "wikipedia"]
