"""Commands about material and what is said of it: ``add``, ``import``, ``show``, ``search``, ``trace``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embers.cli.output import JSON_OPTION, command, emit, say
from embers.cli.where import here, recorder, say_exercise
from embers.custody.names import recorded_name
from embers.errors import UsageError

if TYPE_CHECKING:
    from embers.actions.acquire import Progress, TakenIn

CASE_OPTION: Any = typer.Option(None, "--case", help="Case folder; the nearest one is taken if left out.")


@command
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders to take in; each becomes one item.")],
    *,
    source: Annotated[str, typer.Option(help="Where the material comes from, in a few words.")],
    title: Annotated[str, typer.Option(help="Title; the file name is taken if left out.")] = "",
    method: Annotated[str, typer.Option(help="How it was acquired.")] = "copy of a file",
    kind: Annotated[
        str,
        typer.Option(
            help="file, folder, camera-card, phone-export, messenger-export, disk-image, web-capture; "
            "recognised if left out."
        ),
    ] = "",
    device: Annotated[
        str, typer.Option(help="Device it comes from; kept in the acquisition sheet only.")
    ] = "",
    account: Annotated[
        str, typer.Option(help="Account it comes from; kept in the acquisition sheet only.")
    ] = "",
    first_holder: Annotated[
        str, typer.Option(help="Code of who held it first; kept in the sheet only.")
    ] = "",
    prior_copies: Annotated[str, typer.Option(help="Copies known to exist; kept in the sheet only.")] = "",
    clock_offset: Annotated[
        int | None, typer.Option(help="Seconds the device's clock was ahead of a clock known to be right.")
    ] = None,
    source_kept: Annotated[
        bool | None,
        typer.Option("--source-kept/--source-taken", help="Whether the owner keeps the original."),
    ] = None,
    leave_out_unreadable: Annotated[
        bool, typer.Option(help="Finish without files that cannot be read, and name them in the record.")
    ] = False,
    look: Annotated[
        bool, typer.Option("--look/--no-look", help="Read metadata, try to open files, list archives.")
    ] = True,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Take in material as items: bytes, digests, custody. Interrupted, it continues where it stopped when run again."""
    from embers.actions.acquire import Looking, SourceDetails, acquire, known_of
    from embers.actions.items import ItemOrigin
    from embers.custody.containers import KINDS
    from embers.projections.view import ProjectedCase

    if kind and kind not in KINDS:
        raise UsageError("kind", f"There is no kind of material {kind!r}.", f"Known: {', '.join(KINDS)}.")
    found = here(case)
    signer = recorder(found, role="investigator")
    details = SourceDetails(kind, device, account, first_holder, prior_copies, clock_offset, source_kept)
    added = []
    for path in paths:
        view = ProjectedCase(found.folder.projection())
        got = acquire(
            signer,
            path,
            ItemOrigin(title=title or recorded_name(path.name)[0], source=source, method=method),
            details=details,
            look=Looking() if look else Looking.nothing(),
            known=known_of(view),
            view=view,
            leave_out_unreadable=leave_out_unreadable,
            progress=(lambda _: None) if as_json else _progress,
        )
        added.append(got)
        if not as_json:
            _say_taken_in(path, got)
    found.folder.projection()
    if as_json:
        emit(added)


def _progress(done: Progress) -> None:
    """Keep one line up to date on a terminal; say nothing into a file or pipe."""
    if not sys.stderr.isatty():
        return
    share = f"{done.files} of {done.of_files} files, {done.bytes / 1e6:.0f} of {done.of_bytes / 1e6:.0f} MB"
    sys.stderr.write(f"\r{share} safe" + ("\n" if done.files == done.of_files else ""))
    sys.stderr.flush()


def _say_taken_in(path: Path, got: TakenIn) -> None:
    say(f"{recorded_name(str(path))[0]}  ->  {got.item}")
    what = f"{got.files} files, " if got.files > 1 else ""
    signed = "1 signed entry" if got.entries == 1 else f"{got.entries} signed entries"
    say(f"  {got.kind}, {what}{got.bytes} bytes, {signed}, all on stable storage")
    if got.files == 1:
        say(f"  SHA-256 {got.sha256}")
    if got.before:
        say(f"  continued: {got.before} files were recorded before and were not read again")
    for warning in got.warnings:
        say(f"  warning: {warning}")


@command
def import_published(
    path: Annotated[Path, typer.Argument(help="Folder with the tables and case.toml.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Import a published set of facts through the ordinary actions; a second import adds nothing."""
    from embers.actions.cases import case_subject
    from embers.actions.published.case import import_published as run
    from embers.actions.published.known import known_ids

    found = here(case)
    signer = recorder(found, role="importer")
    known = known_ids(signer.journal)
    added = run(signer, path, known=known, case=case_subject(signer.journal))
    found.folder.projection()
    if as_json:
        emit({"acts": added})
    else:
        say(f"{added} acts recorded." if added else "Everything in these tables is already in the case.")


@command
def show(
    name: Annotated[str, typer.Argument(help="A code such as K20-33, C161, S28, or any id.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Show everything held about one thing, with who said it on which basis, and when, as outsiders vouch for it."""
    from embers.actions.timestamps import brackets_of
    from embers.cli.telling import heading, told
    from embers.projections.trace import find
    from embers.projections.view import ProjectedCase
    from embers.web.wording import names, referred

    at = here(case)
    say_exercise(at)
    folder = at.folder
    database = folder.projection_to_read()
    kind, id = find(database, name)
    view = ProjectedCase(database)
    held = list(view.held([id]).values()) if kind == "assertion" else list(view.subject(id).held)
    if as_json:
        emit(held)
        return
    about = held[0].subject if kind == "assertion" and held else id
    known = names(database.alias, [about, *referred(held)])
    say(heading(about.partition(":")[0], known[about]))
    if kind == "item":
        from embers.custody.chain import chain_of

        chain = chain_of(view, id)
        for text in (chain.in_words(), *chain.gaps, *chain.discrepancies):
            say(f"  custody: {text}")
    brackets = {one.entry: one for one in brackets_of(folder, [one.entry for one in held])}
    for line in told(held, known, view.entries(one.entry for one in held), brackets):
        say(line)


@command
def search(
    text: Annotated[str, typer.Argument(help="Words in any script.")],
    *,
    kind: Annotated[list[str] | None, typer.Option(help="Only these kinds, such as incident.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show at most.")] = 20,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Search the case: nearest names first, across scripts and spellings, then all that hold the words."""
    from embers.cli.telling import results
    from embers.projections.search_names import by_name_first

    at = here(case)
    say_exercise(at)
    found = by_name_first(at.folder.projection_to_read(), text, kinds=tuple(kind or ()), limit=limit)
    if as_json:
        emit(found)
        return
    for line in results([(hit.kind, hit.label, hit.subject) for hit in found]):
        say(line)
    if not found:
        say("Nothing found.")
    elif len(found) == limit:
        say(f"The best {limit} are shown; more with --limit, or narrow it with --kind.")


@command
def trace(
    name: Annotated[
        str, typer.Argument(help="A sentence's printed number or id, a claim, item, source, or code.")
    ],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Walk both ways between sentences of the report and the evidence."""
    from embers.projections.trace import trace as run

    at = here(case)
    say_exercise(at)
    database = at.folder.projection_to_read()
    found = run(database, name)
    if as_json:
        emit(found)
        return
    from embers.cli.telling import walk

    for line in walk(found, database.alias):
        say(line)
