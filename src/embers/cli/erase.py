"""Commands that erase, and that keep from erasing: ``erase ...``, ``hold ...``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say
from embers.cli.seal import room
from embers.cli.sync import say_versions
from embers.cli.where import here

ERASURE_ARGUMENT: Any = typer.Argument(help="Id of the erasure, as `embers erase ask` printed it.")


@command
def ask(
    target: Annotated[
        list[str], typer.Argument(help="Item, person, interview or SHA-256; may be given several times.")
    ],
    *,
    ground: Annotated[str, typer.Option(help="Why: consent-withdrawn, danger, court-order, ...")],
    asked_by: Annotated[str, typer.Option(help="Who asks, by role or code, never by name.")],
    scope: Annotated[str, typer.Option(help="identity-link or evidence.")] = "identity-link",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Ask for an erasure. Nothing is destroyed yet."""
    from embers.actions.erasure import ask_erasure
    from embers.custody.hold import IDENTITY, IDENTITY_LINK, derived, objects_of

    at = room(case)
    predicate = IDENTITY if scope == IDENTITY_LINK else ""
    objects = [
        sha256
        for name in target
        for sha256 in (objects_of(at.view, name, predicate) if ":" in name else [name])
    ]
    subject, act = ask_erasure(at.signer, at.view, objects, ground=ground, scope=scope, asked_by=asked_by)
    at.signer.record(act)
    at.found.folder.projection()
    also = derived(at.view, [name for name in target if ":" in name])
    if as_json:
        emit({"erasure": subject, "objects": objects, "derived": also})
        return
    say(f"{subject}: {len(objects)} objects. Two different persons now run: embers erase approve {subject}")
    for item in also:
        say(f"  not included, but derived from it: {item}")


@command
def approve(
    erasure: Annotated[str, ERASURE_ARGUMENT],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Approve an erasure with your own key. It takes two different persons."""
    from embers.actions.erasure import approve_erasure, find_erasure

    at = room(case, role="approver")
    at.signer.record(approve_erasure(at.signer, erasure))
    have = len(find_erasure(at.signer.journal, erasure).approvers)
    if as_json:
        emit({"erasure": erasure, "approvers": have})
    else:
        say(f"Approved by {have} of 2 persons." + (f" Next: embers erase run {erasure}" if have > 1 else ""))


@command
def run(
    erasure: Annotated[
        str | None, typer.Argument(help="Erasure to order; without it, only what was ordered is carried out.")
    ] = None,
    *,
    backup: Annotated[
        list[Path] | None, typer.Option(help="Key back-up to reach into; may be given several times.")
    ] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Order an approved erasure, then destroy keys and bytes here and confirm it. Run it at every copy of the case."""
    from embers.actions.erasure import carry_out, order_erasure
    from embers.actions.sync import versioned_places
    from embers.projections.view import ProjectedCase

    at = room(case)
    if erasure is not None:
        at.signer.record(order_erasure(at.signer, at.view, erasure))
    view = ProjectedCase(at.found.folder.projection())
    here_now = at.found.folder
    places = versioned_places(here_now)
    done = carry_out(
        at.signer,
        view,
        at.wraps,
        here_now.objects(),
        folder=here_now.path,
        backups=backup or (),
        versioned=places,
    )
    at.found.folder.projection()
    if as_json:
        emit(done)
    else:
        for one in done:
            say(f"{one.subject}: {one.held or _words(one.wraps, one.objects, one.backups)}")
            if one.exports:
                say(
                    f"  {one.exports} copies in earlier dossiers here were destroyed too: export those dossiers anew"
                )
            if one.note:
                say(f"  CANNOT BE REACHED  {one.note}")
        if not done:
            say("Nothing to erase here.")
        say_versions(places)
    if any(one.held for one in done):
        raise typer.Exit(PROBLEM)


def _words(wraps: int, objects: int, backups: int) -> str:
    return f"{wraps} wrapped keys, {objects} objects and {backups} wraps in back-ups destroyed and confirmed."


@command
def list_(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """List erasures: asked for, approved, ordered, and which copies of the case have confirmed."""
    from embers.journal.erasure import read_erasures

    journal = here(case).folder.journal(read_only=True)
    logs = {log.origin for log in journal.logs()}
    found = read_erasures(journal.store)
    journal.close()
    if as_json:
        emit(
            [
                {"erasure": one.subject, "in_effect": one.in_effect, "confirmed": list(one.done)}
                for one in found
            ]
        )
        return
    for one in found:
        value = one.value
        say(f"{one.subject}: {value['ground']}, {value['scope']}, {len(one.objects)} objects")
        say(f"  asked for by {value['asked_by']}; approved by {len(one.approvers)} of 2 persons")
        say(f"  {'ordered by entry ' + one.entry if one.in_effect else one.lacks}")
        for log in sorted(logs - one.done.keys()) if one.in_effect else ():
            say(f"  not confirmed by {log}")
    if not found:
        say("No erasures.")


@command
def hold_set(
    subject: Annotated[str, typer.Argument(help="Item, interview, person or case id.")],
    *,
    authority: Annotated[str, typer.Option(help="Who orders the hold.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Set a legal hold: evidence stays. The link to an identity can still be cut."""
    from embers.actions.erasure import set_hold

    at = room(case)
    entry = at.signer.record(set_hold(at.signer, subject, authority=authority, reason=reason))
    at.found.folder.projection()
    if as_json:
        emit({"entry": entry.id})
    else:
        say(f"Held: {subject}.")


@command
def hold_release(
    subject: Annotated[str, typer.Argument(help="Item, interview, person or case id.")],
    *,
    authority: Annotated[str, typer.Option(help="Who releases the hold.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Release every legal hold on a subject."""
    from embers.actions.erasure import release_hold

    at = room(case)
    entry = at.signer.record(release_hold(at.signer, at.view, subject, authority=authority, reason=reason))
    at.found.folder.projection()
    if as_json:
        emit({"entry": entry.id})
    else:
        say(f"Released: {subject}.")
