"""The chronology: every incident in order of time, both parties in one table."""

from __future__ import annotations

from collections.abc import Mapping

from embers import dates
from embers.case_view import CaseView, Record
from embers.reporting.blocks import Column, Row, Run, Section, Table
from embers.reporting.places import place_runs
from embers.reporting.writer import Writer, label


def in_time_order(view: CaseView) -> list[Record]:
    """Return incidents by first possible moment, then code; undated ones last."""
    incidents = view.kind("incident").values()
    return sorted(incidents, key=_moment)


def _moment(incident: Record) -> tuple[tuple[str, ...], str]:
    when = incident.value("occurred")
    key = dates.order_key(dates.parse(when)) if when else ("9999",)
    return key, incident.text("incident-code")


def ids_of(record: Record, *predicates: str) -> list[str]:
    """Return the ids of the live assertions of the given predicates."""
    return [held.id for predicate in predicates for held in record.live(predicate)]


def when_words(incident: Record) -> str:
    """Say when an incident happened, as far as it is known."""
    when = incident.value("occurred")
    words = dates.describe(dates.parse(when)) if when else "date not known"
    notes = [text for text in incident.values("occurred-note") if text]
    return f"{words} ({'; '.join(notes)})" if notes else words


def chronology_section(view: CaseView, parties: Mapping[str, str]) -> Section:
    """Build the chronology table. ``parties`` gives the name of each code that stands in it."""
    writer = Writer("chronology")
    places = view.kind("place")
    rows = []
    for incident in in_time_order(view):
        code = incident.text("incident-code")
        rows.append(
            Row(
                (
                    writer.cell(when_words(incident), ids_of(incident, "occurred", "occurred-note")),
                    writer.cell(
                        place_runs(incident, places), ids_of(incident, "incident-place", "incident-code")
                    ),
                    writer.cell(incident.text("incident-title"), ids_of(incident, "incident-title")),
                    writer.cell(
                        ", ".join(incident.values("alleged-party")) or "not attributed",
                        ids_of(incident, "alleged-party", "incident-code"),
                    ),
                    label([Run(code, "section-ref", target=section_id(code))]),
                )
            )
        )
    intro = writer.method(
        "All incidents of the case in order of their first possible moment, both parties in one table. Times are "
        "local, as published. Where a source gives only a range, the incident stands at its beginning."
    )
    table = Table(
        caption=writer.write("Incidents in order of time.", kind="label"),
        columns=(
            Column("When", share=12),
            Column("Where", share=10),
            Column("What is alleged", share=17),
            Column("Against", share=7),
            Column("Section", "end", share=5),
        ),
        rows=tuple(rows),
    )
    said = "; ".join(f"{code}, {name}" for code, name in parties.items() if name != code)
    codes = (writer.method(f"The codes of the parties: {said}."),) if said else ()
    return Section("chronology", "Chronology", (intro, table, *codes), opens_page=False)


def section_id(code: str) -> str:
    """Return the id of an incident's section."""
    return f"incident-{code.lower()}"
