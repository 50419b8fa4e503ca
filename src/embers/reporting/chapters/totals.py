"""Published totals for whole areas: shown as published, never added up from incidents."""

from __future__ import annotations

from embers import dates
from embers.case_view import CaseView
from embers.reporting.blocks import Column, Row, Section, Table
from embers.reporting.writer import Writer, label
from embers.vocabulary.loader import load_vocabulary


def totals_section(view: CaseView) -> Section:
    """List published totals by measure and area, each with its claimant and cut-off days."""
    writer = Writer("totals")
    vocabulary = load_vocabulary()
    sources = view.kind("source")
    found = []
    for record in view.kind("total").values():
        for held in record.live("total-figure"):
            codes = [sources[g.target].text("source-code") for g in held.grounds if g.target in sources]
            found.append((held.value, held.id, ", ".join(codes)))
    found.sort(
        key=lambda entry: (entry[0]["measure"], entry[0]["area"], entry[0]["end"], entry[0]["claimant"])
    )
    rows = []
    for value, id, cited in found:
        operator = vocabulary.label("operator", value["operator"])
        number = f"{value['n']:,}".replace(",", "\u202f")
        measure = value["measure"].replace("_", " ")
        said = number if value["operator"] == "eq" else f"{operator} {number}"
        rows.append(
            Row(
                (
                    label(measure),
                    label(value["area"]),
                    writer.cell(said, [id]),
                    writer.cell(f"{value['claimant']} ({vocabulary.label('side', value['side'])})", [id]),
                    label(_period(value["start"], value["end"])),
                    label(cited),
                )
            )
        )
    intro = writer.method(
        "Totals below were published for a whole area and period. Periods, areas and definitions differ, so they are "
        "neither added to each other nor compared with the sum of incidents."
    )
    table = Table(
        caption=writer.write("Published totals, as their claimants gave them.", kind="label"),
        columns=(
            Column("What", share=13),
            Column("Area", share=13),
            Column("Figure", "end", share=13),
            Column("Claimant", share=20),
            Column("Period", share=15),
            Column("Source", "end", share=6),
        ),
        rows=tuple(rows),
    )
    return Section("totals", "Published totals", (intro, table))


def _period(start: str, end: str) -> str:
    """Word a period with the year once where both days lie in one year."""
    first, last = dates.describe(dates.parse(start)), dates.describe(dates.parse(end))
    year = f" {start[:4]}"
    return f"{first.removesuffix(year) if start[:4] == end[:4] else first} to {last}"
