"""Commands about material and what is said of it: ``add``, ``import``, ``show``, ``search``, ``trace``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.cli.where import here, recorder

CASE_OPTION: Any = typer.Option(None, "--case", help="Case folder; the nearest one is taken if left out.")


@command
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders to take in.")],
    *,
    source: Annotated[str, typer.Option(help="Where the material comes from, in a few words.")],
    title: Annotated[str, typer.Option(help="Title; the file name is taken if left out.")] = "",
    method: Annotated[str, typer.Option(help="How it was acquired.")] = "copy of a file",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Take in material as items: bytes, digests, custody, one signed entry each."""
    from embers.actions.items import ItemOrigin, acquire_file, acquire_folder

    found = here(case)
    signer = recorder(found, role="investigator")
    added = []
    for path in paths:
        origin = ItemOrigin(title=title or path.name, source=source, method=method)
        take = acquire_folder if path.is_dir() else acquire_file
        new = take(signer, path, origin)
        entry = signer.record(new.act)
        added.append({"item": new.id, "entry": entry.id, "sha256": new.acquired.sha256})
        if not as_json:
            say(f"{path}  ->  {new.id}")
            say(f"  SHA-256 {new.acquired.sha256}, entry {entry.entry.seq} of {entry.entry.log}")
            for warning in new.acquired.warnings:
                say(f"  warning: {warning}")
    found.folder.projection()
    if as_json:
        emit(added)


@command
def import_published(
    kind: Annotated[str, typer.Argument(help="What kind of tables: published-facts.")],
    path: Annotated[Path, typer.Argument(help="Folder with the tables and case.toml.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Import tables through the ordinary actions; a second import adds nothing."""
    from embers.actions.cases import case_subject
    from embers.actions.published.case import import_published as run
    from embers.actions.published.known import known_ids
    from embers.errors import UsageError

    if kind != "published-facts":
        raise UsageError("import-kind", f"There is no import {kind!r}.", "Known: published-facts.")
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
    """Show everything held about one thing, with who said it on which basis."""
    from embers.projections.trace import find
    from embers.projections.view import ProjectedCase

    database = here(case).folder.projection_to_read()
    kind, id = find(database, name)
    view = ProjectedCase(database)
    held = list(view.held([id]).values()) if kind == "assertion" else list(view.subject(id).held)
    if as_json:
        emit(held)
        return
    say(f"{kind} {id}")
    for entry in held:
        mark = "" if entry.live else f"  [{entry.status}]"
        say(f"  {entry.predicate}: {_words(entry.value)}{mark}")
        for ground in entry.grounds:
            say(f"      rests on {ground.target} {ground.locator}".rstrip())


def _words(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_words(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    return str(value)


@command
def search(
    text: Annotated[str, typer.Argument(help="Words in any script.")],
    *,
    kind: Annotated[list[str] | None, typer.Option(help="Only these kinds.")] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Search the case; names are found across scripts and spellings."""
    from embers.projections.search import search as run

    found = run(here(case).folder.projection_to_read(), text, kinds=kind or ())
    if as_json:
        emit(found)
    elif found:
        table([(hit.kind, hit.label, hit.subject) for hit in found])
    else:
        say("Nothing found.")


@command
def trace(
    name: Annotated[str, typer.Argument(help="A sentence id, claim, item, source, or code.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Walk both ways between sentences of the report and the evidence."""
    from embers.projections.trace import trace as run

    found = run(here(case).folder.projection_to_read(), name)
    if as_json:
        emit(found)
        return
    say(f"{found.kind} {found.start}")
    say(f"  {found.label}")
    if found.down:
        say("\nDown, to the evidence:")
    for step in found.down:
        held, entry = step.held, step.entry
        say(f"  {held.predicate}: {_words(held.value)}"[:160])
        say(f"    assertion {held.id}, {held.status}")
        say(
            f"    entry {entry.seq} of {entry.log}, signed by {entry.by} as {entry.role}, claimed {entry.claimed_at}"
        )
        for ground in step.grounds:
            label = ground.record.text("item-title") or ground.record.text("source-title")
            say(f"    rests on {label} ({ground.record.id}) {ground.locator}".rstrip())
            for thing in ground.objects:
                say(
                    f"      object {thing.value['sha256']}, {thing.value['size']} bytes, {thing.value['role']}"
                )
            for event in ground.custody:
                say(f"      custody: {event.value['step']}: {event.value['detail']}")
    say(f"\nUp, to the report: {len(found.up)} sentences" if found.kind != "sentence" else "")
    for sentence in found.up:
        say(f"  {sentence.id}  {sentence.text}"[:160])
