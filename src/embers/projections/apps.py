"""The Django application that holds the projection tables."""

from django.apps import AppConfig


class ProjectionsConfig(AppConfig):
    """Projection tables, computed from the journal."""

    name = "embers.projections"
    label = "case"
