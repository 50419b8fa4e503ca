"""``embers config show``: effective settings and where each comes from."""

from __future__ import annotations

from pathlib import Path

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, table
from embers.cli.where import here


@command
def show(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Print every setting with its value and origin."""
    listing = here(case).settings.listing()
    shown = {name: "" if found.value is None else str(found.value) for name, found in listing.items()}
    if as_json:
        emit({name: {"value": shown[name], "origin": found.origin} for name, found in listing.items()})
    else:
        table([(name, shown[name], found.origin) for name, found in listing.items()])
