"""Saved searches as a Django application: its tables lie in ``app.sqlite3``."""

from __future__ import annotations

from django.apps import AppConfig


class SavedConfig(AppConfig):
    """Saved searches."""

    name = "embers.web.saved"
    label = "saved"
    default_auto_field = "django.db.models.BigAutoField"
