"""The sources chapter and the annex of exhibits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from embers import dates
from embers.case_view import CaseView, Record
from embers.reporting.blocks import Cell, Column, Row, Run, Section, Table
from embers.reporting.writer import Writer, label
from embers.vocabulary.loader import load_vocabulary


def relay_words(source: Record, sources: Mapping[str, Record]) -> str:
    """Say what a page passes on: codes of other sources where known, else the body named."""
    parts = []
    for relay in source.values("source-relays"):
        other = sources.get(relay.get("source", ""))
        parts.append(other.text("source-code") if other else relay["words"])
    return "; ".join(parts)


def _source_row(writer: Writer, source: Record, sources: Mapping[str, Record], claims: int) -> Row:
    vocabulary = load_vocabulary()
    said = {held.predicate: held.id for held in source.held if held.live}

    def cell(text: str, *predicates: str) -> Cell:
        return writer.cell(text, [said[name] for name in predicates if name in said]) if text else Cell()

    host = urlsplit(str(source.value("source-address", ""))).netloc.removeprefix("www.")
    described = f"{source.text('source-publisher')}: {source.text('source-title')}"
    kind = vocabulary.label("source-type", str(source.value("source-type", "")))
    side = vocabulary.label("side", str(source.value("source-side", "unknown")))
    published = source.value("source-published")
    relays = relay_words(source, sources)
    said_of_it = (
        *cell(f"{kind[:1].upper()}{kind[1:]}; {side}.", "source-type", "source-side").sentences,
        *cell(f"Relays {relays}." if relays else "", "source-relays").sentences,
    )
    return Row(
        (
            cell(source.text("source-code"), "source-code"),
            cell(
                f"{described} ({host})" if host else described,
                "source-publisher",
                "source-title",
                "source-address",
            ),
            Cell(said_of_it),
            cell(
                dates.describe(dates.parse(published)) if published else "no date",
                "source-published",
                "source-title",
            ),
            label(str(claims)),
        )
    )


def sources_section(view: CaseView) -> Section:
    """List every source with its type, side, what it relays, and how many claims were read in it."""
    writer = Writer("sources")
    sources = view.kind("source")
    claims: Counter[str] = Counter()
    for incident in view.kind("incident").values():
        for held in incident.held:
            if held.live and isinstance(held.value, dict) and "claimant" in held.value:
                claims.update(ground.target for ground in held.grounds if ground.target in sources)
    relaying = sum(1 for source in sources.values() if source.live("source-relays"))
    intro = writer.method(
        f"The case names {len(sources)} published sources; {relaying} of them pass on, in whole or in part, what "
        "somebody else said first. A relay is not an independent source: independence is counted by root origin, "
        "and all organs of one government are one origin.",
        "Page addresses are kept in the case file and are not printed in full, because some of them contain names "
        "of private persons.",
    )
    table = Table(
        caption=writer.write("Sources in the order of their codes.", kind="label"),
        columns=(
            Column("Code", share=4),
            Column("Publisher and title", share=24),
            Column("What it is, and what it relays", share=19),
            Column("Published", share=13),
            Column("Claims", "end", share=6),
        ),
        rows=tuple(
            _source_row(writer, source, sources, claims[id])
            for id, source in sorted(sources.items(), key=lambda entry: entry[1].text("source-code"))
        ),
    )
    return Section("sources", "Sources", (intro, table))


def exhibits_section(view: CaseView, exhibits: Mapping[str, str]) -> Section:
    """List the exhibits: number, what it is, size, SHA-256. ``exhibits`` maps item ids to numbers."""
    writer = Writer("exhibits")
    items = view.kind("item")
    rows = []
    for id, number in exhibits.items():
        item = items[id]
        for held in item.live("item-object"):
            value = held.value
            basis = [held.id, *(title.id for title in item.live("item-title"))]
            rows.append(
                Row(
                    (
                        label(number),
                        writer.cell(f"{item.text('item-title')} ({value['name']})", basis),
                        label(f"{value['size']:,}".replace(",", "\u202f")),
                        Cell((writer.write([Run(value["sha256"], "digest")], [held.id]),)),
                    )
                )
            )
    intro = writer.method(
        "The exhibits are the preserved objects this report rests on, each with the SHA-256 digest of its bytes. The "
        "dossier that accompanies this report holds them with the signed entries that brought them into the case; "
        "the file verify.py in it checks all of this without Embers.",
    )
    table = Table(
        caption=writer.write("Exhibits with size in bytes and digest.", kind="label"),
        columns=(
            Column("Number", share=5),
            Column("Exhibit", share=13),
            Column("Bytes", "end", share=4),
            Column("SHA-256", share=15),
        ),
        rows=tuple(rows),
    )
    return Section("exhibits", "Exhibits", (intro, table), number="A", opens_page=False)
