"""Configures Django once per process, without a settings file to edit.

Tables of the case are Django models so that pages can query them comfortably, but they are created,
never migrated: see :mod:`embers.projections.database`.
"""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings

#: Applications the projections need. The web application adds its own.
APPS = ("embers.projections",)


def ensure_django(**more: Any) -> None:  # noqa: ANN401 - any Django setting may be handed in
    """Configure Django unless that has been done; ``more`` are further Django settings."""
    if not settings.configured:
        values: dict[str, Any] = {
            "INSTALLED_APPS": list(APPS),
            "DATABASES": {},
            "USE_TZ": True,
            "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
            "SECRET_KEY": "",
        }
        settings.configure(**(values | more))
        django.setup()
