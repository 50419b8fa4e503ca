"""The Django application that holds accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, kept in ``app.sqlite3`` beside the case and never in an export."""

    name = "embers.web.accounts"
    label = "accounts"
