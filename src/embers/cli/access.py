"""``embers access``: who has which role in the case, and what that lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.cli.seal import person_named
from embers.cli.where import Here, here, recorder

if TYPE_CHECKING:
    from embers.access.policy import Policy
    from embers.actions.recorder import Act, Recorder
    from embers.projections.view import ProjectedCase

PERSON = Annotated[str, typer.Argument(help="Staff code or id of the person.")]
ROLE = Annotated[str, typer.Argument(help="Role, such as lawyer; `embers access list` names all.")]


@dataclass(frozen=True, slots=True)
class _Office:
    """What these commands work with."""

    found: Here
    signer: Recorder
    view: ProjectedCase
    policy: Policy

    def record(self, act: Act) -> str:
        entry = self.signer.record(act)
        self.found.folder.projection()
        return entry.id


def _office(case: Path | None) -> _Office:
    from embers.access.policy import policy
    from embers.projections.view import ProjectedCase

    found = here(case)
    signer = recorder(found, role="case lead")
    view = ProjectedCase(found.folder.projection())
    return _Office(found, signer, view, policy(view, signer.journal.roster()))


@command
def grant(
    person: PERSON,
    role: ROLE,
    *,
    level: Annotated[
        str, typer.Option(help="Highest marking they read: open, internal, confidential.")
    ] = "internal",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Give a person a role; only a case lead can, up to the level they read themselves."""
    from embers.actions.grants import give_role

    at = _office(case)
    act = give_role(at.signer, at.policy, person_named(at.view, person), role, level=level)
    entry = at.record(act)
    if as_json:
        emit({"entry": entry})
    else:
        say(f"{person} is {role} and reads up to {level}.")


@command
def revoke(
    person: PERSON, role: ROLE, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION
) -> None:
    """Take a role back, or give up one of your own. What the person has read cannot be taken back."""
    from embers.actions.grants import take_role_back

    at = _office(case)
    entry = at.record(take_role_back(at.signer, at.policy, person_named(at.view, person), role))
    if as_json:
        emit({"entry": entry})
    else:
        say(f"{person} is no longer {role}.")


@command
def second_factor(
    role: ROLE,
    *,
    off: Annotated[bool, typer.Option("--off", help="They need none any more.")] = False,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Make people of a role log in with a second factor wherever they are."""
    from embers.actions.grants import drop_second_factor, need_second_factor

    at = _office(case)
    act = (
        drop_second_factor(at.signer, at.policy, at.view, role)
        if off
        else need_second_factor(at.signer, at.policy, at.view.case, role)
    )
    entry = at.record(act)
    if as_json:
        emit({"entry": entry})
    else:
        say(act.reason)


@command
def list_(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """List people with their roles and what these let them do."""
    from embers.access.policy import policy
    from embers.access.standing import LEVELS
    from embers.journal.erasure import read_roster
    from embers.projections.view import ProjectedCase

    folder = here(case).folder
    view = ProjectedCase(folder.projection_to_read())
    journal = folder.journal(read_only=True)
    found = policy(view, read_roster(journal.store))
    journal.close()
    every = [found.of(person) for person in sorted(found.with_key)]
    told = [(one, view.subject(one.person).text("staff-code") or one.person) for one in every]
    if as_json:
        emit(
            [
                {
                    "person": one.person,
                    "code": code,
                    "roles": sorted(one.roles),
                    "level": LEVELS[one.standing.level] if one.roles else None,
                    "compartments": sorted(one.standing.compartments),
                    "may": sorted(one.permissions),
                }
                for one, code in told
            ]
        )
        return
    rows = [
        (
            code,
            ", ".join(sorted(one.roles)) or "no role",
            f"up to {LEVELS[one.standing.level]}" if one.roles else "reads nothing",
            f"{len(one.standing.compartments)} compartments" if one.standing.compartments else "",
            ", ".join(sorted(one.permissions)),
        )
        for one, code in told
    ]
    table(rows)
    if found.second_factor:
        say(f"With a second factor wherever they are: {', '.join(sorted(found.second_factor))}.")
