"""Commands that check and repair: ``verify``, ``rebuild``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say
from embers.cli.where import here


@command
def verify(
    target: Annotated[Path | None, typer.Argument(help="A case folder or a dossier.")] = None,
    *,
    as_json: bool = JSON_OPTION,
) -> None:
    """Verify a case (journal, objects, projection) or a dossier, trusting nobody. Exit code 1 if anything is wrong."""
    if target is not None and (target / "bagit.txt").exists():
        raise typer.Exit(_dossier(target, as_json=as_json))
    from embers.actions.verification import verify_case
    from embers.journal.sqlite_connection import old_sqlite_warning

    check = verify_case(here(target).folder)
    if as_json:
        emit(check)
    else:
        if warning := old_sqlite_warning():
            say(f"note: {warning}")
        say(
            f"{check.entries} entries in {check.logs} logs, {check.checkpoints} checkpoints, "
            f"{check.objects} objects read."
        )
        for text in check.erased:
            say(f"{text}.")
        for text in check.time:
            say(f"TIME     {text}.")
        if check.elsewhere:
            say(f"Bytes of {check.elsewhere} objects of other devices are not here; they are no loss.")
        for text in check.apart:
            say(f"{text}.")
        for problem in check.problems:
            say(f"PROBLEM  {problem.where}: {problem.what}.")
            say(f"         {problem.hint}")
        if check.sound:
            compared = " The projection equals a fresh one." if check.projection else ""
            say(f"Nothing was altered: every signature, tree and digest holds.{compared}")
            say(
                "Not proven: that what people wrote is true, and the real time before an outside body saw a checkpoint."
            )
    if not check.sound:
        raise typer.Exit(PROBLEM)


def _dossier(target: Path, *, as_json: bool) -> int:
    """Run the stand-alone verifier that travels with every dossier, as an expert would."""
    import subprocess
    import tempfile

    from embers.custody.verifier_files import verifier_files

    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "verify.py"
        script.write_bytes(verifier_files()["verify.py"])
        arguments = [sys.executable, str(script), str(target), *(["--json"] if as_json else [])]
        return subprocess.run(arguments, check=False).returncode  # noqa: S603 - our own file, no shell


@command
def rebuild(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Throw the case database away and compute it again from the journal."""
    folder = here(case).folder
    applied = folder.rebuild()
    if as_json:
        emit({"entries": applied})
    else:
        say(f"{applied} entries applied to {folder.database().name}.")
