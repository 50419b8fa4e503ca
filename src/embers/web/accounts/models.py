"""An account is how somebody logs in. Who they are and what they may do stands in the journal."""

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


class ServerSecret(models.Model):
    """What all servers of these accounts sign sessions with, so that a log-in at one is good at every other."""

    value = models.CharField(max_length=100)
