"""``embers account token``: what programs ask the API of a case with.

Their tables can be imported only after the case was opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embers.cli.account import NAME, accounts_here
from embers.cli.evidence import CASE_OPTION
from embers.cli.output import JSON_OPTION, command, emit, say, table

if TYPE_CHECKING:
    from embers.web.accounts.models import Token


@command
def make(
    name: NAME,
    purpose: Annotated[str, typer.Argument(help="What the token is for, in a few words.")],
    *,
    scope: Annotated[list[str], typer.Option(help="What it may do: read, bytes, record, decide ...")],
    level: Annotated[
        str, typer.Option(help="The highest marking it reads: open, internal, confidential.")
    ] = "open",
    days: Annotated[int, typer.Option(help="Days until it ends.")] = 90,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Make a token of an account and print its secret, once. It never may or reads more than its person does."""
    from embers.web.accounts.database import accounts_of
    from embers.web.reader import policy_of

    found, accounts = accounts_here(case)
    from embers.web.accounts.tokens import make_token

    account = accounts.named(name)
    may = policy_of(found.folder).of(account.person).permissions
    with accounts_of(accounts.alias):
        made = make_token(account, purpose, scopes=scope, level=level, days=days, may=may)
    if as_json:
        emit({**_told(made.token), "token": made.secret})
    else:
        say(f"Token {made.token.pk} of {name}, until {made.token.expires:%Y-%m-%d}. It is not shown again:")
        say(f"  {made.secret}")


@command
def list_(name: NAME, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """List the tokens of an account that are not revoked."""
    from embers.web.accounts.database import accounts_of

    _, accounts = accounts_here(case)
    from embers.web.accounts.tokens import tokens_of

    with accounts_of(accounts.alias):
        every = [_told(one) for one in tokens_of(accounts.named(name))]
    if as_json:
        emit(every)
        return
    table(
        [
            (
                str(one["number"]),
                str(one["purpose"]),
                str(one["scopes"]),
                f"until {one['expires']}",
                f"used {one['used']}",
            )
            for one in every
        ]
    )
    if not every:
        say("No tokens.")


@command
def revoke(
    name: NAME,
    number: Annotated[
        int, typer.Argument(help="The token's number, as `embers account token list` shows it.")
    ],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Let nobody use a token any more, from the next request on."""
    from embers.web.accounts.database import accounts_of

    _, accounts = accounts_here(case)
    from embers.web.accounts.tokens import revoke_token

    with accounts_of(accounts.alias):
        token = revoke_token(accounts.named(name), number)
    if as_json:
        emit(_told(token))
    else:
        say(f"The token {token.name!r} cannot be used any more.")


def _told(token: Token) -> dict[str, object]:
    from embers.access.standing import LEVELS

    return {
        "number": token.pk,
        "purpose": token.name,
        "scopes": token.scopes,
        "level": LEVELS[token.level],
        "expires": f"{token.expires:%Y-%m-%d}",
        "used": f"{token.used:%Y-%m-%d}" if token.used else "never",
    }
