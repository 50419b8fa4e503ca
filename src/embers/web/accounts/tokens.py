"""Tokens of an account: what a program asks the API with. Shown once, kept as a digest, never wider than its person.

A token names permissions and a level. What it may do is what its person may do *now* and the token names; what it
finds is what its person finds up to the token's level. So a role taken back narrows every token at once.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.signals import password_changed
from django.utils import timezone

from embers.access.roles import Permission
from embers.access.standing import LEVELS
from embers.errors import ActionError
from embers.web.accounts.models import Account, Token

#: What every token begins with, so that a leaked one is recognised by those who look for such.
PREFIX = "embers_"
LONGEST_DAYS = 366
#: A token's last use is noted at most this often, so that reading does not write to the disk each time.
_NOTED_EVERY = timedelta(minutes=1)
#: What no program does for anybody: these stay acts of a person at a page or the command line.
NOT_FOR_PROGRAMS = frozenset({Permission.GIVE_ROLES, Permission.OVERSEE})


@dataclass(frozen=True, slots=True)
class Made:
    """A new token and its secret, which is not kept and cannot be shown again."""

    token: Token
    secret: str


def make_token(
    account: Account, name: str, *, scopes: Iterable[str], level: str, days: int, may: frozenset[Permission]
) -> Made:
    """Make a token; ``may`` is what its person may do. Refused are scopes and levels nobody could use."""
    wanted = sorted(set(scopes))
    wrong = [one for one in wanted if one not in {*may} - NOT_FOR_PROGRAMS]
    if wrong or not wanted:
        raise ActionError(
            "token-scope",
            f"A token of this person cannot have the scopes {', '.join(wrong) or '(none)'}.",
            f"Choose from: {', '.join(sorted(may - NOT_FOR_PROGRAMS))}.",
        )
    if level not in LEVELS:
        raise ActionError(
            "token-level", f"There is no level {level!r}.", f"Choose from: {', '.join(LEVELS)}."
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise ActionError(
            "token-days", f"A token cannot be valid for {days} days.", f"Give 1 to {LONGEST_DAYS}."
        )
    if not name.strip() or len(name) > 60 or not name.isprintable():
        raise ActionError("token-name", "A token needs a name of at most 60 letters.", "Say what it is for.")
    secret = PREFIX + secrets.token_urlsafe(32)
    at = timezone.now()
    token = Token.objects.create(
        digest=_digest(secret),
        account=account,
        name=name.strip(),
        scopes=" ".join(wanted),
        level=LEVELS.index(level),
        created=at,
        expires=at + timedelta(days=days),
    )
    return Made(token, secret)


def token_with(secret: str) -> Token | None:
    """Return the token of a secret if it can be used now, and note that it was; otherwise nothing."""
    at = timezone.now()
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    rows = Token.objects.select_related("account")
    token = rows.filter(
        digest=_digest(secret), revoked__isnull=True, expires__gt=at, account__is_active=True
    ).first()
    if token is not None and (token.used is None or at - token.used > _NOTED_EVERY):
        Token.objects.filter(pk=token.pk).update(used=at)
    return token


def tokens_of(account: Account) -> list[Token]:
    """Return the tokens of an account that are not revoked, the newest first."""
    return list(Token.objects.filter(account=account, revoked__isnull=True).order_by("-created", "-pk"))


def revoke_token(account: Account, number: int) -> Token:
    """Let nobody use a token any more; one that is not this account's is not there."""
    token = Token.objects.filter(account=account, pk=number, revoked__isnull=True).first()
    if token is None:
        raise ActionError("token", f"This account has no token {number}.", "See its list of tokens.")
    token.revoked = timezone.now()
    token.save(update_fields=["revoked"])
    return token


def revoke_all(account: Account) -> None:
    """Let nobody use any token of an account any more."""
    Token.objects.filter(account=account, revoked__isnull=True).update(revoked=timezone.now())


def _end_with_the_password(user: Account, **_: object) -> None:
    revoke_all(user)


password_changed.connect(_end_with_the_password)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
