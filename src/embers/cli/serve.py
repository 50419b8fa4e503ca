"""``embers serve``: the web application on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embers.cli.output import command, say
from embers.cli.where import Here, here

if TYPE_CHECKING:
    from embers.web.serve import Listening


@command
def serve(
    folder: Annotated[Path | None, typer.Argument(help="Case folder.")] = None,
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; others than loopback need TLS and an account.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port.")] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="Host name people type; may be given several times.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate, PEM.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="TLS private key, PEM (PKCS #8).")] = None,
) -> None:
    """Show the case in a browser. Without an account: to you, on this machine. With accounts: to whoever logs in."""
    from embers.web.serve import Listening, run

    found = here(folder, flags={"host": host, "port": port})
    found.folder.require()
    listening = Listening(
        found.settings.host, found.settings.port, tuple(name or ()), certificate, private_key
    )
    found.folder.projection()
    for line in _first(found, listening):
        say(line)
    sys.stdout.flush()  # the server runs for hours; whoever reads through a pipe waits for the address
    run(found.folder, listening)


def _first(found: Here, listening: Listening) -> list[str]:
    """Return what to say about the first account, if there is none yet."""
    from embers.errors import EmbersError, UsageError
    from embers.web.serve import first_address

    try:
        key = found.folder.keyring().load_person(found.settings.person)
        journal = found.folder.journal(read_only=True)
        person = journal.roster().subjects.get(key.id, "")
        journal.close()
    except EmbersError:
        person = ""
    address = first_address(found.folder, listening, person) if person else ""
    if address:
        lines = [f"The first account is made at this address, once, within a day:\n  {address}"]
        if not listening.reachable:
            lines.append("Until then the pages show the whole case to whoever uses this computer, read-only.")
        return lines
    if not person and listening.reachable and not _has_accounts(found):
        raise UsageError(
            "no-account",
            "There is no account yet, and your key does not open to make the first.",
            "Set EMBERS_PASSPHRASE, and the setting `person` to your staff code.",
        )
    return []


def _has_accounts(found: Here) -> bool:
    from embers.web.accounts.registry import Accounts

    return bool(Accounts.of(found.folder).every())
