"""``embers forms`` and ``embers import forms``: forms for phones, what came of them, and exports of other servers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say, table
from embers.cli.where import here, recorder
from embers.errors import UsageError

#: Sentences shown one by one; all of them are in the answer of --json.
_SHOWN = 20


@command
def write(
    target: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Write every form as .xlsx (XLSForm) and .xml (XForm), and the case's lists that they ask for."""
    from embers.fieldwork.forms.catalogue import FORMS
    from embers.fieldwork.forms.xlsform import workbook
    from embers.projections.view import ProjectedCase
    from embers.web.openrosa.offered import TABLES, offered_form, sheets
    from embers.web.openrosa.offered import table as list_of

    view = ProjectedCase(here(case).folder.projection())
    try:
        target.mkdir()
    except FileExistsError:
        raise UsageError("exists", f"{target} is there already.", "Name a new folder.") from None
    except FileNotFoundError:
        raise UsageError("no-folder", f"There is no folder {target.parent}.", "Make it first.") from None
    written = {}
    for id in FORMS:
        written[f"{id}.xlsx"] = workbook(sheets(id))
        written[f"{id}.xml"] = offered_form(id).xform
    for name in TABLES:
        written[f"{name}.csv"] = list_of(name, view)
    for name, data in written.items():
        (target / name).write_bytes(data)
    if as_json:
        emit({"folder": str(target), "files": sorted(written)})
        return
    for name in sorted(written):
        say(str(target / name))
    say("The lists belong to this case: load them with the forms, and keep them as you keep the case.")


@command
def arrived(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """List what phones sent: the form, the record it is about, files that did not arrive, and warnings."""
    from embers.actions.forms.receiving import FILE, submissions
    from embers.projections.view import ProjectedCase

    database = here(case).folder.projection()
    view = ProjectedCase(database)
    rows: list[dict[str, Any]] = []
    for one in submissions(database):
        record = view.subject(one.item)
        have = {str(value["name"]) for value in record.values(FILE)}
        lacking = [name for name in one.files if name not in have]
        warnings = [str(text) for text in record.values("item-warning")]
        rows.append({"item": one.item, "form": one.form, "missing": lacking, "warnings": warnings})
    if as_json:
        emit({"submissions": rows})
        return
    if not rows:
        say("No filled form is in the case yet.")
        return
    lines = [("form", "item", "files missing", "warnings")]
    for row in rows:
        missing = ", ".join(row["missing"]) or "none"
        lines.append((row["form"], row["item"], missing, str(len(row["warnings"]))))
    table(lines)


@command
def import_forms(
    path: Annotated[
        Path,
        typer.Argument(help="Zip of ODK Central; JSON, XLSX or CSV of Kobo; a folder of submissions as XML."),
    ],
    *,
    form: Annotated[str, typer.Option(help="Id of the form, where the export does not tell.")] = "",
    media: Annotated[Path | None, typer.Option(help="Folder of the files of a Kobo export.")] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Import filled forms from the export of another server. What the case holds already is not recorded again."""
    from embers.actions.forms.exports.importing import import_forms as run
    from embers.fieldwork.forms.catalogue import FORMS

    if form and form not in FORMS:
        raise UsageError("form", f"There is no form {form!r}.", f"Known: {', '.join(sorted(FORMS))}.")
    if media is not None and not media.is_dir():
        raise UsageError("media", f"There is no folder {media}.", "Give the folder the files lie in.")
    found = here(case)
    done = run(recorder(found, role="importer"), found.folder.projection, path, form=form, media=media)
    found.folder.projection()
    if as_json:
        emit(done)
    else:
        say(
            f"{done.new} filled forms recorded in {done.entries} entries, {done.known} known already; "
            f"{done.files} files; {done.competing} values stand beside earlier ones."
        )
        for text in [*done.warnings, *(f"not there: {name}" for name in done.missing)][:_SHOWN]:
            say(f"  {text}")
        for one in done.unread[:_SHOWN]:
            say(f"not read: {one.where}: {one.why}")
    if done.unread:
        raise typer.Exit(PROBLEM)
