"""Commands about sealed content and who can open it: ``seal ...``, ``compartment ...``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.cli.where import Here, here, recorder

if TYPE_CHECKING:
    from embers.actions.recorder import Recorder
    from embers.actions.sealing import SealedThing
    from embers.custody.compartment import Compartment
    from embers.journal.roster import Roster
    from embers.objects.age_key import AgeIdentity
    from embers.objects.wraps import WrapFolder
    from embers.projections.view import ProjectedCase

ROLE = "custodian"
TO_OPTION: Any = typer.Option(..., "--to", help="Compartment to seal to; may be given several times.")
DESTROY_OPTION: Any = typer.Option(
    False, "--destroy-source", help="Overwrite and remove the file afterwards."
)


@dataclass(frozen=True, slots=True)
class Room:
    """What these commands work with."""

    found: Here
    signer: Recorder
    wraps: WrapFolder
    view: ProjectedCase

    def own(self) -> AgeIdentity:
        """Return the age key of the person of this device."""
        return self.found.folder.sealing_keys().load(self.found.settings.person)

    def compartments(self, names: list[str]) -> list[Compartment]:
        """Return compartments by name."""
        from embers.custody.compartment import compartment_named

        roster = self.roster()
        return [compartment_named(self.view, name, roster) for name in names]

    def roster(self) -> Roster:
        """Return the keys the case knows."""
        from embers.journal.erasure import read_roster

        return read_roster(self.signer.journal.store)


def room(case: Path | None, *, role: str = ROLE) -> Room:
    """Open a case for a person who seals, opens or erases."""
    from embers.projections.view import ProjectedCase

    found = here(case)
    signer = recorder(found, role=role)
    return Room(found, signer, found.folder.wraps(), ProjectedCase(found.folder.projection()))


def person_named(view: ProjectedCase, name: str) -> str:
    """Return a person's subject id by code or id; an unknown one is refused."""
    from embers.errors import UsageError

    people = view.kind("person")
    for id, record in people.items():
        if name in (id, record.text("staff-code"), record.text("person-code")):
            return id
    raise UsageError("person", f"There is no person {name!r} in this case.", "Give a code or a person id.")


def _told(found: Here, thing: SealedThing, source: Path, *, destroy: bool, as_json: bool) -> None:
    from embers.objects.destroy import destroy_files

    if destroy:
        destroy_files([source], found.folder.surroundings)
    found.folder.projection()
    if as_json:
        emit({"subject": thing.subject, "sha256": thing.sealed.sha256, "source_destroyed": destroy})
        return
    say(f"{thing.subject}: sealed as {thing.sealed.sha256}, {thing.sealed.size} bytes.")
    say("This computer keeps no key of it.")
    if not destroy:
        say(f"Note: {source} still lies in the clear. --destroy-source overwrites and removes it.")


