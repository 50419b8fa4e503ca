"""The custody sheets of a dossier: one sheet for each item, as a document that is set like the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from embers.case_view import Held, Record
from embers.custody.chain import Chain, Step
from embers.reporting.blocks import (
    Block,
    Callout,
    Cell,
    Column,
    Contents,
    Document,
    KeyValue,
    KeyValues,
    Notice,
    Row,
    Run,
    Section,
    Table,
)
from embers.reporting.writer import Writer, label, plain

#: Files of one item listed on its sheet; a card with thousands has them all in the load file.
MOST_FILES = 40


@dataclass(frozen=True, slots=True)
class SheetItem:
    """An item with its exhibit number (empty if nothing of it is in the dossier) and its chain."""

    number: str
    record: Record
    chain: Chain


def custody_document(
    title: str, date: str, items: Sequence[SheetItem], *, notices: Sequence[Notice] = ()
) -> Document:
    """Return the custody sheets of a case as a document; every fact names the assertion it rests on."""
    whole = sum(item.chain.unbroken for item in items)
    intro = Writer("custody.about")
    about = Section(
        "custody.about",
        "What these sheets say",
        (
            intro.method(
                "Each sheet shows who held an item, as the people themselves signed it; both sign a transfer.",
                'The line "Chain" says whether every event joins the one before it; if not, each gap is named.',
                "Times are those the devices claimed; verify.py says between which limits they are proven.",
                "A signature shows that a key was used. It does not show what happened to a thing between two events.",
            ),
            KeyValues(
                (
                    KeyValue("Items", label(str(len(items)))),
                    KeyValue("Unbroken chains", label(str(whole))),
                    KeyValue("Chains with a gap", label(str(len(items) - whole))),
                )
            ),
        ),
        numbered=False,
    )
    sections = tuple(_sheet(item) for item in items)
    return Document(
        title=f"Custody sheets: {title}",
        subtitle="Who held each item, and when",
        date=date,
        sections=(about, *sections),
        short_title="Custody sheets",
        notices=tuple(notices),
        front=(Contents(depth=1),),
    )


def _sheet(item: SheetItem) -> Section:
    record = item.record
    id = f"custody.{record.id.partition(':')[2]}"
    write = Writer(id)
    name = record.text("item-title") or "Item without title"
    blocks: list[Block] = [KeyValues(tuple(_particulars(write, item))), *_files(write, record)]
    if item.chain.steps:
        blocks.append(_events(write, item.chain))
    for kind, title, texts in (
        ("gap", "Gaps in the chain", item.chain.gaps),
        ("caution", "What was not as recorded", item.chain.discrepancies),
    ):
        if texts:
            sentences = tuple(write.write(text, kind="method") for text in texts)
            blocks.append(Callout("gap" if kind == "gap" else "caution", title, sentences))
    title = f"{item.number}, {name}" if item.number else name
    return Section(id, title, tuple(blocks), numbered=False)


def _particulars(write: Writer, item: SheetItem) -> Iterable[KeyValue]:
    record = item.record
    yield KeyValue("Item", label([Run(record.id, "code")]))
    for held in record.live("item-origin"):
        yield write.key("Source", held.value["source"], [held.id])
        yield write.key("Method", held.value["method"], [held.id])
    for held in record.live("item-physical"):
        text = "; ".join(str(held.value[part]) for part in ("description", "marks") if part in held.value)
        yield write.key("Thing", text, [held.id])
    for held in record.live("item-check"):
        yield write.key(
            "Compared", f"{held.value['what']}: {held.value['outcome']}. {held.value['detail']}", [held.id]
        )
    for held in record.live("item-warning")[:10]:
        yield write.key("Warning", held.value, [held.id])
    yield KeyValue("Chain", label(item.chain.in_words()))
    if item.chain.seal:
        yield KeyValue("Seal now", label(item.chain.seal))


def _files(write: Writer, record: Record) -> Iterable[Block]:
    objects = record.live("item-object")
    if not objects:
        return
    shown = objects[:MOST_FILES]
    more = f"; the first {len(shown)} of {len(objects)}" if len(objects) > len(shown) else ""
    yield Table(
        write.write(f"Files{more}.", kind="heading-note"),
        (Column("Name", share=3), Column("Role"), Column("Bytes", "end"), Column("SHA-256", share=4)),
        tuple(_file(write, held) for held in shown),
    )


def _file(write: Writer, held: Held) -> Row:
    value: Mapping[str, object] = held.value
    return Row(
        (
            write.cell(str(value["name"]), [held.id]),
            label(str(value["role"])),
            label(str(value["size"])),
            label([Run(str(value["sha256"]), "digest")]),
        )
    )


def _events(write: Writer, chain: Chain) -> Table:
    return Table(
        write.write("Events, in order.", kind="heading-note"),
        (
            Column("Claimed time", share=2),
            Column("Event", share=2),
            Column("Signed by"),
            Column("How", share=4),
        ),
        tuple(_event(write, one) for one in chain.steps),
    )


def _event(write: Writer, one: Step) -> Row:
    phase = f", {one.phase}" if one.phase else ""
    marks = [
        f"{name} {one.value[part]}"
        for part, name in (
            ("from", "from"),
            ("to", "to"),
            ("bag", "bag"),
            ("seal", "seal"),
            ("found", "seal found:"),
            ("place", "at"),
            ("reason", "because:"),
            ("deviation", "not as recorded:"),
        )
        if part in one.value
    ]
    how = "; ".join([str(one.value.get("detail", "")).rstrip("."), *marks])
    return Row(
        (
            label(one.claimed_at),
            Cell((write.write(plain(f"{one.step}{phase}"), [one.assertion]),)),
            label(one.signer),
            label(how),
        )
    )
