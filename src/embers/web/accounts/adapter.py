"""Where allauth asks how things are done here."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """No sign-up and no mail; after log-in nobody is sent anywhere but to a page of this server."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made with an invitation only."""
        del request
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only addresses without a host: then no name of a server, not even our own, is ever followed."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def send_mail(self, *_: object, **__: object) -> None:
        """Send nothing: no request leaves this server unless a person asked for it."""

    def send_notification_mail(self, *_: object, **__: object) -> None:
        """Send nothing."""


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors under the name of the account; nothing of the case is told to an authenticator."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the server's name as an authenticator keeps it."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Embers"}
