"""Commands that produce what leaves the case, and the legal layer: ``report``, ``dossier``, ``law``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.cli.where import here, recorder, say_exercise
from embers.errors import UsageError

_DRAFT = "Marked as a draft on every page: nobody has approved it. `embers release approve report` does."


@command
def report_build(
    *,
    body: Annotated[str, typer.Option("--for", help="Body the edition is for; without: the public.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Build the report as PDF, HTML and data; one signed entry records what it was built from."""
    from embers.actions.editions import body_named
    from embers.actions.reports import build_and_record
    from embers.projections.view import ProjectedCase

    found = here(case)
    for_body = body_named(ProjectedCase(found.folder.projection()), body) if body else ""
    signer = recorder(found, role="editor")
    built = build_and_record(found.folder, signer, body=for_body, unapproved=found.settings.unapproved)
    if as_json:
        emit(built)
        return
    say_exercise(found)
    say(f"{built.pdf}")
    say(f"{built.html}")
    say(
        f"{built.sentences} sentences; "
        + ("recorded in the journal." if built.recorded else "the same text is on record.")
    )
    say("Approved for release." if built.approval else _DRAFT)


@command
def dossier_export(
    target: Annotated[Path | None, typer.Argument(help="A folder that does not exist yet.")] = None,
    *,
    receiver: Annotated[
        list[str] | None, typer.Option(help="Load file for a receiver: generic, concordance, icc-e-court.")
    ] = None,
    body: Annotated[
        str, typer.Option("--for", help="Body the dossier is for. Testimony goes only to a named one.")
    ] = "",
    replace: Annotated[bool, typer.Option(help="Replace an older dossier there.")] = False,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Write a dossier that anybody can check without Embers."""
    from embers.actions.dossiers import export_dossier
    from embers.actions.editions import body_named
    from embers.projections.view import ProjectedCase

    found = here(case)
    folder = found.folder
    for_body = body_named(ProjectedCase(folder.projection_to_read()), body) if body else ""
    summary = export_dossier(
        folder,
        target or folder.exports_path / "dossier",
        receivers=receiver or ("generic",),
        replace=replace,
        body=for_body,
        unapproved=found.settings.unapproved,
    )
    if as_json:
        emit(summary)
    else:
        say_exercise(found)
        say(f"{summary.path}")
        say(
            f"{summary.exhibits} exhibits, {summary.entries} entries, {summary.files} files, {summary.size} bytes."
        )


@command
def law_check(
    day: Annotated[str, typer.Argument(help="Day of the conduct, such as 2020-10-17.")],
    author: Annotated[str, typer.Argument(help="Alleged author: AZE, ARM, ARM/NKR.")],
    adverse: Annotated[str, typer.Argument(help="Adverse party.")],
    *,
    as_json: bool = JSON_OPTION,
) -> None:
    """Say which instruments applied between two parties on a day."""
    from embers.law.applicability import overview
    from embers.law.library import load_law

    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise UsageError("day", f"{day!r} is not a day.", "Write it as 2020-10-17.") from None
    answers = overview(load_law(), author=author, adverse=adverse, day=when)
    if as_json:
        emit(answers)
    else:
        table([(found.instrument.short, found.applies, found.reason) for found in answers])


@command
def law_support(
    incident: Annotated[str, typer.Argument(help="Code of an incident, such as K20-33.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Show how far each element of the charges tested is supported. Labels, never numbers or verdicts."""
    from embers.law.case_ledger import charges_of
    from embers.projections.trace import find
    from embers.projections.view import ProjectedCase

    database = here(case).folder.projection_to_read()
    kind, id = find(database, incident)
    if kind != "incident":
        raise UsageError(
            "incident", f"{incident!r} is a {kind}, not an incident.", "Give a code such as K20-33."
        )
    ledger = charges_of(ProjectedCase(database), id)
    tested = ledger.tested if ledger else ()
    if as_json:
        emit(
            [
                {"charge": t.charge.id, "elements": {f"e{e.key}": e.label.code for e in t.elements}}
                for t in tested
            ]
        )
        return
    for found in tested:
        say(f"{found.charge.title} ({found.charge.citation}), profile {found.profile}")
        table(
            [
                (f"  e{e.key}", e.label.words, e.binding.proposition.text if e.binding else "")
                for e in found.elements
            ]
        )
    for piece in ledger.assumes if ledger else ():
        say(f"Assumed, not held by this case: {piece.text}")
