"""Commands about who holds an item: ``custody receive``, ``hand-over``, ``take-over``, ``seal``, ``open`` and so on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say
from embers.cli.where import Here, here, recorder

if TYPE_CHECKING:
    from embers.actions.custody_events import Custodian
    from embers.actions.recorder import Act

ITEM: Any = typer.Argument(help="The item's id.")
DETAIL: Any = typer.Option(..., "--detail", help="How it was done, in a few words.")
PHOTO: Any = typer.Option(None, help="A photograph of the thing, bag or seal; preserved as an object.")
PLACE: Any = typer.Option("", help="Where, coarse: a town, not an address.")


def _custodian(found: Here) -> Custodian:
    from embers.actions.custody_events import Custodian
    from embers.projections.view import ProjectedCase

    return Custodian(recorder(found, role="custodian"), ProjectedCase(found.folder.projection()))


def _record(found: Here, who: Custodian, item: str, act: Act, *, as_json: bool) -> None:
    from embers.custody.chain import chain_of
    from embers.projections.view import ProjectedCase

    entry = who.recorder.record(act)
    chain = chain_of(ProjectedCase(found.folder.projection()), item)
    if as_json:
        emit(
            {"item": item, "entry": entry.id, "holder": chain.holder, "seal": chain.seal, "gaps": chain.gaps}
        )
        return
    say(f"{item}: recorded and signed by {who.code}, entry {entry.entry.seq} of {entry.entry.log}.")
    deviation = act.assertions[-1].value.get("deviation")
    if deviation:
        say(f"  DISCREPANCY: {deviation}")
    say(f"  {chain.in_words()}")
    for gap in chain.gaps:
        say(f"  gap: {gap}")


@command
def receive(
    title: Annotated[str, typer.Argument(help="What it is, in a few words without names of persons.")],
    *,
    description: Annotated[str, typer.Option(help="What it looks like, so that it is known again.")],
    source: Annotated[str, typer.Option(help="Where it comes from, in a few words.")],
    method: Annotated[str, typer.Option(help="How it was received.")] = "hand delivery",
    received_from: Annotated[
        str, typer.Option("--from", help="Who gave it: a role or code, never a name.")
    ] = "",
    marks: Annotated[str, typer.Option(help="Numbers and marks on it.")] = "",
    bag: Annotated[str, typer.Option(help="Number of the bag it was put into.")] = "",
    seal: Annotated[str, typer.Option(help="Number of the seal put on.")] = "",
    place: str = PLACE,
    photo: Path | None = PHOTO,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Receive a physical thing as an item; you hold it from now on."""
    from embers.actions.custody_events import Thing
    from embers.actions.items import ItemOrigin

    found = here(case)
    who = _custodian(found)
    thing = Thing(description, marks, None, bag, seal, received_from, place)
    item, act = who.receive_thing(thing, ItemOrigin(title, source, method), photo=photo)
    _record(found, who, item, act, as_json=as_json)


@command
def hand_over(
    item: str = ITEM,
    *,
    to: Annotated[str, typer.Option(help="Code of the person who takes it over.")],
    detail: str = DETAIL,
    place: str = PLACE,
    photo: Path | None = PHOTO,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Hand an item over: the half that its holder signs. It passes when the other person signs too."""
    found = here(case)
    who = _custodian(found)
    act = who.hand_over(item, to, detail=detail, place=place, photo=photo)
    _record(found, who, item, act, as_json=as_json)


@command
def take_over(
    item: str = ITEM,
    *,
    found_seal: Annotated[str, typer.Option(help="Seal number found on it, or broken, or missing.")] = "",
    detail: str = DETAIL,
    place: str = PLACE,
    photo: Path | None = PHOTO,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Take an item over: the half that the receiver signs, or the giver who takes it back."""
    found = here(case)
    who = _custodian(found)
    act = who.take_over(item, detail=detail, found=found_seal, place=place, photo=photo)
    _record(found, who, item, act, as_json=as_json)


@command
def seal(
    item: str = ITEM,
    *,
    number: Annotated[str, typer.Option(help="Number of the seal put on.")],
    bag: Annotated[str, typer.Option(help="Number of the bag.")] = "",
    detail: str = DETAIL,
    photo: Path | None = PHOTO,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Put a numbered seal on a physical thing."""
    found = here(case)
    who = _custodian(found)
    _record(found, who, item, who.seal(item, number, detail=detail, bag=bag, photo=photo), as_json=as_json)


@command
def open_(
    item: str = ITEM,
    *,
    found_seal: Annotated[str, typer.Option(help="Seal number found on it, or broken, or missing.")],
    reason: Annotated[str, typer.Option(help="Why it is opened, and on whose authority.")],
    detail: str = DETAIL,
    photo: Path | None = PHOTO,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open a seal. Another number than the recorded one is recorded as a discrepancy."""
    found = here(case)
    who = _custodian(found)
    act = who.open(item, found=found_seal, reason=reason, detail=detail, photo=photo)
    _record(found, who, item, act, as_json=as_json)


@command
def access(
    item: str = ITEM,
    *,
    reason: Annotated[str, typer.Option(help="Why it was looked at.")],
    detail: str = DETAIL,
    deviation: Annotated[str, typer.Option(help="What was changed or went wrong, if anything.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record that somebody looked at an item."""
    found = here(case)
    who = _custodian(found)
    _record(
        found, who, item, who.access(item, reason=reason, detail=detail, deviation=deviation), as_json=as_json
    )


@command
def migrate(
    item: str = ITEM,
    path: Annotated[Path, typer.Argument(help="The copy that was made.")] = ...,  # type: ignore[assignment]
    *,
    original: Annotated[str, typer.Option(help="SHA-256 of the object it was made from.")],
    tool: Annotated[str, typer.Option(help="The program that made it.")],
    version: Annotated[str, typer.Option(help="Its version.")],
    role: Annotated[str, typer.Option(help="working-copy, derived or redacted.")] = "working-copy",
    detail: str = DETAIL,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Preserve a copy in another format, or for daily work. The original stays what it is."""
    found = here(case)
    who = _custodian(found)
    act = who.migrate(item, path, original=original, role=role, tool=tool, version=version, detail=detail)
    _record(found, who, item, act, as_json=as_json)


@command
def give_back(
    item: str = ITEM,
    *,
    to: Annotated[str, typer.Option(help="Who gets it back: a role or code, never a name.")],
    detail: str = DETAIL,
    photo: Path | None = PHOTO,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Give an item back; what remains is the record of it."""
    found = here(case)
    who = _custodian(found)
    _record(found, who, item, who.give_back(item, to, detail=detail, photo=photo), as_json=as_json)


@command
def chain(item: str = ITEM, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Show the chain of custody of an item: unbroken, or with every gap and discrepancy named."""
    from embers.custody.chain import chain_of
    from embers.projections.view import ProjectedCase

    read = chain_of(ProjectedCase(here(case).folder.projection_to_read()), item)
    if as_json:
        emit({"item": item, "unbroken": read.unbroken, "words": read.in_words(), "chain": read})
        return
    say(read.in_words())
    for one in read.steps:
        phase = f", {one.phase}" if one.phase else ""
        say(f"  {one.claimed_at}  {one.step}{phase}  signed by {one.signer}: {one.value['detail']}")
    for text in read.gaps:
        say(f"  GAP: {text}")
    for text in read.discrepancies:
        say(f"  DISCREPANCY: {text}")
