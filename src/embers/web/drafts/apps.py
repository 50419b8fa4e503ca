"""The Django application of drafts; its table lies in ``app.sqlite3``."""

from __future__ import annotations

from django.apps import AppConfig


class DraftsConfig(AppConfig):
    """Named so that its table is ``drafts_draft``."""

    name = "embers.web.drafts"
    label = "drafts"
    default_auto_field = "django.db.models.BigAutoField"
