"""``embers device`` and ``embers key``: people, computers and their keys."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.cli.sync import TRIES_OPTION, end_progress, patience, show_progress
from embers.cli.where import TOKEN, here, recorder

ROLE = "roster keeper"


@command
def request(
    staff: Annotated[str, typer.Argument(help="Staff code, never a name.")],
    *,
    folder: Annotated[Path, typer.Option(help="The folder the case will lie in.")] = Path(),
    field: Annotated[
        bool,
        typer.Option("--field", help="For the field: encrypt everything on this laptop under a passphrase."),
    ] = False,
    key_file: Annotated[
        Path | None, typer.Option(help="With --field: also need this new key file, on a removable medium.")
    ] = None,
    as_json: bool = JSON_OPTION,
) -> None:
    """On a new computer: make a key and print the request that a known person enrols."""
    from embers.actions.devices import ask_to_join
    from embers.cli.lock import put_lock

    place = folder.resolve()
    found = here(place).folder
    if field or key_file:
        found = replace(found, key=put_lock(place, found.surroundings, key_file))
    asked = ask_to_join(found, staff)
    if as_json:
        emit(asked)
    else:
        say(asked.text().strip())


@command
def enrol(
    file: Annotated[Path, typer.Argument(help="The request, as a file.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Register the person of a request; read the key aloud to each other first."""
    from embers.actions.devices import enrol as run
    from embers.actions.devices import read_request

    signer = recorder(here(case), role=ROLE)
    entry = run(signer, read_request(file.read_text(encoding="utf-8")))
    opening = next(iter(signer.journal.store.entries())).leaf.hex()
    if as_json:
        emit({"entry": entry.id, "opening": opening})
        return
    say(f"Enrolled. The new device needs this copy, and the id of the case's first entry:\n{opening}")


