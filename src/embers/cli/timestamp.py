"""``embers timestamp``: the only command that asks an outside authority for the time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say
from embers.cli.where import here, recorder


@command
def timestamp(
    *,
    only: Annotated[list[str] | None, typer.Option(help="Only the authorities of these names.")] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Have the case's signed state stamped by outside authorities. They learn a digest and your address."""
    from embers.actions.timestamps import stamp_case
    from embers.custody.timestamp_authority import read_authorities
    from embers.errors import UsageError

    found = here(case)
    listed = read_authorities(found.folder.path / found.settings.authorities, found.folder.surroundings)
    chosen = [one for one in listed if not only or one.name in only]
    if not chosen:
        names = ", ".join(one.name for one in listed)
        raise UsageError("authority", "No authority has that name.", f"Known: {names}.")
    result = stamp_case(recorder(found, role="custodian"), chosen)
    found.folder.projection()
    trusted = [one for one in result.asked if one.verifier]
    if as_json:
        emit(result)
    else:
        for one in result.asked:
            say(
                f"{one.authority}: {one.time}, verified by {one.verifier}"
                if one.verifier
                else f"{one.authority}: {'reply kept, but not trusted' if one.reply else 'no reply'}: {one.problem}"
            )
        say(f"{len(trusted)} of {len(result.asked)} authorities gave a time-stamp that was verified.")
        if result.entry:
            say(f"Recorded in entry {result.entry}.")
    if len(trusted) < len(result.asked):
        raise typer.Exit(PROBLEM)