@command
def key(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Make your age key, if you have none, and publish its public half in the case."""
    from embers.actions.compartments import publish_key

    at = room(case)
    name = at.found.settings.person
    keys = at.found.folder.sealing_keys()
    recipient = (keys.load(name) if keys.has(name) else keys.create(name)).recipient
    person = person_named(at.view, name)
    known = [held.value["key"] for held in at.view.subject(person).live("encryption-key")]
    if recipient not in known:
        at.signer.record(publish_key(at.signer, person, recipient))
        at.found.folder.projection()
    if as_json:
        emit({"person": person, "recipient": recipient})
    else:
        say(f"{recipient}")
        say(f"Back up {keys.path} apart from the case: without it nothing sealed to you opens again.")


@command
def sheet(
    person: Annotated[str, typer.Argument(help="Code of the person, such as W-017; a new code is taken in.")],
    file: Annotated[Path, typer.Argument(help="The identity sheet.")],
    *,
    to: list[str] = TO_OPTION,
    destroy: bool = DESTROY_OPTION,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Seal an identity sheet to a compartment at the office. This computer cannot open it any more."""
    from embers.actions.sealing import coded_person, seal_sheet

    at = room(case, role="interviewer")
    with at.found.folder.surroundings.disk.read(file) as handle:
        data = handle.read()
    subject, said = coded_person(at.signer, at.view, person)
    thing = seal_sheet(at.signer, at.wraps, data, subject=subject, to=at.compartments(to), also=said)
    at.signer.record(thing.act)
    _told(at.found, thing, file, destroy=destroy, as_json=as_json)


@command
def item(
    file: Annotated[Path, typer.Argument(help="The file to take in sealed.")],
    *,
    title: Annotated[str, typer.Option(help="Title that gives nobody away.")],
    source: Annotated[str, typer.Option(help="Where it comes from, by code.")],
    to: list[str] = TO_OPTION,
    destroy: bool = DESTROY_OPTION,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Take in a file as a sealed item: its name, type and digest are inside; title and source are readable."""
    from embers.actions.sealing import seal_item

    at = room(case)
    thing = seal_item(at.signer, at.wraps, file, title=title, source=source, to=at.compartments(to))
    at.signer.record(thing.act)
    _told(at.found, thing, file, destroy=destroy, as_json=as_json)


@command
def copy(
    item: Annotated[str, typer.Argument(help="The sealed item.")],
    file: Annotated[Path, typer.Argument(help="Its working copy or redaction.")],
    *,
    role: Annotated[str, typer.Option(help="working-copy, derived or redacted.")] = "working-copy",
    to: list[str] = TO_OPTION,
    destroy: bool = DESTROY_OPTION,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Add a working copy of a sealed item, sealed to those who work with it."""
    from embers.actions.sealing import add_sealed_copy

    at = room(case)
    thing = add_sealed_copy(at.signer, at.wraps, file, item=item, role=role, to=at.compartments(to))
    at.signer.record(thing.act)
    _told(at.found, thing, file, destroy=destroy, as_json=as_json)


@command
def open_(
    sha256: Annotated[str, typer.Argument(help="Digest of the sealed object.")],
    *,
    purpose: Annotated[str, typer.Option(help="Why it is opened; recorded before it is shown.")],
    output: Annotated[Path | None, typer.Option(help="A new file; shown here if left out.")] = None,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open sealed content you have a key for. Who, when and why is recorded first."""
    from embers.actions.sealing import open_sealed

    at = room(case)
    own = at.own()
    if output is None and not as_json:
        open_sealed(at.signer, at.wraps, sha256, own=own, purpose=purpose, write=sys.stdout.buffer.write)
        return
    parts: list[bytes] = []
    if output is None:
        opened = open_sealed(at.signer, at.wraps, sha256, own=own, purpose=purpose, write=parts.append)
        text = b"".join(parts).decode(errors="replace")
        emit({"name": opened.label.name, "media": opened.label.media, "text": text})
        return
    with at.found.folder.surroundings.disk.create(output) as handle:
        output.chmod(0o600)
        opened = open_sealed(at.signer, at.wraps, sha256, own=own, purpose=purpose, write=handle.write)
    if as_json:
        emit({"file": str(output), "name": opened.label.name, "sha256": opened.sha256})
    else:
        say(
            f"{output}: {opened.label.name}, {opened.label.media}, {opened.size} bytes, SHA-256 {opened.sha256}"
        )
        say("It lies in the clear now. Remove it when you are done.")


@command
def backup(
    folder: Annotated[
        Path, typer.Argument(help="Where the sets of wrapped keys are kept, on another medium.")
    ],
    *,
    days: Annotated[int, typer.Option(min=1, max=30, help="Destroy sets older than this.")] = 30,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Back up the wrapped keys apart from everything else, and destroy outdated sets."""
    from embers.objects.wrap_backup import WrapBackup

    at = here(case).folder
    at.require()
    done = WrapBackup(folder, at.surroundings).write(at.wraps(), keep=timedelta(days=days))
    if as_json:
        emit(done)
    else:
        say(f"{done.wraps} wrapped keys in {done.folder}; {done.outdated} outdated sets destroyed.")


@command
def restore(
    folder: Annotated[Path, typer.Argument(help="Where the sets of wrapped keys are kept.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Bring back missing wrapped keys from the newest set; never those of erased content."""
    from embers.journal.erasure import erased_objects
    from embers.objects.wrap_backup import WrapBackup

    at = here(case).folder
    journal = at.journal(read_only=True)
    back = WrapBackup(folder, at.surroundings).restore(at.wraps(), but_not=erased_objects(journal.store))
    journal.close()
    if as_json:
        emit({"restored": back})
    else:
        say(f"{back} wrapped keys restored.")


@command
def compartment_new(
    name: Annotated[str, typer.Argument(help="Name, such as identity-vault.")],
    *,
    member: Annotated[list[str], typer.Option(help="Code of a member; may be given several times.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Make a compartment that its members can open."""
    from embers.actions.compartments import new_compartment

    at = room(case)
    subject, act = new_compartment(at.signer, at.wraps, name, [_member(at, code) for code in member])
    at.signer.record(act)
    at.found.folder.projection()
    if as_json:
        emit({"compartment": subject, "members": len(member)})
    else:
        say(f"{subject}: {name}, {len(member)} members.")


def _member(at: Room, code: str) -> Any:  # noqa: ANN401 - imported late, as everything heavy here
    from embers.actions.compartments import Member
    from embers.custody.compartment import own_recipient
    from embers.errors import UsageError

    person = person_named(at.view, code)
    recipient = own_recipient(at.view, person, at.roster())
    if not recipient:
        raise UsageError(
            "no-age-key", f"{code} has no age key in this case.", "They run `embers seal key` first."
        )
    return Member(person, recipient)


@command
def compartment_add(
    name: Annotated[str, typer.Argument(help="Compartment.")],
    person: Annotated[str, typer.Argument(help="Code of the new member.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Let a person into a compartment; only a member can do it."""
    from embers.actions.compartments import add_member

    at = room(case)
    act = add_member(at.signer, at.wraps, at.compartments([name])[0], _member(at, person), own=at.own())
    entry = at.signer.record(act)
    at.found.folder.projection()
    if as_json:
        emit({"entry": entry.id})
    else:
        say(f"{person} can open what is sealed to {name}.")


@command
def compartment_remove(
    name: Annotated[str, typer.Argument(help="Compartment.")],
    person: Annotated[str, typer.Argument(help="Code of the member who leaves.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Take a person out: a new key, every wrap made anew, old wraps destroyed."""
    from embers.actions.compartments import finish_removal, remove_member

    at = room(case)
    own = at.own()
    before = at.compartments([name])[0]
    at.signer.record(remove_member(at.signer, at.wraps, before, person_named(at.view, person), own=own))
    at.found.folder.projection()
    done = finish_removal(at.wraps, at.compartments([name])[0], own=own)
    if as_json:
        emit(done)
    else:
        say(f"{person} cannot open {name} any more. What they read or copied before cannot be taken back.")


@command
def compartment_renew(
    name: Annotated[str, typer.Argument(help="Compartment.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Finish a change that was cut short, and wrap late arrivals to the newest key."""
    from embers.actions.compartments import finish_removal

    at = room(case)
    done = finish_removal(at.wraps, at.compartments([name])[0], own=at.own())
    if as_json:
        emit(done)
    else:
        say(f"{done.renewed} wraps renewed, {done.unopened} that your key does not open.")


@command
def compartment_list(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """List compartments with their members."""
    from embers.custody.compartment import compartments
    from embers.journal.erasure import read_roster
    from embers.projections.view import ProjectedCase

    folder = here(case).folder
    view = ProjectedCase(folder.projection_to_read())
    journal = folder.journal(read_only=True)
    found = compartments(view, read_roster(journal.store))
    journal.close()
    if as_json:
        emit([{"id": one.id, "name": one.name, "members": list(one.members)} for one in found.values()])
        return
    for one in found.values():
        codes = [view.subject(person).text("staff-code") or person for person in one.members]
        table([(one.name, f"key {one.newest.generation}", ", ".join(codes))])
    if not found:
        say("No compartments yet.")
