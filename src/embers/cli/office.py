"""``embers office``: the office answers exchanges of other copies, as a process of its own."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Annotated, Any

import typer

from embers.cli.output import command
from embers.cli.where import TOKEN, here

SHORTEST_TOKEN = 24
#: Requests answered at the same time. Reading a slow body blocks one of them, the case itself is used by one at a time.
_THREADS = 8
#: Seconds an answer under way is waited for when the server is asked to stop.
_PATIENCE = 10


@command
def serve(
    folder: Annotated[Path | None, typer.Argument(help="The office's case folder.")] = None,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.")] = 8732,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate, PEM.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="TLS private key, PEM (PKCS #8).")] = None,
) -> None:
    """Answer exchanges of other copies over HTTPS, until stopped. Needs EMBERS_SYNC_TOKEN, the same on each device."""
    from embers.errors import UsageError

    found = here(folder).folder
    found.require()
    if len(os.environ.get(TOKEN, "")) < SHORTEST_TOKEN:
        raise UsageError(
            "token", f"{TOKEN} is not set or too short.", f"Use {SHORTEST_TOKEN} characters or more."
        )
    run_server(
        "embers.cli.office:application",
        partial(application, found.path.resolve()),
        host=host,
        port=port,
        certificate=certificate,
        private_key=private_key,
    )


def run_server(
    target: str,
    loader: Callable[..., Any],
    *,
    host: str,
    port: int,
    certificate: Path | None,
    private_key: Path | None,
    who: str = "office",
) -> None:
    """Answer over HTTPS until stopped; ``loader`` gives the application in the process that answers.

    ``who`` begins each line of the log.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _require(host, certificate, private_key)
    server = Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        workers_kill_timeout=_PATIENCE,
        log_level=LogLevels.warning,
        websockets=False,
        ssl_cert=certificate,
        ssl_key=private_key,
    )
    log(f"answers on {host} port {port}, {'TLS' if certificate else 'this computer only'}", who)
    server.serve(target_loader=loader)
    log("stopped", who)


def application(path: Path, _target: str = "") -> Callable[..., Any]:
    """Return the office's application for a case folder; called in the process that answers."""
    from embers.actions.sync import open_replica
    from embers.sync.office_app import OfficeApp

    end_with_parent()
    folder = here(path).folder
    replica = open_replica(folder, folder.journal(), fetch=True)
    return OfficeApp(replica, token=os.environ.get(TOKEN, ""), log=log)


def _require(host: str, certificate: Path | None, private_key: Path | None) -> None:
    from embers.errors import UsageError

    if certificate is None and host not in {"127.0.0.1", "::1", "localhost"}:
        raise UsageError(
            "plain", "Other computers are answered over TLS only.", "Give --certificate and --private-key."
        )
    if (certificate is None) != (private_key is None):
        raise UsageError("tls-pair", "A certificate and its private key go together.", "Give both.")
    for path in (certificate, private_key):
        if path is not None and not path.is_file():
            raise UsageError("tls-file", f"There is no file {path}.", "Give PEM files.")


def end_with_parent() -> None:
    """End this process when the one that started it is gone: killed, it could not say so, and the port stayed taken.

    Nothing is lost by ending at any moment: whatever was acknowledged is on the disk.
    """
    parent = parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        connection.wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def log(line: str, who: str = "office") -> None:
    """Write one line of a server's log."""
    print(f"embers {who}: {line}", file=sys.stderr, flush=True)
