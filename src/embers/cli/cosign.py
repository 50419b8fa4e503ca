"""``embers cosign``: be the witness of another organisation's case, or ask one, so that no history can be rewritten."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.office import SHORTEST_TOKEN, end_with_parent, log, run_server
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say
from embers.cli.where import PASSPHRASE, TOKEN, case_path, here, keyring_path

if TYPE_CHECKING:
    from embers.actions.witnesses import WitnessFolder

_FOLDER: Any = typer.Argument(help="The folder of the witness; it holds no case.")


@command
def new(
    folder: Annotated[Path, _FOLDER],
    *,
    as_json: bool = JSON_OPTION,
) -> None:
    """At the partner organisation: make a witness, and print the key to give to the organisation that has the case."""
    vkey = _witness(folder).make()
    if as_json:
        emit({"vkey": vkey})
        return
    say(vkey)
    say(
        "It cosigns what goes on from what it has seen. Never restore its folder from a back-up: make a new one."
    )


@command
def serve(
    folder: Annotated[Path, _FOLDER],
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.")] = 8733,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate, PEM.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="TLS private key, PEM (PKCS #8).")] = None,
) -> None:
    """Answer requests for cosignatures over HTTPS (C2SP tlog-witness). New logs need EMBERS_SYNC_TOKEN."""
    from embers.errors import UsageError

    _witness(folder).open().state.close()
    if 0 < len(os.environ.get(TOKEN, "")) < SHORTEST_TOKEN:
        raise UsageError("token", f"{TOKEN} is too short.", f"Use {SHORTEST_TOKEN} characters or more.")
    run_server(
        "embers.cli.cosign:application",
        partial(application, folder.resolve()),
        host=host,
        port=port,
        certificate=certificate,
        private_key=private_key,
        who="witness",
    )


def application(path: Path, _target: str = "") -> Callable[..., Any]:
    """Return the application of a witness; called in the process that answers."""
    from embers.sync.witness_app import WitnessApp

    end_with_parent()
    return WitnessApp(_witness(path).open(), token=os.environ.get(TOKEN, ""), log=partial(log, who="witness"))


@command
def answer(
    folder: Annotated[Path, _FOLDER],
    place: Annotated[str, typer.Argument(help="The folder or s3 address requests lie in.")],
    *,
    as_json: bool = JSON_OPTION,
) -> None:
    """Answer the requests that lie in a folder, on a stick or in a bucket."""
    from embers.actions.witnesses import answer_place

    done = answer_place(_witness(folder), place)
    refused = [one for _, one in done if one.status not in {200, 409}]
    if as_json:
        emit([{"log": origin, "status": one.status} for origin, one in done])
    else:
        say(f"{len(done)} requests answered, {sum(one.status == 200 for _, one in done)} signed.")
        for origin, one in done:
            if one.status not in {200, 409}:
                say(f"REFUSED  {origin}: {one.text}")
    if refused:
        raise typer.Exit(PROBLEM)


@command
def logs(folder: Annotated[Path, _FOLDER], *, as_json: bool = JSON_OPTION) -> None:
    """List the logs a witness has signed, with size and root: all it ever knew of them."""
    witness = _witness(folder).open()
    found = [
        {"log": origin, "size": one.size, "root": one.root} for origin, one in witness.state.witnessed_logs()
    ]
    witness.state.close()
    if as_json:
        emit({"vkey": witness.cosigner.vkey, "logs": found})
        return
    say(witness.cosigner.vkey)
    for row in found:
        say(f"{row['log']}  {row['size']} entries, root {row['root']}")


@command
def ask(
    place: Annotated[
        str, typer.Argument(help="Its https address, or a folder or s3 address of its own; remembered.")
    ] = "",
    *,
    witness: Annotated[str, typer.Option(help="Name or organisation of one witness.")] = "",
    certificate: Annotated[
        Path | None, typer.Option(help="The witness's own certificate, as a PEM file; remembered.")
    ] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Ask the witnesses of this case to sign every log as far as it is here. Run it every day, by a timer."""
    from embers.actions.witnesses import ask_witnesses

    done = ask_witnesses(
        here(case).folder,
        chosen=witness,
        place=place,
        token=os.environ.get(TOKEN, ""),
        certificate=certificate,
    )
    if as_json:
        emit(done)
    for one in done if not as_json else ():
        signed = [asked for asked in one.logs if asked.answered and not asked.refused]
        say(f"{one.operator}: asked about {_logs(len(one.logs))}, {len(signed)} signed.")
        if len(signed) < len(one.logs) and not any(asked.refused for asked in one.logs):
            say(
                "    The others wait in the folder until the witness answers; ask again to fetch the answers."
            )
        for asked in one.logs:
            if asked.refused:
                say(f"    REFUSED  {asked.origin}: {asked.refused}")
        if one.failed:
            say(f"    NOT REACHED  {one.failed}")
    if any(one.failed or any(asked.refused for asked in one.logs) for one in done):
        raise typer.Exit(PROBLEM)


@command
def status(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Show which witness signed what, and when it last answered. Opens no connection."""
    from embers.actions.witnesses import witness_status

    found = witness_status(here(case).folder)
    if as_json:
        emit([{**asdict(one), "answered": one.answered} for one in found])
        return
    if not found:
        say("This case names no witness. See `embers key cosigner witness`.")
    for one in found:
        say(f"{one.operator}  {one.name}")
        say(f"    asked at {one.place or 'no place yet'}; last answered {one.answered or 'never'}")
        for row in one.logs:
            when = f", {row.signed_at}" if row.signed_at else ""
            say(f"    {row.origin}  {row.signed} of {row.entries} entries signed{when}")
            if row.refused:
                say(f"        REFUSED on {row.asked}: {row.refused}")


def _logs(count: int) -> str:
    return f"{count} log{'s' * (count != 1)}"


def _witness(folder: Path) -> WitnessFolder:
    """Return the witness in a folder, with the person's own keyring."""
    from embers.actions.witnesses import WitnessFolder
    from embers.journal.keys import Keyring

    path, settings, around = case_path(folder)
    ring = Keyring(keyring_path(path, settings.keyring), around, passphrase=os.environ.get(PASSPHRASE, ""))
    return WitnessFolder(path, ring, around)
