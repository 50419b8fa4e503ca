"""The one table of drafts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Draft(models.Model):
    """What one person has typed into one form. Deleted when it is signed, or when they throw it away."""

    token = models.CharField(max_length=36)
    person = models.CharField(max_length=60, help_text="The person's id in the journal.")
    place = models.CharField(max_length=200, help_text="The address of the form.")
    given = models.TextField(help_text="The fields of the form, as JSON.")
    kept = models.DateTimeField()

    class Meta:
        """Looked for by person and form."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "token"], name="draft_of_person")]
        indexes: ClassVar = [models.Index(fields=["person", "place"], name="draft_place")]
