"""The two worked examples of the support rule, as ledger inputs. They ship as test vectors and for the demo.

They demonstrate the rule. They are not findings, and their pieces marked as assumed are not evidence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from embers.errors import LawError
from embers.law.ledger import Ledger, Piece, Proposition, Rival
from embers.law.library import load_law


@dataclass(frozen=True, slots=True)
class Expected:
    """Labels a run must give: propositions by id, elements by ``<charge>#e<key>``."""

    profile: str
    what_ifs: frozenset[str]
    propositions: Mapping[str, str]
    elements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example, before any what-if is chosen."""

    title: str
    charge: str
    data: Mapping[str, Any]
    expected: tuple[Expected, ...]

    def ledger(self, profile: str, what_ifs: Iterable[str] = ()) -> Ledger:
        """Return the ledger under a profile with some hypothetical items switched on."""
        chosen = set(what_ifs)
        items = [row for row in self.data["item"] if row.get("what_if", "") in chosen | {""}]
        pieces = {row["id"]: _piece(row) for row in items}
        links = [(row["id"], link["p"], link["d"]) for row in items for link in row["links"]]
        propositions = {row["id"]: _proposition(row, links, chosen) for row in self.data["proposition"]}
        return Ledger(pieces, propositions, load_law().profile(profile))

    def routes(self) -> dict[str, list[list[str]]]:
        """Return the routes of every element by ``<charge>#e<key>``."""
        return {self.element_id(row): row["routes"] for row in self.data["element"]}

    def element_id(self, row: Mapping[str, Any]) -> str:
        """Return the full id of an element row."""
        return f"{row.get('charge', self.charge)}#{row['id']}"


def _piece(row: Mapping[str, Any]) -> Piece:
    return Piece(
        id=row["id"],
        kind=row["kind"],
        rank=row["rank"],
        origins=tuple(row["origins"]),
        gates=row["gates"],
        text=row["text"],
        depends_on=tuple(row.get("depends_on", ())),
        assumed="assumed" in row["text"].lower(),
    )


def _proposition(
    row: Mapping[str, Any], links: Sequence[tuple[str, str, str]], chosen: set[str]
) -> Proposition:
    mine = [(piece, direction) for piece, proposition, direction in links if proposition == row["id"]]
    answers = [a["item"] for a in row.get("answers", ()) if a.get("what_if", "") in chosen | {""}]
    return Proposition(
        id=row["id"],
        text=row["text"],
        topic=row["topic"],
        searched=row["searched"],
        pro=tuple(piece for piece, direction in mine if direction == "for"),
        contra=tuple(piece for piece, direction in mine if direction == "against"),
        answered=frozenset(answers),
        inference=row.get("inference", False),
        premises=tuple(row.get("from", ())),
        rivals=tuple(Rival(r["text"], r["state"]) for r in row.get("alternatives", ())),
    )


def _pairs(cells: Sequence[str]) -> dict[str, str]:
    return dict(cell.split("=") for cell in cells)


def load_example(name: str) -> Example:
    """Load ``ganja`` or ``pow``."""
    path = files("embers.law") / "data" / "examples" / f"example_{name}.toml"
    if not path.is_file():
        raise LawError("example", f"There is no worked example {name!r}.", "Known: ganja, pow.")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    charge = data["case"]["charge"]
    expected = tuple(
        Expected(
            profile=row["profile"],
            what_ifs=frozenset(row.get("what_if", ())),
            propositions=_pairs(row["propositions"]),
            elements={
                key if "#" in key else f"{charge}#{key}": label
                for key, label in _pairs(row["elements"]).items()
            },
        )
        for row in data["expected"]
    )
    return Example(data["case"]["title"], charge, data, expected)
