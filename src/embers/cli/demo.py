"""``embers demo``: builds the demonstration cases, verifies them, writes report and dossier, says where they are."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from embers.cli.output import JSON_OPTION, command, emit, say


@command
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to build the demonstration.")] = Path("embers-demo"),
    *,
    as_json: bool = JSON_OPTION,
) -> None:
    """Build the demonstration cases with report and dossier. Running it again is safe."""
    from embers.actions.demonstration import build_demonstration
    from embers.cli.demo_data import demo_folder

    built = build_demonstration(
        folder.resolve(),
        published=demo_folder("karabakh2020"),
        imagery=demo_folder("imagery"),
        exercise=demo_folder("exercise"),
        progress=(lambda _: None) if as_json else say,
    )
    if as_json:
        emit(built)
        return
    say()
    for case in built:
        say(f"{case.title}")
        say(f"  case     {case.folder}")
        say(f"  report   {case.pdf}")
        say(f"  dossier  {case.dossier}")
        say(f"  journal  {case.entries} entries verified, {case.objects} objects re-read, nothing wrong")
    say()
    place, dossier = shlex.quote(str(built[0].folder)), shlex.quote(str(built[0].dossier))
    verifier = shlex.quote(f"{built[0].dossier}/data/verify/verify.py")
    say(f"Look at it:   {called()} serve {place}")
    say(f"Check it:     {shlex.quote(sys.executable)} {verifier} {dossier}")


def called() -> str:
    """Return what to type for ``embers`` here: the path, where a virtual environment was not activated."""
    if shutil.which("embers"):
        return "embers"
    program = Path(sys.argv[0])
    return (
        shlex.quote(str(program))
        if program.name == "embers"
        else f"{shlex.quote(sys.executable)} -m embers.cli.main"
    )
