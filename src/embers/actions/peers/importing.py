"""Brings an export of Bayanat, Uwazi or Atlos into a case: converted to rows, then imported as a table.

What is kept as an item is the rows as they were read, with the digest of the export: the export itself holds names and
is not stored. A second import of the same or a newer export adds what differs; ``import undo`` takes one back.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from embers.actions.case_folder import CaseFolder
from embers.actions.items import ItemOrigin, acquire_stored
from embers.actions.peers import atlos, bayanat, uwazi
from embers.actions.peers.converted import Converted, Media
from embers.actions.peers.export_files import ExportFiles
from embers.actions.recorder import Act, Recorder
from embers.actions.tables.importing import Importer, Outcome, TableImport
from embers.actions.tables.mapping import read_mapping
from embers.errors import ActionError

SYSTEMS = ("bayanat", "uwazi", "atlos")


@dataclass(frozen=True, slots=True)
class PeerImport:
    """What was found and done. ``left_out`` counts, in words, what has no place in the vocabulary or the mapping."""

    table: TableImport
    files: int
    files_new: int
    left_out: dict[str, int] = field(default_factory=dict)
    digests_differ: tuple[str, ...] = ()


def drafted_mapping(path: Path, system: str) -> bytes:
    """Return the mapping an export would be read by, to be changed and given back."""
    with _read(path, system) as (_, _, mapping):
        return mapping


def import_peer(
    recorder: Recorder,
    folder: CaseFolder,
    path: Path,
    system: str,
    *,
    mapping: bytes | None = None,
    dry_run: bool = False,
    tell: Callable[[Outcome], None] = lambda _: None,
) -> PeerImport:
    """Import an export, or with ``dry_run`` say what an import would do. One wrong row refuses the whole."""
    if folder.key is not None:
        raise ActionError(
            "peer-field",
            "Exports of other systems are not read on a field laptop: their rows would lie on it in the clear.",
            "Import them at the office.",
        )
    with _read(path, system) as (files, made, drafted):
        chosen = mapping or drafted
        columns = read_mapping(chosen, recorder.vocabulary).columns()
        place = Path(mkdtemp(prefix="embers-peer-"))
        try:
            rows = place / f"{system}-rows.csv"
            made.write(rows, sorted(columns))
            importer = Importer(recorder, folder.projection(), rows, chosen)
            try:
                return _imported(recorder, importer, made, files, dry_run=dry_run, tell=tell)
            finally:
                importer.close()
        finally:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _read(path: Path, system: str) -> Iterator[tuple[ExportFiles, Converted, bytes]]:
    if system not in SYSTEMS:
        raise ActionError("peer-system", f"There is no reader {system!r}.", f"Known: {', '.join(SYSTEMS)}.")
    with closing(ExportFiles(path)) as files, closing(Converted()) as made:
        if system == "uwazi":
            yield files, made, uwazi.read(files, made).encode()
        else:
            (bayanat if system == "bayanat" else atlos).read(files, made)
            yield files, made, Path(__file__).with_name(f"{system}.toml").read_bytes()


def _imported(
    recorder: Recorder,
    importer: Importer,
    made: Converted,
    files: ExportFiles,
    *,
    dry_run: bool,
    tell: Callable[[Outcome], None],
) -> PeerImport:
    items = {importer.subject("item", sha256): media for sha256, media in made.media.items()}
    importer.expect(items)
    found = importer.check(tell)
    new = importer.unknown(list(items))
    differ: list[str] = []
    if not (dry_run or found.wrong or found.terms):
        differ = [_take_in(recorder, files, item, items[item], importer) for item in new]
        found = importer.record(checked=found)
    left = dict(sorted(made.left_out.items()))
    return PeerImport(found, len(items), len(new), left, tuple(filter(None, differ)))


def _take_in(recorder: Recorder, files: ExportFiles, item: str, media: Media, importer: Importer) -> str:
    """Make a file of the export an item, with the digests its maker states; return its name if one differs."""
    with files.open(media.name) as handle:
        stored = recorder.objects.put(handle, sha256=media.sha256, also=("md5",))
    origin = ItemOrigin(
        title=media.title, source=importer.mapping.source, method="import of an export of another system"
    )
    name = Path(media.name).name
    taken = acquire_stored(recorder, stored.sha256, origin, name=name, fresh=stored.fresh, item=item)
    own = {"SHA-256": stored.sha256, "MD5 or tag of the store": dict(stored.digests).get("md5", "")}
    said = [
        recorder.new_assertion(
            item,
            "item-digest-given",
            {"algorithm": algorithm, "digest": digest, "given_by": importer.mapping.source},
        )
        for algorithm, digest in media.given.items()
    ]
    differs = any(own.get(algorithm) != digest.casefold() for algorithm, digest in media.given.items())
    if differs:
        warning = "The digest the export states is not that of the file."
        said.append(recorder.new_assertion(item, "item-warning", warning))
    act = taken.act
    recorder.record(Act(act.name, (*act.assertions, *said), act.objects, act.reason))
    return media.name if differs else ""
