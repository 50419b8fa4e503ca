"""``embers mission``, packs: made for one device, opened there until a day, accounted for when it is back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.field_desk import field_desk
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.errors import UsageError

if TYPE_CHECKING:
    from embers.custody.sealing_keys import SealingKeys

MISSION = Annotated[str, typer.Argument(help="Code of the mission.")]
NAME = Annotated[str, typer.Option("--as", help="Name of the key on this device, such as k-7.")]


@command
def show(mission: MISSION, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Show a mission: planned and made, what was refused, open questions, packs that are out."""
    from embers.fieldwork.mission import itinerary, open_questions
    from embers.fieldwork.mission_pack import given_out
    from embers.surroundings import utc_text

    desk = field_desk(case)
    record = desk.named("mission", mission)
    visits, packs, questions = itinerary(record), given_out(record), open_questions(record)
    day = utc_text(desk.signer.surroundings.clock.now())[:10]
    if as_json:
        emit(
            {
                "itinerary": visits,
                "open_questions": questions,
                "packs": [
                    {
                        "device": one.device,
                        "expires": one.expires,
                        "back": one.back.value["state"] if one.back else "",
                        "overdue": one.overdue(day),
                    }
                    for one in packs
                ],
            }
        )
        return
    places = {id: desk.view.subject(id).values("place-name") for id in {one.place for one in visits}}
    rows = [
        (
            one.day,
            " / ".join(str(name["name"]) for name in places[one.place]),
            "planned" if one.planned else "not planned",
            one.outcome,
            one.reason or one.what,
        )
        for one in visits
    ]
    table([("day", "place", "plan", "became", "why"), *rows])
    for text in questions:
        say(f"Open: {text}")
    for pack in packs:
        state = pack.back.value["state"] if pack.back else "overdue" if pack.overdue(day) else "out"
        say(f"Pack of {pack.device}, until {pack.expires}: {state}")


@command
def device_key(*, name: NAME, as_json: bool = JSON_OPTION) -> None:
    """On the device that will carry a pack: make its key, if it has none, and print the public half."""
    keys = _keys()
    identity = keys.load(name) if keys.has(name) else keys.create(name)
    if as_json:
        emit({"recipient": identity.recipient})
    else:
        say(identity.recipient)
        say("Give this to the office. The secret half never leaves this device.")


@command
def pack(
    mission: MISSION,
    target: Annotated[Path, typer.Argument(help="File to write, such as M-01.pack.")],
    *,
    device: Annotated[str, typer.Option(help="The device by its own mark, such as K-7.")],
    to: Annotated[str, typer.Option(help="Public key of the device: `embers mission device-key`.")],
    expires: Annotated[str, typer.Option(help="Last day it opens, such as 2031-05-09.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Make a mission's pack for one device: plan, codes, forms, guides, places. No identity, no interview."""
    from embers.actions.mission_packs import give_out
    from embers.surroundings import write_new

    desk = field_desk(case)
    record = desk.named("mission", mission)
    if target.exists():
        raise UsageError("file", f"{target} exists.", "Choose another name.")
    made, act = give_out(desk.signer, desk.view, record, device=device, recipient=to, expires=expires)
    desk.record(act)
    write_new(desk.signer.surroundings.disk, target, made.data, mode=0o600)
    if as_json:
        emit({"file": str(target), "sha256": made.sha256, "by": made.by})
        return
    say(f"{target}: for {device}, good until {expires}.")
    say(f"Tell whoever opens it, by another way than the file: --by {made.by}")


@command
def open_(
    file: Annotated[Path, typer.Argument(help="The pack.")],
    *,
    name: NAME,
    by: Annotated[str, typer.Option(help="Key id of whoever made it, as the office told you.")],
    into: Annotated[
        Path | None, typer.Option(help="New folder for its files; without it, only shown.")
    ] = None,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open a pack on its device. Refused after its last day, for another device, altered, or signed by another."""
    from embers.actions.mission_packs import LARGEST, files_of, open_pack
    from embers.surroundings import Surroundings, write_new

    around = Surroundings()
    try:
        with around.disk.read(file) as handle:
            data = handle.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageError("file", f"There is no file {file}.", "Check its name.") from None
    found = open_pack(data, _keys().load(name), by=by, clock=around.clock)
    files = files_of(found)
    if into is not None:
        if into.exists():
            raise UsageError("folder", f"{into} exists.", "Name a new folder, on a disk that is encrypted.")
        around.disk.make_folder(into)
        into.chmod(0o700)
        for part, content in files.items():
            write_new(around.disk, into / part, content, mode=0o600)
    if as_json:
        emit({"mission": found.code, "expires": found.expires, "files": sorted(files)})
        return
    say(f"{found.code}: signed by {by}, good until {found.expires} by the clock of this device.")
    say(f"Written to {into}." if into else files["mission.txt"].decode())


@command
def back(
    mission: MISSION,
    device: Annotated[str, typer.Argument(help="The device by its own mark.")],
    *,
    state: Annotated[str, typer.Option(help="returned, destroyed, lost, not-opened.")],
    day: Annotated[str, typer.Option(help="Day, such as 2031-05-09.")],
    by: Annotated[str, typer.Option(help="Staff code.")],
    text: Annotated[str, typer.Option(help="What happened.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record what became of a pack. What was collected comes back by sync or import, not by this."""
    from embers.actions.mission_packs import account_for

    desk = field_desk(case)
    record = desk.named("mission", mission)
    act = account_for(desk.signer, record, device, state=state, day=day, by=by, text=text)
    entries = desk.record(act)
    if as_json:
        emit({"entry": entries[0]})
        return
    say(f"{mission}: pack of {device} {state}.")
    if state == "lost":
        say("A lost device ends its keys too: `embers device lost`.")


def _keys() -> SealingKeys:
    import os

    from embers.cli.where import PASSPHRASE, case_path, keyring_path
    from embers.custody.sealing_keys import SealingKeys

    chosen, settings, around = case_path(Path.cwd())
    ring = keyring_path(chosen, settings.keyring)
    return SealingKeys(ring, around, passphrase=os.environ.get(PASSPHRASE, ""))
