"""Scenes, checks against their makers' manifests, and before and after panels."""

from __future__ import annotations

import json
from collections.abc import Mapping

from embers import dates
from embers.case_view import CaseView, Record
from embers.reporting.blocks import Block, Column, Figure, KeyValues, Row, Section, Table
from embers.reporting.chapters.chronology import ids_of
from embers.reporting.writer import Writer, label

#: What the parameters of a panel are called where people read them.
_NAMES = {"crs": "Coordinate system", "pixel_mm": "Pixel, in millimetres", "tool": "Made by"}


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
    told = {predicate: scene.text(predicate) for _, predicate in fields}
    if told["scene-sensed"]:
        told["scene-sensed"] = dates.describe(dates.parse(told["scene-sensed"]))
    rows = [
        writer.key(name, told[predicate], ids_of(scene, predicate))
        if told[predicate]
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
    main = next(iter(item.live("item-object")), None)
    if main is None or main.value["media"] != "image/png":
        return None
    writer = Writer(f"panel-{main.value['sha256'][:8]}")
    parents = item.live("derived-from")
    caption = writer.write(item.text("item-title") + ".", ids_of(item, "item-title", "derived-from"))
    basis = [held.id for held in parents]
    made = parents[0].value
    lineage = writer.write(
        f"Made with {made['tool']} {made['version']}. The parameters below and all others are signed with the panel.",
        basis,
    )
    notes = [writer.write(str(held.value), [held.id]) for held in item.live("note")]
    picture = Figure(
        main.value["sha256"], "image/png", caption, "Two aerial images of one place side by side."
    )
    settings = tuple(writer.key(name, value, basis) for name, value in _parameters(made["parameters"]))
    blocks: list[Block] = [picture, writer.paragraph(*notes, lineage)]
    if settings:
        blocks.append(KeyValues(settings))
    return Section(writer.section, "Before and after", tuple(blocks))


def _parameters(text: str) -> list[tuple[str, str]]:
    """Return the parameters that can be read at a glance; lists, records and digests stay in the entry."""
    try:
        found = json.loads(text)
    except ValueError:
        return [("Parameters", text)]
    shown = {
        name: value for name, value in found.items() if isinstance(value, str | int) and len(str(value)) <= 40
    }
    return [
        (_NAMES.get(name, name.replace("_", " ").capitalize()), str(value))
        for name, value in sorted(shown.items())
    ]
