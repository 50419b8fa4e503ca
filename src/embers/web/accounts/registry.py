"""The accounts of one case: whether there are any, making them with one-time addresses, disabling them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from embers.actions.case_folder import CaseFolder
from embers.errors import ActionError
from embers.web.accounts.database import accounts_alias, accounts_of, migrate
from embers.web.accounts.models import Account, Invitation, ServerSecret
from embers.web.accounts.tokens import revoke_all

#: How long a one-time address can be used.
VALID = timedelta(hours=24)


@dataclass(slots=True)
class Accounts:
    """The accounts of one case. ``reachable`` says that other computers can reach the server."""

    alias: str
    reachable: bool = False
    _used: bool = field(default=False, init=False)

    @classmethod
    def of(cls, folder: CaseFolder, *, reachable: bool = False) -> Accounts:
        """Open the accounts of a case; create or migrate their tables first."""
        new = not folder.accounts_address and not folder.accounts_path.exists()
        alias = accounts_alias(folder)
        migrate(folder, alias)
        if new:
            folder.accounts_path.chmod(0o600)
        found = cls(alias, reachable)
        with accounts_of(alias):
            Session.objects.filter(expire_date__lt=timezone.now()).delete()
        return found

    def share_secret(self) -> None:
        """Sign sessions as every other server of these accounts does; what this process signed before stays valid.

        Without it sessions end with the process, as they do where one computer holds the accounts.
        """
        with accounts_of(self.alias):
            kept, _ = ServerSecret.objects.get_or_create(pk=1, defaults={"value": secrets.token_urlsafe(48)})
        if kept.value != settings.SECRET_KEY:
            settings.SECRET_KEY_FALLBACKS = [*settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY]
            settings.SECRET_KEY = kept.value

    def in_use(self) -> bool:
        """Tell whether people must log in: as soon as there is an account, or other computers reach the server."""
        if not self._used:
            with accounts_of(self.alias):
                self._used = self.reachable or Account.objects.exists()
        return self._used

    def invite(self, person: str, *, again: bool = False) -> str:
        """Return the secret of a one-time address at which a person makes their account.

        With ``again`` it is for somebody who has one, to choose a new password; their second factors stay.
        """
        secret = secrets.token_urlsafe(32)
        has_account = self.account_of(person) is not None
        if has_account and not again:
            raise ActionError("account", "This person has an account already.", "See `embers account list`.")
        with accounts_of(self.alias), transaction.atomic():
            Invitation.objects.filter(person=person).delete()
            Invitation.objects.filter(expires__lt=timezone.now()).delete()
            Invitation.objects.create(digest=_digest(secret), person=person, expires=timezone.now() + VALID)
        return secret

    def account_of(self, person: str) -> Account | None:
        """Return a person's account, if they have one."""
        with accounts_of(self.alias):
            return Account.objects.filter(person=person).first()

    def named(self, name: str) -> Account:
        """Return an account by the name it logs in with; an unknown one is refused."""
        with accounts_of(self.alias):
            account = Account.objects.filter(name=name).first()
        if account is None:
            raise ActionError("account", f"There is no account {name!r}.", "See `embers account list`.")
        return account

    def invited(self, secret: str) -> str:
        """Return whom a secret invites, or nobody."""
        with accounts_of(self.alias):
            found = Invitation.objects.filter(digest=_digest(secret), expires__gt=timezone.now()).first()
        return found.person if found else ""

    def accept(self, secret: str, name: str, password: str) -> Account:
        """Make the account an invitation is for, or give it a new password. The invitation is used up with that."""
        with accounts_of(self.alias), transaction.atomic():
            person = self.invited(secret)
            used, _ = Invitation.objects.filter(digest=_digest(secret)).delete()
            if not person or not used:
                raise ActionError("invitation", "This address was used or is too old.", "Ask for a new one.")
            account = self.account_of(person) or Account(name=name, person=person)
            account.set_password(password)
            account.save()
            _end_sessions(account)
        self._used = True
        return account

    def every(self) -> list[Account]:
        """Return every account, by name."""
        with accounts_of(self.alias):
            return list(Account.objects.order_by("name"))

    def factors(self, account: Account) -> list[str]:
        """Return the kinds of second factor an account has."""
        with accounts_of(self.alias):
            return sorted(Authenticator.objects.filter(user=account).values_list("type", flat=True))

    def disable(self, name: str) -> None:
        """Let nobody log in with an account any more, and end its sessions."""
        self._change(name, lambda account: setattr(account, "is_active", False))

    def enable(self, name: str) -> None:
        """Let an account be used again."""
        self._change(name, lambda account: setattr(account, "is_active", True))

    def reset_factor(self, name: str) -> None:
        """Take an account's second factors away, so that its person sets up new ones at the next log-in."""
        self._change(name, lambda account: Authenticator.objects.filter(user=account).delete())

    def _change(self, name: str, change: Callable[[Account], object]) -> None:
        account = self.named(name)
        with accounts_of(self.alias), transaction.atomic():
            change(account)
            account.save()
            _end_sessions(account)


def _end_sessions(account: Account) -> None:
    """End whatever acts for an account now: its sessions and its tokens."""
    revoke_all(account)
    for session in Session.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(account.pk):
            session.delete()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
