"""Exports a case for one class of readers into a new folder, with a manifest of counts and digests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from embers import __version__
from embers.access.standing import LEVELS, Standing
from embers.actions.case_folder import CaseFolder
from embers.actions.editions import body_named, consented
from embers.actions.tables.extract import Extract
from embers.actions.tables.others import write_ftm, write_timemap
from embers.actions.tables.writing import write_csv, write_geojson, write_gpkg, write_json, write_xlsx
from embers.errors import ActionError
from embers.projections.view import ProjectedCase
from embers.surroundings import utc_text, write_new
from embers.vocabulary.loader import load_vocabulary

FORMAT = "embers-export/1"
MANIFEST = "manifest.json"
KINDS: Mapping[str, Callable[[Extract, Path], Mapping[str, int]]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "json": write_json,
    "geojson": write_geojson,
    "gpkg": write_gpkg,
    "ftm": write_ftm,
    "timemap": write_timemap,
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file of an export."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: for which level and body, from which entries, how many rows of what, which files."""

    format: str
    kind: str
    level: str
    body: str
    made: str
    embers: str
    logs: Mapping[str, tuple[int, str]]
    counts: Mapping[str, int]
    files: tuple[ExportedFile, ...]


def export(
    folder: CaseFolder, kind: str, target: Path | None = None, *, level: str = LEVELS[0], body: str = ""
) -> Export:
    """Write an export of ``kind`` that readers of ``level`` may have; compartments never go out this way.

    What people said in interviews goes as far as they consented: at the lowest level to publication, above it to being
    shared with ``body``, an organisation of the case by name or id. Without a body no testimony goes above that level.
    The folder must not exist. It is whole or not there.
    """
    if kind not in KINDS:
        raise ActionError("export-kind", f"There is no export {kind!r}.", f"Known: {', '.join(KINDS)}.")
    if level not in LEVELS:
        raise ActionError("level", f"There is no level {level!r}.", f"Known: {', '.join(LEVELS)}.")
    place = target or folder.exports_path / f"{kind}-{level}"
    if folder.key is not None:
        place = folder.exports_path  # refuses, with the reason: it would lie in the clear
    if place.exists():
        raise ActionError("export-exists", f"{place} is there already.", "Name a new folder.")
    whole = folder.projection()
    receiver = body_named(ProjectedCase(whole), body)
    day = utc_text(folder.surroundings.clock.now())[:10]
    consent = consented(whole, day=day, body=receiver, hand_over=level != LEVELS[0])
    database = whole.as_read_by(Standing(LEVELS.index(level)))
    side = place.with_name(f".{place.name}.new")
    disk = folder.surroundings.disk
    shutil.rmtree(side, ignore_errors=True)  # left by a crash
    disk.make_folder(side)
    try:
        counts = KINDS[kind](Extract(database, consent, load_vocabulary()), side)
        made = Export(
            format=FORMAT,
            kind=kind,
            level=level,
            body=receiver,
            made=utc_text(folder.surroundings.clock.now()),
            embers=__version__,
            logs={origin: _head(text) for origin, text in database.metas("log:").items()},
            counts=counts,
            files=tuple(_file(path, folder) for path in disk.walk(side)),
        )
        text = json.dumps(asdict(made), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        write_new(disk, side / MANIFEST, text.encode())
        disk.sync_files(list(disk.walk(side)))
        side.rename(place)
        disk.sync_folder(place.parent)
    finally:
        database.close()
        shutil.rmtree(side, ignore_errors=True)
    return made


def _head(text: str) -> tuple[int, str]:
    size, _, root = text.partition(" ")
    return int(size), root


def _file(path: Path, folder: CaseFolder) -> ExportedFile:
    digest, size = sha256(), 0
    with folder.surroundings.disk.read(path) as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
            size += len(block)
    return ExportedFile(path.name, size, digest.hexdigest())