@command
def join(
    place: Annotated[str, typer.Argument(help="A folder, https or s3 address.")],
    folder: Annotated[Path, typer.Argument(help="New folder for the case.")],
    *,
    staff: Annotated[str, typer.Option(help="The staff code of the request.")],
    opening: Annotated[
        str, typer.Option(help="Id of the case's first entry, told by the person who enrolled you.")
    ],
    certificate: Annotated[
        Path | None, typer.Option(help="The office's own certificate, as a PEM file.")
    ] = None,
    key_file: Annotated[Path | None, typer.Option(help="The key file of the request, if it has one.")] = None,
    tries: int = TRIES_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """On a new computer, once enrolled: fetch the case and start this device's log. Cut off, run it again.

    For the field, begin with `embers device request --field`; the folder must be unlocked.
    """
    from embers.actions.devices import join as run
    from embers.actions.devices import renew as start

    chosen = folder.resolve()
    target = here(chosen, flags={"key_file": key_file}).folder
    token = os.environ.get(TOKEN, "")
    done = run(
        target,
        place,
        staff=staff,
        opening=opening,
        token=token,
        certificate=certificate,
        watch=(lambda _: None) if as_json else show_progress,
        patience=patience(tries),
    )
    end_progress()
    signer = recorder(here(chosen, flags={"key_file": key_file}), role="investigator")
    entry = start(signer, target, reason="First use of the case on this device.")
    target.projection()
    if as_json:
        emit({"exchanged": done, "log": entry.entry.log})
    else:
        say(f"{done.received} entries fetched. This device now writes the log {entry.entry.log}.")


@command
def renew(
    *,
    reason: Annotated[str, typer.Option(help="What happened: restored, cloned, forked.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Start a new log on this device after a restore or a clone; it cites the old one."""
    from embers.actions.devices import renew as run

    found = here(case)
    entry = run(recorder(found, role="investigator"), found.folder, reason=reason)
    found.folder.projection()
    if as_json:
        emit({"log": entry.entry.log, "entry": entry.id})
    else:
        say(f"This device now writes the log {entry.entry.log}. The old one ends where it is.")


@command
def list_(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """List keys, logs, keepers, mirrors and witnesses, and how far each is accepted."""
    journal = here(case).folder.journal(read_only=True)
    roster = journal.roster()
    people = [
        {
            "key": key,
            "person": roster.subjects[key],
            "root": key == roster.root,
            "keeper": key in roster.keepers,
            "ended": key in roster.ended,
        }
        for key in roster.persons
    ]
    logs = [
        {
            "log": origin,
            "device": device,
            "entries": journal.store.size(origin),
            "accepted": roster.limits[origin].size if origin in roster.limits else None,
            "follows": roster.follows.get(origin, ("",))[0],
        }
        for origin, device in roster.devices.items()
    ]
    cosigners = list(roster.cosigners.values())
    if as_json:
        emit({"people": people, "logs": logs, "cosigners": cosigners})
        return
    for person in people:
        marks = [name for name in ("root", "keeper", "ended") if person[name]]
        say(f"{person['key']}  {person['person']}  {', '.join(marks)}".rstrip())
    for log in logs:
        limit = "" if log["accepted"] is None else f", accepted up to {log['accepted']}"
        say(f"{log['log']}  {log['device']}  {log['entries']} entries{limit}")
    table([(one.role, one.operator, one.name) for one in cosigners])


@command
def lost(
    device: Annotated[str, typer.Argument(help="The device or its log, as `embers device list` names it.")],
    *,
    reason: Annotated[str, typer.Option(help="What happened, in one sentence.")],
    mark: Annotated[str, typer.Option(help="The device by the mark on it, such as L-2.")] = "",
    day: Annotated[str, typer.Option(help="Day it was lost, such as 2031-05-09.")] = "",
    on_it: Annotated[list[str] | None, typer.Option(help="What was on it; once for each thing.")] = None,
    safe: Annotated[list[str] | None, typer.Option(help="What stays safe, and why.")] = None,
    told: Annotated[list[str] | None, typer.Option(help="Who was told, by role or code.")] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """A laptop is lost: accept it only as far as it is held here; what comes later is kept apart.

    With --day the story is recorded too: what was on it, what stays safe, who was told.
    """
    from embers.actions.devices import Gone, lose, tell_of_loss

    found = here(case)
    signer = recorder(found, role=ROLE)
    entry = lose(signer, device, reason=reason)
    if day:
        subject = signer.journal.roster().devices.get(device, device)
        gone = Gone(mark or device, day, reason, on_it or (), safe or (), told or ())
        signer.record(tell_of_loss(signer, subject, gone))
    found.folder.projection()
    if as_json:
        emit({"entry": entry.id})
    else:
        say("Done. Exchange with every copy soon, so that all of them know.")


@command
def accept(
    log: Annotated[str, typer.Argument(help="The log, as `embers sync status` names it.")],
    size: Annotated[int, typer.Argument(help="How many of its entries count.")],
    root: Annotated[
        str, typer.Argument(help="The root of so many entries, which says which history is meant.")
    ],
    *,
    reason: Annotated[str, typer.Option(help="Why, in one sentence.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """State how far a log is accepted, after a fork or a theft."""
    from embers.actions.devices import accept_up_to

    found = here(case)
    entry = accept_up_to(recorder(found, role=ROLE), log, size, root, reason=reason)
    found.folder.projection()
    if as_json:
        emit({"entry": entry.id})
    else:
        say(f"{log} is accepted up to {size}.")


@command
def key_root(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Make the organisation root and print its three shares once; they are kept nowhere else."""
    from embers.actions.cases import case_subject
    from embers.actions.devices import create_root

    signer = recorder(here(case), role="case lead")
    shares, entry = create_root(signer, case_subject(signer.journal))
    if as_json:
        emit({"shares": shares, "entry": entry.id})
        return
    for number, share in enumerate(shares, start=1):
        say(f"Share {number}: {share}\n")
    say(
        "Write each on paper and give each to another person. Any two make the root; one alone is worth nothing."
    )


@command
def key_keeper(
    key: Annotated[str, typer.Argument(help="Key id of the person, from `embers device list`.")],
    *,
    share: Annotated[list[str], typer.Option(help="A share of the root; give two.", prompt=False)],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Appoint a roster keeper with two shares of the organisation root."""
    from embers.actions.devices import appoint_keeper

    entry = appoint_keeper(recorder(here(case), role=ROLE), share, key)
    if as_json:
        emit({"entry": entry.id})
    else:
        say(f"{key} is a roster keeper.")


@command
def key_cosigner(
    role: Annotated[str, typer.Argument(help="mirror or witness")],
    *,
    operator: Annotated[str, typer.Option(help="The organisation that runs it.")],
    vkey: Annotated[str, typer.Option(help="Its public key; this computer's own if left out.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Name a mirror or witness of this case; without a key, make this computer one."""
    from embers.actions.devices import make_cosigner, name_cosigner

    found = here(case)
    known = vkey or make_cosigner(found.folder, role)
    entry = name_cosigner(recorder(found, role=ROLE), known, operator=operator, role=role)
    if as_json:
        emit({"vkey": known, "entry": entry.id})
    else:
        say(f"{operator} is {role} of this case: {known}")


@command
def key_certificate(
    name: Annotated[list[str], typer.Argument(help="Addresses or host names that people will type.")],
    *,
    certificate: Annotated[Path, typer.Option(help="Where the certificate goes.")] = Path("cert.pem"),
    private_key: Annotated[Path, typer.Option(help="Where its private key goes.")] = Path("key.pem"),
    days: Annotated[int, typer.Option(help="How long it is valid.")] = 30,
    as_json: bool = JSON_OPTION,
) -> None:
    """Make a TLS certificate for `embers serve` or `embers office serve`, where no authority can be asked."""
    from embers.custody.certificate import make_certificate
    from embers.errors import UsageError
    from embers.surroundings import Surroundings

    around = Surroundings()
    made = make_certificate(name, now=around.clock.now(), randomness=around.randomness, days=days)
    if taken := [path for path in (certificate, private_key) if path.exists()]:
        raise UsageError(
            "file-exists", f"{taken[0]} exists already.", "Give another name, or remove it first."
        )
    for path, content in ((private_key, made.private_key), (certificate, made.certificate)):
        with around.disk.create(path) as handle:
            path.chmod(0o600)
            handle.write(content)
            around.disk.sync(handle)
    if as_json:
        emit({"certificate": certificate, "private_key": private_key, "sha256": made.fingerprint})
    else:
        say(
            f"{certificate} is for {', '.join(name)} and is valid for {days} days. Keep {private_key} secret."
        )
        say(f"Compare on each phone or computer, before you trust it: SHA-256 {made.fingerprint}")
