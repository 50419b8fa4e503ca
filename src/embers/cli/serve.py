"""``embers serve``: the web application on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from embers.cli.output import command
from embers.cli.where import here


@command
def serve(
    folder: Annotated[Path | None, typer.Argument(help="Case folder.")] = None,
    *,
    host: Annotated[str | None, typer.Option(help="Loopback address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port.")] = None,
) -> None:
    """Show the case in a browser on this machine; nothing is sent anywhere."""
    from embers.web.serve import run

    found = here(folder, flags={"host": host, "port": port})
    found.folder.require()
    found.folder.projection()
    run(found.folder, host=found.settings.host, port=found.settings.port)
