"""Builds an imagery case from its description: items with custody, checks against manifests, scenes, panels."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embers.actions.cases import CaseProfile, describe_case
from embers.actions.items import ItemOrigin, acquire_file, acquire_folder, derive_item, record_check
from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError
from embers.ids import derived_id, derived_subject
from embers.imagery.manifest import check_manifest
from embers.imagery.scene import Scene, read_safe_scene
from embers.journal.assertion import Basis, JsonValue

NAMING = "Places are named in English; no place of this case is disputed."


@dataclass(slots=True)
class _Import:
    recorder: Recorder
    folder: Path
    key: str
    font: Path | None
    scenes: dict[str, Scene] = field(default_factory=dict)

    def item(self, name: str) -> str:
        return derived_subject("item", self.key, name)


def import_imagery(
    recorder: Recorder, folder: Path, *, known: set[str], case: str, font: Path | None = None
) -> int:
    """Import the described material into the open case; return how many acts were new.

    ``known`` are ids of subjects and assertions the journal already holds. A case is imported whole or, if a
    former run recorded it, not again.
    """
    data = _description(folder)
    work = _Import(recorder, folder, data["case"]["code"], font)
    if case in known:
        return 0
    acts = [describe_case(recorder, case, _profile(data))]
    acts += [_acquire(work, row) for row in data["item"]]
    acts += [_check(work, row) for row in data["item"] if row.get("check")]
    acts += [_scene(work, row, data["item"]) for row in data["scene"]]
    for row in data["panel"]:
        acts += _panel(work, row, {item["key"]: item for item in data["item"]})
    recorder.record_all(acts)
    return len(acts)


def _description(folder: Path) -> dict[str, Any]:
    path = folder / "case.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ActionError("set", f"{path} cannot be used: {error}.", "See demo/imagery/case.toml.") from error


def _profile(data: Mapping[str, Any]) -> CaseProfile:
    case = data["case"]
    return CaseProfile(
        title=case["title"],
        scope=case["summary"],
        period=case.get("period", ""),
        naming=NAMING,
        profile="prof.rgb",
        notices=case["notices"],
    )


def _acquire(work: _Import, row: Mapping[str, Any]) -> Act:
    origin = ItemOrigin(
        title=row["title"],
        source=row["origin"],
        method=row["method"],
        licence=row["licence"],
        attribution=row["attribution"],
    )
    take = acquire_folder if row["kind"] == "safe-folder" else acquire_file
    new = take(work.recorder, work.folder / row["path"], origin, item=work.item(row["key"]))
    warned = [work.recorder.new_assertion(new.id, "item-warning", text) for text in row["warnings"]]
    return Act(new.act.name, (*new.act.assertions, *warned), new.act.objects, new.act.reason)


def _check(work: _Import, row: Mapping[str, Any]) -> Act:
    report = check_manifest(work.folder / row["path"], work.recorder.surroundings)
    return record_check(
        work.recorder,
        work.item(row["key"]),
        what="Files against the checksums of the maker's own manifest",
        outcome=report.outcome,
        detail=" ".join(report.sentences),
    )


def _scene(work: _Import, row: Mapping[str, Any], items: list[Mapping[str, Any]]) -> Act:
    path = work.folder / next(item["path"] for item in items if item["key"] == row["item"])
    if row["read"] == "safe":
        scene = read_safe_scene(path, work.recorder.surroundings)
    else:
        from embers.imagery.raster import read_raster_scene  # noqa: PLC0415 - loads rasterio

        scene = read_raster_scene(path)
    work.scenes[row["key"]] = scene
    subject = derived_subject("scene", work.key, row["key"])
    basis = [Basis(item=work.item(row["item"]))]
    values: list[tuple[str, JsonValue]] = [
        ("scene-product", scene.product),
        ("scene-item", work.item(row["item"])),
        ("scene-platform", ", ".join(part for part in (scene.platform, scene.sensor, scene.mode) if part)),
        ("scene-sensed", scene.sensed_edtf),
        ("scene-grid", scene.grid.sentence() if scene.grid else ""),
        *(("note", text) for text in row["notes"]),
        ("note", f"Place: {row['place']}."),
    ]
    said = [
        work.recorder.new_assertion(
            subject, name, value, basis=basis, id=derived_id(work.key, subject, name, str(value))
        )
        for name, value in values
        if value
    ]
    return Act("scene.describe", tuple(said), reason="What the files themselves say about the scene.")


def _panel(work: _Import, row: Mapping[str, Any], items: Mapping[str, Mapping[str, Any]]) -> list[Act]:
    from embers.imagery.panel import PanelSide, make_panel  # noqa: PLC0415 - loads rasterio

    sides = [
        PanelSide(
            path=work.folder / items[key]["path"],
            scene=work.scenes[key],
            source=row["source"],
            attribution=items[key]["attribution"],
        )
        for key in (row["before"], row["after"])
    ]
    panel = make_panel(sides[0], sides[1], work.recorder.surroundings, title=row["title"], font=work.font)
    item, act = derive_item(
        work.recorder,
        panel.png,
        name=row["file_name"],
        media=row["media"],
        title=row["item_title"],
        parents=[work.item(row["before"]), work.item(row["after"])],
        tool=panel.record.tool,
        version=", ".join(f"{name} {number}" for name, number in sorted(panel.record.versions.items())),
        parameters=json.dumps(panel.record.to_json(), sort_keys=True, ensure_ascii=False),
        item=work.item(row["key"]),
    )
    notes = [
        work.recorder.new_assertion(item, "note", text, basis=[Basis(item=item)])
        for text in (row["title"] + ".", panel.record.shift_sentence(), row["notice"])
    ]
    return [act, Act("item.note", tuple(notes), reason="What the panel shows and what it does not.")]
