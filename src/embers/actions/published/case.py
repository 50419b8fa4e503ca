"""Builds a case from a published set of facts: preserve the tables, import the rows, test the charges."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embers.actions.cases import CaseProfile, describe_case, name_party
from embers.actions.charges import draft_charges
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.published.facts import FactsImport
from embers.actions.published.tables import PublishedTables, read_tables
from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError
from embers.ids import derived_subject

TABLES = (
    "sources.csv",
    "incidents.csv",
    "claims.csv",
    "totals.csv",
    "place_names.csv",
    "incident_places.csv",
    "claimants.csv",
    "README.md",
)


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """What ``case.toml`` says about a published set."""

    key: str
    profile: CaseProfile
    parties: Sequence[tuple[str, str]]
    origin: str
    licence: str
    attribution: str


def read_set(folder: Path) -> PublishedSet:
    """Read ``case.toml`` of a published set."""
    path = folder / "case.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        case, origin = data["case"], data["origin"]
        return PublishedSet(
            key=case.pop("key"),
            profile=CaseProfile(**case),
            parties=[(party["code"], party["name"]) for party in data["party"]],
            origin=origin["source"],
            licence=origin["licence"],
            attribution=origin["attribution"],
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ActionError(
            "set", f"{path} cannot be used: {error!r}.", "See demo/karabakh2020/case.toml."
        ) from error


def import_published(recorder: Recorder, folder: Path, *, known: set[str], case: str) -> int:
    """Import a published set into the open case; return how many acts were new.

    ``known`` are the ids of assertions the journal already holds: whatever a former run recorded is left
    alone, so a second run adds nothing. All rows go in as one transaction.
    """
    published = read_set(folder)
    surroundings = recorder.surroundings
    tables = read_tables(folder, surroundings)
    _require_known_sides(recorder, published, tables)
    items: dict[str, str] = {}
    acts: list[Act] = []
    for name in TABLES:
        items[name] = derived_subject("item", published.key, name)
        origin = ItemOrigin(
            title=f"{'Table' if name.endswith('.csv') else 'File'} {name} of the published set {published.key}",
            source=published.origin,
            method="copy of the files shipped with Embers",
            licence=published.licence,
            attribution=published.attribution,
        )
        if items[name] not in known:
            acts.append(acquire_file(recorder, folder / name, origin, item=items[name]).act)
    if case not in known:
        acts.append(describe_case(recorder, case, published.profile))
        acts += [name_party(recorder, code, name, key=published.key) for code, name in published.parties]
    facts = FactsImport(recorder, published.key, tables, items)
    acts += facts.acts()
    acts += draft_charges(facts, profile=published.profile.profile)
    new = [act for act in acts if not all(said.id in known for said in act.assertions)]
    if new:
        recorder.record_all(new)
    return len(new)


def _require_known_sides(recorder: Recorder, published: PublishedSet, tables: PublishedTables) -> None:
    """Refuse a side that is neither in the vocabulary nor a party of this set: most likely it is misspelt.

    The vocabulary itself takes any party's code, since a case has its own.
    """
    known = {*recorder.vocabulary.codes["side"].terms, *(code for code, _ in published.parties)}
    used = [(f"claims.csv, {row['claim_id']}", row["claimant_side"]) for row in tables.claims]
    used += [(f"sources.csv, {row['id']}", row["side"]) for row in tables.sources]
    used += [(f"incidents.csv, {row['id']}", row["alleged_party"]) for row in tables.incidents]
    used += [(f"totals.csv, {row['total_id']}", row["claimant_side"]) for row in tables.totals]
    for where, side in used:
        if side not in known:
            raise ActionError(
                "side",
                f"{where}: the side {side!r} is not known.",
                f"Mend the row, or name the party in case.toml. Known: {', '.join(sorted(known))}.",
            )
