"""Scenes, checks against their makers' manifests, and before and after panels."""

from __future__ import annotations

from collections.abc import Mapping

from embers.case_view import CaseView, Record
from embers.reporting.blocks import Block, Column, Figure, KeyValues, Row, Section, Table
from embers.reporting.chapters.chronology import ids_of
from embers.reporting.writer import Writer, label


def imagery_sections(view: CaseView) -> list[Section]:
    """Build one section on scenes and checks, and one per panel; nothing where the case has no scene."""
    scenes = view.kind("scene")
    if not scenes:
        return []
    items = view.kind("item")
    writer = Writer("scenes")
    blocks: list[Block] = [_scene(writer, scene) for scene in scenes.values()]
    blocks.append(_checks(writer, items))
    panels = [_panel(item) for item in items.values() if item.live("derived-from")]
    return [Section("scenes", "Scenes and their integrity", tuple(blocks)), *(p for p in panels if p)]


def _scene(writer: Writer, scene: Record) -> KeyValues:
    fields = (
        ("Product", "scene-product"),
        ("Platform and sensor", "scene-platform"),
        ("Sensed at", "scene-sensed"),
        ("Projection and pixel", "scene-grid"),
    )
    rows = [
        writer.key(name, scene.text(predicate), ids_of(scene, predicate))
        if scene.text(predicate)
        else writer.key(name, "not stated in the file")
        for name, predicate in fields
    ]
    rows += [writer.key("Note", str(held.value), [held.id]) for held in scene.live("note")]
    return KeyValues(tuple(rows))


def _checks(writer: Writer, items: Mapping[str, Record]) -> Table:
    rows = []
    for item in items.values():
        for held in item.live("item-check"):
            value = held.value
            rows.append(
                Row(
                    (
                        label(item.text("item-title")),
                        label(value["what"]),
                        writer.cell(value["outcome"], [held.id]),
                        writer.cell(value["detail"], [held.id]),
                    )
                )
            )
    return Table(
        caption=writer.write("Checks of products against their makers' own manifests.", kind="label"),
        columns=(
            Column("Item", share=5),
            Column("Check", share=4),
            Column("Outcome", share=3),
            Column("Detail", share=8),
        ),
        rows=tuple(rows),
    )


def _panel(item: Record) -> Section | None:
    main = item.live("item-object")[0]
    if main.value["media"] != "image/png":
        return None
    writer = Writer(f"panel-{main.value['sha256'][:8]}")
    parents = item.live("derived-from")
    caption = writer.write(item.text("item-title") + ".", ids_of(item, "item-title", "derived-from"))
    lineage = writer.write(
        f"Made with {parents[0].value['tool']} {parents[0].value['version']}; {parents[0].value['parameters']}.",
        [held.id for held in parents],
    )
    notes = [writer.write(str(held.value), [held.id]) for held in item.live("note")]
    picture = Figure(
        main.value["sha256"], "image/png", caption, "Two aerial images of one place side by side."
    )
    return Section(writer.section, "Before and after", (picture, writer.paragraph(lineage, *notes)))
