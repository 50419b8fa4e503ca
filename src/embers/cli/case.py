"""Commands about a case as a whole: ``init``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from embers.cli.output import JSON_OPTION, command, emit, say


@command
def init(
    folder: Annotated[Path, typer.Argument(help="A new folder for the case.")],
    *,
    title: Annotated[str, typer.Option(help="Title of the case.")],
    person: Annotated[
        str, typer.Option(help="Short staff code that names your key, never your name.")
    ] = "staff-01",
    role: Annotated[str, typer.Option(help="Your role in this case.")] = "case lead",
    field: Annotated[
        bool, typer.Option("--field", help="Encrypt everything on this laptop under a passphrase.")
    ] = False,
    key_file: Annotated[
        Path | None, typer.Option(help="With --field: also need this new key file, on a removable medium.")
    ] = None,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open a new case: its folder, your key, and the first signed entry."""
    from embers.actions.cases import case_subject, open_case
    from embers.actions.recorder import Act
    from embers.cli.lock import put_lock
    from embers.cli.where import here
    from embers.journal.sqlite_connection import old_sqlite_warning

    place = folder.resolve()
    found = here(place).folder
    if field or key_file:
        found = replace(found, key=put_lock(place, found.surroundings, key_file))
    recorder = open_case(found, staff=person, role=role)
    case = case_subject(recorder.journal)
    named = recorder.new_assertion(case, "case-title", {"text": title, "lang": "en"})
    recorder.record(Act("case.describe", (named,), reason="Title of the case."))
    found.projection()
    if as_json:
        emit({"case": case, "folder": str(place), "person": recorder.person.id})
        return
    say(f"Case opened in {place}")
    say(
        f"Your key {person} lies in {found.keyring().path}. Back it up apart from the case; nobody can restore it."
    )
    if found.key is not None:
        say("Next: embers unlock, then embers add FILE --source WHERE-FROM.")
        return
    if warning := old_sqlite_warning():
        say(warning)
    say("Next: embers add FILE --source WHERE-FROM, then embers serve.")
