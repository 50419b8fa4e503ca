"""An account is how somebody logs in. Who they are and what they may do stands in the journal.

Beside accounts lies what somebody has typed at an interview and not yet signed.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Account(AbstractBaseUser):
    """A log-in name and password of one person of the case. An account is disabled, never deleted."""

    name = models.CharField(max_length=40, unique=True)
    person = models.CharField(max_length=60, unique=True, help_text="The person's id in the journal.")
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager()


class Invitation(models.Model):
    """A one-time address at which one person makes their account. Only the digest of its secret is kept."""

    digest = models.CharField(primary_key=True, max_length=64)
    person = models.CharField(max_length=60)
    expires = models.DateTimeField()


class Typed(models.Model):
    """What one person typed into the form of one interview and has not signed. Gone once they sign it."""

    person = models.CharField(max_length=60, help_text="The person's id in the journal.")
    place = models.CharField(max_length=120, help_text="The subject id of the interview.")
    fields = models.TextField(help_text="The form's fields, as JSON.")
    kept = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Typed]] = models.Manager()

    class Meta:
        """One for each person and interview."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "place"], name="typed_once")]
