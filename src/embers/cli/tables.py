"""Commands for tables into the case and out of it: ``import table``, ``import undo``, ``import export``, ``export``."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say
from embers.cli.where import here, recorder
from embers.errors import UsageError

if TYPE_CHECKING:
    from embers.actions.tables.importing import Outcome, TableImport

#: Problems shown one by one; all of them go into the file of results.
_SHOWN = 20


@command
def import_table(
    path: Annotated[Path, typer.Argument(help="A CSV or XLSX file with a header, or an export with --from.")],
    *,
    mapping: Annotated[
        Path | None,
        typer.Option(help="TOML file that says what its columns mean. --from has one of its own."),
    ] = None,
    system: Annotated[
        str, typer.Option("--from", help="It is an export of bayanat, uwazi or atlos: a file, zip or folder.")
    ] = "",
    write_mapping: Annotated[
        Path | None,
        typer.Option(
            help="With --from: write the mapping it would be read by into this new file; import nothing."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row; record nothing.")] = False,
    results: Annotated[
        Path | None, typer.Option(help="Write what happens to each row into this new CSV file.")
    ] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Import a table. Every row is checked first; if one is wrong nothing is recorded. Again, it adds what differs."""
    from embers.actions.tables.importing import Importer

    for named in (path, mapping):
        if named is not None and not (named.is_file() or (system and named.is_dir())):
            raise UsageError("no-file", f"There is no file {named}.", "Give the path of a file.")
    if system:
        _import_peer(
            path, system, mapping, write_mapping, dry_run=dry_run, results=results, case=case, as_json=as_json
        )
        return
    if mapping is None:
        raise UsageError("no-mapping", "A table needs a mapping.", "Give --mapping, or --from for an export.")
    found = here(case)
    importer = Importer(
        recorder(found, role="importer"), found.folder.projection(), path, mapping.read_bytes()
    )
    try:
        with _telling(results) as tell:
            done = importer.check(tell) if dry_run else importer.record(tell)
    finally:
        importer.close()
    if done.recorded:
        found.folder.projection()
    if as_json:
        emit(done)
    else:
        _say(done, dry_run=dry_run)
    if done.wrong or done.terms:
        raise typer.Exit(PROBLEM)


def _import_peer(
    path: Path,
    system: str,
    mapping: Path | None,
    write_mapping: Path | None,
    *,
    dry_run: bool,
    results: Path | None,
    case: Path | None,
    as_json: bool,
) -> None:
    from embers.actions.peers.importing import drafted_mapping, import_peer

    if write_mapping is not None:
        drafted = drafted_mapping(path, system)
        with _new_file(write_mapping) as handle:
            handle.write(drafted.decode())
        say(f"{write_mapping}")
        return
    found = here(case)
    given = mapping.read_bytes() if mapping else None
    with _telling(results) as tell:
        done = import_peer(
            recorder(found, role="importer"),
            found.folder,
            path,
            system,
            mapping=given,
            dry_run=dry_run,
            tell=tell,
        )
    if done.table.recorded:
        found.folder.projection()
    if as_json:
        emit(done)
    else:
        _say(done.table, dry_run=dry_run)
        would = " would be" if dry_run or done.table.wrong or done.table.terms else ""
        say(f"{done.files} files came with it, {done.files_new} of them{would} new.")
        for name in done.digests_differ:
            say(f"warning: the digest stated for {name} is not that of the file.")
        for what, count in done.left_out.items():
            say(f"left out: {what} ({count})")
    if done.table.wrong or done.table.terms:
        raise typer.Exit(PROBLEM)


@command
def undo(
    name: Annotated[str, typer.Argument(help="The table's name, for its newest import, or the item of one.")],
    *,
    reason: Annotated[str, typer.Option(help="Why it is taken back.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Take back what one import of a table said. Nothing is deleted: it is shown as taken back."""
    from embers.actions.tables.undo import undo_import

    found = here(case)
    count = undo_import(recorder(found, role="importer"), found.folder.projection(), name, reason=reason)
    found.folder.projection()
    if as_json:
        emit({"taken_back": count})
    else:
        say(f"{count} assertions were taken back.")


@command
def import_export(
    path: Annotated[Path, typer.Argument(help="Folder of an export of json or csv, with its manifest.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Import an export of another case, under the same ids. You sign for it: signatures do not come with an export."""
    from embers.actions.tables.returning import import_export as run

    found = here(case)
    count = run(recorder(found, role="importer"), found.folder.projection(), path)
    found.folder.projection()
    if as_json:
        emit({"assertions": count})
    else:
        say(f"{count} assertions recorded." if count else "Everything in this export is already in the case.")


@command
def export(
    kind: Annotated[str, typer.Argument(help="csv, xlsx, json, geojson, gpkg, ftm or timemap.")],
    target: Annotated[Path | None, typer.Argument(help="A folder that does not exist yet.")] = None,
    *,
    level: Annotated[
        str,
        typer.Option(help="Highest marking it may hold: open, internal, confidential. Never compartments."),
    ] = "open",
    body: Annotated[
        str,
        typer.Option(
            "--for", help="The organisation of the case that gets it: what people let it have goes along."
        ),
    ] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Export what stands in the case and readers of a level may have, with a manifest of counts and digests."""
    from embers.actions.tables.exporting import export as run

    folder = here(case).folder
    done = run(folder, kind, target, level=level, body=body)
    if as_json:
        emit(done)
        return
    say(f"{target or folder.exports_path / f'{kind}-{level}'}")
    for name, count in done.counts.items():
        say(f"  {count} {name}")
    say(f"For readers of what is {level}; digests are in manifest.json.")


def _new_file(path: Path) -> TextIO:
    try:
        return path.open("x", encoding="utf-8", newline="")
    except FileExistsError:
        raise UsageError("exists", f"{path} is there already.", "Name a new file.") from None


@contextmanager
def _telling(results: Path | None) -> Iterator[Callable[[Outcome], None]]:
    if results is None:
        yield lambda _: None
        return
    from embers.custody.load_file import harmless

    with _new_file(results) as handle:
        writer = csv.writer(handle)
        writer.writerow(("row", "key", "result", "what", "what to do"))

        def tell(outcome: Outcome) -> None:
            problems = [(one.what, one.hint) for one in outcome.problems] or [("", "")]
            for what, hint in problems:
                cells = (str(outcome.row), outcome.key, outcome.result, what, hint)
                writer.writerow([harmless(cell) for cell in cells])

        yield tell


def _say(done: TableImport, *, dry_run: bool) -> None:
    for column, word, count in done.terms:
        say(f"unknown: {word!r} of {column!r}, {count} times")
    for problem in done.problems[:_SHOWN]:
        known = f" ({problem.key})" if problem.key else ""
        say(f"row {problem.row}{known}: {problem.what} {problem.hint}")
    if done.wrong > _SHOWN:
        say("More are in the file of --results.")
    would = "would be " if dry_run or not done.recorded else ""
    say(
        f"{done.rows} rows: {done.new} new, {done.changed} changed, {done.unchanged} unchanged, {done.wrong} wrong; "
        f"{done.absent} rows of earlier imports are not in it and stay as they are."
    )
    if done.wrong or done.terms:
        say("Nothing was recorded.")
    elif done.new or done.changed:
        say(
            f"{done.assertions} assertions {would}recorded"
            + (f" in {done.entries} entries." if not would else ".")
        )
    else:
        say("Everything in this table is already in the case.")
