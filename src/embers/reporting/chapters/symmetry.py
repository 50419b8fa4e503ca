"""Symmetry: the same counts for both parties, side by side, with what they cannot show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from embers.incidents.resolution import origins
from embers.reporting.blocks import Callout, Column, Row, Section, Table
from embers.reporting.chapters.chronology import ids_of
from embers.reporting.chapters.incident import IncidentMaterial
from embers.reporting.chapters.support import LABELS
from embers.reporting.writer import Writer, label
from embers.vocabulary.loader import load_vocabulary


@dataclass(frozen=True, slots=True)
class Party:
    """A party as it is named in the case, and the incidents alleged against it."""

    code: str
    materials: tuple[IncidentMaterial, ...]

    @property
    def name(self) -> str:
        """The neutral name."""
        return "no author named" if self.code == "unknown" else load_vocabulary().label("side", self.code)


def parties_of(materials: Sequence[IncidentMaterial]) -> tuple[Party, ...]:
    """Group incidents by alleged author, in alphabetical order of the code; unattributed ones come last."""
    groups: dict[str, list[IncidentMaterial]] = {}
    for material in materials:
        codes = material.incident.values("alleged-party") or ["unknown"]
        for code in codes:
            groups.setdefault(str(code), []).append(material)
    ordered = sorted(groups.items(), key=lambda entry: (entry[0] == "unknown", entry[0]))
    return tuple(Party(code, tuple(found)) for code, found in ordered)


def _mean(total: int, count: int) -> str:
    return f"{total / count:.1f}" if count else "none"


def _claims(party: Party) -> int:
    return sum(len(material.claims) for material in party.materials)


def _origins(party: Party) -> int:
    return sum(len(origins(material.claims)) for material in party.materials)


def _independent(party: Party) -> int:
    return sum(1 for m in party.materials for claim in m.claims if claim.side == "independent")


def _direct(party: Party) -> int:
    return sum(1 for m in party.materials for claim in m.claims if claim.reading == "direct")


def _located(party: Party) -> int:
    return sum(1 for m in party.materials if m.incident.value("incident-position"))


def _answered(party: Party) -> int:
    return sum(1 for m in party.materials if any(claim.field == "denial" for claim in m.claims))


def _labels(name: str) -> Callable[[Party], int]:
    def count(party: Party) -> int:
        return sum(m.law.label_counts.get(name, 0) for m in party.materials)

    return count


def symmetry_section(materials: Sequence[IncidentMaterial], *, fieldwork: bool = False) -> Section:
    """Build the table of counts per party. With ``fieldwork`` the chapter on it shows the effort on every side."""
    writer = Writer("symmetry")
    parties = parties_of(materials)
    counts: Mapping[str, Callable[[Party], object]] = {
        "Incidents documented": lambda p: len(p.materials),
        "Claims recorded": _claims,
        "Claims per incident, mean": lambda p: _mean(_claims(p), len(p.materials)),
        "Root origins per incident, mean": lambda p: _mean(_origins(p), len(p.materials)),
        "Claims by bodies outside the parties": _independent,
        "Claims read in the claimant's own publication": _direct,
        "Incidents with a public place": _located,
        "Incidents with a denial of their own": _answered,
        **({} if fieldwork else {"Field missions, interviews, site visits by this team": lambda _: 0}),
        **{f"Elements labelled “{text}”": _labels(name) for name, text in LABELS.items()},
    }
    basis = {p.code: [i for m in p.materials for i in ids_of(m.incident, "alleged-party")] for p in parties}
    rows = tuple(
        Row((label(name), *(writer.cell(str(count(party)), basis[party.code]) for party in parties)))
        for name, count in counts.items()
    )
    intro = writer.method(
        "The same questions, thresholds and template were used for every party. The table shows effort, access and "
        "outcome by alleged author, so that a reader can see where the material is uneven. Equal method does not "
        "mean equal numbers, and the numbers are not a comparison of the parties' conduct.",
    )
    table = Table(
        caption=writer.write("Material and labels by alleged author.", kind="label"),
        columns=(Column("", share=7), *(Column(party.name, "end", share=4) for party in parties)),
        rows=rows,
    )
    caution = Callout(
        "caution",
        "Reading this table",
        (
            writer.write(
                "The set holds what was reachable and asked for. It is not a census, and the number of incidents "
                "per party is a choice of the compilers, not a statement about the parties' share of violations.",
                kind="method",
            ),
        ),
    )
    return Section("symmetry", "Symmetry", (intro, table, caution), opens_page=False)
