"""``embers sync``: exchange with another copy, and say what is not yet safe."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say
from embers.cli.where import TOKEN, here, recorder

if TYPE_CHECKING:
    from embers.actions.sync import Patience, SyncStatus
    from embers.errors import SyncError
    from embers.sync.peer import Progress

TRIES_OPTION: Any = typer.Option(
    5, min=1, help="Breaks of the line in a row, with nothing moved between them, before giving up."
)


@command
def run(
    place: Annotated[
        str, typer.Argument(help="A folder or stick, https://OFFICE, or s3://BUCKET/PREFIX?endpoint=URL.")
    ],
    *,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch the bytes of other devices' items too.")
    ] = False,
    certificate: Annotated[
        Path | None, typer.Option(help="The office's own certificate, as a PEM file.")
    ] = None,
    tries: int = TRIES_OPTION,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Exchange entries, bytes and receipts with another copy; what is cut off goes on by itself, or next time."""
    from embers.actions.sync import status as look
    from embers.actions.sync import synchronise

    folder = here(case).folder
    folder.require()
    token = os.environ.get(TOKEN, "")
    done = synchronise(
        folder,
        place,
        token=token,
        fetch=fetch,
        certificate=certificate,
        watch=(lambda _: None) if as_json else show_progress,
        patience=patience(tries),
    )
    end_progress()
    if done.objects_received:
        folder.rebuild()  # words of items whose bytes have come
    elif done.received:
        folder.projection()
    found = look(folder)
    if as_json:
        emit({"exchanged": done, "status": found, "sentence": found.sentence})
    else:
        say(f"Received {done.received} entries and {done.objects_received} objects.")
        say(f"Sent {done.sent} entries and {done.objects_sent} objects.")
        if done.keys_received or done.keys_sent:
            say(f"Wrapped keys: {done.keys_received} received, {done.keys_sent} sent.")
        for what in done.refused:
            say(f"NOT TAKEN  {what}")
        if done.kept_apart:
            say(f"{done.kept_apart} histories are kept apart: see `embers sync status`.")
        say(found.sentence)
        _say_erasures(found)
        say_versions(found.versioned)
    if done.refused:
        raise typer.Exit(PROBLEM)


@command
def free(
    objects: Annotated[
        list[str] | None, typer.Argument(help="SHA-256 of objects; without them, all that are safe.")
    ] = None,
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Give up bytes on this laptop that keepers of two different operators have confirmed; entries stay."""
    from embers.actions.local_bytes import give_up

    found = here(case)
    done = give_up(recorder(found, role="investigator"), found.folder, objects or ())
    found.folder.projection()
    if as_json:
        emit(done)
        return
    if done.objects:
        say(f"Given up here: {len(done.objects)} objects, {done.bytes / 1e6:.1f} MB. Two keepers hold them.")
    else:
        say("Nothing was given up here.")
    if done.unsafe:
        say(f"{done.unsafe} objects stay: two keepers have not confirmed them yet.")
    if done.held:
        say(f"{done.held} objects stay: a legal hold keeps them.")


def show_progress(progress: Progress) -> None:
    """Keep one line up to date on a terminal; say nothing into a file or pipe."""
    if not sys.stderr.isatty():
        return
    share = (
        f"{progress.done} of {progress.of} {progress.what}"
        if progress.of
        else f"{progress.done} {progress.what}"
    )
    if progress.of_bytes:
        share += f", {progress.bytes / 1e6:.1f} of {progress.of_bytes / 1e6:.1f} MB"
    sys.stderr.write(f"\r{share}\x1b[K")
    sys.stderr.flush()


def end_progress() -> None:
    """End the line of progress, so that what follows stands alone."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def patience(tries: int) -> Patience:
    """Return what bears a bad line: it waits, says so, and goes on where it was."""
    from embers.actions.sync import Patience

    def told(seconds: float, error: SyncError) -> None:
        end_progress()
        sys.stderr.write(f"{error.message} What has arrived is kept. Going on in {seconds:.0f} s.\n")

    return Patience(tries, time.sleep, told)


@command
def status(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Say what is safe, what is not, which devices need a decision, and what a witness refused to sign."""
    from embers.actions.sync import status as look
    from embers.actions.witnesses import witness_status

    folder = here(case).folder
    found, witnesses = look(folder), witness_status(folder)
    if as_json:
        told = {name: getattr(found, name) for name in found.__slots__}
        emit({"sentence": found.sentence, **told, "witnesses": witnesses})
        return
    say(found.sentence)
    if found.items_nowhere_else:
        say(f"  Held by nobody else: {found.items_nowhere_else}.")
    if found.bytes_absent:
        say(f"Bytes of {found.bytes_absent} objects of other devices are not here. That is no loss.")
    if found.waiting:
        say(f"{found.waiting} histories have arrived in part; exchange again.")
    _say_erasures(found)
    say_versions(found.versioned)
    for one in witnesses:
        for row in one.logs:
            if row.refused:
                say(f"WITNESS REFUSED  {one.operator}, {row.origin}: {row.refused}")
    for log in found.logs:
        whose = "this device" if log.own else log.device
        say(f"{log.origin}  {whose}: {log.entries} entries, {log.safe} safe, {log.with_one} confirmed once")
        if log.accepted is not None:
            say(f"    accepted up to {log.accepted}; what is beyond does not count")
        if log.forked:
            say("    FORKED: its key signed two histories. Both are kept; nothing new counts.")
            say("    Find out which device was copied, then run `embers device accept`.")
        elif log.apart:
            say(f"    {log.apart} entries are kept apart, beyond the limit")


def say_versions(places: Sequence[str]) -> None:
    """Name the buckets out of which nothing can be erased from here."""
    for place in places:
        say(
            f"KEEPS VERSIONS  {place}: what is erased stays readable there until its owner deletes old versions."
        )


def _say_erasures(found: SyncStatus) -> None:
    for one in found.erasures:
        say(f"ERASURE NOT CONFIRMED  {one.subject}: {', '.join(one.unconfirmed)}")
        if one.here:
            say("    This device has not carried it out. Run `embers erase run`.")
