"""Commands about copies staying whole: ``audit run``, ``status``, ``challenge``, ``answer``, ``check``, ``repair``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say
from embers.cli.where import here, recorder
from embers.errors import UsageError
from embers.objects.local import LocalObjectStore
from embers.surroundings import Surroundings, write_new

ROLE = "custodian"


@command
def run(
    *,
    megabytes: Annotated[int | None, typer.Option(help="Read at most so much.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Read for at most so long.")] = None,
    whole: Annotated[bool, typer.Option("--all", help="Read everything, from the beginning.")] = False,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Read stored objects again, those not read for longest first; record the result. Exit code 1 if any is damaged."""
    from embers.actions.audit import Budget, audit

    found = here(case)
    budget = Budget(
        megabytes * 1_000_000 if megabytes is not None else None,
        minutes * 60 if minutes is not None else None,
    )
    report = audit(found.folder, recorder(found, role=ROLE), budget=budget, whole=whole)
    found.folder.projection()
    if as_json:
        emit(report)
    else:
        say(f"{report.objects} objects, {report.bytes} bytes read in {report.seconds:.1f} s; recorded.")
        for problem in (*report.damaged, *report.missing):
            say(f"PROBLEM  object {problem.sha256} {problem.what}.")
        if report.sound:
            say("Every object read is what its digest says.")
        else:
            say("Repair from another copy: embers audit repair FOLDER-OF-A-COPY")
        say("The round is complete." if report.round_done else "The next audit goes on from here.")
    if not report.sound:
        raise typer.Exit(PROBLEM)


@command
def status(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Say how much was read again in the last 90 days, and when the last audit was."""
    from embers.actions.audit import DUE_DAYS, audit_state

    state = audit_state(here(case).folder)
    if as_json:
        emit(state)
        return
    say(
        f"{state.read} of {state.objects} objects were read again in the last {DUE_DAYS} days; {state.due} are due."
    )
    say(f"Last audit: {state.last or 'none'} (claimed time).")


@command
def challenge(
    target: Annotated[Path, typer.Argument(help="The file to write; send it to whoever holds a copy.")],
    *,
    sample: Annotated[int | None, typer.Option(help="Ask for so many objects, drawn at random.")] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Write a challenge that a copy held elsewhere can only answer by reading its bytes again."""
    from embers.actions.audit import make_challenge

    made = make_challenge(here(case).folder, sample=sample)
    _write(target, made.to_json())
    if as_json:
        emit({"path": target, "objects": len(made.objects)})
    else:
        say(f"{target}: asks for {len(made.objects)} objects. Keep it; the answer is checked against it.")


@command
def answer(
    asked: Annotated[Path, typer.Argument(help="The challenge.")],
    target: Annotated[Path, typer.Argument(help="The file to write the answer to.")],
    *,
    copy: Annotated[
        Path | None, typer.Option(help="Folder of objects of the copy; else the case's own.")
    ] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Answer a challenge from the copy held here. Every object asked for is read in full."""
    from embers.custody.audit import answer as answered
    from embers.custody.audit import read_challenge

    objects = _objects_of(copy) if copy is not None else here(case).folder.objects()
    given = answered(read_challenge(_read(asked)), objects)
    _write(target, given)
    lacking = sum(proof is None for proof in given["proofs"].values())
    if as_json:
        emit({"path": target, "proven": len(given["proofs"]) - lacking, "without": lacking})
    else:
        say(f"{target}: {len(given['proofs']) - lacking} objects proven, {lacking} not held or not readable.")


@command
def check(
    asked: Annotated[Path, typer.Argument(help="The challenge as it was sent.")],
    given: Annotated[Path, typer.Argument(help="The answer that came back.")],
    *,
    holder: Annotated[str, typer.Option(help="Who holds the copy: a code or an organisation.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Check an answer against our own bytes and record the outcome. Exit code 1 unless everything was proven."""
    from embers.actions.audit import record_remote
    from embers.custody.audit import check_answer, read_answer, read_challenge

    found = here(case)
    challenge = read_challenge(_read(asked))
    outcome = check_answer(challenge, read_answer(_read(given)), found.folder.objects())
    record_remote(recorder(found, role=ROLE), holder, challenge, outcome)
    found.folder.projection()
    if as_json:
        emit(outcome)
    else:
        say(f"{holder}: {outcome.right} of {outcome.asked} objects proven to be whole; recorded.")
        for what, names in (
            ("answered wrongly", outcome.wrong),
            ("are not there", outcome.without),
            ("could not be checked, our own are damaged", outcome.unchecked),
        ):
            if names:
                say(f"PROBLEM  {len(names)} {what}; the first is {names[0]}.")
    if not outcome.sound:
        raise typer.Exit(PROBLEM)


@command
def repair(
    copy: Annotated[Path, typer.Argument(help="A copy: a case folder or a folder of objects.")],
    *,
    objects: Annotated[
        list[str] | None, typer.Option("--object", help="SHA-256; else what audits found.")
    ] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Replace damaged or missing objects by bytes of a copy whose SHA-256 is right. Damaged bytes are kept aside."""
    from embers.actions.audit import damaged_objects
    from embers.actions.audit import repair as run_repair

    found = here(case)
    names = objects or damaged_objects(found.folder)
    left = run_repair(
        recorder(found, role=ROLE), found.folder.objects(), _objects_of(copy), names=names, source=copy.name
    )
    found.folder.projection()
    if as_json:
        emit({"repaired": len(names) - len(left), "left": left})
    else:
        say(f"{len(names) - len(left)} of {len(names)} objects repaired and recorded.")
        for name in left:
            say(f"PROBLEM  object {name}: this copy does not hold it whole.")
    if left:
        raise typer.Exit(PROBLEM)


def _objects_of(path: Path) -> LocalObjectStore:
    inner = path / "objects"
    folder = inner if inner.is_dir() else path
    if not folder.is_dir():
        raise UsageError("no-copy", f"{path} is not a folder.", "Name a case folder or a folder of objects.")
    return LocalObjectStore(folder, Surroundings())


def _write(path: Path, value: Any) -> None:  # noqa: ANN401 - a JSON value
    disk = Surroundings().disk
    try:
        write_new(disk, path.absolute(), json.dumps(value, indent=1).encode())
    except FileExistsError:
        raise UsageError("exists", f"{path} exists already.", "Choose another name.") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no-file", f"There is no file {path}.", "Check the path.") from None
