"""``embers account``: who can log in to the web application of a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.cli.where import Here, here

if TYPE_CHECKING:
    from embers.web.accounts.registry import Accounts

NAME = Annotated[str, typer.Argument(help="The name the account logs in with.")]


def accounts_here(case: Path | None) -> tuple[Here, Accounts]:
    """Return the case and its accounts."""
    from embers.web.serve import configure

    found = here(case)
    configure(found.folder)
    from embers.web.accounts.registry import Accounts

    return found, Accounts.of(found.folder)


ADDRESS = Annotated[str, typer.Option(help="How the server is reached, such as https://case.example.")]


@command
def new(
    person: Annotated[str, typer.Argument(help="Staff code or id of the person.")],
    *,
    address: ADDRESS = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Print a one-time address at which a person makes their account. Hand it over in person or on a safe channel."""
    from embers.cli.seal import person_named
    from embers.projections.view import ProjectedCase

    found, accounts = accounts_here(case)
    view = ProjectedCase(found.folder.projection_to_read())
    secret = accounts.invite(person_named(view, person))
    _tell(found, secret, f"{person} makes an account", address=address, as_json=as_json)


@command
def new_password(
    name: NAME, *, address: ADDRESS = "", case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION
) -> None:
    """Print a one-time address at which the person of an account chooses a new password; make sure first who asks."""
    found, accounts = accounts_here(case)
    secret = accounts.invite(accounts.named(name).person, again=True)
    _tell(found, secret, f"{name} chooses a new password", address=address, as_json=as_json)


def _tell(found: Here, secret: str, what: str, *, address: str, as_json: bool) -> None:
    from embers.web.serve import Listening

    path = f"/account/welcome/{secret}"
    full = address.rstrip("/") + path if address else Listening(port=found.settings.port).address(path)
    if as_json:
        emit({"address": full})
    else:
        say(f"{what} at this address, once, within a day:\n  {full}")


@command
def list_(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """List accounts with their persons and second factors."""
    from embers.projections.view import ProjectedCase

    found, accounts = accounts_here(case)
    view = ProjectedCase(found.folder.projection_to_read())
    every = [
        (one, view.subject(one.person).text("staff-code") or one.person, accounts.factors(one))
        for one in accounts.every()
    ]
    if as_json:
        emit(
            [
                {"name": one.name, "person": code, "active": one.is_active, "factors": factors}
                for one, code, factors in every
            ]
        )
        return
    table(
        [
            (one.name, code, "in use" if one.is_active else "disabled", ", ".join(factors))
            for one, code, factors in every
        ]
    )
    if not every:
        say("No accounts yet. `embers serve` prints the address for the first.")


@command
def disable(name: NAME, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Let nobody log in with an account any more, and end its sessions."""
    accounts_here(case)[1].disable(name)
    _done(f"{name} cannot log in any more.", name, as_json=as_json)


@command
def enable(name: NAME, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Let an account be used again."""
    accounts_here(case)[1].enable(name)
    _done(f"{name} can log in.", name, as_json=as_json)


@command
def reset_factor(name: NAME, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Take the second factors of an account away; make sure first who asks for it."""
    accounts_here(case)[1].reset_factor(name)
    _done(f"{name} sets up a second factor at the next log-in.", name, as_json=as_json)


@command
def server(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Give this server a key with which it records who reads protected records, where readers unlock none."""
    from embers.actions.readings import enrol_server
    from embers.cli.where import recorder

    found = here(case)
    entry = enrol_server(recorder(found, role="security lead"), found.folder)
    found.folder.projection()
    if as_json:
        emit({"entry": entry.id})
    else:
        say("This server records with a key of its own who reads what is protected.")


def _done(text: str, name: str, *, as_json: bool) -> None:
    if as_json:
        emit({"account": name})
    else:
        say(text)
